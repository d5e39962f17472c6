#include "connectors/cisco_umbrella/readers.hpp"

#include "codec/csv.hpp"
#include "codec/json.hpp"
#include "connectors/cisco_umbrella/columns_layout.hpp"
#include "connectors/cisco_umbrella/object_reader.hpp"
#include "connectors/cisco_umbrella/readers_identities.hpp"
#include "connectors/cisco_umbrella/readers_layouts.hpp"
#include "ecs/function_values.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <vector>

namespace cistern::connectors::cisco_umbrella {
namespace {

constexpr std::size_t kCellsOnStack = 128;

struct Cell {
  const char* text;
  std::uint32_t size;
  bool doubled;
};

/// The cells of a row, without a list in the heap for rows as they are.
class Cells {
 public:
  explicit Cells(std::string_view row) {
    for (codec::CsvCells cells(row); cells.next();) {
      if (count_ == kMaxColumns) {
        ++left_out_;
        continue;
      }
      const Cell cell{cells.inside().data(), static_cast<std::uint32_t>(cells.inside().size()),
                      cells.doubled()};
      if (count_ < kCellsOnStack) {
        first_[count_] = cell;
      } else {
        more_.push_back(cell);
      }
      ++count_;
    }
  }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::size_t left_out() const { return left_out_; }
  /// What the cell means; in `scratch` where it differs from what stands there.
  [[nodiscard]] std::string_view text(std::size_t index, std::string& scratch) const {
    if (index >= count_) return {};
    const Cell& cell = index < kCellsOnStack ? first_[index] : more_[index - kCellsOnStack];
    const std::string_view inside(cell.text, cell.size);
    if (!cell.doubled) return inside;
    scratch.clear();
    codec::append_csv_text(scratch, inside);
    return scratch;
  }

 private:
  std::array<Cell, kCellsOnStack> first_;
  std::vector<Cell> more_;
  std::size_t count_ = 0;
  std::size_t left_out_ = 0;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

/// Digits without a leading zero, few enough for any index.
bool is_integer(std::string_view text) {
  constexpr std::size_t kMostDigits = 18;
  if (text.empty() || text.size() > kMostDigits || (text.size() > 1 && text.front() == '0'))
    return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// `a, b` or `[a,b]`. An empty list is no value.
bool write_list(std::string_view name, std::string_view text, codec::JsonWriter& writer) {
  text = trimmed(text);
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  bool any = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    const std::string_view element = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (element.empty()) continue;
    if (!any) writer.key(name).begin_array();
    any = true;
    writer.string(element);
  }
  if (any) writer.end_array();
  return any;
}

/// Writes one row by a layout.
class RowWriter {
 public:
  RowWriter(const Cells& cells, const Layout& layout, codec::JsonWriter& writer)
      : cells_(cells), layout_(layout), writer_(writer) {}

  void write_columns() {
    const std::size_t named = std::min(cells_.count(), layout_.columns.size());
    for (std::size_t i = 0; i < named; ++i) {
      if (layout_.columns[i].known) write_known(i);
    }
    for (std::size_t i = named; i < cells_.count(); ++i) {
      const std::string_view text = cells_.text(i, scratch_);
      if (!text.empty()) writer_.key(column_number(i)).string(text);
    }
    if (!layout_.identities) write_granular();
  }

  /// Columns that a header names and this build does not know.
  void write_unknown() {
    bool any = false;
    for (std::size_t i = 0; i < std::min(cells_.count(), layout_.columns.size()); ++i) {
      if (layout_.columns[i].known) continue;
      const std::string_view text = cells_.text(i, scratch_);
      if (text.empty()) continue;
      if (!any) writer_.key("ext").begin_object();
      any = true;
      writer_.key(layout_.columns[i].name).string(text);
    }
    if (any) writer_.end_object();
  }

 private:
  void write_known(std::size_t index) {
    const LayoutColumn& column = layout_.columns[index];
    const std::string_view text = cells_.text(index, scratch_);
    if (text.empty()) return;
    switch (column.kind) {
      case CellKind::integer:
        if (is_integer(text)) {
          writer_.key(column.name).raw(text);
          return;
        }
        break;
      case CellKind::list:
        write_list(column.name, text, writer_);
        return;
      case CellKind::identities:
        write_identities(
            {.names = text, .types = text_of(layout_.identity_types, types_), .first = granular()},
            column.name, writer_);
        return;
      case CellKind::text:
        break;
    }
    writer_.key(column.name).string(text);
  }

  /// Rows that name only the most granular identity.
  void write_granular() {
    const std::string_view name = granular();
    if (name.empty()) return;
    write_identities(
        {.names = name, .types = text_of(layout_.granular_type, types_), .first = name},
        "identities", writer_);
  }

  [[nodiscard]] std::string_view granular() { return text_of(layout_.granular, granular_); }
  std::string_view text_of(std::optional<std::size_t> index, std::string& scratch) const {
    return index ? cells_.text(*index, scratch) : std::string_view{};
  }

  const Cells& cells_;
  const Layout& layout_;
  codec::JsonWriter& writer_;
  std::string scratch_;
  std::string types_;
  std::string granular_;
};

/// A row whose number of columns makes no sense is kept as it is beside what could be read of it.
void write_misshapen(const ecs::ReaderInput& input, const Cells& cells, const Layout& layout,
                     codec::JsonWriter& writer) {
  const std::size_t columns = cells.count() + cells.left_out();
  const std::string expected = layout.by_header
                                   ? "its header names " + std::to_string(layout.columns.size())
                                   : "no version has fewer than " + std::to_string(layout.fewest);
  writer.key("row_problem")
      .string("the row has " + std::to_string(columns) + " columns; " + expected);
  writer.key("row").string(input.raw);
}

bool read_row(const LayoutCache& layouts, const ecs::ReaderInput& input, std::string& json) {
  const Cells cells(input.raw);
  const auto layout = layouts.find(input.stream, input.meta, cells.count());
  codec::JsonWriter writer(json);
  writer.begin_object();
  RowWriter row(cells, *layout, writer);
  row.write_columns();
  row.write_unknown();
  if (is_misshapen(*layout, cells.count() + cells.left_out()))
    write_misshapen(input, cells, *layout, writer);
  writer.end_object();
  return true;
}

}  // namespace

ecs::ReaderTable record_readers() {
  const auto layouts = std::make_shared<LayoutCache>();
  return {{"umbrella_row", [layouts](const ecs::ReaderInput& input, std::string& json) {
             return read_row(*layouts, input, json);
           }}};
}

}  // namespace cistern::connectors::cisco_umbrella
