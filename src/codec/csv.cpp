#include "codec/csv.hpp"

#include "codec/csv_cell.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace cistern::codec {
namespace {

constexpr std::size_t kBlock = 64;
/// What a sign may need to see behind itself before it can be judged.
constexpr std::size_t kLookAhead = 2;

/// Where in a block of 64 bytes the signs stand that matter, one bit a byte.
struct Signs {
  std::uint64_t quotes = 0;
  std::uint64_t commas = 0;
  std::uint64_t breaks = 0;
  std::uint64_t returns = 0;
  std::uint64_t blanks = 0;
};

Signs classify(const char* at) {
  Signs signs;
#ifdef __SSE2__
  const auto bits = [](__m128i bytes, char sign) {
    const __m128i hits = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(sign));
    return std::uint64_t{static_cast<std::uint16_t>(_mm_movemask_epi8(hits))};
  };
  for (unsigned part = 0; part < kBlock; part += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + part));
    signs.quotes |= bits(bytes, '"') << part;
    signs.commas |= bits(bytes, ',') << part;
    signs.breaks |= bits(bytes, '\n') << part;
    signs.returns |= bits(bytes, '\r') << part;
    signs.blanks |= bits(bytes, ' ') << part;
  }
#else
  for (unsigned i = 0; i < kBlock; ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (at[i] == '"') signs.quotes |= bit;
    if (at[i] == ',') signs.commas |= bit;
    if (at[i] == '\n') signs.breaks |= bit;
    if (at[i] == '\r') signs.returns |= bit;
    if (at[i] == ' ') signs.blanks |= bit;
  }
#endif
  return signs;
}

/// Each bit becomes the parity of the bits up to and including it.
std::uint64_t parity_so_far(std::uint64_t bits) {
  for (unsigned shift = 1; shift < 64; shift *= 2)
    bits ^= bits << shift;
  return bits;
}

/// The bits moved one byte on; `carry` is the last byte's bit of the block before, then of this.
std::uint64_t moved_on(std::uint64_t bits, std::uint64_t& carry) {
  const std::uint64_t moved = (bits << 1) | carry;
  carry = bits >> 63;
  return moved;
}

std::uint64_t below(unsigned index) {
  return index == kBlock ? ~std::uint64_t{0} : (std::uint64_t{1} << index) - 1;
}

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

/// One call of split(): the text, and where in it the work stands.
class CsvSplitter::Scan {
 public:
  Scan(CsvSplitter& splitter, std::string_view text, bool last, std::vector<CsvRow>& rows)
      : splitter_(splitter),
        rows_(rows),
        begin_(text.data()),
        end_(text.data() + text.size()),
        at_(begin_),
        last_(last) {}

  std::size_t run() {
    while (at_ != end_ && step()) {
    }
    if (last_) splitter_.passing_over_ = false;
    const auto done = static_cast<std::size_t>(at_ - begin_);
    splitter_.done_ += done;
    return done;
  }

 private:
  enum class Stop : std::uint8_t { unusual, unfinished, too_long };

  /// False: more text is needed.
  bool step() {
    if (splitter_.passing_over_) return pass_over();
    if (position() < splitter_.lines_until_) return take_line();
    switch (take_usual_rows()) {
      case Stop::too_long:
        return take_too_long();
      case Stop::unusual:
        return take_unusual_row();
      case Stop::unfinished:
        if (at_ == end_) return false;
        return last_ ? take_unusual_row() : wait_or_cut();
    }
    return false;
  }

  [[nodiscard]] std::uint64_t position() const {
    return splitter_.done_ + static_cast<std::uint64_t>(at_ - begin_);
  }
  [[nodiscard]] const char* find_break() const {
    const void* const found = std::memchr(at_, '\n', static_cast<std::size_t>(end_ - at_));
    return static_cast<const char*>(found);
  }

  void add(std::string_view raw, std::uint32_t columns, CsvProblem problem) {
    if (raw.ends_with('\r')) raw.remove_suffix(1);
    if (!raw.empty()) rows_.push_back({raw, columns, problem});
  }

