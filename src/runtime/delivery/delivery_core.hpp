// The inside of the delivery; destination.hpp holds its public face.
#pragma once

#include "base/backoff.hpp"
#include "runtime/delivery/batch_builder.hpp"
#include "runtime/destination.hpp"
#include "runtime/serial.hpp"

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace cistern::runtime {

/// Walks the store for one destination. All state is touched only by tasks of its chain, so it
/// needs no lock; timers, the journal and the outside only post to the chain.
///
/// The order that must not change: deliver, then store the cursor with the state that the
/// destination returned, then build the next batch. A crash in between repeats the batch, and the
/// destination recognises it by its state, where it is able to.
class DeliveryCore final : public std::enable_shared_from_this<DeliveryCore> {
 public:
  DeliveryCore(DeliveryOptions options, std::unique_ptr<Destination> destination,
               std::unique_ptr<Format> format, const Services& services);

  void start();
  void stop(Sequence until, std::function<void()> stopped);
  void retry(Sequence sequence, std::function<void(Status)> done);
  /// Ends at once without a word: nothing runs any more after the call.
  void abandon();

 private:
  void request_stop(Sequence until, std::function<void()> stopped);
  void step();
  void advance_one();
  void begin();
  void open();
  void build();
  void report_holes(const std::vector<journal::Hole>& holes);
  void deliver();
  void confirm(std::string state);
  void refuse(const Failure& failure);
  void set_aside_one(const Failure& failure);
  void rest();
  void tend();
  void retry_one();
  void refuse_retries();
  void tell_drift(Duration every);
  void move_on(std::uint64_t delivered);
  void save(bool urgent);
  void saved(bool urgent, std::uint64_t turn, const Status& status);
  void trouble(const Failure& failure);
  void retry_after(const Failure& failure);
  void resume(std::uint64_t turn);
  void finish();

  void again();
  /// Runs `task` on the chain later, if this still lives; safe to hand to other threads.
  std::function<void(std::function<void(DeliveryCore&)>)> chain();
  std::uint64_t await();
  [[nodiscard]] Sequence limit() const;

  DeliveryOptions options_;
  std::unique_ptr<Destination> destination_;
  std::unique_ptr<Format> format_;
  Services services_;
  std::shared_ptr<Serial> serial_;
  BatchBuilder builder_;

  journal::Cursor cursor_;               // What is delivered; perhaps ahead of what is stored.
  std::unique_ptr<BuiltBatch> current_;  // Built, not confirmed.
  std::uint64_t event_limit_;            // Smaller while a bad event is being searched.
  bool started_ = false;
  bool begun_ = false;
  bool opened_ = false;
  bool failed_ = false;
  bool ended_ = false;
  bool stopping_ = false;
  Sequence until_ = 0;
  bool awaiting_ = false;   // A callback or a timer continues, not step().
  std::uint64_t turn_ = 0;  // Which one: older ones are ignored.
  unsigned attempts_ = 0;
  Backoff backoff_{.first = std::chrono::seconds{1}, .most = std::chrono::minutes{1}};

  /// Events that were set aside and that somebody wants to have delivered.
  std::deque<std::pair<Sequence, std::function<void(Status)>>> retries_;
  std::vector<std::function<void(Status)>> retried_;  ///< Taken; told when the cursor is stored.

  bool unsaved_ = false;
  bool must_save_ = false;  // Before anything else is delivered.
  bool saving_lazily_ = false;
  bool resting_ = false;  // A timer will look after the destination.
  Duration last_save_{0};
  Duration drift_told_{0};

  std::atomic<bool> give_up_{false};
  std::shared_ptr<std::atomic<bool>> wake_posted_ = std::make_shared<std::atomic<bool>>(false);
  std::optional<std::uint64_t> listener_;
  std::vector<std::function<void()>> stopped_;
};

}  // namespace cistern::runtime
