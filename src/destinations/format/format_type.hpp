// What the program must know about each kind of payload format: one row of format_types.cpp.
#pragma once

#include "config/options.hpp"
#include "runtime/destination.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace cistern::destinations {

/// What stands between the line break before a payload and the one behind it.
enum class PayloadShape : std::uint8_t {
  one_line,    ///< Never holds CR or LF.
  lines,       ///< One line, or several for one event; each is a message of its own.
  multi_line,  ///< One value over many lines: for files, since no message may hold it.
};

struct FormatType {
  std::string_view name;
  PayloadShape shape = PayloadShape::one_line;
  /// The options of format_options() that mean something to it; `check` refuses the others.
  std::span<const std::string_view> own_options = {};
  /// Adds what is wrong with the values of its own options; may be null.
  void (*check)(const config::Values& values, std::vector<config::Problem>& problems) = nullptr;
  /// Fails with "config/..." or "format/..." when the values make no format.
  Result<std::unique_ptr<runtime::Format>> (*make)(
      const config::Values& values, std::shared_ptr<const runtime::Views> views) = nullptr;
};

/// All formats, in the order in which help and reference list them.
std::span<const FormatType> format_types();

/// The format of that name, or null.
const FormatType* find_format(std::string_view name);

}  // namespace cistern::destinations
