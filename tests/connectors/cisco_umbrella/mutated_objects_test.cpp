// Objects of every log and version as the vendor may upload them tomorrow: with and without header,
// columns appended, removed and renamed, rows of odd shapes, members and pieces cut anywhere. No
// row may be lost, and what this build does not know is named with the first batch.
#include "connectors/cisco_umbrella/readers.hpp"
#include "connectors/cisco_umbrella/schema.hpp"
#include "ecs/function_values.hpp"
#include "object_fixture.hpp"

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <simdjson.h>

namespace cistern::connectors::cisco_umbrella {
namespace {

using Texts = std::vector<std::string>;
using Random = std::mt19937;

struct Version {
  std::string_view stream;
  std::size_t columns;
};

/// Numbers of columns of versions 1 to 17, as far as they are known or reported.
constexpr Version kVersions[] = {
    {"dns", 10},       {"dns", 12},       {"dns", 13},       {"dns", 16},       {"dns", 20},
    {"proxy", 21},     {"proxy", 22},     {"proxy", 23},     {"proxy", 26},     {"proxy", 32},
    {"proxy", 35},     {"proxy", 37},     {"proxy", 49},     {"proxy", 55},     {"proxy", 60},
    {"firewall", 14},  {"firewall", 16},  {"firewall", 34},  {"firewall", 36},  {"firewall", 37},
    {"firewall", 39},  {"ip", 7},         {"ip", 8},         {"ip", 10},        {"audit", 9},
    {"intrusion", 17}, {"intrusion", 23}, {"intrusion", 32}, {"intrusion", 33}, {"dlp", 16},
    {"dlp", 17},       {"dlp", 25},       {"ravpn", 29},     {"ravpn", 32},     {"ztna", 45},
    {"ztna", 53},      {"ztna", 57},      {"ztna_flow", 27}, {"file_event", 22}};

bool chance(Random& random, unsigned in) {
  return random() % in == 0;
}

/// A name as a page of the vendor may spell it.
std::string spelled(std::string_view name, Random& random) {
  std::string text(name);
  for (char& c : text) {
    if (c == '_') c = ' ';
    if (chance(random, 3) && c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  return text;
}

std::string cell(Random& random) {
  switch (random() % 12) {
    case 0:
      return "";
    case 1:
      return "News,Software, Sports";
    case 2:
      return "line one\nline two";
    case 3:
      return "said \"so\"";
    case 4:
      return std::string("nul\0here", 8);
    case 5:
      return "Bj\xC3\xB6rn";
    case 6:
      return "wrong \xFF byte";
    default:
      return "v" + std::to_string(random() % 100000);
  }
}

struct Made {
  std::string stream;
  std::string bytes;
  Texts rows;               ///< That must become records.
  std::size_t unknown = 0;  ///< Columns of all rows that no build knows.
};

class Maker {
 public:
  explicit Maker(std::uint32_t seed) : random_(seed) {}

  Made make() {
    const Version& version = kVersions[random_() % std::size(kVersions)];
    const LogSchema& schema = *find_schema(version.stream);
    Made made;
    made.stream = version.stream;
    const bool header = chance(random_, 2);
    columns_ = version.columns;
    if (chance(random_, 4)) columns_ += 1 + random_() % 3;
    std::string text = header ? make_header(schema, made) : std::string();
    if (!header && columns_ > schema.columns.size())
      made.unknown = columns_ - schema.columns.size();
    const std::size_t rows = 1 + random_() % 60;
    for (std::size_t i = 0; i < rows; ++i)
      text += make_row(schema, header, i, made);
    if (chance(random_, 3)) text.pop_back();
    made.bytes = compress(text);
    return made;
  }

  std::size_t piece() { return 1 + random_() % 400; }

 private:
  std::string make_header(const LogSchema& schema, Made& made) {
    Texts names;
    for (std::size_t i = 0; i < columns_; ++i) {
      const bool known = i < schema.columns.size() && !(i > 1 && chance(random_, 15));
      if (!known) ++made.unknown;
      names.push_back(known ? spelled(schema.columns[i], random_)
                            : "Brand New " + std::to_string(i));
    }
    // A column that is gone.
    if (chance(random_, 4)) {
      const std::size_t gone = 2 + random_() % (columns_ - 2);
      if (names[gone].starts_with("Brand")) --made.unknown;
      names.erase(names.begin() + static_cast<std::ptrdiff_t>(gone));
      --columns_;
    }
    return quoted_row(names) + line_end();
  }

  std::string make_row(const LogSchema& schema, bool header, std::size_t number, Made& made) {
    Texts cells;
    for (std::size_t i = 0; i < columns_; ++i)
      cells.push_back(i == schema.time_column ? "2026-03-04 10:21:33" : cell(random_));
    if (schema.time_column == 1) cells[0] = std::to_string(number);
    // The first row tells of drift, so it is a sound one.
    std::string row = number > 0 ? odd_row(cells, header) : quoted_row(cells);
    made.rows.push_back(row);
    return row + line_end();
  }

  std::string odd_row(Texts cells, bool /*header*/) {
    switch (random_() % 20) {
      case 0:
        cells.resize(1 + random_() % cells.size());
        return quoted_row(cells);
      case 1:
        return "2026-03-04 10:21:33,[12],bare \"name\" here,OUTBOUND";
      case 2:
        return R"("2026-03-04 10:21:33","http://x.example/?q="a"b","c")";
      case 3: {
        std::string row = quoted_row(cells);
        for (std::size_t at = 0; (at = row.find("\",\"", at)) != std::string::npos; at += 4)
          row.insert(at + 2, " ");
        return row;
      }
      case 4:
        return "\"2026-03-04 10:21:33\"," + std::string(5000, 'x');
      default:
        return quoted_row(cells);
    }
  }

  std::string line_end() {
    return chance(random_, 3) ? "\r\n" : chance(random_, 12) ? "\n\n" : "\n";
  }

  /// One member or several, cut anywhere.
  std::string compress(std::string_view text) {
    std::string bytes;
    while (!text.empty()) {
      const std::size_t size = chance(random_, 2) ? text.size() : 1 + random_() % text.size();
      bytes += codec::gzip(text.substr(0, size), 1);
      text.remove_prefix(size);
    }
    return bytes;
  }

  Random random_;
  std::size_t columns_ = 0;
};

/// What the reader of the mappings makes of a record must be sound, whatever the record is.
void check_view(const ecs::RecordReader& reader, const ReadRecord& record) {
  if (record.form != RawForm::text) return;
  std::string json;
  const ecs::ReaderInput input{
      .raw = record.raw, .meta = record.meta, .stream = record.stream, .received = {}, .time = {}};
  ASSERT_TRUE(reader(input, json));
  simdjson::dom::parser parser;
  ASSERT_EQ(parser.parse(json).error(), simdjson::SUCCESS) << json;
}

std::uint64_t row_of(const ReadRecord& record) {
  return std::stoull(std::string(ecs::member_of_json(record.meta, "row")));
}

TEST(MutatedObjects, NoRowIsLostAndDriftIsNamedWithTheFirstBatch) {
  const auto readers = record_readers();
  const ecs::RecordReader& reader = readers.find("umbrella_row")->second;
  const bool many = std::getenv("CISTERN_LONG_TESTS") != nullptr;
  std::size_t with_drift = 0;
  for (std::uint32_t seed = 1; seed <= (many ? 5000U : 500U); ++seed) {
    Maker maker(seed);
    const Made made = maker.make();
    ObjectSettings settings = dns_settings();
    settings.stream = made.stream;
    const auto read = read_object(settings, made.bytes, maker.piece());
    ASSERT_EQ(read.raws(), made.rows) << "seed " << seed;
    EXPECT_FALSE(read.facts.failure);
    EXPECT_EQ(read.after_first_batch.rows_with_unmapped > 0, made.unknown > 0) << "seed " << seed;
    EXPECT_EQ(read.after_first_batch.unmapped.empty(), made.unknown == 0) << "seed " << seed;
    for (const ReadRecord& record : read.records)
      check_view(reader, record);
    if (made.unknown > 0) ++with_drift;
    // A reading that is broken off goes on at its row.
    settings.first_row = 1 + seed % (read.facts.rows + 1);
    const auto rest = read_object(settings, made.bytes, maker.piece());
    const std::size_t skipped = read.records.size() - rest.records.size();
    EXPECT_TRUE(rest.records.empty() || row_of(rest.records.front()) >= settings.first_row);
    EXPECT_TRUE(skipped == 0 || row_of(read.records[skipped - 1]) < settings.first_row);
    for (std::size_t i = 0; i < rest.records.size(); ++i)
      ASSERT_EQ(rest.records[i].identity, read.records[skipped + i].identity) << "seed " << seed;
    if (HasFailure()) return;
  }
  EXPECT_GT(with_drift, 100U);
}

}  // namespace
}  // namespace cistern::connectors::cisco_umbrella
