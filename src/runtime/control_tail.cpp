#include "runtime/control_tail.hpp"

#include <atomic>
#include <utility>
#include <vector>

namespace cistern::runtime {
namespace {

constexpr Duration kPause = std::chrono::milliseconds{250};
constexpr std::size_t kEnoughQueued = 1ULL << 20;
constexpr std::size_t kTurnBytes = 256ULL << 10;

// Calls `use` with each line beside its envelope.
template <class Use>
void for_each_line(const journal::Group& group, Use&& use) {
  std::size_t begin = 0;
  for (const auto& envelope : group.envelopes) {
    const std::size_t end = group.lines.find('\n', begin);
    if (end == std::string::npos) return;
    if (!use(envelope, std::string_view{group.lines}.substr(begin, end - begin))) return;
    begin = end + 1;
  }
}

// Turns between the pool (reading) and the loop (sending), never at both places at once.
class Tail final : public std::enable_shared_from_this<Tail> {
 public:
  Tail(const ControlContext& context, const std::shared_ptr<ControlPeer>& peer, TailFilter filter)
      : loop_(context.loop),
        pool_(context.pool),
        peer_(peer),
        filter_(std::move(filter)),
        reader_(context.journal.reader()) {}

  void start() {
    if (const auto peer = peer_.lock()) {
      peer->on_close = [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->closed_ = true;
      };
    }
    read_later();
  }

 private:
  void read_later() {
    pool_.post([self = shared_from_this()] { self->read(); });
  }

  void read() {
    if (closed_) return;
    std::vector<std::string> answers;
    std::size_t bytes = 0;
    while (bytes < kTurnBytes) {
      const auto result = reader_->read(filter_.from);
      if (!result || !result->group) break;
      const auto& group = *result->group;
      if (group.last < filter_.from) break;
      for_each_line(group, [&](const journal::Envelope& envelope, std::string_view line) {
        if (envelope.sequence < filter_.from) return true;
        if (bytes >= kTurnBytes) return false;
        filter_.from = envelope.sequence + 1;
        if (!wanted(envelope)) return true;
        answers.push_back("{\"ok\":true,\"result\":" + std::string{line} + "}");
        bytes += line.size();
        return true;
      });
      if (bytes < kTurnBytes) filter_.from = group.last + 1;
    }
    loop_.post([self = shared_from_this(), answers = std::move(answers)]() mutable {
      self->send(std::move(answers));
    });
  }

  void send(std::vector<std::string> answers) {
    const auto peer = peer_.lock();
    if (!peer || closed_) return;
    const bool idle = answers.empty();
    for (auto& answer : answers)
      peer->send(std::move(answer));
    if (closed_) return;
    if (!idle && peer->queued() < kEnoughQueued) return read_later();
    pause();
  }

  void pause() {
    loop_.call_after(kPause, [self = shared_from_this()] {
      const auto peer = self->peer_.lock();
      if (!peer || self->closed_) return;
      if (peer->queued() >= kEnoughQueued) return self->pause();
      self->read_later();
    });
  }

  [[nodiscard]] bool wanted(const journal::Envelope& envelope) const {
    return (filter_.connector.empty() || filter_.connector == envelope.connector) &&
           (filter_.stream.empty() || filter_.stream == envelope.stream);
  }

  Loop& loop_;
  Executor& pool_;
  std::weak_ptr<ControlPeer> peer_;
  TailFilter filter_;
  std::unique_ptr<journal::Reader> reader_;
  std::atomic<bool> closed_{false};
};

}  // namespace

void start_tail(const ControlContext& context, const std::shared_ptr<ControlPeer>& peer,
                TailFilter filter) {
  std::make_shared<Tail>(context, peer, std::move(filter))->start();
}

std::string_view line_of(const journal::Group& group, Sequence sequence) {
  std::string_view found;
  for_each_line(group, [&](const journal::Envelope& envelope, std::string_view line) {
    if (envelope.sequence != sequence) return true;
    found = line;
    return false;
  });
  return found;
}

}  // namespace cistern::runtime
