// Events that a destination refused and that somebody wants to have delivered all the same.
#include "runtime/delivery/delivery_core.hpp"

#include <utility>

namespace cistern::runtime {
namespace {

Failure not_running() {
  return {.verdict = Verdict::retry,
          .code = "quarantine/destination-stopped",
          .cause = "the destination does not take events just now",
          .consequence = "the event stays set aside",
          .next_step = "see `cistern status` for the reason, then repeat the command"};
}

Failure not_there(Sequence sequence) {
  return {.verdict = Verdict::stop,
          .code = "quarantine/no-event",
          .cause = "event " + std::to_string(sequence) +
                   " is not in the store any more, or not for this destination",
          .consequence = "it cannot be delivered again",
          .next_step = "drop it with `cistern quarantine drop`"};
}

}  // namespace

void DeliveryCore::retry(Sequence sequence, std::function<void(Status)> done) {
  chain()([sequence, done = std::move(done)](DeliveryCore& self) {
    if (self.ended_ || self.failed_) return done(fail(not_running()));
    self.retries_.emplace_back(sequence, done);
    self.step();
  });
}

void DeliveryCore::retry_one() {
  const auto [sequence, done] = std::move(retries_.front());
  retries_.pop_front();
  auto built =
      builder_.build(sequence, {.bytes = options_.batch_bytes, .events = 1, .until = sequence});
  if (!built || (*built)->batch.payloads.empty()) {
    done(fail(built ? not_there(sequence) : built.error()));
    return again();
  }
  auto result = destination_->deliver((*built)->batch);
  if (!result) {
    done(fail(result.error()));
    return again();
  }
  cursor_.state = std::move(*result);
  ++cursor_.delivered;
  services_.status.delivered(options_.destination, 1, 0, (*built)->batch.bytes.size(),
                             cursor_.next);
  retried_.push_back(done);
  save(true);
}

void DeliveryCore::refuse_retries() {
  for (const auto& [sequence, done] : std::exchange(retries_, {}))
    done(fail(not_running()));
  for (const auto& done : std::exchange(retried_, {}))
    done(fail(not_running()));
}

}  // namespace cistern::runtime
