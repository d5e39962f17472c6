// The text behind the inside of a JSON string.
#pragma once

#include <string>
#include <string_view>

namespace cistern::destinations {

/// Appends the text that `escaped` (the inside of a valid JSON string, without quotes) stands for,
/// as UTF-8. The store holds valid JSON only; should it not, the odd bytes are copied as they are
/// and a lone surrogate becomes U+FFFD, so that nothing is lost silently.
void append_unescaped(std::string& out, std::string_view escaped);

}  // namespace cistern::destinations
