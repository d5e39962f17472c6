// Sentences in columns: wrapped at blanks, with a hanging indent.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cistern::app {

/// The widest line of pages for people; longer ones are hard to read.
inline constexpr std::size_t kPageWidth = 100;

/// `label` followed by `text` from column `indent` on; what does not fit into `width` columns goes
/// on below itself. Words are never cut, so that addresses and commands can be copied. Ends without
/// a line break.
std::string hanging(std::string_view label, std::string_view text, std::size_t indent,
                    std::size_t width);

/// kPageWidth, or less on a terminal that is narrower.
std::size_t page_width();

}  // namespace cistern::app
