// What an import has to say: what is carried over in another way, and what is not at all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cistern::connectors::crowdstrike_falcon {

struct Finding {
  enum class Severity : std::uint8_t {
    note,     ///< Behaves as before; something to know.
    warning,  ///< Behaves differently, or is not carried over.
    error,    ///< The converted configuration would not run.
  };
  Severity severity = Severity::note;
  std::string file;
  int line = 0;  ///< 0: the file as a whole.
  std::string what;
  std::string next_step;  ///< May be empty.

  [[nodiscard]] std::string place() const;  ///< "cs.falconhoseclient.cfg:14"
};

std::string_view to_string(Finding::Severity severity);

/// Gathers the findings of one file.
class FindingList {
 public:
  explicit FindingList(std::string file) : file_(std::move(file)) {}
  /// `line` 0: the file as a whole.
  void add(Finding::Severity severity, int line, std::string what, std::string next_step = {});
  void note(int line, std::string what, std::string next_step = {}) {
    add(Finding::Severity::note, line, std::move(what), std::move(next_step));
  }
  void warning(int line, std::string what, std::string next_step = {}) {
    add(Finding::Severity::warning, line, std::move(what), std::move(next_step));
  }
  void error(int line, std::string what, std::string next_step = {}) {
    add(Finding::Severity::error, line, std::move(what), std::move(next_step));
  }
  std::vector<Finding> take() { return std::move(list_); }

 private:
  std::string file_;
  std::vector<Finding> list_;
};

}  // namespace cistern::connectors::crowdstrike_falcon
