// Rows become records: numbers, identities, what is noted beside them, and the count of what this
// build has no name for.
#pragma once

#include "codec/csv.hpp"
#include "connectors/cisco_umbrella/columns_layout.hpp"
#include "connectors/cisco_umbrella/object_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_umbrella {

class RowRecorder {
 public:
  /// `facts` are kept up to date; both must outlive the recorder.
  RowRecorder(const ObjectSettings& settings, ObjectFacts& facts);

  /// So many bytes of rows are there to come: what they need is obtained once, not by doubling.
  void expect(std::size_t bytes);
  /// Takes the next row into the batch. False: the batch is full, and the row was not taken.
  bool take(const codec::CsvRow& row);
  /// A row that is not whole, as it is.
  void take_broken(std::string_view raw, std::string_view problem);
  /// The batch so far; the next begins empty.
  std::shared_ptr<const RecordBatch> finish();

 private:
  struct Place {
    std::size_t raw = 0;
    std::size_t raw_size = 0;
    std::size_t meta_size = 0;  ///< Behind the row.
    Record record;
  };

  void take_header(std::string_view raw);
  void add(std::string_view raw, std::size_t columns, std::string_view problem);
  void append_meta(std::size_t columns);
  void count_unmapped(std::size_t columns);
  void count_column(std::string_view name);
  [[nodiscard]] const Layout& layout_for(std::size_t columns);

  const ObjectSettings& settings_;
  ObjectFacts& facts_;
  const LogSchema* schema_;
  std::string meta_begin_;
  std::string meta_middle_;
  std::string meta_header_;
  Layout header_layout_;
  Layout count_layout_;
  std::size_t count_layout_for_ = 0;
  std::size_t headers_ = 0;
  std::string storage_;
  std::vector<Place> places_;
};

}  // namespace cistern::connectors::cisco_umbrella
