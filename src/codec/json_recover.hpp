// Splitting an array that does not parse, so that one broken record does not take its neighbours.
#pragma once

#include <functional>
#include <string_view>

namespace cistern::codec {

/// Receives each element with the reason why it is no valid JSON (empty for a valid one; UTF-8 is
/// not judged here).
using ElementSink = std::function<void(std::string_view raw, std::string_view problem)>;

/// `array` begins with '['. Every byte that is no separator (white space, comma, the outer
/// brackets) is handed over exactly once, in order. Returns what is wrong with the array as a
/// whole, or nothing.
std::string_view recover_elements(std::string_view array, const ElementSink& sink);

}  // namespace cistern::codec
