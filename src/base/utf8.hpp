// UTF-8, one code point at a time, and which of them a terminal must not see.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cistern {

struct CodePoint {
  char32_t value = 0;
  std::size_t size = 0;  ///< Bytes; 0 where the text has no valid code point.
};

/// The code point at the start of `text`; size 0 when it is empty or not valid UTF-8 (surrogates
/// and over-long forms are not valid).
CodePoint decode_code_point(std::string_view text);

/// Whether printing the code point can do more than show a sign: control characters of both ranges
/// (escape sequences begin with them), line separators, and the invisible marks that reorder or
/// hide text, by which an event could forge what an operator reads.
bool is_unsafe_on_terminal(char32_t code_point);

}  // namespace cistern
