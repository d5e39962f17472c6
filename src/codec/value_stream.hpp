// Values that follow each other in a stream without end: finding where they end as bytes arrive,
// and taking whole ones apart.
//
// JSON values: a line break always ends a value. Vendors write one compact value a line, and inside
// a compact value there is none; so a line that was damaged or cut never takes the following line
// with it, and is never joined with it. Values on one line ("}{", with or without white space
// between) are separated by counting brackets outside strings. What begins with anything but '{' or
// '[' extends to the line break: an object inside a damaged string must not pass for a value.
//
// Every byte except white space between values is handed over exactly once, in order, whatever it
// is and however it arrived; whether a piece is valid JSON is for the receiver to judge.
#pragma once

#include "base/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace cistern::codec {

/// The largest value that is handed over in one piece, unless said otherwise.
inline constexpr std::size_t kMaxStreamValue = 32U << 20;

/// Ends of JSON values. A value of more than `max_value` bytes is severed after each `max_value` of
/// them until its line ends.
std::unique_ptr<StreamFramer> json_value_framer(std::size_t max_value = kMaxStreamValue);

/// Ends of lines, whatever they hold.
std::unique_ptr<StreamFramer> line_framer(std::size_t max_line = kMaxStreamValue);

enum class StreamPiece : std::uint8_t {
  value,       ///< What stands where a value should be: valid or not, but whole.
  empty_line,  ///< A keep-alive; the view is empty.
  part,        ///< A piece of a value that was severed.
};
using StreamPieceSink = std::function<void(StreamPiece kind, std::string_view raw)>;

/// Takes what a json_value_framer() found apart. Views point into `values.bytes`.
void split_json_values(const StreamValues& values, const StreamPieceSink& sink);

/// The same for a line_framer(): each line without its line break (LF or CR LF).
void split_lines(const StreamValues& values, const StreamPieceSink& sink);

}  // namespace cistern::codec
