// Bringing a damaged store into order while nothing runs.
#include "journal/identity/identity_file.hpp"
#include "journal/identity/identity_set.hpp"
#include "journal/index/index.hpp"
#include "journal/journal.hpp"
#include "journal/offline/repair_inbox.hpp"
#include "journal/offline/store_walk.hpp"
#include "journal/recovery/log_replay.hpp"
#include "journal/store_layout.hpp"
#include "journal/store_lock.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace cistern::journal {
namespace {

/// What the segments say about damage that nobody has dealt with.
Status survey_log(const std::string& path, Files& files, RepairReport& report) {
  std::size_t ranges = 0;
  const WalkVisitor visitor{
      .segment = [](Sequence, std::uint64_t, const Result<HeaderFrame>&) {},
      .group = [](Sequence, ScannedGroup&) { return true; },
      .damaged =
          [&](Sequence, const DamagedRange& range) {
            if (range.known) return;
            ++ranges;
            if (!range.control || !range.control->has_events()) return;
            report.missing.push_back({range.control->first, range.control->last, "damaged"});
            for (ConnectorPart& part : reopened_by(*range.control)) {
              std::copy_if(part.coverage.begin(), part.coverage.end(),
                           std::back_inserter(report.reopened), [](const LedgerRow& row) {
                             return row.coverage.state == CoverageState::damaged;
                           });
            }
          },
      .end = [](Sequence, const ScanEnd&, bool) {}};
  if (auto status = walk_store(path, files, CheckData::yes, visitor); !status) return status;
  if (ranges > 0) {
    report.steps.push_back("move " + std::to_string(ranges) +
                           " damaged parts of the log to damaged/ and record what is lost");
  }
  return {};
}

/// A page of an identity file is checked only when it is used, so the damaged ones are found here.
Status set_identities_aside(const std::string& path, Files& files) {
  const std::string directory = identity_directory(path);
  auto exists = files.exists(directory);
  if (!exists) return fail(exists.error());
  if (!*exists) return {};
  auto names = files.list(directory);
  if (!names) return fail(names.error());
  for (const std::string& name : *names) {
    const auto range = parse_identity_file_name(name, "");
    if (!range) continue;
    const std::string file_path = directory + "/" + name;
    auto file = IdentityFile::open(files, file_path, *range);
    if (file && (*file)->verify().empty()) continue;
    if (!file && file.error().code != "journal/identities-damaged") return fail(file.error());
    if (auto status = files.rename(file_path, file_path + ".damaged"); !status) return status;
  }
  return files.sync_directory(directory);
}

/// Reading everything makes the writer meet, move aside and record every damaged group.
Status read_through(Journal& journal) {
  auto reader = journal.reader();
  for (Sequence next = 1;;) {
    auto result = reader->read(next);
    if (!result) return fail(result.error());
    if (result->hole) next = result->hole->to + 1;
    if (result->group == nullptr) return {};
    next = result->group->last + 1;
  }
}

Result<RepairReport> apply_repair(const std::string& path, RepairReport report,
                                  const RepairParts& parts) {
  if (auto status = remove_database(index_path(path), parts.files); !status)
    return fail(status.error());
  if (auto status = set_identities_aside(path, parts.files); !status) return fail(status.error());
  JournalOptions options;
  options.path = path;
  // Nothing goes by age or size while a store is being repaired.
  options.keep = std::chrono::hours{24 * 36'500};
  options.max_size = std::numeric_limits<std::uint64_t>::max();
  for (int round = 0; round < 2; ++round) {
    auto journal = open_journal(options, parts.files, parts.clock, parts.random, parts.log);
    if (!journal) return fail(journal.error());
    if (auto status = read_through(**journal); !status) return fail(status.error());
    if (auto status = repair_inbox(path, **journal, parts.files); !status) {
      return fail(status.error());
    }
    (*journal)->close();
    // The second round sees what the first one recorded.
    report.missing = (*journal)->health().holes;
  }
  return report;
}

}  // namespace

Result<RepairReport> repair_store(const std::string& path, bool apply, const RepairParts& parts) {
  auto written = is_written(path, parts.files);
  if (!written) return fail(written.error());
  if (*written) {
    auto lock = lock_store(path, parts.files);
    if (!lock) return fail(lock.error());
  }
  auto verified = verify_store(path, parts.files, {});
  if (!verified) return fail(verified.error());
  RepairReport report;
  report.found = std::move(verified->problems);
  if (report.found.empty()) return report;
  if (auto status = survey_log(path, parts.files, report); !status) return fail(status.error());
  report.steps.emplace_back("rebuild index.db from the log");
  report.steps.emplace_back("make identity files that are damaged or know lost events anew");
  if (std::any_of(report.found.begin(), report.found.end(),
                  [](const std::string& problem) { return problem.starts_with("inbox: "); })) {
    report.steps.emplace_back(
        "move files of the inbox that are damaged to damaged/ and record them as lost");
  }
  if (!apply) return report;
  return apply_repair(path, std::move(report), parts);
}

}  // namespace cistern::journal
