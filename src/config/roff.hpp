// The language of manual pages (man(7)), as far as generated pages need it.
#pragma once

#include <string>
#include <string_view>

namespace cistern::config {

/// Text for a line of its own: everything that the language would interpret is escaped, words
/// between backticks become bold.
std::string roff_text(std::string_view text);

/// Text as an argument of a macro, in quotes.
std::string roff_argument(std::string_view text);

/// Lines that keep their breaks and blanks, such as examples.
std::string roff_lines(std::string_view text);

/// The head of a page: `title` in capitals, its section, and what the page belongs to.
std::string roff_head(std::string_view title, int section, std::string_view version,
                      std::string_view name, std::string_view summary);

}  // namespace cistern::config
