#include "runtime/delivery/delivery_core.hpp"

#include "runtime/delivery/delivery_start.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <limits>
#include <utility>

namespace cistern::runtime {
namespace {

constexpr Duration kDriftEvery = std::chrono::seconds{10};
constexpr Sequence kNoLimit = std::numeric_limits<Sequence>::max() - 1;

}  // namespace

DeliveryCore::DeliveryCore(DeliveryOptions options, std::unique_ptr<Destination> destination,
                           std::unique_ptr<Format> format, const Services& services)
    : options_(std::move(options)),
      destination_(std::move(destination)),
      format_(std::move(format)),
      services_(services),
      serial_(std::make_shared<Serial>(services.pool)),
      builder_(services.journal.reader(), *format_, options_.connectors,
               destination_->wants_facts()),
      event_limit_(1) {
  const std::uint64_t most = destination_->most_events();
  if (most > 0) options_.batch_events = std::min(options_.batch_events, most);
  event_limit_ = std::max<std::uint64_t>(options_.batch_events, 1);
}

// ---- from outside, any thread ----

std::function<void(std::function<void(DeliveryCore&)>)> DeliveryCore::chain() {
  // Only the chain makes a strong reference, so that the last one is never dropped on a thread of
  // somebody else.
  return [weak = weak_from_this(), serial = serial_](std::function<void(DeliveryCore&)> task) {
    serial->post([weak, task = std::move(task)] {
      if (const auto self = weak.lock()) task(*self);
    });
  };
}

void DeliveryCore::start() {
  chain()([](DeliveryCore& self) {
    if (self.started_ || self.ended_) return;
    self.started_ = true;
    self.services_.status.set_last_sequence(self.services_.journal.health().last);
    self.listener_ =
        self.services_.journal.on_append([chain = self.chain(), &status = self.services_.status,
                                          posted = self.wake_posted_](Sequence last) {
          status.set_last_sequence(last);
          if (posted->exchange(true)) return;
          chain([posted](DeliveryCore& core) {
            posted->store(false);
            core.step();
          });
        });
    self.step();
  });
}

void DeliveryCore::stop(Sequence until, std::function<void()> stopped) {
  if (until == 0) {
    give_up_ = true;
    destination_->cancel();
  }
  chain()([until, stopped = std::move(stopped)](DeliveryCore& self) {
    self.request_stop(until, stopped);
  });
}

void DeliveryCore::abandon() {
  give_up_ = true;
  destination_->cancel();
  serial_->close();
  if (listener_) services_.journal.remove_listener(*listener_);
  listener_.reset();
}

// ---- the chain ----

void DeliveryCore::request_stop(Sequence until, std::function<void()> stopped) {
  if (ended_) return stopped();
  stopped_.push_back(std::move(stopped));
  until_ = stopping_ ? std::min(until_, until) : until;
  stopping_ = true;
  step();
}

void DeliveryCore::again() {
  chain()([](DeliveryCore& self) { self.step(); });
}

std::uint64_t DeliveryCore::await() {
  awaiting_ = true;
  return ++turn_;
}

void DeliveryCore::resume(std::uint64_t turn) {
  if (turn != turn_) return;
  awaiting_ = false;
  step();
}

// One piece of work, then back to the end of the pool's queue.
void DeliveryCore::step() {
  if (ended_) return;
  try {
    advance_one();
  } catch (const std::exception& error) {
    trouble({.verdict = Verdict::stop,
             .code = "runtime/bug",
             .cause = std::string{"bug: "} + error.what(),
             .consequence = "nothing more is delivered here; the events wait in the store",
             .next_step = "restart cistern, and report this line with the log before it"});
  }
}

void DeliveryCore::advance_one() {
  if (stopping_ && (until_ == 0 || failed_ || !started_)) return finish();
  if (failed_ || awaiting_) return;
  if (!begun_) return begin();
  if (must_save_) return save(true);
  if (!opened_) return open();
  if (current_) return deliver();
  if (!retries_.empty() && !stopping_) return retry_one();
  build();
}

// Finds its place; a new place is stored at once, so that a crash before the first delivery does
// not move it.
void DeliveryCore::begin() {
  const auto known = services_.journal.cursor(options_.destination);
  if (!known) return trouble(known.error());
  begun_ = true;
  if (*known) {
    cursor_ = **known;
  } else {
    const auto first = first_sequence(options_.start, services_.journal, services_.clock);
    if (!first) {
      begun_ = false;
      return trouble(first.error());
    }
    cursor_.next = *first;
    must_save_ = true;
  }
  services_.status.set_cursor(options_.destination, cursor_.next, cursor_.delivered,
                              cursor_.skipped);
  again();
}

void DeliveryCore::open() {
  const auto opened = destination_->open(cursor_.state);
  if (!opened) return trouble(opened.error());
  opened_ = true;
  attempts_ = 0;
  services_.status.destination_state(options_.destination, State::flowing, std::nullopt, {});
  again();
}

void DeliveryCore::build() {
  const Sequence until = stopping_ ? until_ : kNoLimit;
  if (cursor_.next > until) return finish();
  auto built = builder_.build(
      cursor_.next, {.bytes = options_.batch_bytes, .events = event_limit_, .until = until});
  if (!built) return trouble(built.error());
  report_holes((*built)->holes);
  const Batch& batch = (*built)->batch;
  if (batch.last < batch.first) {
    // The end of the store; the journal's listener wakes us.
    if (stopping_) return finish();
    if (unsaved_) save(false);
    return rest();
  }
  current_ = std::move(*built);
  if (!current_->batch.payloads.empty()) return deliver();
  move_on(0);
  save(false);
  again();
}

void DeliveryCore::report_holes(const std::vector<journal::Hole>& holes) {
  for (const auto& hole : holes) {
    const Sequence from = std::max(hole.from, cursor_.next);
    if (hole.to < from) continue;
    services_.log.warning(
        options_.destination,
        "sequences " + std::to_string(from) + " to " + std::to_string(hole.to) +
            " are missing in the store (" + hole.reason +
            ") and are not delivered; `cistern coverage` names the hours that are hit",
        {{"skipped", std::uint64_t{hole.to - from + 1}}});
  }
}

void DeliveryCore::deliver() {
  auto result = destination_->deliver(current_->batch);
  if (result) return confirm(std::move(*result));
  // A call that was ended by cancel() says nothing about the batch.
  if (give_up_) return again();
  refuse(result.error());
}

void DeliveryCore::confirm(std::string state) {
  cursor_.state = std::move(state);
  if (attempts_ > 0) {
    services_.status.destination_state(options_.destination, State::flowing, std::nullopt, {});
  }
  attempts_ = 0;
  tell_drift(kDriftEvery);
  event_limit_ = std::min(std::max<std::uint64_t>(options_.batch_events, 1), event_limit_ * 2);
  move_on(current_->batch.payloads.size());
  if (destination_->exact()) return save(true);
  if (services_.clock.steady() - last_save_ >= options_.cursor_delay) save(false);
  again();
}

void DeliveryCore::tell_drift(Duration every) {
  const Duration now = services_.clock.steady();
  if (now - drift_told_ < every) return;
  drift_told_ = now;
  auto drift = format_->take_drift();
  auto more = destination_->take_drift();
  std::move(more.begin(), more.end(), std::back_inserter(drift));
  if (!drift.empty()) services_.status.drifted(options_.destination, drift);
}

void DeliveryCore::move_on(std::uint64_t delivered) {
  const auto built = std::exchange(current_, nullptr);
  cursor_.next = built->batch.last + 1;
  cursor_.delivered += delivered;
  cursor_.skipped += built->skipped;
  unsaved_ = true;
  services_.status.delivered(options_.destination, delivered, built->skipped,
                             delivered > 0 ? built->batch.bytes.size() : 0, cursor_.next);
}

void DeliveryCore::refuse(const Failure& failure) {
  if (failure.verdict != Verdict::set_aside) return trouble(failure);
  const std::size_t count = current_->batch.payloads.size();
  if (count == 1) return set_aside_one(failure);
  // The destination cannot say which one it refuses: half the batch is tried alone.
  event_limit_ = std::max<std::uint64_t>(1, count / 2);
  current_.reset();
  again();
}

void DeliveryCore::set_aside_one(const Failure& failure) {
  const Sequence sequence = current_->batch.payloads.front().sequence;
  const std::string owner = "destination/" + options_.destination;
  const auto done = [turn = await(), chain = chain()](const Status& status) {
    chain([turn, status](DeliveryCore& self) {
      if (turn != self.turn_ || self.ended_) return;
      self.awaiting_ = false;
      if (!status) return self.trouble(status.error());
      self.services_.status.set_aside(self.options_.destination, 1);
      self.move_on(0);
      self.save(self.destination_->exact());
      self.again();
    });
  };
  // After a crash between this list and the cursor the event comes here a second time.
  const auto list = services_.journal.set_aside_list();
  const bool known = list && std::any_of(list->begin(), list->end(), [&](const auto& item) {
                       return item.owner == owner && item.sequence == sequence;
                     });
  if (known) return done({});
  services_.log.error(options_.destination,
                      "event " + std::to_string(sequence) + " is set aside: " + failure.sentence(),
                      {{"sequence", sequence}, {"code", failure.code}});
  services_.journal.set_aside({.id = 0,
                               .owner = owner,
                               .item = std::to_string(sequence),
                               .sequence = sequence,
                               .reason = failure.code + ": " + failure.cause,
                               .since = services_.clock.now()},
                              done);
}

// ---- the cursor ----

// Urgent: nothing further happens before it is durable. Otherwise one move at a time is under way,
// and the newest place follows it.
void DeliveryCore::save(bool urgent) {
  if (!urgent && saving_lazily_) return;
  if (urgent) must_save_ = true;
  if (!urgent) saving_lazily_ = true;
  unsaved_ = false;
  last_save_ = services_.clock.steady();
  const std::uint64_t turn = urgent ? await() : 0;
  services_.journal.move_cursor(
      options_.destination, cursor_, urgent, [urgent, turn, chain = chain()](const Status& status) {
        chain([urgent, turn, status](DeliveryCore& self) { self.saved(urgent, turn, status); });
      });
}

void DeliveryCore::saved(bool urgent, std::uint64_t turn, const Status& status) {
  if (ended_) return;
  if (!urgent) saving_lazily_ = false;
  if (urgent && turn != turn_) return;
  if (urgent) awaiting_ = false;
  if (!status) {
    unsaved_ = true;
    if (failed_ || (!urgent && awaiting_)) return;
    return trouble(status.error());
  }
  if (urgent) must_save_ = false;
  if (urgent) {
    for (const auto& done : std::exchange(retried_, {}))
      done({});
  }
  step();
}

// ---- trouble ----

void DeliveryCore::trouble(const Failure& failure) {
  const bool again_later =
      failure.verdict == Verdict::retry || failure.verdict == Verdict::renew_credentials;
  if (again_later && !give_up_) return retry_after(failure);
  if (give_up_) return again();
  failed_ = true;
  services_.status.destination_state(options_.destination, State::stopped, failure, {});
  refuse_retries();
  if (stopping_) finish();
}

// Waiting costs no thread: a timer of the loop comes back to the chain.
void DeliveryCore::retry_after(const Failure& failure) {
  services_.loop.post([services = services_, chain = chain(), turn = await(), failure,
                       backoff = backoff_, attempt = attempts_, name = options_.destination] {
    const Duration delay =
        std::max<Duration>(failure.wait, backoff.delay(attempt, services.random));
    services.status.destination_state(name, State::retrying, failure, services.clock.now() + delay);
    services.loop.call_after(
        delay, [chain, turn] { chain([turn](DeliveryCore& self) { self.resume(turn); }); });
  });
  ++attempts_;
}

// ---- the end ----

void DeliveryCore::finish() {
  // A place that was not stored yet is stored now; only who is told to give up does not wait for
  // it.
  if (unsaved_ && begun_ && !failed_) {
    if (until_ != 0) return save(true);
    save(true);
  }
  ended_ = true;
  tell_drift(Duration{0});
  refuse_retries();
  if (listener_) services_.journal.remove_listener(*listener_);
  listener_.reset();
  destination_->close();
  const auto callbacks = std::exchange(stopped_, {});
  for (const auto& callback : callbacks)
    callback();
}

}  // namespace cistern::runtime
