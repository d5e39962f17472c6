#include "codec/csv.hpp"

#include "codec/csv_cell.hpp"

#include <chrono>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cistern::codec {
namespace {

constexpr std::size_t kLong = 1 << 20;

struct Found {
  std::string raw;
  std::uint32_t columns = 0;
  CsvProblem problem = CsvProblem::none;
  friend bool operator==(const Found&, const Found&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Found& row) {
    return out << "[" << row.raw << "] " << row.columns << " " << static_cast<int>(row.problem);
  }
};

/// The rows of a text that comes in pieces of `piece` bytes.
std::vector<Found> rows_of(std::string_view text, std::size_t piece = kLong,
                           std::size_t max_row = kLong) {
  CsvSplitter splitter(max_row);
  std::vector<Found> found;
  std::string held;
  for (bool last = false; !last;) {
    const std::string_view next = text.substr(0, piece);
    text.remove_prefix(next.size());
    held.append(next);
    last = text.empty();
    std::vector<CsvRow> rows;
    const std::size_t done = splitter.split(held, last, rows);
    for (const CsvRow& row : rows)
      found.push_back({std::string(row.raw), row.columns, row.problem});
    held.erase(0, done);
    EXPECT_LE(held.size(), max_row + 3);
  }
  EXPECT_TRUE(held.empty());
  return found;
}

std::vector<std::string> cells_of(std::string_view row) {
  std::vector<std::string> texts;
  for (CsvCells cells(row); cells.next();) {
    texts.emplace_back();
    if (cells.doubled()) {
      append_csv_text(texts.back(), cells.inside());
    } else {
      texts.back() = cells.inside();
    }
  }
  return texts;
}

using Cells = std::vector<std::string>;

TEST(Csv, RowsEndAtLineBreaksOutsideQuotes) {
  const std::vector<Found> expected = {{R"("a","b")", 2}, {R"("c,d","e")", 2}, {"f", 1}};
  EXPECT_EQ(rows_of("\"a\",\"b\"\n\"c,d\",\"e\"\r\nf"), expected);
  EXPECT_EQ(rows_of("\"a\",\"b\"\r\n\r\n\n\"c,d\",\"e\"\nf\n"), expected);
  EXPECT_TRUE(rows_of("").empty());
  EXPECT_TRUE(rows_of("\n\r\n\n").empty());
}

TEST(Csv, AQuotedCellHoldsLineBreaksCommasAndDoubledQuotes) {
  const std::string row = "\"1\",\"a: 1\nb: \"\"2\"\"\r\n\nc\",\"\"";
  EXPECT_EQ(rows_of(row + "\nnext,row\n"), (std::vector<Found>{{row, 3}, {"next,row", 2}}));
  EXPECT_EQ(cells_of(row), (Cells{"1", "a: 1\nb: \"2\"\r\n\nc", ""}));
}

TEST(Csv, BlanksBeforeAnOpeningQuoteAreNoPartOfTheCell) {
  EXPECT_EQ(cells_of(R"("a", "b, c",   "d" ,e,  f g)"), (Cells{"a", "b, c", "d", "e", "f g"}));
  EXPECT_EQ(rows_of("\"a\", \"b, c\",   \"d\" ,e\n \"x,y\"\n"),
            (std::vector<Found>{{R"("a", "b, c",   "d" ,e)", 4}, {R"( "x,y")", 1}}));
  EXPECT_EQ(cells_of(R"(" ")"), (Cells{" "}));
}

TEST(Csv, BareRowsKeepTheirBracketsAndQuotes) {
  EXPECT_EQ(cells_of("2020-07-23 18:03:46,[211039844],5\" disk,,x"),
            (Cells{"2020-07-23 18:03:46", "[211039844]", "5\" disk", "", "x"}));
  // The quote in the middle of a bare cell opens nothing: the rows behind stay rows.
  EXPECT_EQ(rows_of("a,5\" disk,b\nc,d,e\nf\n"),
            (std::vector<Found>{{"a,5\" disk,b", 3}, {"c,d,e", 3}, {"f", 1}}));
}

TEST(Csv, AQuoteThatNobodyDoubledIsALetter) {
  EXPECT_EQ(cells_of(R"("1","http://x/?q="a"b","2")"), (Cells{"1", R"(http://x/?q="a"b)", "2"}));
  EXPECT_EQ(rows_of("\"1\",\"http://x/?q=\"a\"b\",\"2\"\n\"3\",\"4\",\"5\"\n"),
            (std::vector<Found>{{R"("1","http://x/?q="a"b","2")", 3}, {R"("3","4","5")", 3}}));
}

TEST(Csv, AQuoteTooManyTakesNoFurtherRowWithIt) {
  // `a"",` reads as a doubled quote in a cell that goes on, and so does `5""` at a row's end.
  for (const std::string bad : {R"("1","?q="a"","2")", R"("1","2","disk of 5"")"}) {
    const auto rows = rows_of(bad + "\n\"3\",\"4\",\"5\"\n\"6\",\"7\",\"8\"\n");
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0].raw, bad);
    EXPECT_EQ(rows[1], (Found{R"("3","4","5")", 3}));
    EXPECT_EQ(rows[2], (Found{R"("6","7","8")", 3}));
  }
}

TEST(Csv, AQuoteThatIsNeverClosedEndsItsRowAtTheLineBreak) {
  EXPECT_EQ(rows_of("a,\"b\nc,d\ne,f\n"), (std::vector<Found>{{"a,\"b", 2, CsvProblem::open_quote},
                                                              {"c,d", 2, CsvProblem::open_quote},
                                                              {"e,f", 2, CsvProblem::open_quote}}));
  EXPECT_EQ(rows_of("a,\"b"), (std::vector<Found>{{"a,\"b", 2, CsvProblem::open_quote}}));
  // Long before the end of the text, too.
  std::string text = "a,\"b\n";
  for (int i = 0; i < 1000; ++i)
    text += "row," + std::to_string(i) + "\n";
  for (const std::size_t piece : {7U, 100U, 1000U, 100000U}) {
    const auto rows = rows_of(text, piece, 500);
    ASSERT_EQ(rows.size(), 1001U);
    EXPECT_EQ(rows[1000], (Found{"row,999", 2}));
  }
}

TEST(Csv, ARowThatIsTooLongIsCutAndTheNextIsWhole) {
  const std::string text = "a,b\n" + std::string(1000, 'x') + ",y\nc,d\n";
  for (const std::size_t piece : {1U, 64U, 100000U}) {
    EXPECT_EQ(rows_of(text, piece, 100),
              (std::vector<Found>{
                  {"a,b", 2}, {std::string(100, 'x'), 1, CsvProblem::too_long}, {"c,d", 2}}));
  }
  // A row of just that size is no such row.
  EXPECT_EQ(rows_of(std::string(100, 'x') + "\ny", 1, 100),
            (std::vector<Found>{{std::string(100, 'x'), 1}, {"y", 1}}));
}

TEST(Csv, BytesThatAreNoTextAreKept) {
  const std::string row("\"a\0b\",\"\xff\xfe\"", 10);
  EXPECT_EQ(rows_of(row + "\n" + row), (std::vector<Found>{{row, 2}, {row, 2}}));
}

/// What the rows are, found by the slow reader alone.
std::vector<Found> reference_rows(std::string_view text) {
  std::vector<Found> rows;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const char* const row = at;
    std::uint32_t columns = 0;
    CsvCell cell;
    do {
      cell = read_csv_cell(at, end, true, false);
      at = cell.at == end ? end : cell.at + 1;
      ++columns;
    } while (cell.end == CsvCell::End::comma);
    std::string raw(row, cell.at);
    if (cell.open && cell.end == CsvCell::End::text) return {};
    if (raw.ends_with('\r')) raw.pop_back();
    if (!raw.empty()) rows.push_back({raw, columns});
  }
  return rows;
}

TEST(Csv, TheFastScanAndTheSlowReaderAgreeWhereverTheTextIsCut) {
  std::mt19937 random(7);
  constexpr std::string_view kSigns = "\"\"\"\",,,\n\n\r ab";
  std::size_t compared = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    const std::size_t size = random() % 300;
    while (text.size() < size) {
      // Mostly well-formed rows, so that the fast scan meets faults in the middle of its way.
      if (random() % 4 != 0) {
        text +=
            "\"cell, " + std::to_string(random() % 100) + "\"" + (random() % 5 == 0 ? "\n" : ",");
      } else {
        text += kSigns[random() % kSigns.size()];
      }
    }
    const auto whole = rows_of(text);
    for (const auto& row : whole)
      EXPECT_EQ(count_csv_columns(row.raw), row.columns) << row.raw;
    EXPECT_EQ(rows_of(text, 1 + random() % 70), whole) << text;
    EXPECT_EQ(rows_of(text, 1 + random() % 70, 40), rows_of(text, kLong, 40)) << text;
    const auto expected = reference_rows(text);
    if (expected.empty()) continue;
    ++compared;
    EXPECT_EQ(whole, expected) << text;
    if (HasFailure()) return;
  }
  EXPECT_GT(compared, 5000U);
}

TEST(Csv, HostileTextsCostLinearTime) {
  // Each line opens a quote that nothing closes.
  std::string open;
  while (open.size() < 8U << 20)
    open += "x,\"a\n";
  std::string blanks;
  while (blanks.size() < 4U << 20)
    blanks += "\"  ";
  for (const std::string& text : {open, "\"" + blanks, std::string(8U << 20, '"')}) {
    const auto begin = std::chrono::steady_clock::now();
    CsvSplitter splitter(kLong);
    std::vector<CsvRow> rows;
    splitter.split(text, true, rows);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  }
}

}  // namespace
}  // namespace cistern::codec
