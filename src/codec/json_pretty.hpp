// JSON over many lines, for people and for readers that expect it so.
#pragma once

#include <string>
#include <string_view>

namespace cistern::codec {

/// Most times that the text grows by. What would grow more (a long list very deep inside) stays on
/// one line, so that a hostile record cannot fill the memory with spaces.
inline constexpr std::size_t kMaxPrettyGrowth = 16;

/// Appends a valid JSON value with each member and element on a line of its own, 4 spaces a level,
/// and a space behind each colon; empty containers stay together. Order, numbers and strings keep
/// their bytes. No line break at the end.
void append_pretty_json(std::string& out, std::string_view json);

}  // namespace cistern::codec