  bool pass_over() {
    const char* const found = find_break();
    at_ = found == nullptr ? end_ : found + 1;
    splitter_.passing_over_ = found == nullptr;
    return true;
  }

  /// A row that ends at its first line break, whatever its quotes say.
  bool take_line() {
    const char* const found = find_break();
    const char* const line_end = found == nullptr ? end_ : found;
    if (static_cast<std::size_t>(line_end - at_) > splitter_.max_row_) {
      cut();
      return true;
    }
    if (found == nullptr && !last_) return false;
    const std::string_view raw = between(at_, line_end);
    add(raw, count_csv_columns(raw), CsvProblem::open_quote);
    at_ = found == nullptr ? end_ : found + 1;
    return true;
  }

  /// The row at `at_` is not whole in a text that goes on.
  bool wait_or_cut() {
    const auto size = static_cast<std::size_t>(end_ - at_);
    return size > splitter_.max_row_ + kLookAhead && take_too_long();
  }

  /// The row at `at_` is longer than a row may be. If it holds line breaks they are within quotes,
  /// and more likely than such a cell is a quote that was never closed.
  bool take_too_long() {
    if (std::memchr(at_, '\n', splitter_.max_row_) != nullptr) {
      splitter_.lines_until_ = position() + splitter_.max_row_;
    } else {
      cut();
    }
    return true;
  }

  void cut() {
    const std::string_view raw(at_, splitter_.max_row_);
    rows_.push_back({raw, count_csv_columns(raw), CsvProblem::too_long});
    at_ += raw.size();
    splitter_.passing_over_ = true;
  }

  /// The row at `at_`, sign by sign.
  bool take_unusual_row() {
    const char* const row = at_;
    const std::size_t most = splitter_.max_row_ + 1 + kLookAhead;
    const bool whole = static_cast<std::size_t>(end_ - row) <= most;
    const char* const end = whole ? end_ : row + most;
    CsvCell cell;
    std::uint32_t columns = 0;
    const char* next = row;
    do {
      cell = read_csv_cell(next, end, last_ && whole, false);
      ++columns;
      next = cell.at + 1;
    } while (cell.end == CsvCell::End::comma);
    if (cell.end == CsvCell::End::need_more) return wait_or_cut();
    const std::string_view raw = between(row, cell.at);
    if (raw.size() > splitter_.max_row_) return take_too_long();
    const bool open = cell.open && cell.end == CsvCell::End::text;
    if (open && raw.find('\n') != std::string_view::npos) {
      splitter_.lines_until_ = position() + raw.size();
      return true;
    }
    add(raw, columns, open ? CsvProblem::open_quote : CsvProblem::none);
    at_ = cell.at == end_ ? end_ : cell.at + 1;
    return true;
  }

  /// What the fast scan carries from block to block.
  struct State {
    std::uint64_t inside = 0;        ///< All bits when the next block begins inside quotes.
    std::uint64_t may_open = 1;      ///< A quote may open a cell at the next byte.
    std::uint64_t comma = 0;         ///< The last byte was a comma,
    std::uint64_t closed = 0;        ///< a quote that closed,
    std::uint64_t break_inside = 0;  ///< a line break inside quotes.
    std::uint32_t columns = 1;
  };

  /// What a block holds once its quotes are understood.
  struct Block {
    std::uint64_t breaks = 0;   ///< Ends of rows.
    std::uint64_t commas = 0;   ///< Ends of cells.
    std::uint64_t unusual = 0;  ///< Signs that only read_csv_cell() understands.
  };

