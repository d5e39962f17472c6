// The inside of the drivers: requests, commits, wake-ups, credentials and status of one machine.
// poll_driver.hpp and stream/stream_driver.hpp are its public faces; the latter adds a StreamPort.
#pragma once

#include "runtime/poll/damage_watch.hpp"
#include "runtime/poll/delay_meter.hpp"
#include "runtime/poll/poll_driver.hpp"
#include "runtime/poll/poll_queue.hpp"
#include "runtime/poll/stream_port.hpp"
#include "runtime/status/commit_tally.hpp"
#include "runtime/watch/stall.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

namespace cistern::runtime {

/// Performs one machine's steps. Everything happens on the loop, in tasks that start at most one
/// request each, so that a thousand of these share the loop in turns. Callbacks hold it weakly:
/// what comes after its end is dropped.
class PollCore final : public std::enable_shared_from_this<PollCore> {
 public:
  PollCore(PollDriverOptions options, std::unique_ptr<PollMachine> machine,
           std::unique_ptr<net::Authorizer> authorizer, std::unique_ptr<net::HttpClient> http,
           const Services& services);
  ~PollCore();

  /// Before start(). Streams may be ordered from then on.
  void attach(std::unique_ptr<StreamPort> streams) { streams_ = std::move(streams); }
  void start();
  void stop(std::function<void()> stopped);
  [[nodiscard]] bool started() const { return started_; }

  using Question = std::function<Step(PollMachine&, TimePoint)>;
  /// Every call of the machine goes through here. What it throws is a bug, which ends this
  /// connector only. `until_durable` is kept until the commits of the step are durable or can never
  /// be; on the loop.
  void consult(const Question& question, const std::shared_ptr<void>& until_durable = nullptr);
  /// A bug was found elsewhere: nothing is done any more.
  void give_up(const std::string& what);
  [[nodiscard]] bool ended() const { return stopping_ || broken_; }

 private:
  enum class Stage : std::uint8_t { credentials, answer, decoding };
  struct Flight {
    Stage stage = Stage::credentials;
    Duration since{0};
    std::optional<net::HttpClient::Handle> handle;
    RecordDecoder decode;
    bool keep_encoded = false;  // The decoder wants the body as it came.
    std::uint64_t max_body = 0;
    std::shared_ptr<MemoryHold> hold;
  };
  struct Decoded {
    Result<HttpResponse> response = HttpResponse{};
    std::shared_ptr<const RecordBatch> records;
    bool bug = false;
  };

  struct Handed {
    Duration since;
    std::shared_ptr<void> until_durable;
  };

  // Deciding.
  void perform(Step step, const std::shared_ptr<void>& until_durable);
  void end_work();

  // Asking.
  void schedule_pump();
  void pump();
  bool must_wait_for_memory();
  void launch(PollRequest request);
  void send(std::uint64_t id, HttpRequest request);
  void answered(std::uint64_t id, Result<HttpResponse> response);
  void decode(std::uint64_t id, HttpResponse response);
  void decoded(std::uint64_t id, Decoded result);
  void deliver(std::uint64_t id, Result<HttpResponse> response,
               std::shared_ptr<const RecordBatch> records);

  // Storing.
  void store(CommitOrder order, std::shared_ptr<void> until_durable);
  void stored(std::uint64_t ticket, std::uint64_t id, const CommitTally& counts,
              const Result<CommitResult>& result);
  void finish_stop();

  // Time.
  void set_wake(TimePoint when);
  void set_pump_timer(Duration delay);
  void watch();
  /// Something was due and had to wait for what others use as well.
  void waited(Duration delay);
  void tell_delay();
  [[nodiscard]] StageTimes stage_times() const;
  void cancel_timers();

  void post(std::function<void(PollCore&)> task);
  [[nodiscard]] Duration steady() const { return services_.clock.steady(); }

  PollDriverOptions options_;
  std::unique_ptr<PollMachine> machine_;
  Services services_;
  std::shared_ptr<RateBudget> budget_;
  std::unique_ptr<net::HttpClient> http_;  // Outlives the authorizer, which may use it.
  std::unique_ptr<net::Authorizer> authorizer_;

  std::unique_ptr<StreamPort> streams_;
  std::unique_ptr<DamageWatch> damage_;
  PollQueue queue_;
  std::unordered_map<std::uint64_t, Flight> flights_;
  std::uint64_t next_ticket_ = 1;
  std::map<std::uint64_t, Handed> commits_;  // Handed over, by ticket.
  // Replies whose memory is still accounted; shared with them, because they may live longer.
  std::shared_ptr<std::atomic<std::uint64_t>> held_ =
      std::make_shared<std::atomic<std::uint64_t>>(0);
  std::uint64_t typical_body_ = 256ULL << 10;  // Expected size of the next decoded answer.

  bool started_ = false;
  bool stopping_ = false;
  bool broken_ = false;
  bool pump_posted_ = false;
  Duration pump_due_{0};
  DelayMeter delays_;
  Duration delay_told_{0};
  std::optional<Duration> memory_wait_;  // Since when memory holds us back.
  bool in_memory_line_ = false;          // The budget will call us.
  std::optional<Loop::TimerId> wake_timer_;
  std::optional<Loop::TimerId> pump_timer_;
  std::optional<Loop::TimerId> watch_timer_;
  Duration last_event_{0};
  bool stalled_ = false;
  std::vector<std::function<void()>> stopped_;
};

}  // namespace cistern::runtime
