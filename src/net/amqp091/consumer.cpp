#include "net/amqp091/consumer.hpp"

#include "net/amqp091/broker_connection.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace cistern::net::amqp091 {
namespace {

/// Of one group, whatever their size.
constexpr std::size_t kMostInGroup = 4096;

/// Ends a poll() from another thread.
class WakeUp {
 public:
  WakeUp() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;
  ~WakeUp() { ::close(descriptor_); }
  void wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto wrote = ::write(descriptor_, &one, sizeof one);
  }
  void settle() const {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(descriptor_, &count, sizeof count);
  }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

class ConsumerThread final : public Consumer {
 public:
  ConsumerThread(ConsumerSettings settings, ConsumerEvents events, const Clock& clock)
      : settings_(std::move(settings)),
        events_(std::move(events)),
        clock_(clock),
        connection_(settings_),
        last_turn_(clock.steady().count()),
        thread_([this] { work(); }) {}
  ConsumerThread(const ConsumerThread&) = delete;
  ConsumerThread& operator=(const ConsumerThread&) = delete;

  ~ConsumerThread() override {
    stopping_ = true;
    connection_.break_off();
    wake_.wake();
    thread_.join();
  }

  void acknowledge(std::uint64_t tag) override {
    {
      const std::lock_guard lock(mutex_);
      done_with_ = std::max(done_with_, tag);
    }
    wake_.wake();
  }

  void take_no_more() override {
    draining_ = true;
    wake_.wake();
  }

  [[nodiscard]] Duration last_turn() const override { return Duration{last_turn_.load()}; }

  void stop() override {
    stopping_ = true;
    if (!opened_) connection_.break_off();
    wake_.wake();
  }

 private:
  void work() {
    End end = consume();
    // What is broken off by us fails in whatever way it can.
    if (stopping_) end = {.kind = EndKind::stopped, .failure = {}};
    events_.ended(std::move(end));
  }

  End consume() {
    ConsumerOpened opened;
    if (auto end = connection_.open(opened)) return *end;
    opened_ = true;
    const Duration agreed = connection_.agreed_heartbeat();
    beat_ = agreed == Duration{0} ? settings_.heartbeat / 2 : agreed / 2;
    asked_at_ = beat_at_ = clock_.steady();
    events_.opened(opened);
    while (!stopping_) {
      if (auto end = turn()) return *end;
    }
    if (!acknowledge_all()) connection_.leave();
    return {};
  }

  /// What is due now, and then waiting for what comes next.
  std::optional<End> turn() {
    last_turn_ = clock_.steady().count();
    if (auto end = acknowledge_all()) return end;
    if (auto end = read_what_is_there()) return end;
    hand_over();
    if (auto end = keep_up()) return end;
    wait();
    return std::nullopt;
  }

  std::optional<End> acknowledge_all() {
    std::uint64_t tag = 0;
    {
      const std::lock_guard lock(mutex_);
      tag = done_with_;
    }
    if (tag <= acknowledged_) return std::nullopt;
    acknowledged_ = tag;
    while (!held_.empty() && held_.front().tag <= tag) {
      held_bytes_ -= held_.front().bytes;
      held_.pop_front();
    }
    paused_since_.reset();
    return connection_.acknowledge(tag);
  }

  [[nodiscard]] bool has_room() const {
    return held_.empty() || held_bytes_ + group_bytes_ < settings_.most_held;
  }
  [[nodiscard]] bool group_is_full() const {
    return group_bytes_ >= settings_.group_bytes || group_.size() >= kMostInGroup;
  }

  std::optional<End> read_what_is_there() {
    more_ = false;
    if (draining_) {
      group_.clear();
      group_bytes_ = 0;
      return std::nullopt;
    }
    while (has_room()) {
      if (group_is_full()) {
        more_ = true;
        return std::nullopt;
      }
      const auto read = connection_.read();
      if (!read) return read.error();
      if (*read == BrokerConnection::Read::nothing) return std::nullopt;
      if (*read == BrokerConnection::Read::depth && events_.depth)
        events_.depth(connection_.waiting());
      if (*read == BrokerConnection::Read::message) add(connection_.take_message());
    }
    if (!paused_since_) {
      paused_since_ = clock_.steady();
      if (events_.paused) events_.paused();
    }
    return std::nullopt;
  }

