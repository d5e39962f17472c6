#include "codec/json_scan.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace cistern::codec {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/// Ends of numbers and words; anything else belongs to the token, so that damage stays inside it.
bool ends_scalar(char c) {
  return c == ',' || c == '}' || c == ']' || is_space(c);
}

/// The next quote or backslash, or `end`.
const char* find_quote_or_backslash(const char* at, const char* end) {
#ifdef __SSE2__
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  while (end - at >= 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(
        _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash))));
    if (mask != 0) return at + std::countr_zero(mask);
    at += 16;
  }
#endif
  while (at != end && *at != '"' && *at != '\\')
    ++at;
  return at;
}

/// As skip_json_string; tells whether an escape was met.
const char* cross_string(const char* at, const char* end, bool& escaped) {
  ++at;
  for (escaped = false;; escaped = true) {
    at = find_quote_or_backslash(at, end);
    if (at == end) return nullptr;
    if (*at == '"') return at + 1;
    if (end - at < 2) return nullptr;
    at += 2;
  }
}

/// Where in a block of 64 bytes the structural characters stand, one bit a byte.
struct Block {
  std::uint64_t quotes = 0;
  std::uint64_t backslashes = 0;
  std::uint64_t opening = 0;
  std::uint64_t closing = 0;
};

constexpr std::size_t kBlock = 64;

Block classify(const char* at) {
  Block block;
#ifdef __SSE2__
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i fold = _mm_set1_epi8(static_cast<char>(0xDF));
  const __m128i open = _mm_set1_epi8('[');   // '{' & 0xDF == '['
  const __m128i close = _mm_set1_epi8(']');  // '}' & 0xDF == ']'
  const auto bits = [](__m128i hits) {
    return std::uint64_t{static_cast<std::uint16_t>(_mm_movemask_epi8(hits))};
  };
  for (unsigned part = 0; part < kBlock; part += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + part));
    const __m128i folded = _mm_and_si128(bytes, fold);
    block.quotes |= bits(_mm_cmpeq_epi8(bytes, quote)) << part;
    block.backslashes |= bits(_mm_cmpeq_epi8(bytes, backslash)) << part;
    block.opening |= bits(_mm_cmpeq_epi8(folded, open)) << part;
    block.closing |= bits(_mm_cmpeq_epi8(folded, close)) << part;
  }
#else
  for (unsigned i = 0; i < kBlock; ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (at[i] == '"') block.quotes |= bit;
    if (at[i] == '\\') block.backslashes |= bit;
    if (at[i] == '{' || at[i] == '[') block.opening |= bit;
    if (at[i] == '}' || at[i] == ']') block.closing |= bit;
  }
#endif
  return block;
}

/// Each bit becomes the parity of the bits up to and including it.
std::uint64_t parity_so_far(std::uint64_t bits) {
  for (unsigned shift = 1; shift < 64; shift *= 2)
    bits ^= bits << shift;
  return bits;
}

/// Counts brackets outside strings, 64 bytes at a time, until the first one is closed again.
class ContainerSkipper {
 public:
  /// The bracket that closes the container, as an index into the block, or kBlock.
  std::size_t step(const char* at) {
    const Block block = classify(at);
    const std::uint64_t quotes = block.quotes & ~escaped(block.backslashes);
    const std::uint64_t inside = parity_so_far(quotes) ^ inside_;
    inside_ = (inside >> 63) != 0 ? ~std::uint64_t{0} : 0;
    for (std::uint64_t left = (block.opening | block.closing) & ~inside; left != 0;
         left &= left - 1) {
      const auto index = static_cast<std::size_t>(std::countr_zero(left));
      if (((block.opening >> index) & 1) != 0) {
        if (++depth_ > deepest) deepest = depth_;
      } else if (--depth_ == 0) {
        return index;
      }
    }
    return kBlock;
  }

  std::size_t deepest = 0;

 private:
  /// Bytes that follow a backslash which is not itself escaped.
  std::uint64_t escaped(std::uint64_t backslashes) {
    std::uint64_t result = carry_;
    carry_ = 0;
    for (std::uint64_t left = backslashes & ~result; left != 0;) {
      const auto index = static_cast<unsigned>(std::countr_zero(left));
      left &= left - 1;
      if (index == 63) {
        carry_ = 1;
      } else {
        const std::uint64_t next = std::uint64_t{2} << index;
        result |= next;
        left &= ~next;
      }
    }
    return result;
  }

