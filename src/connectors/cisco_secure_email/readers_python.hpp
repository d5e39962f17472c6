// Literals of Python inside log lines, as JSON.
#pragma once

#include <string>
#include <string_view>

namespace cistern::connectors::cisco_secure_email {

/// Appends the literal that is all of `text` as JSON: dictionaries, lists, tuples, quoted texts,
/// numbers, True, False, None. Tolerates what AsyncOS writes: `=` for `:` and `;` for `,`. False
/// when it is none, is nested deeper than 8 levels or longer than 256 KiB; `json` is then as
/// before.
bool append_python_literal(std::string& json, std::string_view text);

/// Length of the bracketed literal at the beginning, quotes respected; 0 when it does not end.
std::size_t python_brackets(std::string_view text);

}  // namespace cistern::connectors::cisco_secure_email
