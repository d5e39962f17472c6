// CSV in pieces of any size: the rows are the same however the text is cut, lie in it in order, and
// leave nothing out but line ends and what stands behind the bound of a row. The first two bytes
// choose the bound on a row and the size of pieces.
#include "codec/csv.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace cistern::codec;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Read {
  std::string rows;   ///< Number of columns, problem and bytes of each.
  std::string bytes;  ///< Of all of them.
  bool cut = false;
};

void note(const CsvRow& row, std::size_t most, Read& read) {
  require(!row.raw.empty() && row.raw.size() <= most);
  require(row.columns == count_csv_columns(row.raw));
  std::string text;
  for (CsvCells cells(row.raw); cells.next();) {
    text.clear();
    append_csv_text(text, cells.inside());
    require(text.size() <= cells.inside().size());
  }
  read.rows += std::to_string(row.columns) + " " + std::to_string(static_cast<int>(row.problem));
  read.rows.append(row.raw).append("\n");
  read.bytes.append(row.raw);
  read.cut = read.cut || row.problem == CsvProblem::too_long;
}

Read read_all(std::string_view text, std::size_t piece, std::size_t most) {
  CsvSplitter splitter(most);
  Read read;
  std::string held;
  for (bool last = false; !last;) {
    held.append(text.substr(0, piece));
    text.remove_prefix(std::min(piece, text.size()));
    last = text.empty();
    std::vector<CsvRow> rows;
    const std::size_t done = splitter.split(held, last, rows);
    require(done <= held.size());
    for (const CsvRow& row : rows)
      note(row, most, read);
    held.erase(0, done);
    require(held.size() <= most + 3);
  }
  require(held.empty());
  return read;
}

std::string without_line_ends(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c != '\n' && c != '\r') result += c;
  }
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t most = data[0] < 128 ? std::size_t{data[0]} + 1 : std::size_t{1} << 20;
  const std::size_t piece = std::size_t{data[1]} + 1;
  const std::string_view text{reinterpret_cast<const char*>(data) + 2, size - 2};
  const Read pieces = read_all(text, piece, most);
  require(pieces.rows == read_all(text, std::max<std::size_t>(1, size), most).rows);
  if (!pieces.cut) require(without_line_ends(pieces.bytes) == without_line_ends(text));
  return 0;
}
