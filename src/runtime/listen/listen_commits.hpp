// The way of received records into the journal: gathered for a moment, committed, acknowledged.
// What receives them (syslog, files over SSH, webhooks) is not known here.
#pragma once

#include "base/executor.hpp"
#include "runtime/listen/listen_batch.hpp"
#include "runtime/services.hpp"
#include "runtime/status/commit_tally.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cistern::runtime {

struct ListenCommitOptions {
  std::string connector;
  /// Records wait at most so long for others while an earlier commit is under way.
  Duration gather = std::chrono::milliseconds{200};
  std::uint64_t batch_bytes = 1ULL << 20;  ///< A batch of so many bytes waits no longer.
  std::size_t batch_records = 16384;
  /// Bytes received and not durable yet; beyond it full() asks to stop reading.
  std::uint64_t max_unstored = 64ULL << 20;
};

/// Lives on one loop. A batch goes to the journal at once when none is under way, else when that
/// one is durable, when it is large, or after `gather`.
class ListenCommits : public std::enable_shared_from_this<ListenCommits> {
 public:
  ListenCommits(ListenCommitOptions options, const Services& services, std::shared_ptr<Loop> loop);

  /// Where records are added; call added() afterwards.
  ListenBatch& batch() { return batch_; }
  void added();
  /// Whether so much waits to become durable, or the shared memory is so full, that reading should
  /// stop.
  [[nodiscard]] bool full() const;
  /// Reading has stopped: calls what on_room() was given, now or when there is room.
  void await_room();
  void on_room(std::function<void()> room) { room_ = std::move(room); }
  /// Hands over what is there; calls `idle` when everything is durable or has failed.
  void finish(std::function<void()> idle);

 private:
  void hand_over();
  void settled(bool stored, const std::vector<ListenBatch::Durable>& durable, std::uint64_t held);
  void look_for_room();
  void tell_stored(const StreamCounts& counts);
  void report(const Result<CommitResult>& result, std::uint64_t records);

  ListenCommitOptions options_;
  Services services_;
  std::shared_ptr<Loop> loop_;
  ListenBatch batch_;
  std::uint64_t unstored_ = 0;
  std::size_t in_flight_ = 0;
  std::optional<Loop::TimerId> timer_;
  bool looking_ = false;
  std::set<std::string, std::less<>> streams_;  // That were stored.
  std::function<void()> room_;
  std::function<void()> idle_;
};

}  // namespace cistern::runtime
