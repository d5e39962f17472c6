// The inside of the derive driver; derive_driver.hpp holds its public face.
#pragma once

#include "base/backoff.hpp"
#include "runtime/derive/derive_driver.hpp"
#include "runtime/derive/event_source.hpp"
#include "runtime/serial.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

namespace cistern::runtime {

/// Walks the store for one deriver. All state is touched only by tasks of its chain, so it needs no
/// lock; timers, the journal and the outside only post to the chain.
class DeriveCore final : public std::enable_shared_from_this<DeriveCore> {
 public:
  DeriveCore(DeriveOptions options, std::unique_ptr<Deriver> deriver, const Services& services);

  void start();
  void stop(std::function<void()> stopped);
  /// Ends at once without a word: nothing runs any more after the call.
  void abandon();

 private:
  using Post = std::function<void(std::function<void(DeriveCore&)>)>;

  void step();
  void advance_one();
  void begin();
  void work();
  void end_work();
  bool read_some();
  [[nodiscard]] bool full() const;
  [[nodiscard]] bool has_news() const;
  [[nodiscard]] bool worth_committing() const;
  void commit();
  void committed(const Result<CommitResult>& result);
  void save_cursor();
  void report_hole();
  void publish();
  void trouble(const Failure& failure);
  void retry_after(const Failure& failure);
  void tick();
  void finish();

  void again();
  Post chain();

  DeriveOptions options_;
  std::unique_ptr<Deriver> deriver_;
  Services services_;
  std::shared_ptr<Serial> serial_;
  EventSource source_;
  DerivedRecords out_;

  bool started_ = false;
  bool begun_ = false;
  bool protected_ = false;  ///< The cursor stands: retention spares what is not read.
  bool failed_ = false;
  bool ended_ = false;
  bool stopping_ = false;
  bool waiting_ = false;  ///< For the cursor or a retry; its callback continues.
  bool left_ = false;     ///< settle() has something left.
  bool at_end_ = false;   ///< Of the store.
  bool ticking_ = false;

  std::optional<Commit> refused_;  ///< To be handed over again as it is.
  bool committing_ = false;
  Sequence committing_place_ = 0;
  std::uint64_t committing_events_ = 0;
  Sequence durable_place_ = 0;
  bool touched_ = false;  ///< An event of ours was read since the last commit.
  Duration last_commit_{0};
  std::uint64_t read_ = 0;
  std::uint64_t derived_ = 0;

  unsigned attempts_ = 0;
  Backoff backoff_{.first = std::chrono::seconds{1}, .most = std::chrono::minutes{1}};
  std::shared_ptr<CommitChain> commit_chain_ = std::make_shared<CommitChain>();
  std::shared_ptr<std::atomic<bool>> wake_posted_ = std::make_shared<std::atomic<bool>>(false);
  std::optional<std::uint64_t> listener_;
  std::vector<std::function<void()>> stopped_;
};

/// A commit of what was made, in the connector's name.
Commit commit_of(const std::string& connector, DerivedRecords& records);

}  // namespace cistern::runtime
