// The rows of an object, each made from the object's number and its own: nothing is kept.
#pragma once

#include "lab/cisco_umbrella/log_folder.hpp"
#include "lab/harness/faults.hpp"
#include "lab/harness/random.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

/// Oddities of the rows of one object.
struct RowStyle {
  bool crlf = false;          ///< Rows end in CR LF.
  bool blank_before = false;  ///< `"a", "b"`
  bool unquoted = false;      ///< No cell is quoted that need not be.
};

/// What the truth says of a row beside its bytes.
struct RowFacts {
  TimePoint time{};
  /// Cells that a document of the event has to hold somewhere as they are.
  std::vector<std::string> values;
};

class RowGenerator {
 public:
  RowGenerator(FaultProfile profile, unsigned schema) : profile_(profile), schema_(schema) {}

  [[nodiscard]] static std::string header_row(const std::vector<ColumnPlan>& columns);
  [[nodiscard]] std::vector<ColumnPlan> columns(const FolderPlan& folder) const {
    return columns_of(folder, schema_);
  }
  /// Appends a row without its line end. `slot` is that of the object; the row's own time may be
  /// before it. `facts` may be null.
  void append(std::string& out, const std::vector<ColumnPlan>& columns, RowStyle style,
              std::uint64_t object, std::uint64_t row, TimePoint slot, Duration length,
              RowFacts* facts) const;

 private:
  const FaultProfile profile_;
  const unsigned schema_;
};

}  // namespace cistern::lab
