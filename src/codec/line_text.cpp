#include "codec/line_text.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace cistern::codec {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::size_t kBlock = 16;
// A byte becomes at most three; whole blocks are stored, so that one more is needed behind the end.
constexpr std::size_t kGrowth = 3;
constexpr std::string_view kNoText = "unknown";

char* put_text(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

#ifdef __SSE2__

/// Copies a block and tells, one bit a byte, what may need an action: controls and bytes above 127
/// are both below a space when read as signed numbers.
unsigned copy_block(const char* from, char* to, const TextRules& rules) {
  const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), block);
  const __m128i low = _mm_cmplt_epi8(block, _mm_set1_epi8(0x20));
  const __m128i odd = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8(rules.first)),
                                   _mm_cmpeq_epi8(block, _mm_set1_epi8(rules.second)));
  const __m128i del = _mm_cmpeq_epi8(block, _mm_set1_epi8(0x7F));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(low, _mm_or_si128(odd, del))));
}

#else

unsigned copy_block(const char* from, char* to, const TextRules& rules) {
  unsigned mask = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    to[i] = from[i];
    const auto action = rules.actions[static_cast<unsigned char>(from[i])];
    if (action != ByteAction::plain) mask |= 1U << i;
  }
  return mask;
}

#endif

/// Copies plain bytes until one may need an action, and moves both pointers behind them.
void copy_plain(const char*& at, const char* end, char*& to, const TextRules& rules) {
  while (static_cast<std::size_t>(end - at) >= kBlock) {
    const unsigned mask = copy_block(at, to, rules);
    const auto plain = mask == 0 ? kBlock : static_cast<std::size_t>(std::countr_zero(mask));
    at += plain;
    to += plain;
    if (mask != 0) return;
  }
  std::array<char, kBlock> last;
  last.fill('.');
  const auto left = static_cast<std::size_t>(end - at);
  std::memcpy(last.data(), at, left);
  const unsigned mask = copy_block(last.data(), to, rules);
  const auto plain =
      mask == 0 ? left : std::min(left, static_cast<std::size_t>(std::countr_zero(mask)));
  at += plain;
  to += plain;
}

/// Writes what the byte or code point at `at` becomes.
void write_one(const char*& at, const char* end, char*& to, const TextRules& rules, bool& mended) {
  const char c = *at;
  switch (rules.actions[static_cast<unsigned char>(c)]) {
    case ByteAction::plain:
      *to++ = c;
      break;
    case ByteAction::backslash:
      *to++ = '\\';
      *to++ = c;
      break;
    case ByteAction::line_feed:
      to = put_text(to, "\\n");
      break;
    case ByteAction::line_return:
      to = put_text(to, "\\r");
      break;
    case ByteAction::space:
      mended = true;
      *to++ = ' ';
      break;
    case ByteAction::replacement:
      mended = true;
      to = put_text(to, kReplacement);
      break;
    case ByteAction::more_than_one: {
      const auto point = decode_code_point({at, static_cast<std::size_t>(end - at)});
      if (point.size > 0) {
        to = put_text(to, {at, point.size});
        at += point.size;
        return;
      }
      mended = true;
      to = put_text(to, kReplacement);
      break;
    }
  }
  ++at;
}

/// Writes the text; `to` has room for three times its size and a block.
char* write_text(std::string_view text, char* to, const TextRules& rules, bool& mended) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    copy_plain(at, end, to, rules);
    if (at != end) write_one(at, end, to, rules, mended);
  }
  return to;
}

std::size_t room_for(std::string_view text) {
  return text.size() * kGrowth + kBlock;
}

/// Bytes of the first character, of which a byte that is no UTF-8 is one.
std::size_t first_size(std::string_view text) {
  if (static_cast<unsigned char>(text.front()) < 0x80) return 1;
  return std::max<std::size_t>(1, decode_code_point(text).size);
}

/// At most so many characters of the text.
std::string_view first_characters(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t at = 0;
  for (std::size_t count = 0; at < text.size(); ++count) {
    if (count == most) return text.substr(0, at);
    at += first_size(text.substr(at));
  }
  return text;
}

std::string_view without_trailing_spaces(std::string_view text) {
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

}  // namespace

bool append_line_text(std::string& out, std::string_view text, const TextRules& rules) {
  const std::size_t before = out.size();
  out.resize(before + room_for(text));
  bool mended = false;
  const char* const end = write_text(text, out.data() + before, rules, mended);
  out.resize(static_cast<std::size_t>(end - out.data()));
  return mended;
}

