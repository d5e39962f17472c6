#include "connectors/cisco_secure_email/watch_table.hpp"

#include "connectors/cisco_secure_email/file_name.hpp"

#include <set>
#include <utility>

namespace cistern::connectors::cisco_secure_email {
namespace {

/// After so long nobody writes to a file any more, even if its end is missing.
constexpr Duration kAbandoned = std::chrono::hours{1};

std::string why_not(const WatchedEntry& entry) {
  if (!entry.regular) return "it is a link, a folder or a device; only plain files are read";
  if (std::string reason = why_name_refused(entry.name); !reason.empty()) return reason;
  return {};
}

}  // namespace

std::string WatchedEntry::state() const {
  return std::to_string(inode) + " " + std::to_string(size) + " " + std::to_string(modified);
}

WatchDecision WatchTable::scan(const std::vector<WatchedEntry>& entries, Duration now) {
  WatchDecision decision;
  std::set<std::string, std::less<>> there;
  for (const WatchedEntry& entry : entries) {
    there.insert(entry.name);
    Seen& seen = seen_[entry.name];
    if (std::string reason = why_not(entry); !reason.empty()) {
      if (!std::exchange(seen.refused, true)) decision.refused.emplace_back(entry.name, reason);
      continue;
    }
    // `.c` and `.current` are being written by the appliance itself.
    if (!read_file_name(entry.name)->saved) continue;
    if (auto file = look(entry, seen, now)) decision.ready.push_back(std::move(*file));
  }
  std::erase_if(seen_, [&](const auto& seen) { return !there.contains(seen.first); });
  for (auto at = taken_.begin(); at != taken_.end();) {
    if (there.contains(at->first)) {
      ++at;
      continue;
    }
    decision.gone.push_back(at->first);
    at = taken_.erase(at);
  }
  return decision;
}

std::optional<WatchedFile> WatchTable::look(const WatchedEntry& entry, Seen& seen,
                                            Duration now) const {
  const std::string state = entry.state();
  if (state != seen.state) {
    seen = Seen{.state = state, .since = now};
    const auto taken = taken_.find(entry.name);
    seen.taken = seen.complete = taken != taken_.end() && taken->second == state;
  }
  ++seen.scans;
  if (seen.complete || entry.size == 0) return std::nullopt;
  const Duration age = now - seen.since;
  const bool complete = entry.ends || age >= kAbandoned;
  const bool stable = seen.scans >= 2 && age >= stable_;
  if (!complete && (seen.taken || !stable)) return std::nullopt;
  return WatchedFile{entry, complete};
}

void WatchTable::took(const WatchedFile& file) {
  const std::string state = file.entry.state();
  const auto seen = seen_.find(file.entry.name);
  if (seen != seen_.end() && seen->second.state == state) {
    seen->second.taken = true;
    seen->second.complete = file.complete;
  }
  if (file.complete) taken_[file.entry.name] = state;
}

void WatchTable::failed(const std::string& name) {
  seen_.erase(name);
  taken_.erase(name);
}

}  // namespace cistern::connectors::cisco_secure_email
