#include "connectors/cisco_umbrella/columns_layout.hpp"

#include "codec/csv.hpp"
#include "connectors/cisco_umbrella/object_reader.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_umbrella {
namespace {

constexpr std::size_t kLongestSpelling = 100;

std::optional<std::size_t> place_of(const Layout& layout, std::string_view name) {
  for (std::size_t i = 0; i < layout.columns.size(); ++i) {
    if (layout.columns[i].known && layout.columns[i].name == name) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> place_of_one(const Layout& layout,
                                        std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const auto place = place_of(layout, name)) return place;
  }
  return std::nullopt;
}

/// Which columns belong together follows from their names.
void find_places(Layout& layout) {
  layout.time = place_of(layout, "timestamp");
  layout.identities = place_of(layout, "identities");
  layout.identity_types = place_of_one(layout, {"identity_types", "identity_type"});
  layout.granular = place_of_one(layout, {"most_granular_identity", "policy_identity_label"});
  layout.granular_type =
      place_of_one(layout, {"most_granular_identity_type", "policy_identity_type"});
  if (!layout.granular && !layout.identities) {
    layout.granular = place_of(layout, "identity");
    layout.granular_type = place_of(layout, "identity_type");
  }
}

/// The spelling without what a terminal or a log must not see.
std::string spelling_of(std::string_view cell) {
  std::string text(cell.substr(0, kLongestSpelling));
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text;
}

LayoutColumn column_of(const LogSchema* schema, std::string_view cell, std::size_t index) {
  LayoutColumn column;
  column.spelling = spelling_of(cell);
  column.name = column_of_header(schema, cell);
  column.known = !column.name.empty();
  if (!column.known) column.name = snake_case(cell);
  if (column.name.empty()) column.name = column_number(index);
  column.kind = column.known ? kind_of_column(column.name) : CellKind::text;
  return column;
}

}  // namespace

Layout layout_of_header(const LogSchema* schema, std::string_view header_row) {
  Layout layout;
  layout.by_header = true;
  std::vector<std::pair<std::string, bool>> taken;
  codec::CsvCells cells(header_row);
  while (layout.columns.size() < kMaxColumns && cells.next()) {
    std::string text;
    codec::append_csv_text(text, cells.inside());
    LayoutColumn column = column_of(schema, text, layout.columns.size());
    // A name that comes twice would hide one of its cells.
    if (std::find(taken.begin(), taken.end(), std::pair{column.name, column.known}) !=
        taken.end()) {
      column.name = column_number(layout.columns.size());
      column.known = false;
      column.kind = CellKind::text;
    }
    taken.emplace_back(column.name, column.known);
    layout.columns.push_back(std::move(column));
  }
  layout.fewest = layout.columns.size();
  find_places(layout);
  return layout;
}

Layout layout_of_count(const LogSchema* schema, std::size_t count) {
  Layout layout;
  if (schema == nullptr) return layout;
  for (const std::string_view name : columns_by_count(*schema, count)) {
    layout.columns.push_back(
        {.name = std::string(name), .spelling = {}, .kind = kind_of_column(name), .known = true});
  }
  layout.fewest = schema->fewest;
  find_places(layout);
  return layout;
}

std::string column_number(std::size_t index) {
  return "col_" + std::to_string(index + 1);
}

}  // namespace cistern::connectors::cisco_umbrella
