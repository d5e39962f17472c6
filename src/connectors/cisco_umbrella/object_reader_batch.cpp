#include "connectors/cisco_umbrella/object_reader_batch.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

namespace cistern::connectors::cisco_umbrella {
namespace {

/// A header stands beside each of its rows. The widest known has 1200 bytes.
constexpr std::size_t kMaxHeaderBytes = 4096;
/// An object that was joined from several has several; more are rows like others.
constexpr std::size_t kMostHeaders = 100;
constexpr std::size_t kMostUnmapped = 64;
constexpr std::size_t kMetaMargin = 64;

constexpr std::string_view kTooLong =
    "the row is longer than 1 MiB: its beginning is kept, the rest was passed over";
constexpr std::string_view kTooManyColumns = "the row has more than 1024 columns";
constexpr std::string_view kHeaderInside = "a header row in the middle of the object";

bool is_plain_ascii(std::string_view text) {
  std::uint64_t high = 0;
  const char* at = text.data();
  std::size_t left = text.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    high |= word;
  }
  for (; left > 0; --left, ++at)
    high |= static_cast<unsigned char>(*at);
  return (high & 0x8080808080808080U) == 0;
}

std::string_view cell_at(std::string_view row, std::size_t index) {
  codec::CsvCells cells(row);
  for (std::size_t i = 0; cells.next(); ++i) {
    if (i == index) return cells.inside();
  }
  return {};
}

/// Rows begin with a time or a number, header rows with a letter: the first look is a cheap one.
bool is_header(std::string_view row) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  std::string_view begin = row;
  if (begin.starts_with(kByteOrderMark)) begin.remove_prefix(kByteOrderMark.size());
  while (!begin.empty() && (begin.front() == ' ' || begin.front() == '"'))
    begin.remove_prefix(1);
  if (begin.empty() || std::string_view("tTiIdD").find(begin.front()) == std::string_view::npos)
    return false;
  codec::CsvCells cells(row);
  if (!cells.next()) return false;
  const std::string_view first = cells.inside();
  const std::string_view second = cells.next() ? cells.inside() : std::string_view{};
  return begins_header(first, second);
}

TimePoint time_of(std::string_view row, const Layout& layout) {
  if (!layout.time) return {};
  return parse_time(cell_at(row, *layout.time)).value_or(TimePoint{});
}

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), end);
}

}  // namespace

RowRecorder::RowRecorder(const ObjectSettings& settings, ObjectFacts& facts)
    : settings_(settings), facts_(facts), schema_(find_schema(settings.stream)) {
  const auto put = [](std::string& out, std::string_view name, const std::string& text) {
    out += name;
    codec::append_json_string(out, is_utf8(text) ? text : excerpt(text, text.size()));
  };
  put(meta_begin_, R"({"bucket":)", settings.bucket);
  put(meta_begin_, R"(,"key":)", settings.key);
  meta_begin_ += R"(,"row":)";
  put(meta_middle_, R"(,"etag":)", settings.etag);
  meta_middle_ += R"(,"columns":)";
  if (!settings.columns.empty()) take_header(settings.columns);
  facts_.has_header = false;
  facts_.next_row = settings.first_row;
}

void RowRecorder::take_header(std::string_view raw) {
  header_layout_ = layout_of_header(schema_, raw);
  meta_header_ = R"(,"header":)";
  codec::append_json_string(meta_header_, is_utf8(raw) ? raw : excerpt(raw, raw.size()));
  facts_.has_header = true;
}

const Layout& RowRecorder::layout_for(std::size_t columns) {
  if (!header_layout_.columns.empty()) return header_layout_;
  if (count_layout_for_ != columns || columns == 0) {
    count_layout_ = layout_of_count(schema_, columns);
    count_layout_for_ = columns;
  }
  return count_layout_;
}

void RowRecorder::expect(std::size_t bytes) {
  constexpr std::size_t kUsualRow = 256;
  if (!places_.empty()) return;
  const std::size_t meta = meta_begin_.size() + meta_middle_.size() + meta_header_.size();
  const std::size_t rows = bytes / kUsualRow + 1;
  storage_.reserve(std::min(kBatchBytes, bytes + rows * (meta + kMetaMargin)));
  places_.reserve(std::min(rows, kBatchBytes / (kUsualRow + meta)));
}

