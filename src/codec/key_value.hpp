// Lines of `key=value` pairs as security devices write them: quoted and bare values mixed, blanks
// inside bare values, quotes inside quoted ones, pairs without a blank between them, lines that
// were cut.
//
// The rules, in the order they are asked:
// 1. A key is a word of letters, digits, `_`, `.` and `-` that begins with a letter or `_`, stands
// at
//    the beginning or behind a blank, and is followed directly by `=`.
// 2. A value that begins with a quote ends at the first such quote behind which the line ends or,
//    after a blank, a key begins. What stands before that quote is the value, whatever it holds.
//    Without such a quote a double-quoted value is the rest of the line, and is unterminated.
// 3. A bare value ends where a blank and a key follow. So it may hold blanks and equals signs.
// 4. A key that the device is known to write needs no blank before it behind a closing quote, or
//    behind a bare value of digits and dots.
// 5. Blanks around a value are dropped, and one double quote at the end of a bare value that holds
//    no other.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace cistern::codec {

/// The keys that a device is known to write, for rule 4: in lower case, sorted.
using KnownKeys = std::span<const std::string_view>;

/// Walks over the pairs of one line. Copies nothing, allocates nothing, and looks at each byte a
/// bounded number of times.
class KeyValueReader {
 public:
  explicit KeyValueReader(std::string_view line, KnownKeys known = {});

  /// False: no further pair.
  bool next();
  [[nodiscard]] std::string_view key() const { return key_; }  ///< As it stands.
  [[nodiscard]] std::string_view value() const { return value_; }
  /// Whether the value stood in quotes.
  [[nodiscard]] bool quoted() const { return quoted_; }
  /// Whether the line ended inside quotes: most likely it was cut.
  [[nodiscard]] bool unterminated() const { return unterminated_; }
  /// What stands before the first key.
  [[nodiscard]] std::string_view head() const { return head_; }

 private:
  struct Key {
    std::size_t begin = std::string_view::npos;
    std::size_t equals = std::string_view::npos;
  };
  [[nodiscard]] Key key_from(std::size_t at) const;
  [[nodiscard]] bool known_glued(std::size_t at, Key& key) const;
  [[nodiscard]] bool closes(std::size_t quote, Key& following) const;
  bool take_quoted(std::size_t begin, char quote);
  void take_bare(std::size_t begin);

  std::string_view line_;
  KnownKeys known_;
  Key next_;  ///< Of the pair that next() will give.
  std::string_view head_;
  std::string_view key_;
  std::string_view value_;
  bool quoted_ = false;
  bool unterminated_ = false;
  bool no_single_quote_closes_ = false;  ///< From here to the end of the line.
};

}  // namespace cistern::codec