  std::uint64_t inside_ = 0;  ///< All bits when the next block begins inside a string.
  std::uint64_t carry_ = 0;   ///< 1 when its first byte is escaped.
  std::size_t depth_ = 0;
};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The four digits at `at`, or -1.
std::int32_t hex4(const char* at, const char* end) {
  if (end - at < 4) return -1;
  std::int32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_digit(at[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

/// `at` follows "\u". Appends the character and returns what follows it.
const char* append_unicode_escape(std::string& out, const char* at, const char* end) {
  constexpr std::uint32_t kReplacement = 0xFFFD;
  const std::int32_t first = hex4(at, end);
  if (first < 0) {
    append_utf8(out, kReplacement);
    return at;
  }
  at += 4;
  auto code = static_cast<std::uint32_t>(first);
  if (code >= 0xD800 && code < 0xDC00) {
    std::int32_t second = -1;
    if (end - at >= 6 && at[0] == '\\' && at[1] == 'u') second = hex4(at + 2, end);
    if (second >= 0xDC00 && second < 0xE000) {
      at += 6;
      code = 0x10000 + ((code - 0xD800) << 10) + (static_cast<std::uint32_t>(second) - 0xDC00);
    } else {
      code = kReplacement;
    }
  } else if (code >= 0xDC00 && code < 0xE000) {
    code = kReplacement;
  }
  append_utf8(out, code);
  return at;
}

}  // namespace

const char* skip_json_string(const char* at, const char* end) {
  bool escaped = false;
  return cross_string(at, end, escaped);
}

const char* skip_json_value(const char* at, const char* end, std::size_t& deepest) {
  deepest = 0;
  if (at == end) return nullptr;
  if (*at == '"') return skip_json_string(at, end);
  if (*at != '{' && *at != '[') {
    const char* const begin = at;
    while (at != end && !ends_scalar(*at))
      ++at;
    return at == begin ? nullptr : at;
  }
  ContainerSkipper skipper;
  std::size_t index = kBlock;
  while (index == kBlock && static_cast<std::size_t>(end - at) >= kBlock) {
    index = skipper.step(at);
    at += index == kBlock ? kBlock : index + 1;
  }
  if (index == kBlock) {
    std::array<char, kBlock> last{};
    const auto left = static_cast<std::size_t>(end - at);
    std::copy(at, end, last.begin());
    index = skipper.step(last.data());
    at = index < left ? at + index + 1 : nullptr;
  }
  deepest = skipper.deepest;
  return at;
}

const char* skip_json_value(const char* at, const char* end) {
  std::size_t depth = 0;
  return skip_json_value(at, end, depth);
}

void append_unescaped(std::string& out, std::string_view inside) {
  const char* at = inside.data();
  const char* const end = at + inside.size();
  while (at != end) {
    const std::string_view left(at, static_cast<std::size_t>(end - at));
    const std::size_t plain = left.find('\\');
    out.append(left.substr(0, plain));
    if (plain == std::string_view::npos) return;
    at += plain + 1;
    if (at == end) return;
    const char escape = *at++;
    switch (escape) {
      case 'b':
        out.push_back('\b');
        break;
      case 'f':
        out.push_back('\f');
        break;
      case 'n':
        out.push_back('\n');
        break;
      case 'r':
        out.push_back('\r');
        break;
      case 't':
        out.push_back('\t');
        break;
      case 'u':
        at = append_unicode_escape(out, at, end);
        break;
      default:
        out.push_back(escape);
        break;
    }
  }
}

JsonMembers::JsonMembers(std::string_view json)
    : at_(json.data()), end_(json.data() + json.size()) {
  at_ = skip_json_space(at_, end_);
  if (at_ == end_ || *at_ != '{') {
    stop(true);
  } else {
    ++at_;
  }
}

bool JsonMembers::stop(bool damaged) {
  done_ = true;
  damaged_ = damaged;
  return false;
}

bool JsonMembers::next() {
  if (done_) return false;
  at_ = skip_json_space(at_, end_);
  if (at_ == end_) return stop(true);
  if (*at_ == '}') {
    ++at_;
    return stop(false);
  }
  if (!first_) {
    if (*at_ != ',') return stop(true);
    at_ = skip_json_space(at_ + 1, end_);
  }
  first_ = false;
  if (at_ == end_ || *at_ != '"') return stop(true);
  const char* const key_end = skip_json_string(at_, end_);
  if (key_end == nullptr) return stop(true);
  key_ = {at_ + 1, static_cast<std::size_t>(key_end - at_ - 2)};
  at_ = skip_json_space(key_end, end_);
  if (at_ == end_ || *at_ != ':') return stop(true);
  at_ = skip_json_space(at_ + 1, end_);
  const char* const value_end =
      at_ != end_ && *at_ == '"' ? cross_string(at_, end_, escaped_) : skip_json_value(at_, end_);
  if (value_end == nullptr) return stop(true);
  value_ = {at_, static_cast<std::size_t>(value_end - at_)};
  at_ = value_end;
  return true;
}

JsonElements::JsonElements(std::string_view json)
    : at_(json.data()), end_(json.data() + json.size()) {
  at_ = skip_json_space(at_, end_);
  if (at_ == end_ || *at_ != '[') {
    stop(true);
  } else {
    ++at_;
  }
}

bool JsonElements::stop(bool damaged) {
  done_ = true;
  damaged_ = damaged;
  return false;
}

bool JsonElements::next() {
  if (done_) return false;
  at_ = skip_json_space(at_, end_);
  if (at_ == end_) return stop(true);
  if (*at_ == ']') return stop(false);
  if (!first_) {
    if (*at_ != ',') return stop(true);
    at_ = skip_json_space(at_ + 1, end_);
  }
  first_ = false;
  const char* const value_end = skip_json_value(at_, end_);
  if (value_end == nullptr) return stop(true);
  value_ = {at_, static_cast<std::size_t>(value_end - at_)};
  at_ = value_end;
  return true;
}

}  // namespace cistern::codec
