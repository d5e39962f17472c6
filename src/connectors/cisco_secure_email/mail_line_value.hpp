// Values as AsyncOS writes them: like literals of Python.
#pragma once

#include <string>
#include <string_view>

namespace cistern::connectors::cisco_secure_email {

/// What a value means: `'…'` or `"…"` without its quotes and with its escapes (`\xNN`, `\r`, `\n`,
/// `\t`, `\\`, `\'`, `\"`, octal `\015`) replaced; a bare one, or one whose quote never ends, as it
/// stands. Returns a view of `text` when nothing had to be replaced, else of `scratch`. Bytes above
/// 0x7f that make no UTF-8 are read as Latin-1, so the result is always UTF-8.
std::string_view decode_quoted(std::string_view text, std::string& scratch);

/// The first value of a text: the quoted literal it begins with, quotes included, or all of it when
/// it begins with none or the literal never ends.
std::string_view first_quoted(std::string_view text);

/// A reply of another server: `('550', ['5.1.1 User unknown', 'see https://…'])`.
struct Reply {
  std::string_view code;  ///< `550`; empty where the text has another shape.
  std::string text;       ///< The lines decoded and joined by a blank.
};

/// Reads a reply; a text of another shape becomes Reply::text as decode_quoted() gives it.
Reply read_reply(std::string_view text);

/// Walks a list of pairs, `[('from', 'News <news@example.com>'), …]`, as Message done has them. The
/// views are quoted values. Stops at the first thing that is no pair.
class PairCursor {
 public:
  explicit PairCursor(std::string_view list) : rest_(list) {}
  bool next(std::string_view& name, std::string_view& value);

 private:
  std::string_view rest_;
};

}  // namespace cistern::connectors::cisco_secure_email
