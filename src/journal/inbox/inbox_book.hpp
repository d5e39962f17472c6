// What the inbox holds and what may still come in: the state that its threads share.
#pragma once

#include "base/result.hpp"
#include "journal/inbox/inbox_key.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cistern::journal {

/// Bounds of an inbox, from the size of its store.
struct InboxLimits {
  std::uint64_t files = kMaxInboxFiles;
  std::uint64_t open = kMaxInboxOpen;
  /// Of all files. A quarter of the store at most, so that an inbox can never fill the store by
  /// itself: what it holds must still find room in the log.
  std::uint64_t bytes = 0;
  /// Of log and inbox together: half of the reserve is left for taking the files into the log.
  std::uint64_t store = 0;
};
InboxLimits inbox_limits(std::uint64_t max_size);

struct InboxCounts {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t refused = 0;
};

/// A durable file with the sums that prove its bytes.
struct InboxFileFacts {
  InboxEntry entry;
  std::vector<Identity> sums;
};

/// Safe from any thread.
class InboxBook {
 public:
  explicit InboxBook(InboxLimits limits) : limits_(limits) {}

  /// How much the segments take now.
  void set_log_bytes(std::uint64_t bytes) { log_bytes_ = bytes; }

  /// Whether another file may begin, and room for `size` bytes of it. A refusal is counted.
  Status begin(std::uint64_t size);
  /// Room for more bytes of a file that is being received.
  Status grow(std::uint64_t bytes);
  /// A file that was being received has ended, with `bytes` of room; `refused` when it was not
  /// taken for a reason of ours.
  void end(std::uint64_t bytes, bool refused);

  void add(InboxFileFacts facts);
  /// The file that was there, if any.
  std::optional<InboxEntry> remove(const std::string& id);
  void rename(const std::string& former, const std::string& present);
  /// All of the connector's files.
  std::vector<InboxEntry> remove_connector(const std::string& connector);

  [[nodiscard]] std::vector<InboxEntry> list(const std::string& connector) const;
  [[nodiscard]] std::optional<InboxFileFacts> find(const std::string& id) const;
  [[nodiscard]] InboxCounts counts() const;

 private:
  Status room_for(std::uint64_t bytes) const;
  static std::uint64_t bytes_of(const InboxEntry& entry) {
    return entry.problem.empty() ? entry.size : 0;
  }

  const InboxLimits limits_;
  std::atomic<std::uint64_t> log_bytes_{0};
  mutable std::mutex mutex_;
  std::map<std::string, InboxFileFacts> files_;  ///< By id, so by arrival.
  std::uint64_t file_bytes_ = 0;
  std::uint64_t open_ = 0;
  std::uint64_t open_bytes_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace cistern::journal
