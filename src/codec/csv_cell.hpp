// One cell of a CSV row, sign by sign: the meaning that the fast scan of csv.cpp must not differ
// from.
#pragma once

#include <cstddef>

namespace cistern::codec {

struct CsvCell {
  enum class End : unsigned char {
    comma,      ///< `at` is the comma behind the cell.
    line,       ///< `at` is the line break that ends the row.
    text,       ///< `at` is the end of the text, and nothing follows.
    need_more,  ///< What follows decides.
  };
  End end = End::text;
  const char* at = nullptr;
  const char* begin = nullptr;  ///< Of what stands inside the quotes, or of the bare cell.
  std::size_t size = 0;
  bool doubled = false;
  bool open = false;  ///< Quoted, and nothing closed it: it extends to `at`.
};

/// The cell that begins at `at`. `last`: nothing follows behind `end`. With `one_row` the text is a
/// single row whose line end was removed, so a line break is a letter of its cell.
CsvCell read_csv_cell(const char* at, const char* end, bool last, bool one_row);

}  // namespace cistern::codec
