#include "connectors/syslog/readers_record.hpp"

#include "codec/json.hpp"

#include <algorithm>
#include <charconv>

namespace cistern::connectors::syslog {
namespace {

constexpr std::size_t kLongestName = 64;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

}  // namespace

RecordWriter::RecordWriter(std::string& json) : json_(json) {
  json_.assign(1, '{');
}

void RecordWriter::name(std::string_view key) {
  if (json_.back() != '{') json_ += ',';
  if (codec::needs_json_escape(key)) {
    codec::append_json_string(json_, key);
    json_ += ':';
  } else {
    json_ += '"';
    json_ += key;
    json_ += "\":";
  }
}

void RecordWriter::text(std::string_view key, std::string_view value) {
  if (value.empty()) return;
  name(key);
  codec::append_json_string(json_, value);
}

void RecordWriter::number(std::string_view key, std::int64_t value) {
  name(key);
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  json_.append(digits, end);
}

void RecordWriter::raw(std::string_view key, std::string_view json) {
  name(key);
  json_ += json;
}

void RecordWriter::begin(std::string_view key) {
  name(key);
  json_ += '{';
}

void RecordWriter::end() {
  json_ += '}';
}

std::string_view field_name(std::string_view key, std::string& buffer) {
  key = key.substr(0, kLongestName);
  if (std::all_of(key.begin(), key.end(), is_plain)) return key;
  buffer.assign(key);
  for (char& c : buffer) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    if (!is_plain(c)) c = '_';
  }
  return buffer;
}

}  // namespace cistern::connectors::syslog
