#include "codec/csv_cell.hpp"

#include <cstring>

namespace cistern::codec {
namespace {

const char* find(const char* at, const char* end, char sign) {
  const void* const found = std::memchr(at, sign, static_cast<std::size_t>(end - at));
  return found == nullptr ? end : static_cast<const char*>(found);
}

/// The comma or line break at or behind `at`.
const char* find_separator(const char* at, const char* end, bool one_row) {
  while (at != end && *at != ',' && (one_row || *at != '\n'))
    ++at;
  return at;
}

void end_at(CsvCell& cell, const char* at, const char* end, bool last) {
  cell.at = at;
  if (at == end) {
    cell.end = last ? CsvCell::End::text : CsvCell::End::need_more;
  } else {
    cell.end = *at == ',' ? CsvCell::End::comma : CsvCell::End::line;
  }
}

enum class Meaning : unsigned char { closes, doubled, letter, need_more };

/// Of a quote at `at` in a quoted cell.
Meaning meaning_of_quote(const char* at, const char* end, bool last) {
  const char* next = at + 1;
  if (next != end && *next == '"') return Meaning::doubled;
  while (next != end && *next == ' ')
    ++next;
  if (next == end) return last ? Meaning::closes : Meaning::need_more;
  return *next == ',' || *next == '\n' || *next == '\r' ? Meaning::closes : Meaning::letter;
}

/// Of a line break at `at` in a quoted cell: whether the row ends there nevertheless, because a
/// quoted cell that is not this one's end begins behind it.
Meaning meaning_of_break(const char* at, const char* end, bool last) {
  if (at + 1 == end) return last ? Meaning::letter : Meaning::need_more;
  if (at[1] != '"') return Meaning::letter;
  if (at + 2 == end) return last ? Meaning::letter : Meaning::need_more;
  switch (at[2]) {
    case '"':
    case ',':
    case '\r':
    case '\n':
    case ' ':
      return Meaning::letter;
    default:
      return Meaning::closes;
  }
}

/// The next quote, or line break that matters, or `end`.
const char* find_in_quotes(const char* at, const char* end, bool one_row) {
  if (one_row) return find(at, end, '"');
  while (at != end && *at != '"' && *at != '\n')
    ++at;
  return at;
}

void read_quoted(CsvCell& cell, const char* at, const char* end, bool last, bool one_row) {
  cell.begin = at;
  const auto stop = [&cell](const char* place, CsvCell::End how) {
    cell.size = static_cast<std::size_t>(place - cell.begin);
    cell.at = place;
    cell.end = how;
    cell.open = true;
  };
  for (;;) {
    at = find_in_quotes(at, end, one_row);
    if (at == end) return stop(at, last ? CsvCell::End::text : CsvCell::End::need_more);
    const bool quote = *at == '"';
    const Meaning meaning =
        quote ? meaning_of_quote(at, end, last) : meaning_of_break(at, end, last);
    if (meaning == Meaning::need_more) return stop(at, CsvCell::End::need_more);
    if (meaning == Meaning::closes) {
      if (!quote) return stop(at, CsvCell::End::line);
      cell.size = static_cast<std::size_t>(at - cell.begin);
      return end_at(cell, find_separator(at + 1, end, one_row), end, last);
    }
    if (meaning == Meaning::doubled) {
      cell.doubled = true;
      ++at;
    }
    ++at;
  }
}

}  // namespace

CsvCell read_csv_cell(const char* at, const char* end, bool last, bool one_row) {
  CsvCell cell;
  const char* const begin = at;
  while (at != end && *at == ' ')
    ++at;
  if (at == end && !last) {
    cell.begin = begin;
    end_at(cell, end, end, last);
    return cell;
  }
  if (at != end && *at == '"') {
    read_quoted(cell, at + 1, end, last, one_row);
    return cell;
  }
  cell.begin = at;
  end_at(cell, find_separator(at, end, one_row), end, last);
  cell.size = static_cast<std::size_t>(cell.at - at);
  return cell;
}

}  // namespace cistern::codec
