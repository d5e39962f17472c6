// Lines of files, of standard input and of a running lab, with bounded memory.
#pragma once

#include "base/result.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace cistern::lab {

/// Called with each line without its line break; `whole` is false for bytes at the end that no line
/// break follows.
using LineSink = std::function<void(std::string_view line, bool whole)>;

/// Cuts pieces into lines. A line above 256 MiB is handed on in parts, and so fails to parse.
class LineCutter {
 public:
  explicit LineCutter(LineSink sink) : sink_(std::move(sink)) {}
  void put(std::string_view piece);
  void finish();

 private:
  LineSink sink_;
  std::string rest_;
};

/// "-" is standard input; `.gz` and `.zst` are decompressed, several members or frames too.
Status read_lines(const std::string& path, const LineSink& sink);

/// Lines of a body got by HTTP; fails when the body is cut.
Status fetch_lines(const std::string& url, const LineSink& sink);

}  // namespace cistern::lab
