#include "lab/syslog/firewall.hpp"

#include "lab/syslog/conversation.hpp"

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace cistern::lab {

namespace {

constexpr Duration kTick = std::chrono::milliseconds{20};
constexpr Duration kFirstPause = std::chrono::milliseconds{50};
constexpr Duration kLongestPause = std::chrono::seconds{1};
// Sent between two looks at the clock, the peer and the end of the lab.
constexpr std::size_t kMostAtATime = 400;
// Connections left open without a word.
constexpr std::size_t kMostSilent = 4;

class RunningFirewall final : public Firewall {
 public:
  RunningFirewall(const FirewallOptions& options, const Clock& clock)
      : options_(options),
        clock_(clock),
        truth_(options.number, options.transport, LineGenerator(options.seed, options.number)),
        pace_(options.per_second, habits_of(options.profile),
              key_of({options.seed, options.number, 0x5E4DULL})),
        thread_([this] { run(); }) {}

  ~RunningFirewall() override {
    stopping_ = true;
    wake_.notify_all();
    thread_.join();
  }

  const SenderTruth& truth() const override { return truth_; }

  void freeze(Duration most) override {
    frozen_ = true;
    wake_.notify_all();
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, most, [this] { return done_; });
  }

  bool settled() const override {
    const std::lock_guard lock(mutex_);
    return done_;
  }

  void flood(std::uint64_t messages) override {
    const std::lock_guard lock(mutex_);
    flood_ += messages;
  }

  void plant(SenderFault fault) override {
    const std::lock_guard lock(mutex_);
    planted_ = fault;
  }

 private:
  void run() {
    // OpenSSL writes to a broken connection without asking for the signal to be left out.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    auto pause = kFirstPause;
    while (!stopping_) {
      auto talk = open_conversation(options_, truth_, clock_, stopping_);
      if (talk) {
        pause = kFirstPause;
        if (converse(*talk)) break;
        continue;
      }
      if (frozen_ && nothing_waits()) break;
      rest(pause);
      pause = std::min(pause * 2, kLongestPause);
    }
    for (const auto& talk : silent_) {
      if (!stopping_) talk->finish();
    }
    const std::lock_guard lock(mutex_);
    done_ = true;
    wake_.notify_all();
  }

  // Whether everything was said and answered; otherwise another connection is needed.
  bool converse(std::unique_ptr<Conversation>& talk) {
    auto last = clock_.steady();
    while (!stopping_) {
      if (frozen_) return talk->finish() && nothing_waits();
      const auto now = clock_.steady();
      if (!speak(*talk, now - last)) return false;
      if (!misbehave(talk, now - last)) return false;
      last = now;
      rest(kTick);
    }
    return true;
  }

  bool misbehave(std::unique_ptr<Conversation>& talk, Duration passed) {
    std::optional<SenderFault> fault;
    {
      const std::lock_guard lock(mutex_);
      fault = std::exchange(planted_, std::nullopt);
    }
    if (!fault) fault = pace_.fault(passed);
    const auto after = fault ? talk->commit(*fault) : AfterFault::go_on;
    if (after == AfterFault::leave_open) leave_open(std::move(talk));
    return after == AfterFault::go_on;
  }

  void leave_open(std::unique_ptr<Conversation> talk) {
    if (silent_.size() == kMostSilent) {
      silent_.front()->finish();
      silent_.erase(silent_.begin());
    }
    silent_.push_back(std::move(talk));
  }

  bool speak(Conversation& talk, Duration passed) {
    {
      const std::lock_guard lock(mutex_);
      pace_.flood(std::exchange(flood_, 0));
    }
    for (auto more = pace_.due(passed, kMostAtATime); more > 0;
         more = pace_.due(Duration{0}, kMostAtATime)) {
      if (!talk.send(more)) return false;
      if (stopping_ || frozen_) break;
    }
    return talk.listen();
  }

  // Only RELP has something to bring to an end after the connection is gone.
  [[nodiscard]] bool nothing_waits() const {
    if (options_.transport != SyslogTransport::relp) return true;
    const auto counts = truth_.counts();
    return counts.accepted == counts.messages;
  }

  void rest(Duration time) {
    std::unique_lock lock(mutex_);
    const bool frozen = frozen_;
    wake_.wait_for(lock, time, [&] { return stopping_ || frozen_ != frozen; });
  }

  const FirewallOptions options_;
  const Clock& clock_;
  SenderTruth truth_;
  SendingPace pace_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> frozen_{false};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::uint64_t flood_ = 0;
  std::optional<SenderFault> planted_;
  bool done_ = false;
  std::vector<std::unique_ptr<Conversation>> silent_;
  std::thread thread_;  // Last: it uses everything above.
};

}  // namespace

std::unique_ptr<Firewall> start_firewall(const FirewallOptions& options, const Clock& clock) {
  return std::make_unique<RunningFirewall>(options, clock);
}

}  // namespace cistern::lab
