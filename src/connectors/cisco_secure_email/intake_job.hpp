// One file under work: what is done with it off the loop, a stage at a time.
#pragma once

#include "base/result.hpp"
#include "connectors/cisco_secure_email/file_match.hpp"
#include "connectors/cisco_secure_email/file_reading.hpp"
#include "connectors/cisco_secure_email/intake_queue.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cistern::connectors::cisco_secure_email {

/// Passed between loop and pool; one of them at a time has it.
struct IntakeJob {
  PendingFile file;
  std::unique_ptr<ByteSource> source;
  FileOpening opening;
  std::vector<KnownFile> known;  ///< Files that begin alike, for the second stage.
  Match match = Match::fresh;
  std::unique_ptr<FileReading> reading;
  bool zone_missing = false;  ///< The configured zone could not be loaded.
  std::optional<Failure> failure;
  FilePart part;
};

// ---- off the loop ----

/// Stage one: opens the file, and reads what its first lines say.
void open_job(IntakeJob& job, journal::Inbox& inbox, const std::string& folder);
/// Stage two: whether it was taken before, and its first part. Of a file that is not read at all
/// (`match` says so) the part is empty and the last.
void match_job(IntakeJob& job);
/// The next part.
void continue_job(IntakeJob& job);

// ---- on the loop ----

/// What the part makes durable, but for the position: records and the row of the ledger.
Commit commit_of(const IntakeJob& job, const std::string& connector);
/// The ledger's row of a file that is given up, with the reason.
Commit lost_commit_of(const IntakeJob& job, const std::string& connector,
                      const std::string& reason);

}  // namespace cistern::connectors::cisco_secure_email
