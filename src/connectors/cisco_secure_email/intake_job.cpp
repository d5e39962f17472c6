#include "connectors/cisco_secure_email/intake_job.hpp"

#include "connectors/cisco_secure_email/watch_folder.hpp"

#include <utility>

namespace cistern::connectors::cisco_secure_email {
namespace {

/// Whether a file that is known may be left after comparing.
bool nothing_new(Match match) {
  return match == Match::repeated || match == Match::contained;
}

/// Variants of a file's identity are numbered; one that is taken belongs to a file that begins
/// alike and goes on differently.
Identity free_identity(const IntakeJob& job, const std::string& appliance) {
  for (std::size_t variant = 0;; ++variant) {
    const Identity id = file_identity(appliance, job.opening.head.key, variant);
    bool taken = false;
    for (const KnownFile& file : job.known)
      taken = taken || file.id == id;
    if (!taken) return id;
  }
}

Coverage row_of(const IntakeJob& job) {
  Coverage row;
  row.stream = name_of(job.opening.kind);
  row.kind = "object";
  row.item = ledger_item(job.file.facts, job.part.file.id);
  row.from = row.to = job.file.received;
  return row;
}

}  // namespace

void open_job(IntakeJob& job, journal::Inbox& inbox, const std::string& folder) {
  FileFacts& facts = job.file.facts;
  if (!facts.zone_name.empty()) {
    auto zone = load_time_zone(facts.zone_name);
    job.zone_missing = !zone;
    if (zone) facts.zone = *zone;
  }
  if (job.file.watched) {
    auto source = open_watched(folder, job.file.watched->entry);
    if (!source) {
      job.failure = source.error();
      return;
    }
    job.source = std::move(*source);
  } else {
    job.source = make_inbox_source(inbox, job.file.inbox_id);
  }
  auto opening = open_file(*job.source, facts);
  if (opening) {
    job.opening = std::move(*opening);
  } else {
    job.failure = opening.error();
  }
}

void match_job(IntakeJob& job) {
  const std::string appliance = appliance_of(job.opening.head, job.file.facts);
  auto match =
      match_file(*job.source, job.file.facts.most, job.known, job.file.watched.has_value());
  if (!match) {
    job.failure = match.error();
    return;
  }
  job.match = match->match;
  if (job.match == Match::fresh) {
    match->file.id = free_identity(job, appliance);
    match->file.appliance = appliance;
    match->file.head = job.opening.head.key;
  }
  if (nothing_new(job.match)) {
    job.part.batch = std::make_shared<const RecordBatch>();
    job.part.file = std::move(match->file);
    job.part.end = true;
    return;
  }
  job.part.file = match->file;
  job.reading = std::make_unique<FileReading>(std::move(job.source), job.file.facts, job.opening,
                                              std::move(*match));
  continue_job(job);
}

void continue_job(IntakeJob& job) {
  auto part = job.reading->next();
  if (part) {
    job.part = std::move(*part);
  } else {
    job.failure = part.error();
  }
}

Commit commit_of(const IntakeJob& job, const std::string& connector) {
  Commit commit;
  commit.connector = connector;
  commit.records = job.part.batch->records;
  commit.owners.push_back(job.part.batch);
  // Position decides what is new, so nothing has to be remembered line by line.
  commit.dedupe = false;
  commit.pushed = true;
  Coverage row = row_of(job);
  row.offered = commit.records.size();
  const bool whole = job.part.end && job.file.facts.complete;
  row.state = whole ? CoverageState::whole : CoverageState::partial;
  if (job.part.end && !whole) row.reason = "its end has not come yet";
  commit.coverage.push_back(std::move(row));
  return commit;
}

Commit lost_commit_of(const IntakeJob& job, const std::string& connector,
                      const std::string& reason) {
  Commit commit;
  commit.connector = connector;
  commit.dedupe = false;
  commit.pushed = true;
  Coverage row = row_of(job);
  row.state = CoverageState::lost;
  row.reason = reason;
  commit.coverage.push_back(std::move(row));
  return commit;
}

}  // namespace cistern::connectors::cisco_secure_email
