// Files of an appliance, and what the tests of the intake have in common.
#pragma once

#include "codec/compress.hpp"
#include "connectors/cisco_secure_email/file_match.hpp"
#include "connectors/cisco_secure_email/file_memory.hpp"
#include "connectors/cisco_secure_email/file_reading.hpp"
#include "connectors/cisco_secure_email/intake_job.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace cistern::connectors::cisco_secure_email {

inline const std::string kSerial = "4F21A7C0D9E35B68A1F4-9C2E01B7D355";

inline std::string at_second(unsigned second) {
  const auto two = [](unsigned number) {
    return std::string(number < 10 ? "0" : "") + std::to_string(number);
  };
  return "Tue Feb 11 07:" + two(second / 60 % 60) + ":" + two(second % 60) + " 2025 Info: ";
}

/// A log file of so many lines behind its banner, with `End Logfile` when it is whole.
inline std::string log_file(unsigned lines, bool whole = true, const std::string& word = "MID") {
  std::string text = at_second(0) + "Begin Logfile\n" + at_second(0) +
                     "Version: 15.0.1-030 SN: " + kSerial + "\n" + at_second(0) +
                     "Time offset from UTC: -25200 seconds\n";
  for (unsigned line = 1; line <= lines; ++line)
    text += at_second(line) + word + " " + std::to_string(line) + " ICID 7 From: <a@example.com>\n";
  if (whole) text += at_second(lines) + "End Logfile\n";
  return text;
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<std::string> read(std::uint64_t offset, std::size_t size) override {
    if (offset >= bytes_.size()) return std::string{};
    return bytes_.substr(offset, size);
  }

 private:
  std::string bytes_;
};

/// What the intake does with one file, without loop and journal.
struct Reader {
  Position position;
  std::vector<std::string> raws;
  std::vector<std::string> metas;
  std::vector<Identity> identities;
  std::vector<TimePoint> times;
  std::vector<std::string> problems;
  Match match = Match::fresh;
  LogKind kind = LogKind::other;
  std::optional<Failure> failure;
  unsigned parts = 0;

  /// `most_parts`: the process ends behind so many.
  void push(const std::string& bytes, const std::string& name = "mail_logs.@20250211T070000.s",
            bool complete = true, unsigned most_parts = 1'000) {
    FileMemory memory{position};
    IntakeJob job;
    job.file.facts.name = name;
    job.file.facts.source = "mx";
    job.file.facts.complete = complete;
    if (!complete) job.file.watched = WatchedFile{};
    job.source = std::make_unique<MemorySource>(bytes);
    auto opening = open_file(*job.source, job.file.facts);
    ASSERT_TRUE(opening.has_value()) << opening.error().sentence();
    job.opening = *opening;
    kind = job.opening.kind;
    if (!complete && !job.opening.head.settled) return;
    job.known =
        memory.beginning_with(appliance_of(job.opening.head, job.file.facts), job.opening.head.key);
    match_job(job);
    match = job.match;
    for (unsigned part = 0; part < most_parts; ++part) {
      failure = job.failure;
      if (failure) return;
      take(job, memory);
      if (job.part.end) return;
      continue_job(job);
    }
  }

 private:
  void take(const IntakeJob& job, FileMemory& memory) {
    ++parts;
    for (const Record& record : job.part.batch->records) {
      raws.emplace_back(record.raw);
      metas.emplace_back(record.meta);
      identities.push_back(record.identity);
      times.push_back(record.time);
      if (!record.problem.empty()) problems.emplace_back(record.problem);
    }
    if (job.match != Match::fresh && job.match != Match::continued) return;
    StateDelta changes;
    memory.keep(job.part.file, changes);
    for (const StateChange& change : changes) {
      if (change.value) position[change.key] = *change.value;
    }
  }
};

}  // namespace cistern::connectors::cisco_secure_email
