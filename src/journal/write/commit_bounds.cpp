#include "journal/write/commit_bounds.hpp"

#include "journal/segment/envelope.hpp"

#include <string>
#include <utility>

namespace cistern::journal {
namespace {

constexpr std::uint64_t kMaxMetaBytes = 64ULL << 20;
/// What a line adds to its record, about: a commit of very small records is larger than it looks.
constexpr std::uint64_t kLineBytes = 256;
constexpr std::uint64_t kMaxLineBytes = 256ULL << 20;

Failure misuse(std::string cause) {
  return {.verdict = Verdict::stop,
          .code = "journal/misuse",
          .cause = std::move(cause),
          .consequence = "nothing of this commit is stored",
          .next_step = "report this as a bug of cistern"};
}

}  // namespace

Failure queue_full(std::size_t commits) {
  return {.verdict = Verdict::retry,
          .code = "journal/queue-full",
          .cause = std::to_string(commits) + " commits wait to be written",
          .consequence = "this commit is not stored; nothing is lost when it is handed over again",
          .next_step = "see `cistern status` for what holds up the store",
          .wait = std::chrono::seconds{1}};
}

std::uint64_t bytes_of(const Commit& commit) {
  std::uint64_t bytes = kLineBytes;
  for (const Record& record : commit.records)
    bytes += record.raw.size() + record.meta.size() + sizeof record;
  for (const StateChange& change : commit.state)
    bytes += change.key.size() + (change.value ? change.value->size() : 0);
  return bytes;
}

Failure behind_failed() {
  return {.verdict = Verdict::stop,
          .code = "journal/behind-failed",
          .cause = "a commit before this one, which it presumes, could not be made",
          .consequence = "nothing of this commit is stored; it is read again after the next start",
          .next_step = "see the failure before it in the log"};
}

Failure closed() {
  return {.verdict = Verdict::stop,
          .code = "journal/closed",
          .cause = "the journal is closed",
          .consequence = "nothing of this commit is stored; it is read again after the next start",
          .next_step = "start cistern again"};
}

std::optional<Failure> refuse(const Commit& commit) {
  std::uint64_t raw = 0;
  std::uint64_t meta = 0;
  for (const Record& record : commit.records) {
    raw += record.raw.size();
    meta += record.meta.size() + record.problem.size() + record.stream.size();
    if (!commit.coverage.empty() && record.coverage >= commit.coverage.size()) {
      return misuse("a record names a coverage row that its commit does not have");
    }
    if (!storable(record)) return misuse("the meta of a record is not a JSON object on one line");
  }
  std::uint64_t state = 0;
  for (const StateChange& change : commit.state) {
    state += change.key.size() + (change.value ? change.value->size() : 0);
  }
  if (commit.records.size() * kLineBytes > kMaxLineBytes) {
    return misuse("a commit holds more than a million records");
  }
  if (raw > kMaxCommitBytes && commit.records.size() > 1) {
    return misuse("a commit holds more than 8 MiB of records");
  }
  if (raw > kMaxRecordBytes) return misuse("a record is larger than 64 MiB");
  if (meta > kMaxMetaBytes) return misuse("a commit holds more than 64 MiB of meta");
  if (state > kMaxCommitBytes) return misuse("a commit changes more than 8 MiB of its position");
  if (commit.connector.empty()) return misuse("a commit names no connector");
  return std::nullopt;
}

}  // namespace cistern::journal