  /// Quotes toggle between inside and outside, and a doubled one does so twice. That is the whole
  /// truth as long as each that opens stands at the beginning of a cell or behind another, and each
  /// that closes at the end of one or before another.
  static Block understand(const Signs& signs, State& state) {
    const std::uint64_t inside = parity_so_far(signs.quotes) ^ state.inside;
    state.inside = (inside >> 63) != 0 ? ~std::uint64_t{0} : 0;
    const std::uint64_t after_comma = signs.blanks & moved_on(signs.commas, state.comma);
    const std::uint64_t may_open =
        moved_on(signs.commas | signs.breaks | signs.quotes | after_comma, state.may_open);
    const std::uint64_t behind_close = moved_on(signs.quotes & ~inside, state.closed);
    const std::uint64_t behind_break = moved_on(signs.breaks & inside, state.break_inside);
    const std::uint64_t may_follow = signs.commas | signs.breaks | signs.returns | signs.quotes;
    return {.breaks = signs.breaks & ~inside,
            .commas = signs.commas & ~inside,
            .unusual = (signs.quotes & inside & ~may_open) | (behind_close & ~may_follow) |
                       (behind_break & signs.quotes)};
  }

  /// Takes the rows that end in the block at `block`. Null: go on with the next block.
  const Stop* take_block(const Block& found, const char* block, State& state) {
    static constexpr Stop kUnusual = Stop::unusual;
    static constexpr Stop kTooLong = Stop::too_long;
    const std::uint64_t usual = found.unusual == 0
                                    ? ~std::uint64_t{0}
                                    : below(static_cast<unsigned>(std::countr_zero(found.unusual)));
    std::uint64_t commas = found.commas & usual;
    for (std::uint64_t left = found.breaks & usual; left != 0; left &= left - 1) {
      const auto index = static_cast<unsigned>(std::countr_zero(left));
      const std::string_view raw = between(at_, block + index);
      if (raw.size() > splitter_.max_row_) return &kTooLong;
      const auto cells = static_cast<std::uint32_t>(std::popcount(commas & below(index)));
      add(raw, state.columns + cells, CsvProblem::none);
      commas &= ~below(index);
      state.columns = 1;
      at_ = block + index + 1;
    }
    if (found.unusual != 0) return &kUnusual;
    state.columns += static_cast<std::uint32_t>(std::popcount(commas));
    return nullptr;
  }

  /// Rows from `at_` on, as long as they are well-formed.
  Stop take_usual_rows() {
    State state;
    const char* block = at_;
    for (; static_cast<std::size_t>(end_ - block) >= kBlock; block += kBlock) {
      if (const Stop* stop = take_block(understand(classify(block), state), block, state))
        return *stop;
      if (block - at_ > static_cast<std::ptrdiff_t>(splitter_.max_row_)) return Stop::too_long;
    }
    const auto left = static_cast<unsigned>(end_ - block);
    std::array<char, kBlock> rest{};
    std::copy(block, end_, rest.begin());
    Block found = understand(classify(rest.data()), state);
    found.unusual &= below(left);
    const Stop* const stop = take_block(found, block, state);
    return stop == nullptr ? Stop::unfinished : *stop;
  }

  CsvSplitter& splitter_;
  std::vector<CsvRow>& rows_;
  const char* const begin_;
  const char* const end_;
  const char* at_;
  const bool last_;
};

std::size_t CsvSplitter::split(std::string_view text, bool last, std::vector<CsvRow>& rows) {
  return Scan(*this, text, last, rows).run();
}

bool CsvCells::next() {
  if (done_) return false;
  const CsvCell cell = read_csv_cell(at_, end_, true, true);
  inside_ = {cell.begin, cell.size};
  doubled_ = cell.doubled;
  done_ = cell.end != CsvCell::End::comma;
  if (!done_) at_ = cell.at + 1;
  return true;
}

void append_csv_text(std::string& out, std::string_view inside) {
  for (std::size_t quote = inside.find('"'); quote != std::string_view::npos;
       quote = inside.find('"')) {
    out.append(inside.substr(0, quote + 1));
    inside.remove_prefix(quote + 1);
    if (inside.starts_with('"')) inside.remove_prefix(1);
  }
  out.append(inside);
}

std::uint32_t count_csv_columns(std::string_view row) {
  std::uint32_t columns = 0;
  for (CsvCells cells(row); cells.next();)
    ++columns;
  return columns;
}

}  // namespace cistern::codec
