#include "runtime/derive/derive_core.hpp"

#include <algorithm>
#include <charconv>
#include <exception>
#include <utility>

namespace cistern::runtime {
namespace {

constexpr std::string_view kPlaceKey = "place";
/// A task reads at most so many events before others have their turn on the pool.
constexpr std::size_t kTurn = 4096;
/// The place moves over other connectors' events without a commit of its own for so long.
constexpr Duration kIdleCommit = std::chrono::minutes{1};

std::string key_of(std::string_view key) {
  return std::string{kDeriverPrefix} + std::string{key};
}

/// What the deriver saved, and its place (0: it never ran).
struct Saved {
  Position entries;
  Sequence place = 0;
};

Saved saved_state(const Position& position) {
  Saved saved;
  for (auto at = position.lower_bound(kDeriverPrefix);
       at != position.end() && at->first.starts_with(kDeriverPrefix); ++at) {
    const auto key = std::string_view{at->first}.substr(kDeriverPrefix.size());
    if (key == kPlaceKey) {
      std::from_chars(at->second.data(), at->second.data() + at->second.size(), saved.place);
    } else {
      saved.entries.emplace(key, at->second);
    }
  }
  return saved;
}

}  // namespace

DeriveCore::DeriveCore(DeriveOptions options, std::unique_ptr<Deriver> deriver,
                       const Services& services)
    : options_(std::move(options)),
      deriver_(std::move(deriver)),
      services_(services),
      serial_(std::make_shared<Serial>(services.pool)),
      source_(services.journal.reader(), options_.connector, options_.streams) {}

// ---- from outside, any thread ----

DeriveCore::Post DeriveCore::chain() {
  // Only the chain makes a strong reference, so that the last one is never dropped on a thread of
  // somebody else.
  return [weak = weak_from_this(), serial = serial_](std::function<void(DeriveCore&)> task) {
    serial->post([weak, task = std::move(task)] {
      if (const auto self = weak.lock()) task(*self);
    });
  };
}

void DeriveCore::start() {
  chain()([](DeriveCore& self) {
    if (self.started_ || self.ended_) return;
    self.started_ = true;
    self.last_commit_ = self.services_.clock.steady();
    self.listener_ = self.services_.journal.on_append(
        [post = self.chain(), posted = self.wake_posted_](Sequence) {
          if (posted->exchange(true)) return;
          post([posted](DeriveCore& core) {
            posted->store(false);
            core.at_end_ = false;
            core.step();
          });
        });
    self.tick();
    self.step();
  });
}

void DeriveCore::stop(std::function<void()> stopped) {
  chain()([stopped = std::move(stopped)](DeriveCore& self) {
    if (self.ended_) return stopped();
    self.stopped_.push_back(stopped);
    self.stopping_ = true;
    self.step();
  });
}

void DeriveCore::abandon() {
  serial_->close();
  if (listener_) services_.journal.remove_listener(*listener_);
  listener_.reset();
}

// ---- the chain ----

void DeriveCore::again() {
  chain()([](DeriveCore& self) { self.step(); });
}

// One piece of work, then back to the end of the pool's queue.
void DeriveCore::step() {
  if (ended_) return;
  try {
    advance_one();
  } catch (const std::exception& error) {
    trouble({.verdict = Verdict::stop,
             .code = "runtime/bug",
             .cause = std::string{"bug: "} + error.what(),
             .consequence = "no more events are derived; what they are made of is stored",
             .next_step = "restart cistern, and report this line with the log before it"});
  }
}

void DeriveCore::advance_one() {
  if (stopping_ && (failed_ || !protected_ || waiting_)) return finish();
  if (failed_ || waiting_) return;
  if (!begun_) return begin();
  if (refused_) return commit();
  if (stopping_) return end_work();
  work();
}

void DeriveCore::end_work() {
  if (services_.journal.health().state != journal::Health::State::writing) return finish();
  if (committing_) return;
  if (has_news()) return commit();
  finish();
}

// Finds its place. Before anything is read, the cursor stands at that place: from then on retention
// removes nothing that the deriver needs.
void DeriveCore::begin() {
  const auto position = services_.journal.position(options_.connector);
  if (!position) return trouble(position.error());
  Saved saved = saved_state(*position);
  if (auto restored = deriver_->restore(saved.entries); !restored) return trouble(restored.error());
  begun_ = true;
  const Sequence place = std::max(saved.place, services_.journal.health().oldest);
  source_.start_at(place);
  durable_place_ = place;
  waiting_ = true;
  services_.journal.move_cursor(journal::deriver_cursor(options_.connector),
                                {.next = place, .state = {}}, true,
                                [post = chain()](const Status& status) {
                                  post([status](DeriveCore& self) {
                                    self.waiting_ = false;
                                    if (self.ended_) return;
                                    if (!status) {
                                      self.begun_ = false;
                                      return self.trouble(status.error());
                                    }
                                    self.protected_ = true;
                                    self.attempts_ = 0;
                                    self.step();
                                  });
                                });
}

bool DeriveCore::full() const {
  return out_.size() >= options_.commit_bytes || deriver_->unsaved_bytes() >= options_.commit_bytes;
}

bool DeriveCore::has_news() const {
  return touched_ || out_.size() > 0 || deriver_->unsaved_bytes() > 0;
}

bool DeriveCore::worth_committing() const {
  const Duration since = services_.clock.steady() - last_commit_;
  if (has_news()) return full() || since >= options_.commit_every;
  return source_.next() > durable_place_ && since >= kIdleCommit;
}

void DeriveCore::work() {
  if (full() && committing_) return;  // Its answer continues.
  if (!committing_ && worth_committing()) return commit();
  if (left_ || !at_end_) {
    if (!read_some()) return;
    return again();
  }
  publish();
}

/// False after trouble.
bool DeriveCore::read_some() {
  for (std::size_t events = 0; events < kTurn; ++events) {
    left_ = deriver_->settle(out_, options_.commit_bytes);
    if (left_ || full()) return true;
    auto event = source_.take();
    if (!event) {
      const auto opened = source_.open_group();
      report_hole();
      if (!opened) {
        trouble(opened.error());
        return false;
      }
      if (!*opened) {
        at_end_ = true;
        return true;
      }
      continue;
    }
    deriver_->on_event(*event);
    touched_ = true;
    ++read_;
  }
  left_ = true;  // Of the last event, perhaps.
  return true;
}

void DeriveCore::report_hole() {
  const auto hole = source_.take_hole();
  if (!hole) return;
  services_.log.warning(options_.connector,
                        "sequences " + std::to_string(hole->from) + " to " +
                            std::to_string(hole->to) + " are missing in the store (" +
                            hole->reason +
                            "); what is derived from their neighbours may not be whole",
                        {});
}

// ---- commits ----

void DeriveCore::commit() {
  Commit commit;
  if (refused_) {
    commit = std::move(*refused_);
    refused_.reset();
  } else {
    commit = commit_of(options_.connector, out_);
    deriver_->save(commit.state);
    for (StateChange& change : commit.state)
      change.key.insert(0, kDeriverPrefix);
    commit.state.push_back({key_of(kPlaceKey), std::to_string(source_.next())});
    committing_place_ = source_.next();
    committing_events_ = commit.records.size();
    touched_ = false;
  }
  commit.chain = commit_chain_;
  committing_ = true;
  last_commit_ = services_.clock.steady();
  auto kept = std::make_shared<Commit>(commit);
  services_.journal.commit(std::move(commit), [post = chain(), kept](Result<CommitResult> result) {
    post([result = std::move(result), kept](DeriveCore& self) {
      const bool retry = !result && result.error().verdict == Verdict::retry;
      if (retry) self.refused_ = std::move(*kept);
      self.committed(result);
    });
  });
  again();
}

void DeriveCore::committed(const Result<CommitResult>& result) {
  if (ended_) return;
  committing_ = false;
  if (!result) return trouble(result.error());
  attempts_ = 0;
  durable_place_ = committing_place_;
  derived_ += result->stored;
  save_cursor();
  publish();
  step();
}

// Lazily: a cursor that lags protects more than it must, and nothing is read twice because of it.
void DeriveCore::save_cursor() {
  services_.journal.move_cursor(
      journal::deriver_cursor(options_.connector),
      {.next = durable_place_, .state = {}, .delivered = read_, .skipped = 0}, false,
      [](const Status&) {});
}

// ---- time ----

void DeriveCore::tick() {
  if (ticking_ || ended_) return;
  ticking_ = true;
  services_.loop.post([&loop = services_.loop, post = chain(), delay = options_.tick] {
    loop.call_after(delay, [post] {
      post([](DeriveCore& self) {
        self.ticking_ = false;
        if (self.ended_) return;
        if (self.protected_ && !self.failed_) {
          if (self.at_end_) self.deriver_->on_time(self.services_.clock.now());
          self.left_ = true;
        }
        self.tick();
        self.step();
      });
    });
  });
}

void DeriveCore::publish() {
  const DeriverCounts counts = deriver_->counts();
  const Sequence last = services_.journal.health().last;
  services_.status.deriving(options_.connector,
                            {.read = read_,
                             .derived = derived_,
                             .open = counts.open,
                             .open_bytes = counts.open_bytes,
                             .backlog = last + 1 > source_.next() ? last + 1 - source_.next() : 0,
                             .incidents = counts.incidents});
}

// ---- trouble and the end ----

void DeriveCore::trouble(const Failure& failure) {
  if (failure.verdict == Verdict::retry && !stopping_) return retry_after(failure);
  failed_ = true;
  if (failure.code != "journal/closed") {
    services_.log.error(options_.connector,
                        "events are not derived any more: " + failure.sentence() +
                            "; after a restart it goes on where it was",
                        {{"code", failure.code}});
  }
  if (stopping_) finish();
}

void DeriveCore::retry_after(const Failure& failure) {
  waiting_ = true;
  services_.loop.post([services = services_, post = chain(), backoff = backoff_,
                       attempt = attempts_, wait = failure.wait] {
    const Duration delay = std::max<Duration>(wait, backoff.delay(attempt, services.random));
    services.loop.call_after(delay, [post] {
      post([](DeriveCore& self) {
        self.waiting_ = false;
        self.step();
      });
    });
  });
  ++attempts_;
}

void DeriveCore::finish() {
  ended_ = true;
  if (listener_) services_.journal.remove_listener(*listener_);
  listener_.reset();
  const auto callbacks = std::exchange(stopped_, {});
  for (const auto& callback : callbacks)
    callback();
}

}  // namespace cistern::runtime