std::size_t LineKeys::add(Key key) {
  const auto known = std::find_if(keys_.begin(), keys_.end(),
                                  [&](const Key& one) { return one.name == key.name; });
  if (known != keys_.end()) return static_cast<std::size_t>(known - keys_.begin());
  keys_.push_back(std::move(key));
  return keys_.size() - 1;
}

char* LineBuilder::room(std::size_t more) {
  if (bytes_.size() - used_bytes_ < more)
    bytes_.resize(std::max(used_bytes_ + more, bytes_.size() * 2 + 256));
  return bytes_.data() + used_bytes_;
}

void LineBuilder::put(std::string_view text) {
  used_bytes_ = static_cast<std::size_t>(put_text(room(text.size()), text) - bytes_.data());
}

void LineBuilder::begin(std::string_view start) {
  used_bytes_ = 0;
  first_ = true;
  std::fill(used_.begin(), used_.end(), 0);
  put(start);
}

void LineBuilder::header_raw(std::string_view text) {
  put(text);
  put("|");
}

LineLoss LineBuilder::header_field(std::string_view text, std::size_t most,
                                   std::size_t fields_left) {
  LineLoss loss;
  const std::string_view kept = first_characters(text.empty() ? kNoText : text, most);
  loss.cut = kept.size() < text.size();
  std::size_t most_bytes = room_for(kept);
  if (settings_.max_length > 0) {
    const std::size_t left =
        settings_.max_length > used_bytes_ ? settings_.max_length - used_bytes_ : 0;
    // The fields to come, and the pairs, have an equal share in what is left of a bounded line.
    most_bytes = std::min(most_bytes, left / (fields_left + 2));
  }
  put_bounded(kept, settings_.header, most_bytes, loss);
  put("|");
  return loss;
}

/// Appends whole characters as long as what becomes of them fits. False: nothing did.
bool LineBuilder::put_bounded(std::string_view text, const TextRules& rules, std::size_t most_bytes,
                              LineLoss& loss) {
  const std::size_t start = used_bytes_;
  if (most_bytes >= room_for(text)) {
    char* const end = write_text(text, room(room_for(text)), rules, loss.mended);
    used_bytes_ = static_cast<std::size_t>(end - bytes_.data());
    return true;
  }
  while (!text.empty()) {
    const std::string_view one = text.substr(0, first_size(text));
    bool mended = false;
    char* const to = room(room_for(one));
    const auto size = static_cast<std::size_t>(write_text(one, to, rules, mended) - to);
    if (used_bytes_ - start + size > most_bytes) {
      loss.cut = true;
      break;
    }
    loss.mended = loss.mended || mended;
    used_bytes_ += size;
    text.remove_prefix(one.size());
  }
  return used_bytes_ > start;
}

LineLoss LineBuilder::add(std::size_t number, std::string_view value) {
  LineLoss loss;
  const std::uint64_t bit = std::uint64_t{1} << (number % 64);
  if ((used_[number / 64] & bit) != 0) return loss;
  const LineKeys::Key& key = keys_.at(number);
  if (key.most > 0 && value.size() > key.most) {
    const std::string_view kept = first_characters(value, key.most);
    loss.cut = kept.size() < value.size();
    if (loss.cut && !key.divisible) return loss;
    value = kept;
  }
  if (settings_.value.drops_trailing_spaces) value = without_trailing_spaces(value);
  if (value.empty()) return loss;
  const std::size_t start = used_bytes_;
  char* to = room(key.name.size() + 2 + room_for(value));
  if (!first_) *to++ = settings_.separator;
  to = put_text(to, key.name);
  *to++ = '=';
  const auto value_start = static_cast<std::size_t>(to - bytes_.data());
  bool mended = false;
  to = write_text(value, to, settings_.value, mended);
  used_bytes_ = static_cast<std::size_t>(to - bytes_.data());
  loss.mended = mended;
  if (settings_.max_length > 0 && used_bytes_ > settings_.max_length) {
    loss |= shorten(start, value_start, number, value);
    if (used_bytes_ == start) return loss;
  }
  first_ = false;
  used_[number / 64] |= bit;
  return loss;
}

/// The pair does not fit into the line: as much of it as does, or nothing.
LineLoss LineBuilder::shorten(std::size_t start, std::size_t value_start, std::size_t key,
                              std::string_view value) {
  LineLoss loss{.cut = true};
  used_bytes_ = start;
  if (!keys_.at(key).divisible || value_start >= settings_.max_length) return loss;
  used_bytes_ = value_start;
  if (!put_bounded(value, settings_.value, settings_.max_length - value_start, loss))
    used_bytes_ = start;
  return loss;
}

}  // namespace cistern::codec
