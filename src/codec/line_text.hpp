// What the line formats of SIEMs (CEF, LEEF) have in common: a header, then key=value pairs on one
// line, written so that no text can break the line, a pair or a character.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::codec {

/// What becomes of each byte of a text.
enum class ByteAction : std::uint8_t {
  plain,
  backslash,     ///< Written behind a backslash.
  line_feed,     ///< Written as backslash and n,
  line_return,   ///< as backslash and r.
  space,         ///< Replaced by a space.
  replacement,   ///< Replaced by U+FFFD.
  more_than_one  ///< Part of a code point of several bytes, which is checked as a whole.
};

/// How a text is written at one place of a line.
struct TextRules {
  /// Tab, and two characters besides the control characters, may ask for an action.
  char first = '\\';
  char second = '\\';
  bool drops_trailing_spaces = false;
  std::array<ByteAction, 256> actions{};

  /// Control characters and DEL are replaced by U+FFFD, bytes above 127 are checked.
  static constexpr TextRules base() {
    TextRules rules;
    for (std::size_t byte = 0; byte < 256; ++byte) {
      rules.actions[byte] = byte < 0x20 || byte == 0x7F ? ByteAction::replacement
                            : byte < 0x80               ? ByteAction::plain
                                                        : ByteAction::more_than_one;
    }
    return rules;
  }
  constexpr void set(char c, ByteAction action) { actions[static_cast<unsigned char>(c)] = action; }
};

/// Whether a text lost something on its way into a line.
struct LineLoss {
  bool cut = false;     ///< It was too long.
  bool mended = false;  ///< It held what the format cannot carry, which was replaced.

  LineLoss& operator|=(const LineLoss& other) {
    cut = cut || other.cut;
    mended = mended || other.mended;
    return *this;
  }
};

/// Appends the text; nothing of it can end the field that it stands in. True: bytes were replaced.
bool append_line_text(std::string& out, std::string_view text, const TextRules& rules);

/// The keys that a writer uses, numbered from 0.
class LineKeys {
 public:
  struct Key {
    std::string name;
    std::size_t most = 0;  ///< Characters of the value; 0: no bound.
    /// Whether the value may be shortened: half a number or address would be another one, so that
    /// it is rather left out.
    bool divisible = true;
  };
  /// The number of the key; a name that is there already keeps its own, so that no line can hold a
  /// key twice.
  std::size_t add(Key key);
  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  [[nodiscard]] const Key& at(std::size_t number) const { return keys_[number]; }

 private:
  std::vector<Key> keys_;
};

/// Builds one line after the other in memory that is kept.
class LineBuilder {
 public:
  struct Settings {
    char separator = ' ';
    TextRules header;
    TextRules value;
    std::size_t max_length = 0;  ///< Of a whole line in bytes; 0: no bound.
  };
  LineBuilder(LineKeys keys, const Settings& settings)
      : keys_(std::move(keys)), settings_(settings), used_(keys_.size() / 64 + 1) {}

  /// Begins a line. `start` is written as it is.
  void begin(std::string_view start);
  /// A field of the header and the pipe behind it; an empty one becomes "unknown". `most` as for a
  /// key. A bounded line keeps room for `fields_left` more of them and for pairs.
  LineLoss header_field(std::string_view text, std::size_t most, std::size_t fields_left);
  /// Part of the header as it is, with its pipe.
  void header_raw(std::string_view text);
  /// A pair. Of a key's values the first counts; an empty one is left out.
  LineLoss add(std::size_t key, std::string_view value);
  /// The line so far, without a line break.
  [[nodiscard]] std::string_view text() const { return {bytes_.data(), used_bytes_}; }

 private:
  char* room(std::size_t more);
  void put(std::string_view text);
  bool put_bounded(std::string_view text, const TextRules& rules, std::size_t most_bytes,
                   LineLoss& loss);
  LineLoss shorten(std::size_t start, std::size_t value_start, std::size_t key,
                   std::string_view value);

  LineKeys keys_;
  Settings settings_;
  std::vector<char> bytes_;
  std::size_t used_bytes_ = 0;
  bool first_ = true;
  std::vector<std::uint64_t> used_;  // One bit a key.
};

/// One pair of a line that was read.
struct LinePair {
  std::string key;
  std::string value;
};

/// Bounds of the readers of such lines.
struct LineReadLimits {
  std::size_t bytes = std::size_t{1} << 20;
  std::size_t pairs = 1024;
};

}  // namespace cistern::codec
