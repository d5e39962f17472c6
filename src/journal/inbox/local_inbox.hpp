// The inbox of a store in a folder.
#pragma once

#include "journal/inbox/inbox_book.hpp"
#include "journal/inbox/inbox_parts.hpp"
#include "journal/inbox/inbox_worker.hpp"
#include "journal/index/index.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace cistern::journal {

class LocalInbox final : public Inbox {
 public:
  struct Options {
    std::string store;
    std::uint64_t max_size = 0;  ///< Of the store.
    std::uint32_t process = 0;   ///< A random number that makes ids differ between processes.
  };
  LocalInbox(Options options, Files& files, const Clock& clock, Log& log,
             std::function<void(Commit, Journal::Committed)> commit);

  /// Before the writer runs: learns what is there and cleans up.
  Status start(Index& index, bool log_damaged);
  /// What a group that is durable now changed; on the writer thread.
  void apply(const GroupControl& control);
  /// How much the segments take now.
  void set_log_bytes(std::uint64_t bytes) { book_.set_log_bytes(bytes); }
  [[nodiscard]] InboxCounts counts() const { return book_.counts(); }

  /// Takes no more files and hands over what was finished; the writer still runs.
  void refuse_new();
  /// Ends the thread; the writer has ended.
  void close() { worker_.close(); }

  Result<std::unique_ptr<InboxFile>> create(const std::string& connector, std::string description,
                                            std::optional<std::uint64_t> size) override;
  [[nodiscard]] std::vector<InboxEntry> list(const std::string& connector) const override {
    return book_.list(connector);
  }
  Result<std::string> read(const std::string& id, std::uint64_t offset, std::size_t size) override;
  std::uint64_t on_stored(std::function<void(const InboxEntry&)> listener) override;
  void remove_listener(std::uint64_t id) override;

 private:
  void apply_state(const std::string& connector, const StateChange& change);
  void apply_edit(const StoreEdit& edit);
  void remove_file(const InboxEntry& entry);
  std::string next_id();

  const Options options_;
  InboxBook book_;
  InboxWorker worker_;
  InboxParts parts_;
  std::atomic<bool> closed_{false};
  std::mutex mutex_;
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, std::function<void(const InboxEntry&)>> listeners_;
  std::uint64_t last_listener_ = 0;
};

}  // namespace cistern::journal
