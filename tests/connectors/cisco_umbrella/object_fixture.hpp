// Objects as the vendor uploads them, and what reading one gives.
#pragma once

#include "codec/compress.hpp"
#include "connectors/cisco_umbrella/object_reader.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace cistern::connectors::cisco_umbrella {

struct ReadRecord {
  std::string raw;
  std::string meta;
  std::string problem;
  RawForm form = RawForm::text;
  Identity identity;
  TimePoint time{};
  std::string stream;
};

struct ReadObject {
  std::vector<ReadRecord> records;
  std::vector<std::size_t> batches;  ///< Records in each.
  ObjectFacts facts;
  ObjectFacts after_first_batch;
  std::size_t largest_batch = 0;  ///< Bytes.

  [[nodiscard]] std::vector<std::string> raws() const {
    std::vector<std::string> texts;
    for (const ReadRecord& record : records)
      texts.push_back(record.raw);
    return texts;
  }
};

inline ObjectSettings dns_settings() {
  return {.bucket = "fabrikam-logs",
          .key = "dnslogs/2026-03-04/2026-03-04-10-20-7ab3.csv.gz",
          .etag = "0a1b",
          .stream = "dns",
          .columns = {},
          .first_row = 1,
          .max_expanded = kMaxExpandedBytes};
}

inline void take_batch(const RecordBatch& batch, ReadObject& read) {
  for (const Record& record : batch.records) {
    read.records.push_back({std::string(record.raw), std::string(record.meta),
                            std::string(record.problem), record.form, record.identity, record.time,
                            std::string(record.stream)});
  }
  if (!batch.records.empty()) read.batches.push_back(batch.records.size());
  read.largest_batch = std::max(read.largest_batch, batch.storage.size());
}

/// Reads the bytes of an object in pieces of that size.
inline ReadObject read_object(const ObjectSettings& settings, std::string_view bytes,
                              std::size_t piece = std::size_t{4} << 20) {
  ObjectReader reader(settings);
  ReadObject read;
  bool first = true;
  const auto take = [&](const std::shared_ptr<const RecordBatch>& batch) {
    ASSERT_NE(batch, nullptr);
    take_batch(*batch, read);
    if (std::exchange(first, first && batch->records.empty()) && !batch->records.empty())
      read.after_first_batch = reader.facts();
  };
  do {
    const std::string_view next = bytes.substr(0, piece);
    bytes.remove_prefix(next.size());
    take(reader.read(std::string(next), bytes.empty()));
    while (reader.more())
      take(reader.read_on());
  } while (!bytes.empty() && !reader.facts().finished);
  take(reader.remainder());
  read.facts = reader.facts();
  EXPECT_TRUE(read.facts.finished);
  return read;
}

inline std::string quoted_row(const std::vector<std::string>& cells) {
  std::string row;
  for (const std::string& cell : cells) {
    if (!row.empty()) row += ",";
    row += "\"";
    for (const char c : cell)
      row += c == '"' ? std::string("\"\"") : std::string(1, c);
    row += "\"";
  }
  return row;
}

/// Number `n` of rows that all differ.
inline std::string dns_row(std::size_t n, std::size_t columns = 13) {
  std::vector<std::string> cells = {
      "2026-03-04 10:21:33",
      "Kowalska, Nora (nora@fabrikam.example)",
      "Kowalska, Nora (nora@fabrikam.example),WS-" + std::to_string(n),
      "192.168.7.21",
      "203.0.113.40",
      "Allowed",
      "1 (A)",
      "NOERROR",
      "host" + std::to_string(n * 7919) + ".example.com.",
      "News,Software",
      "AD Users",
      "AD Users,Roaming Computers",
      "",
      "7",
      "PL",
      "4400112"};
  while (cells.size() < columns)
    cells.push_back("new " + std::to_string(cells.size()));
  cells.resize(columns);
  return quoted_row(cells);
}

}  // namespace cistern::connectors::cisco_umbrella
