#include "journal/inbox/inbox_book.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace cistern::journal {
namespace {

constexpr const char* kSenderRepeats =
    "the file is refused and nothing of it is kept; its sender keeps it and pushes it again";

Failure inbox_full(std::string cause, std::string next_step) {
  return {.verdict = Verdict::retry,
          .code = "journal/inbox-full",
          .cause = std::move(cause),
          .consequence = kSenderRepeats,
          .next_step = std::move(next_step),
          .wait = std::chrono::seconds{10}};
}

Failure no_reserve(std::uint64_t bytes, std::uint64_t limit) {
  return {.verdict = Verdict::retry,
          .code = "journal/reserve-full",
          .cause = "the store holds " + std::to_string(bytes) +
                   " bytes; files pushed to it end at " + std::to_string(limit) +
                   " (store.max_size and half of its reserve)",
          .consequence = kSenderRepeats,
          .next_step =
              "see `cistern status` for the destination that is behind; cure it or raise "
              "store.max_size",
          .wait = std::chrono::seconds{10}};
}

}  // namespace

InboxLimits inbox_limits(std::uint64_t max_size) {
  constexpr std::uint64_t kShare = 4;
  constexpr std::uint64_t kHalfReserve = 20;
  InboxLimits limits;
  limits.bytes = max_size / kShare;
  const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - max_size;
  limits.store = max_size + std::min(room, max_size / kHalfReserve);
  return limits;
}

/// With the mutex held.
Status InboxBook::room_for(std::uint64_t bytes) const {
  const std::uint64_t ours = file_bytes_ + open_bytes_ + bytes;
  if (ours > limits_.bytes) {
    return fail(inbox_full("with this file the inbox would hold " + std::to_string(ours) +
                               " bytes; a quarter of store.max_size (" +
                               std::to_string(limits_.bytes) + ") is its bound",
                           "see `cistern status` for what holds up the connector, or raise "
                           "store.max_size"));
  }
  const std::uint64_t all = log_bytes_ + ours;
  if (all > limits_.store) return fail(no_reserve(all, limits_.store));
  return {};
}

Status InboxBook::begin(std::uint64_t size) {
  const std::lock_guard lock{mutex_};
  auto status = room_for(size);
  if (open_ >= limits_.open) {
    status = fail(inbox_full(std::to_string(open_) + " files are being received already",
                             "let fewer senders push at the same time"));
  } else if (files_.size() + open_ >= limits_.files) {
    status = fail(inbox_full(std::to_string(files_.size()) + " files wait in the inbox",
                             "see `cistern status` for what holds up the connector"));
  }
  if (!status) {
    ++refused_;
    return status;
  }
  ++open_;
  open_bytes_ += size;
  return {};
}

Status InboxBook::grow(std::uint64_t bytes) {
  const std::lock_guard lock{mutex_};
  if (auto status = room_for(bytes); !status) return status;
  open_bytes_ += bytes;
  return {};
}

void InboxBook::end(std::uint64_t bytes, bool refused) {
  const std::lock_guard lock{mutex_};
  --open_;
  open_bytes_ -= std::min(open_bytes_, bytes);
  if (refused) ++refused_;
}

void InboxBook::add(InboxFileFacts facts) {
  const std::lock_guard lock{mutex_};
  const std::uint64_t bytes = bytes_of(facts.entry);
  std::string id = facts.entry.id;
  if (files_.insert_or_assign(std::move(id), std::move(facts)).second) file_bytes_ += bytes;
}

std::optional<InboxEntry> InboxBook::remove(const std::string& id) {
  const std::lock_guard lock{mutex_};
  const auto found = files_.find(id);
  if (found == files_.end()) return std::nullopt;
  InboxEntry entry = std::move(found->second.entry);
  files_.erase(found);
  file_bytes_ -= std::min(file_bytes_, bytes_of(entry));
  return entry;
}

void InboxBook::rename(const std::string& former, const std::string& present) {
  const std::lock_guard lock{mutex_};
  for (auto& [id, facts] : files_) {
    if (facts.entry.connector == former) facts.entry.connector = present;
  }
}

std::vector<InboxEntry> InboxBook::remove_connector(const std::string& connector) {
  std::vector<InboxEntry> gone = list(connector);
  for (const InboxEntry& entry : gone)
    remove(entry.id);
  return gone;
}

std::vector<InboxEntry> InboxBook::list(const std::string& connector) const {
  const std::lock_guard lock{mutex_};
  std::vector<InboxEntry> entries;
  for (const auto& [id, facts] : files_) {
    if (facts.entry.connector == connector) entries.push_back(facts.entry);
  }
  return entries;
}

std::optional<InboxFileFacts> InboxBook::find(const std::string& id) const {
  const std::lock_guard lock{mutex_};
  const auto found = files_.find(id);
  if (found == files_.end()) return std::nullopt;
  return found->second;
}

InboxCounts InboxBook::counts() const {
  const std::lock_guard lock{mutex_};
  return {files_.size(), file_bytes_ + open_bytes_, refused_};
}

}  // namespace cistern::journal
