#include "base/bytes.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace cistern {
namespace {

/// Length of the run of ASCII at the start, eight bytes at a time.
std::size_t ascii_prefix(std::string_view text) {
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + i, sizeof word);
    if ((word & 0x8080808080808080ULL) != 0) break;
  }
  while (i < text.size() && static_cast<std::uint8_t>(text[i]) < 0x80)
    ++i;
  return i;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Edits (insert, delete, replace, swap of neighbours) that turn one word into the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

constexpr std::string_view kHidden = "***";

/// Length of the JSON Web Token that the text begins with, or 0. Each begins with the base64 of
/// `{"`, and no word of a language does. An excerpt hides it, because what comes from outside may
/// repeat the request that carried it.
std::size_t token_at(std::string_view text) {
  constexpr std::size_t kShortest = 20;
  if (!text.starts_with("eyJ")) return 0;
  const auto end = std::find_if_not(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '=' || c == '+' || c == '/';
  });
  const auto size = static_cast<std::size_t>(end - text.begin());
  return size < kShortest ? 0 : size;
}

}  // namespace

CodePoint decode_code_point(std::string_view text) {
  if (text.empty()) return {};
  const auto byte = [&](std::size_t i) -> char32_t { return static_cast<std::uint8_t>(text[i]); };
  const char32_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return {};
  char32_t value = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3F);
  }
  const bool over_long = (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (over_long || surrogate || value > 0x10FFFF) return {};
  return {value, size};
}

bool is_unsafe_on_terminal(char32_t c) {
  if (c < 0x20 || (c >= 0x7F && c <= 0x9F)) return true;
  if (c < 0x61C) return c == 0xAD;
  return c == 0x61C || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
         (c >= 0xE0000 && c <= 0xE007F);
}

bool is_utf8(std::string_view bytes) {
  for (;;) {
    bytes.remove_prefix(ascii_prefix(bytes));
    if (bytes.empty()) return true;
    // Stay here while other scripts go on, so that their text does not restart the fast path at
    // every letter.
    while (!bytes.empty() && static_cast<std::uint8_t>(bytes.front()) >= 0x80) {
      const CodePoint point = decode_code_point(bytes);
      if (point.size == 0) return false;
      bytes.remove_prefix(point.size);
    }
  }
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

std::string lower_case(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::optional<std::string> nearest_word(std::string_view word,
                                        const std::vector<std::string>& candidates) {
  // No name of ours is longer; the bound keeps hostile input from costing time.
  constexpr std::size_t kLongest = 64;
  if (word.empty() || word.size() > kLongest) return std::nullopt;
  const std::string wanted = lower_case(word);
  const std::size_t allowed = std::max<std::size_t>(1, wanted.size() / 3);
  const std::string* nearest = nullptr;
  std::size_t least = allowed + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.empty() || candidate.size() > wanted.size() + allowed) continue;
    if (candidate.size() + allowed < wanted.size()) continue;
    const std::size_t distance = edit_distance(wanted, lower_case(candidate));
    // Where every letter differs, it is another word and no slip.
    if (distance >= std::max(wanted.size(), candidate.size()) || distance >= least) continue;
    least = distance;
    nearest = &candidate;
  }
  return nearest == nullptr ? std::nullopt : std::optional{*nearest};
}

std::string excerpt(std::string_view text, std::size_t limit) {
  std::string out;
  out.reserve(std::min(text.size(), limit) + 3);
  std::size_t at = 0;
  std::size_t used = 0;
  while (at < text.size()) {
    if (const std::size_t token = token_at(text.substr(at)); token > 0) {
      if (used + kHidden.size() > limit) return out + "…";
      out += kHidden;
      used += kHidden.size();
      at += token;
      continue;
    }
    const CodePoint point = decode_code_point(text.substr(at));
    const std::size_t size = std::max<std::size_t>(1, point.size);
    if (used + size > limit) return out + "…";
    if (point.size == 0 || is_unsafe_on_terminal(point.value))
      out += '.';
    else
      out += text.substr(at, size);
    at += size;
    used += size;
  }
  return out;
}

}  // namespace cistern