bool RowRecorder::take(const codec::CsvRow& row) {
  const std::size_t needed = row.raw.size() + meta_begin_.size() + settings_.bucket.size() +
                             meta_middle_.size() + meta_header_.size() + kMetaMargin;
  if (!places_.empty() && storage_.size() + needed > kBatchBytes) return false;
  ++facts_.rows;
  std::string_view problem;
  if (is_header(row.raw) && row.raw.size() <= kMaxHeaderBytes && headers_ < kMostHeaders) {
    ++headers_;
    take_header(row.raw);
    if (facts_.rows == 1) {
      facts_.next_row = std::max(facts_.next_row, std::uint64_t{2});
      return true;
    }
    problem = kHeaderInside;
  } else if (row.problem == codec::CsvProblem::too_long) {
    problem = kTooLong;
  } else if (row.columns > kMaxColumns) {
    problem = kTooManyColumns;
  }
  if (facts_.rows >= settings_.first_row) add(row.raw, row.columns, problem);
  return true;
}

void RowRecorder::take_broken(std::string_view raw, std::string_view problem) {
  ++facts_.rows;
  if (facts_.rows >= settings_.first_row) add(raw, codec::count_csv_columns(raw), problem);
}

void RowRecorder::add(std::string_view raw, std::size_t columns, std::string_view problem) {
  facts_.next_row = facts_.rows + 1;
  ++facts_.records;
  Place place{.raw = storage_.size(), .raw_size = raw.size(), .meta_size = 0, .record = {}};
  storage_.append(raw);
  append_meta(columns);
  place.meta_size = storage_.size() - place.raw - raw.size();
  Record& record = place.record;
  record.problem = problem;
  record.form = is_plain_ascii(raw) || is_utf8(raw) ? RawForm::text : RawForm::bytes;
  std::array<char, 20> digits{};
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), facts_.rows);
  record.identity = make_identity({"cisco_umbrella",
                                   settings_.bucket,
                                   settings_.key,
                                   {digits.data(), static_cast<std::size_t>(end - digits.data())},
                                   raw});
  if (problem.empty()) {
    const Layout& layout = layout_for(columns);
    record.time = time_of(raw, layout);
    if (is_misshapen(layout, columns) && schema_ != nullptr) ++facts_.rows_misshapen;
    count_unmapped(columns);
  } else {
    ++facts_.rows_with_problem;
  }
  places_.push_back(std::move(place));
}

void RowRecorder::append_meta(std::size_t columns) {
  storage_.append(meta_begin_);
  append_number(storage_, facts_.rows);
  storage_.append(meta_middle_);
  append_number(storage_, columns);
  storage_.append(meta_header_);
  storage_.push_back('}');
}

void RowRecorder::count_unmapped(std::size_t columns) {
  const Layout& layout = layout_for(columns);
  // Of a log that nobody knows there is nothing to be newer than.
  if (schema_ == nullptr && !layout.by_header) return;
  const std::uint64_t before = facts_.rows_with_unmapped;
  const auto count = [this, before](std::string_view name) {
    facts_.rows_with_unmapped = before + 1;
    count_column(name);
  };
  if (schema_ != nullptr && layout.by_header) {
    for (std::size_t i = 0; i < std::min(columns, layout.columns.size()); ++i) {
      const LayoutColumn& column = layout.columns[i];
      if (!column.known) count(column.spelling.empty() ? column.name : column.spelling);
    }
  }
  for (std::size_t i = layout.columns.size(); i < columns; ++i)
    count(column_number(i));
}

void RowRecorder::count_column(std::string_view name) {
  for (UnmappedColumn& column : facts_.unmapped) {
    if (column.name == name) {
      ++column.rows;
      return;
    }
  }
  if (facts_.unmapped.size() < kMostUnmapped) facts_.unmapped.push_back({std::string(name), 1});
}

std::shared_ptr<const RecordBatch> RowRecorder::finish() {
  auto batch = std::make_shared<RecordBatch>();
  const std::size_t stream = storage_.size();
  storage_.append(settings_.stream);
  batch->storage = std::exchange(storage_, {});
  const std::string_view all = batch->storage;
  batch->records.reserve(places_.size());
  for (Place& place : places_) {
    place.record.raw = all.substr(place.raw, place.raw_size);
    place.record.meta = all.substr(place.raw + place.raw_size, place.meta_size);
    place.record.stream = all.substr(stream);
    batch->bytes += place.raw_size;
    batch->records.push_back(place.record);
  }
  places_.clear();
  return batch;
}

}  // namespace cistern::connectors::cisco_umbrella
