#include "codec/key_value.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace cistern::codec {
namespace {

constexpr std::size_t kLongestKnownKey = 64;

/// What a byte can be, as bits.
enum Kind : unsigned char { kKey = 1, kKeyStart = 2, kBlank = 4, kNumber = 8 };

constexpr std::array<unsigned char, 256> make_kinds() {
  std::array<unsigned char, 256> kinds{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool digit = c >= '0' && c <= '9';
    unsigned kind = 0;
    if (letter) kind |= kKey | kKeyStart;
    if (digit || c == '.') kind |= kKey | kNumber;
    if (c == '-') kind |= kKey;
    if (c == ' ' || c == '\t') kind |= kBlank;
    kinds[c] = static_cast<unsigned char>(kind);
  }
  return kinds;
}

constexpr auto kKinds = make_kinds();

bool is(char c, unsigned char kind) {
  return (kKinds[static_cast<unsigned char>(c)] & kind) != 0;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is(text.front(), kBlank))
    text.remove_prefix(1);
  while (!text.empty() && is(text.back(), kBlank))
    text.remove_suffix(1);
  return text;
}

/// The end of the line's text: senders close it with a line break or a NUL.
std::string_view without_end(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == '\0'))
    line.remove_suffix(1);
  return line;
}

bool is_known(std::string_view word, KnownKeys known) {
  if (word.size() > kLongestKnownKey) return false;
  std::array<char, kLongestKnownKey> folded{};
  std::transform(word.begin(), word.end(), folded.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  return std::binary_search(known.begin(), known.end(),
                            std::string_view(folded.data(), word.size()));
}

/// A value may be followed by a comma or a semicolon, which some devices write between pairs.
bool separates(char c) {
  return c == ',' || c == ';';
}

}  // namespace

KeyValueReader::KeyValueReader(std::string_view line, KnownKeys known)
    : line_(without_end(line)), known_(known) {
  next_ = key_from(0);
  head_ = trimmed(line_.substr(0, std::min(next_.begin, line_.size())));
}

/// The first key at or behind `at`, which is the beginning of the line or of a value.
KeyValueReader::Key KeyValueReader::key_from(std::size_t at) const {
  const char* const text = line_.data();
  std::size_t from = at;
  while (from < line_.size()) {
    const void* const found = std::memchr(text + from, '=', line_.size() - from);
    if (found == nullptr) return {};
    const auto equals = static_cast<std::size_t>(static_cast<const char*>(found) - text);
    std::size_t begin = equals;
    while (begin > from && is(text[begin - 1], kKey))
      --begin;
    const bool stands_free = begin == 0 || is(text[begin - 1], kBlank);
    if (begin < equals && stands_free && is(text[begin], kKeyStart)) return {begin, equals};
    from = equals + 1;
  }
  return {};
}

/// Whether a known key begins at `at`.
bool KeyValueReader::known_glued(std::size_t at, Key& key) const {
  if (known_.empty() || at >= line_.size() || !is(line_[at], kKeyStart)) return false;
  std::size_t end = at;
  while (end < line_.size() && end - at <= kLongestKnownKey && is(line_[end], kKey))
    ++end;
  if (end == line_.size() || line_[end] != '=' || !is_known(line_.substr(at, end - at), known_))
    return false;
  key = {at, end};
  return true;
}

/// Whether the quote at `quote` ends its value; `following` is then the key behind it, if any.
bool KeyValueReader::closes(std::size_t quote, Key& following) const {
  std::size_t at = quote + 1;
  if (known_glued(at, following)) return true;
  if (at < line_.size() && separates(line_[at])) ++at;
  const std::size_t blanks = at;
  while (at < line_.size() && is(line_[at], kBlank))
    ++at;
  following = {};
  if (at == line_.size()) return true;
  if (at == blanks || !is(line_[at], kKeyStart)) return false;
  std::size_t end = at;
  while (end < line_.size() && is(line_[end], kKey))
    ++end;
  if (end == line_.size() || line_[end] != '=') return false;
  following = {at, end};
  return true;
}

/// False: single quotes that nothing closes are letters of a bare value.
bool KeyValueReader::take_quoted(std::size_t begin, char quote) {
  Key following;
  for (std::size_t at = line_.find(quote, begin); at != std::string_view::npos;
       at = line_.find(quote, at + 1)) {
    if (!closes(at, following)) continue;
    value_ = trimmed(line_.substr(begin, at - begin));
    next_ = following;
    return true;
  }
  // What closes nothing from here closes nothing further on: looked for once a line, not once a
  // pair.
  if (quote != '"') {
    no_single_quote_closes_ = true;
    return false;
  }
  value_ = trimmed(line_.substr(begin));
  unterminated_ = true;
  next_ = {};
  return true;
}

void KeyValueReader::take_bare(std::size_t begin) {
  std::size_t digits = begin;
  while (digits < line_.size() && is(line_[digits], kNumber))
    ++digits;
  if (digits > begin && known_glued(digits, next_)) {
    value_ = line_.substr(begin, digits - begin);
    return;
  }
  next_ = key_from(begin);
  const bool last = next_.begin == std::string_view::npos;
  value_ = trimmed(line_.substr(begin, (last ? line_.size() : next_.begin) - begin));
  if (!last && !value_.empty() && separates(value_.back())) value_.remove_suffix(1);
  if (value_.ends_with('"') && value_.find('"') == value_.size() - 1) value_.remove_suffix(1);
}

bool KeyValueReader::next() {
  if (next_.begin == std::string_view::npos) return false;
  key_ = line_.substr(next_.begin, next_.equals - next_.begin);
  const std::size_t begin = next_.equals + 1;
  const char first = begin < line_.size() ? line_[begin] : '\0';
  const bool opens = first == '"' || (first == '\'' && !no_single_quote_closes_);
  quoted_ = opens && take_quoted(begin + 1, first);
  if (!quoted_) take_bare(begin);
  return true;
}

}  // namespace cistern::codec
