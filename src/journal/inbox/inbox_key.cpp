#include "journal/inbox/inbox_key.hpp"

#include "codec/json.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include <boost/json.hpp>

namespace cistern::journal {
namespace {

constexpr std::size_t kTimeDigits = 20;
constexpr std::size_t kIdSize = kTimeDigits + 1 + 8;
constexpr std::size_t kSumDigits = 32;

std::optional<std::vector<Identity>> sums_of(std::string_view text) {
  if (text.size() % kSumDigits != 0) return std::nullopt;
  std::vector<Identity> sums;
  for (std::size_t at = 0; at < text.size(); at += kSumDigits) {
    const auto sum = identity_from_hex(text.substr(at, kSumDigits));
    if (!sum) return std::nullopt;
    sums.push_back(*sum);
  }
  return sums;
}

const boost::json::string* text_at(const boost::json::object& object, std::string_view name) {
  const auto* const value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_string();
}

}  // namespace

std::string encode_inbox_key(const InboxKey& key) {
  std::string sums;
  for (const Identity& sum : key.sums)
    append_hex(sums, sum);
  std::string text;
  codec::JsonWriter json{text};
  json.begin_object().key("size").number(key.size);
  json.key("received").string(format_time(key.received)).key("sums").string(sums);
  json.key("description").raw(key.description).end_object();
  return text;
}

std::optional<InboxKey> decode_inbox_key(std::string_view json) {
  boost::system::error_code error;
  const auto value = boost::json::parse({json.data(), json.size()}, error);
  if (error || !value.is_object()) return std::nullopt;
  const auto& object = value.get_object();
  const auto* const size = object.if_contains("size");
  const auto* const received = text_at(object, "received");
  const auto* const sums = text_at(object, "sums");
  const auto* const description = object.if_contains("description");
  if (size == nullptr || received == nullptr || sums == nullptr || description == nullptr) {
    return std::nullopt;
  }
  InboxKey key;
  boost::system::error_code no_number;
  key.size = size->to_number<std::uint64_t>(no_number);
  auto each = sums_of({sums->data(), sums->size()});
  if (no_number || !each || each->size() != inbox_blocks(key.size)) return std::nullopt;
  key.sums = std::move(*each);
  key.received = parse_time({received->data(), received->size()}).value_or(TimePoint{});
  key.description = boost::json::serialize(*description);
  return key;
}

std::optional<std::string_view> inbox_id_of(std::string_view key) {
  if (!key.starts_with(kInboxPrefix)) return std::nullopt;
  const std::string_view id = key.substr(kInboxPrefix.size());
  if (!is_inbox_id(id)) return std::nullopt;
  return id;
}

std::string inbox_id(std::uint64_t nanoseconds, std::uint32_t process) {
  std::array<char, kIdSize + 1> text{};
  std::snprintf(text.data(), text.size(), "%020llu-%08x",
                static_cast<unsigned long long>(nanoseconds), process);
  return text.data();
}

bool is_inbox_id(std::string_view name) {
  if (name.size() != kIdSize || name[kTimeDigits] != '-') return false;
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto hexadecimal = [&](char c) { return digit(c) || (c >= 'a' && c <= 'f'); };
  const auto process = name.substr(kTimeDigits + 1);
  return std::all_of(name.begin(), name.begin() + kTimeDigits, digit) &&
         std::all_of(process.begin(), process.end(), hexadecimal);
}

std::uint64_t inbox_blocks(std::uint64_t size) {
  return (size + kInboxBlock - 1) / kInboxBlock;
}

}  // namespace cistern::journal
