#include "journal/inbox/inbox_recovery.hpp"

#include "base/digest.hpp"
#include "journal/store_layout.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace cistern::journal {
namespace {

Result<std::vector<std::string>> names_in(const std::string& directory, Files& files) {
  auto exists = files.exists(directory);
  if (!exists) return fail(exists.error());
  if (!*exists) return std::vector<std::string>{};
  return files.list(directory);
}

/// What is wrong with the file as it lies there, without reading it.
Result<std::string> flaw_of(const std::string& store, const InboxEntry& entry, Files& files) {
  const std::string path = inbox_path(store, entry.id);
  auto exists = files.exists(path);
  if (!exists) return fail(exists.error());
  if (!*exists) return inbox_file_name(entry) + " is gone";
  auto file = files.open(path, OpenMode::read);
  if (!file) return fail(file.error());
  auto size = (*file)->size();
  if (!size) return fail(size.error());
  if (*size == entry.size) return std::string{};
  return inbox_file_name(entry) + " has " + std::to_string(*size) + " bytes instead of " +
         std::to_string(entry.size);
}

Status move_aside(const std::string& store, const std::string& name, Files& files, Log& log) {
  const std::string to = damaged_directory(store) + "/inbox-" + name;
  if (auto status = files.make_directory(damaged_directory(store)); !status) return status;
  if (auto status = files.rename(inbox_path(store, name), to); !status) return status;
  if (auto status = files.sync_directory(damaged_directory(store)); !status) return status;
  log.error("journal", "a pushed file lost its entry with a damaged part of the log",
            {{"file", to},
             {"next step",
              "check the disk; push the file again from this copy, or remove it when the ledger "
              "shows that it is stored"}});
  return files.sync_directory(inbox_directory(store));
}

}  // namespace

std::string inbox_file_name(const InboxEntry& entry) {
  return "file " + entry.id + " of the inbox, pushed for connector " + entry.connector + ",";
}

Result<std::vector<InboxFileFacts>> inbox_files(const std::string& store, Index& index,
                                                Files& files) {
  auto keys = index.keys(kInboxPrefix);
  if (!keys) return fail(keys.error());
  std::vector<InboxFileFacts> known;
  for (const ConnectorPart& part : *keys) {
    for (const StateChange& change : part.state) {
      const auto id = inbox_id_of(change.key);
      const auto key = decode_inbox_key(*change.value);
      if (!id) continue;
      InboxFileFacts facts;
      facts.entry.id = *id;
      facts.entry.connector = part.connector;
      if (key) {
        facts.entry.description = key->description;
        facts.entry.size = key->size;
        facts.entry.received = key->received;
        facts.sums = key->sums;
        auto flaw = flaw_of(store, facts.entry, files);
        if (!flaw) return fail(flaw.error());
        facts.entry.problem = std::move(*flaw);
      } else {
        facts.entry.description = "{}";
        facts.entry.problem = inbox_file_name(facts.entry) + " has an entry that cannot be read";
      }
      known.push_back(std::move(facts));
    }
  }
  return known;
}

Status clean_inbox(const std::string& store, const std::vector<InboxFileFacts>& known,
                   bool log_damaged, Files& files, Log& log) {
  auto names = names_in(inbox_directory(store), files);
  if (!names) return fail(names.error());
  std::set<std::string_view> keep;
  for (const InboxFileFacts& facts : known)
    keep.insert(facts.entry.id);
  for (const std::string& name : *names) {
    const bool begun = name.ends_with(".tmp") && is_inbox_id(name.substr(0, name.size() - 4));
    if (keep.contains(name) || !(begun || is_inbox_id(name))) continue;
    const auto status = begun || !log_damaged ? files.remove(inbox_path(store, name))
                                              : move_aside(store, name, files, log);
    if (!status) return status;
  }
  return {};
}

Result<std::string> inbox_file_flaw(const std::string& store, const InboxFileFacts& facts,
                                    Files& files) {
  if (!facts.entry.problem.empty()) return facts.entry.problem;
  auto file = files.open(inbox_path(store, facts.entry.id), OpenMode::read);
  if (!file) return fail(file.error());
  for (std::uint64_t block = 0; block < facts.sums.size(); ++block) {
    auto bytes = (*file)->read_at(block * kInboxBlock, kInboxBlock);
    if (!bytes) return fail(bytes.error());
    if (digest_of(*bytes) == facts.sums[block]) continue;
    return inbox_file_name(facts.entry) + " does not match its sum between byte " +
           std::to_string(block * kInboxBlock) + " and byte " +
           std::to_string(std::min(facts.entry.size, (block + 1) * kInboxBlock));
  }
  return std::string{};
}

}  // namespace cistern::journal
