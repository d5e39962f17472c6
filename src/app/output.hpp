// What a command prints: tables and sentences for people, JSON for programs.
#pragma once

#include "app/exit_code.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::app {

enum class Tone : std::uint8_t { plain, good, warn, bad, dim, bold };

/// Standard output and standard error of one command. Colours only on a terminal, and never when
/// NO_COLOR is set.
class Output {
 public:
  Output();
  [[nodiscard]] bool terminal() const { return terminal_; }
  [[nodiscard]] bool colour() const { return colour_; }
  [[nodiscard]] bool error_colour() const { return error_colour_; }

  void print(std::string_view text) const;  ///< As it is, to standard output.
  void line(std::string_view text) const;   ///< With a line break.
  /// "error code: cause", consequence and next step, to standard error; returns `code` for
  /// `return`.
  ExitCode failure(const Failure& failure, ExitCode code) const;
  void note(std::string_view text) const;  ///< A line to standard error.
  [[nodiscard]] std::string toned(std::string_view text, Tone tone) const;
  /// False once the reader of standard output has gone away (a closed pipe).
  [[nodiscard]] bool open() const;

 private:
  bool terminal_;
  bool colour_;
  bool error_colour_;
};

/// Columns as wide as their widest cell, two blanks between; cells are cut at 60 characters, but
/// not those of the last column.
class Table {
 public:
  explicit Table(std::vector<std::string> head) : rows_{std::move(head)} {}
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] std::string text(const Output& output) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// "12,345"
std::string grouped(std::uint64_t number);

}  // namespace cistern::app