  void add(Delivery delivery) {
    if (group_.empty()) group_since_ = clock_.steady();
    group_bytes_ += delivery.body.size();
    group_.push_back(std::move(delivery));
  }

  /// At once when nothing is on its way into the store: then waiting would only make events late.
  void hand_over() {
    if (group_.empty()) return;
    const bool due = held_.empty() || group_is_full() || !has_room() ||
                     clock_.steady() >= group_since_ + settings_.gather;
    if (!due) return;
    held_.push_back({.tag = group_.back().tag, .bytes = group_bytes_});
    held_bytes_ += std::exchange(group_bytes_, 0);
    events_.delivered(std::exchange(group_, {}));
  }

  /// Signs of life, and questions that are due.
  std::optional<End> keep_up() {
    const Duration now = clock_.steady();
    if (paused_since_ || draining_) {
      if (paused_since_ && now - *paused_since_ >= settings_.patience) {
        return end_of_patience(
            std::chrono::duration_cast<std::chrono::seconds>(settings_.patience).count(),
            {.host = settings_.host,
             .port = settings_.port,
             .queue = settings_.queue,
             .user = settings_.user,
             .ca_file = settings_.ca_file});
      }
      if (now - beat_at_ < beat_) return std::nullopt;
      beat_at_ = now;
      return connection_.heartbeat();
    }
    if (now - asked_at_ < settings_.depth_every) return std::nullopt;
    asked_at_ = now;
    return connection_.ask_depth();
  }

  void wait() {
    if (more_) return;
    const Duration now = clock_.steady();
    Duration until = now + beat_;
    if (!group_.empty()) until = std::min(until, group_since_ + settings_.gather);
    if (paused_since_) {
      until = std::min(until, *paused_since_ + settings_.patience);
    } else {
      until = std::min(until, asked_at_ + settings_.depth_every);
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
    pollfd watched[2] = {{.fd = wake_.descriptor(), .events = POLLIN, .revents = 0},
                         {.fd = connection_.socket(), .events = POLLIN, .revents = 0}};
    // While nothing can be taken, the socket is not watched, and the broker feels it.
    const nfds_t count = paused_since_ || draining_ ? 1 : 2;
    ::poll(watched, count, static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000)));
    if (watched[0].revents != 0) wake_.settle();
  }

  struct Held {
    std::uint64_t tag = 0;  ///< The last of a group.
    std::uint64_t bytes = 0;
  };

  const ConsumerSettings settings_;
  const ConsumerEvents events_;
  const Clock& clock_;
  WakeUp wake_;
  BrokerConnection connection_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> opened_{false};
  std::atomic<bool> draining_{false};
  std::atomic<Duration::rep> last_turn_;
  std::mutex mutex_;
  std::uint64_t done_with_ = 0;  ///< What others have told us.

  // Of the thread.
  Duration beat_{0};
  Duration beat_at_{0};
  Duration asked_at_{0};
  std::uint64_t acknowledged_ = 0;
  std::deque<Held> held_;  ///< Handed over and not acknowledged.
  std::uint64_t held_bytes_ = 0;
  std::vector<Delivery> group_;
  std::uint64_t group_bytes_ = 0;
  Duration group_since_{0};
  std::optional<Duration> paused_since_;
  bool more_ = false;  ///< The group was full before nothing was left.

  std::thread thread_;  ///< Last: it uses all of the above.
};

}  // namespace

std::unique_ptr<Consumer> start_consumer(ConsumerSettings settings, ConsumerEvents events,
                                         const Clock& clock) {
  return std::make_unique<ConsumerThread>(std::move(settings), std::move(events), clock);
}

}  // namespace cistern::net::amqp091
