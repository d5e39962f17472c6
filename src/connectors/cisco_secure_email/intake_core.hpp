// The intake's state and its steps, all on the I/O loop.
#pragma once

#include "connectors/cisco_secure_email/file_memory.hpp"
#include "connectors/cisco_secure_email/intake.hpp"
#include "connectors/cisco_secure_email/intake_job.hpp"
#include "connectors/cisco_secure_email/intake_queue.hpp"
#include "connectors/cisco_secure_email/watch_folder.hpp"
#include "connectors/cisco_secure_email/watch_table.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace cistern::connectors::cisco_secure_email {

/// One file is read at a time, a part at a time; the next part and the next file do not wait for
/// the commits before them, up to a bound. The memory of files runs ahead with them: when a commit
/// fails, everything begins again from what is durable.
class IntakeCore : public std::enable_shared_from_this<IntakeCore> {
 public:
  IntakeCore(IntakeSettings settings, const runtime::Services& services);

  void start();
  void stop(std::function<void()> stopped);
  [[nodiscard]] IntakeFacts facts() const;

 private:
  using Stage = void (IntakeCore::*)(const std::shared_ptr<IntakeJob>&);

  // ---- life (intake.cpp) ----
  bool begin();
  void arrived(const journal::InboxEntry& entry);
  void pump();
  void settle_stop();
  void wake_in(Duration delay);
  void note(const Failure& failure, Report::Kind kind, const std::string& stream = {});
  void on_loop(std::function<void(IntakeCore&)> task);

  // ---- one file (intake_files.cpp) ----
  void take(PendingFile file);
  void off_loop(const std::shared_ptr<IntakeJob>& job, std::function<void(IntakeJob&)> work,
                Stage then);
  void opened(const std::shared_ptr<IntakeJob>& job);
  void part_read(const std::shared_ptr<IntakeJob>& job);
  void go_on();
  void done_with(const IntakeJob& job);
  void give_up(const std::shared_ptr<IntakeJob>& job);
  void lose(const IntakeJob& job, const std::string& reason, const std::string& incident);
  void end_keys(const IntakeJob& job, StateDelta& changes);
  /// `remove`: a watched file that goes once the commit is durable.
  void hand_over(Commit commit, std::optional<WatchedEntry> remove = std::nullopt);
  void committed(const Result<CommitResult>& result, std::uint64_t bytes, const std::string& stream,
                 TimePoint newest);

  // ---- the watched folder (intake_watch.cpp) ----
  void remove_later(const WatchedEntry& entry);
  void scan();
  void scanned(const Result<WatchListing>& listing);
  void refuse_names(const WatchDecision& decision);
  PendingFile pending_of_watched(const WatchedFile& file) const;

  const IntakeSettings settings_;
  const runtime::Services services_;
  journal::Inbox& inbox_;
  std::optional<FileMemory> memory_;
  std::optional<WatchTable> watch_;
  IntakeQueue queue_;
  std::set<std::string> held_;  ///< Of the inbox: waiting or under work.
  std::shared_ptr<IntakeJob> job_;
  bool job_waits_ = false;  ///< For commits to become durable.
  bool busy_ = false;       ///< Something is off the loop.
  bool scanning_ = false;
  std::shared_ptr<CommitChain> chain_;
  std::uint64_t in_flight_ = 0;
  std::uint64_t bytes_in_flight_ = 0;
  bool failed_ = false;  ///< A commit was refused: all begins again when the others are answered.
  bool stopping_ = false;
  bool running_ = false;
  std::function<void()> stopped_;
  std::uint64_t listener_ = 0;
  std::optional<Loop::TimerId> timer_;
  std::optional<Loop::TimerId> scan_timer_;
  std::optional<std::string> watch_trouble_;  ///< Code of the failure that stands.
  IntakeFacts facts_;
};

}  // namespace cistern::connectors::cisco_secure_email
