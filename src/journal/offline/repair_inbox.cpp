#include "journal/offline/repair_inbox.hpp"

#include "journal/inbox/inbox.hpp"
#include "journal/store_layout.hpp"

#include <future>
#include <utility>

namespace cistern::journal {
namespace {

/// Why the file cannot be believed; empty when it can.
Result<std::string> flaw_of(Inbox& inbox, const InboxEntry& entry) {
  if (!entry.problem.empty()) return entry.problem;
  for (std::uint64_t at = 0; at < entry.size; at += kInboxBlock) {
    const auto bytes = inbox.read(entry.id, at, kInboxBlock);
    if (bytes) continue;
    if (bytes.error().verdict == Verdict::set_aside) return bytes.error().cause;
    return fail(bytes.error());
  }
  return std::string{};
}

/// Before the key goes: what no key names is removed from the inbox.
Status move_bytes(const std::string& path, const InboxEntry& entry, Files& files) {
  const std::string from = inbox_path(path, entry.id);
  auto exists = files.exists(from);
  if (!exists) return fail(exists.error());
  if (!*exists) return {};
  const std::string to = damaged_directory(path) + "/inbox-" + entry.id;
  if (auto status = files.rename(from, to); !status) return status;
  if (auto status = files.sync_directory(damaged_directory(path)); !status) return status;
  return files.sync_directory(inbox_directory(path));
}

Status record_loss(Journal& journal, const InboxEntry& entry, const std::string& reason) {
  Commit commit;
  commit.connector = entry.connector;
  commit.state.push_back({entry.key(), std::nullopt});
  Coverage row;
  row.kind = "object";
  row.item = entry.id;
  row.from = row.to = entry.received;
  row.state = CoverageState::lost;
  row.reason = reason;
  commit.coverage.push_back(std::move(row));
  journal.set_aside({.id = 0,
                     .owner = "connector/" + entry.connector,
                     .item = entry.id,
                     .sequence = 0,
                     .reason = reason + " " + entry.description,
                     .since = {}},
                    {});
  std::promise<Status> done;
  journal.commit(std::move(commit), [&](const Result<CommitResult>& result) {
    done.set_value(result ? Status{} : Status{fail(result.error())});
  });
  return done.get_future().get();
}

}  // namespace

Status repair_inbox(const std::string& path, Journal& journal, Files& files) {
  auto connectors = journal.connectors();
  if (!connectors) return fail(connectors.error());
  for (const std::string& connector : *connectors) {
    for (const InboxEntry& entry : journal.inbox()->list(connector)) {
      auto flaw = flaw_of(*journal.inbox(), entry);
      if (!flaw) return fail(flaw.error());
      if (flaw->empty()) continue;
      if (auto status = move_bytes(path, entry, files); !status) return status;
      if (auto status = record_loss(journal, entry, *flaw); !status) return status;
    }
  }
  return {};
}

}  // namespace cistern::journal
