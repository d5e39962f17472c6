#include "codec/cef.hpp"

#include <algorithm>
#include <array>

namespace cistern::codec::cef {
namespace {

constexpr std::string_view kStart = "CEF:";
constexpr std::size_t kHeaderFields = 7;

std::string_view trim_end(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

/// Takes the text up to the next pipe that is not escaped; without one, all of it.
std::string take_header_field(std::string_view& rest, bool& ended) {
  std::string field;
  ended = false;
  while (!rest.empty() && !ended) {
    const char c = rest.front();
    const bool escapes = c == '\\' && rest.size() > 1 && (rest[1] == '|' || rest[1] == '\\');
    ended = c == '|';
    if (!ended) field += escapes ? rest[1] : c;
    rest.remove_prefix(escapes ? 2 : 1);
  }
  return field;
}

/// Keys of other producers hold more than the guide allows.
bool in_key(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-' || c == '[' || c == ']';
}

std::string unescaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] != '\\' || (next != '\\' && next != '=' && next != 'n' && next != 'r')) {
      out += text[i];
      continue;
    }
    out += next == 'n' ? '\n' : next == 'r' ? '\r' : next;
    ++i;
  }
  return out;
}

/// Where a key begins and its equals sign stands.
struct KeyPlace {
  std::size_t begin = 0;
  std::size_t equals = 0;
};

/// The next key at or after `from`: a word behind a space or at the beginning, directly before an
/// equals sign that is not escaped. An equals sign elsewhere belongs to a value.
std::optional<KeyPlace> next_key(std::string_view text, std::size_t from) {
  std::size_t word = from;  // Where the run of key characters that ends here began.
  for (std::size_t i = from; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
      word = i + 1;
      continue;
    }
    if (in_key(text[i])) continue;
    const bool begins = word == 0 || text[word - 1] == ' ';
    if (text[i] == '=' && word < i && begins) return KeyPlace{word, i};
    word = i + 1;
  }
  return std::nullopt;
}

bool read_extension(std::string_view text, std::size_t most, std::vector<LinePair>& out) {
  auto key = next_key(text, 0);
  while (key) {
    if (out.size() == most) return false;
    const std::size_t value = key->equals + 1;
    const auto next = next_key(text, value);
    const std::size_t end = next ? next->begin : text.size();
    out.push_back({std::string{text.substr(key->begin, key->equals - key->begin)},
                   unescaped(trim_end(text.substr(value, end - value)))});
    key = next;
  }
  return true;
}

}  // namespace

const std::string* Message::find(std::string_view key) const {
  const auto found = std::find_if(extension.begin(), extension.end(),
                                  [&](const LinePair& pair) { return pair.key == key; });
  return found == extension.end() ? nullptr : &found->value;
}

std::optional<Message> read(std::string_view line, std::string_view& problem,
                            const LineReadLimits& limits) {
  problem = {};
  const auto fail_with = [&](std::string_view why) {
    problem = why;
    return std::nullopt;
  };
  if (line.size() > limits.bytes) return fail_with("the line is longer than is read");
  const std::size_t start = line.find(kStart);
  if (start == std::string_view::npos) return fail_with("no CEF: in the line");
  std::string_view rest = line.substr(start + kStart.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  std::array<std::string, kHeaderFields> fields;
  for (std::size_t i = 0; i < kHeaderFields; ++i) {
    bool ended = false;
    fields[i] = take_header_field(rest, ended);
    // Without an extension some producers leave out the last pipe.
    if (!ended && i + 1 < kHeaderFields) return fail_with("the header has less than seven fields");
  }
  Message message{.prefix = std::string{trim_end(line.substr(0, start))},
                  .version = std::move(fields[0]),
                  .vendor = std::move(fields[1]),
                  .product = std::move(fields[2]),
                  .device_version = std::move(fields[3]),
                  .event_class = std::move(fields[4]),
                  .name = std::move(fields[5]),
                  .severity = std::string{trim_end(fields[6])},
                  .extension = {}};
  if (!read_extension(rest, limits.pairs, message.extension))
    return fail_with("more pairs than are read");
  return message;
}

}  // namespace cistern::codec::cef
