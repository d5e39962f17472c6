// Comma-separated values (RFC 4180) as vendors really write them, in pieces and at the speed of
// memory: where rows end, and what their cells hold.
//
// Quotes are read so that one bad row never takes its neighbours with it:
//  - A cell is quoted when its first sign, behind any blanks, is a quote. Elsewhere in a bare cell
//    a quote is a letter.
//  - In a quoted cell `""` is a quote. A quote closes the cell when a comma, a line break or the
//    end follows, behind any blanks; another is a letter that nobody doubled.
//  - A line break inside a quoted cell belongs to it, unless what follows can only be a new row: a
//    quote that neither is doubled nor closes anything. The row before had a quote too many.
//  - A quote that nothing closes is a letter: its row ends at the line break, and so do the rows
//    of the text that was looked through for its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::codec {

enum class CsvProblem : std::uint8_t {
  none,
  open_quote,  ///< A quote is not closed: the row was ended at its line break.
  too_long,    ///< `raw` is its beginning; the rest, up to the line break, is passed over.
};

struct CsvRow {
  std::string_view raw;       ///< Without its line end (LF or CR LF), never empty.
  std::uint32_t columns = 0;  ///< Of a row that is too long, those of its beginning.
  CsvProblem problem = CsvProblem::none;
};

/// Finds the rows of a text that comes in pieces. Whatever the pieces, the rows are the same.
class CsvSplitter {
 public:
  /// A row of more than `max_row` bytes (its line end not counted) is too long.
  explicit CsvSplitter(std::size_t max_row) : max_row_(max_row) {}

  /// Appends the whole rows of `text` to `rows` and returns how many bytes are done with. The rest
  /// is the beginning of a row: call again with it and what follows it. With `last` all is done
  /// with, since nothing follows. The rest is never longer than a row may be, by more than three
  /// bytes; empty lines are passed over. The views point into `text`. Linear in its size.
  std::size_t split(std::string_view text, bool last, std::vector<CsvRow>& rows);

 private:
  class Scan;
  std::size_t max_row_;
  std::uint64_t done_ = 0;         ///< Bytes done with, over all calls.
  std::uint64_t lines_until_ = 0;  ///< Up to there every line break ends a row.
  bool passing_over_ = false;      ///< Within the rest of a row that was too long.
};

/// Walks the cells of one row. A row has at least one cell, which may be empty.
class CsvCells {
 public:
  explicit CsvCells(std::string_view row) : at_(row.data()), end_(row.data() + row.size()) {}
  /// False: there is no further cell.
  bool next();
  /// Between the quotes, or the bare cell without the blanks before it.
  [[nodiscard]] std::string_view inside() const { return inside_; }
  /// Whether `inside` holds doubled quotes, which mean one each.
  [[nodiscard]] bool doubled() const { return doubled_; }

 private:
  const char* at_;
  const char* end_;
  std::string_view inside_;
  bool doubled_ = false;
  bool done_ = false;
};

/// Appends what a cell with doubled quotes means.
void append_csv_text(std::string& out, std::string_view inside);

/// The cells of a row, counted.
std::uint32_t count_csv_columns(std::string_view row);

}  // namespace cistern::codec
