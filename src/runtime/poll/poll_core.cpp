#include "runtime/poll/poll_core.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace cistern::runtime {
namespace {

constexpr Duration kWatchInterval = std::chrono::minutes{1};

Failure bug(const std::string& what) {
  return {.verdict = Verdict::stop,
          .code = "runtime/bug",
          .cause = "bug: " + what,
          .consequence = "this connector stands still, the others run; nothing stored is lost",
          .next_step = "restart cistern, and report this line with the log before it"};
}

}  // namespace

PollCore::PollCore(PollDriverOptions options, std::unique_ptr<PollMachine> machine,
                   std::unique_ptr<net::Authorizer> authorizer,
                   std::unique_ptr<net::HttpClient> http, const Services& services)
    : options_(std::move(options)),
      machine_(std::move(machine)),
      services_(services),
      http_(std::move(http)),
      authorizer_(std::move(authorizer)) {
  const std::string& name = options_.budget.empty() ? options_.connector : options_.budget;
  budget_ = services_.budgets.get(name, options_.requests_per_minute, options_.burst, steady());
  options_.max_parallel = std::max(options_.max_parallel, 1U);
}

PollCore::~PollCore() {
  cancel_timers();
}

void PollCore::post(std::function<void(PollCore&)> task) {
  services_.loop.post([weak = weak_from_this(), task = std::move(task)] {
    if (const auto self = weak.lock()) task(*self);
  });
}

void PollCore::start() {
  if (started_ || ended()) return;
  started_ = true;
  authorizer_->on_grant = [weak = weak_from_this()](const Grant& grant) {
    const auto self = weak.lock();
    if (!self) return;
    self->consult(
        [&grant](PollMachine& machine, TimePoint now) { return machine.on_grant(grant, now); });
  };
  const auto position = services_.journal.position(options_.connector);
  if (!position) {
    services_.status.report(options_.connector, {.kind = Report::Kind::stopped,
                                                 .stream = {},
                                                 .through = {},
                                                 .until = {},
                                                 .failure = position.error()});
    broken_ = true;
    return;
  }
  consult(
      [&position](PollMachine& machine, TimePoint now) { return machine.start(*position, now); });
  damage_ = std::make_unique<DamageWatch>(
      services_, options_.connector, [weak = weak_from_this()](const StoreDamage& damage) {
        const auto self = weak.lock();
        if (!self) return;
        self->consult([&damage](PollMachine& machine, TimePoint now) {
          return machine.on_damage(damage, now);
        });
      });
  watch();
}

// ---- deciding ----

void PollCore::consult(const Question& question, const std::shared_ptr<void>& until_durable) {
  if (ended()) return;
  last_event_ = steady();
  Step step;
  try {
    step = question(*machine_, services_.clock.now());
  } catch (const std::exception& error) {
    return give_up(error.what());
  } catch (...) {
    return give_up("an exception of unknown type");
  }
  perform(std::move(step), until_durable);
  schedule_pump();
}

void PollCore::perform(Step step, const std::shared_ptr<void>& until_durable) {
  if (step.renew_credentials) authorizer_->invalidate();
  for (auto& order : step.commits)
    store(std::move(order), until_durable);
  const TimePoint now = services_.clock.now();
  for (auto& request : step.requests) {
    const Duration delay = std::max(Duration{0}, request.not_before - now);
    const Duration due = request.not_before == TimePoint{} ? steady() : steady() + delay;
    queue_.push(std::move(request), due);
  }
  if (step.wake) set_wake(*step.wake);
  for (const auto& report : step.reports) {
    if (report.kind == Report::Kind::throttled) budget_->slow_down(steady());
    services_.status.report(options_.connector, report);
  }
  if (step.streams.empty()) return;
  if (streams_ == nullptr) return give_up("a machine without streams ordered one");
  streams_->perform(std::move(step.streams));
}

// A bug of one machine ends this connector only. What it handed to the journal is still waited for.
void PollCore::give_up(const std::string& what) {
  if (broken_) return;
  broken_ = true;
  end_work();
  services_.status.report(options_.connector, {.kind = Report::Kind::stopped,
                                               .stream = {},
                                               .through = {},
                                               .until = {},
                                               .failure = bug(what)});
}

void PollCore::end_work() {
  cancel_timers();
  queue_.clear();
  for (auto& [id, flight] : flights_) {
    if (flight.handle) http_->cancel(*flight.handle);
  }
  flights_.clear();
  if (streams_) streams_->close_all();
}

// ---- storing ----

void PollCore::store(CommitOrder order, std::shared_ptr<void> until_durable) {
  const std::uint64_t ticket = next_ticket_++;
  commits_.emplace(ticket, Handed{steady(), std::move(until_durable)});
  order.commit.connector = options_.connector;
  auto counts = std::make_shared<const CommitTally>(tally(order.commit));
  // Called on the journal's writer thread: only hand the news on.
  auto done = [weak = weak_from_this(), &loop = services_.loop, ticket, id = order.id,
               counts = std::move(counts)](Result<CommitResult> result) {
    loop.post([weak, ticket, id, counts, result = std::move(result)] {
      if (const auto self = weak.lock()) self->stored(ticket, id, *counts, result);
    });
  };
  services_.journal.commit(std::move(order.commit), std::move(done));
}

void PollCore::stored(std::uint64_t ticket, std::uint64_t id, const CommitTally& counts,
                      const Result<CommitResult>& result) {
  commits_.erase(ticket);
  if (result) {
    for (const auto& [stream, count] : settle(counts, *result)) {
      services_.status.stored(options_.connector, stream, count.events, count.duplicates,
                              count.newest);
    }
  } else if (!stopping_ && result.error().verdict == Verdict::stop) {
    services_.status.report(options_.connector, {.kind = Report::Kind::stopped,
                                                 .stream = {},
                                                 .through = {},
                                                 .until = {},
                                                 .failure = result.error()});
  }
  consult([id, &result](PollMachine& machine, TimePoint now) {
    return machine.on_committed(id, result, now);
  });
  finish_stop();
}

// ---- time ----

void PollCore::set_wake(TimePoint when) {
  if (wake_timer_) services_.loop.cancel(*wake_timer_);
  const Duration delay = std::max(Duration{0}, when - services_.clock.now());
  wake_timer_ = services_.loop.call_after(delay, [weak = weak_from_this(), due = steady() + delay] {
    const auto self = weak.lock();
    if (!self) return;
    self->waited(self->steady() - due);
    self->wake_timer_.reset();
    self->consult([](PollMachine& machine, TimePoint now) { return machine.on_wake(now); });
  });
}

void PollCore::set_pump_timer(Duration delay) {
  if (pump_timer_) services_.loop.cancel(*pump_timer_);
  pump_timer_ = services_.loop.call_after(delay, [weak = weak_from_this(), due = steady() + delay] {
    const auto self = weak.lock();
    if (!self) return;
    self->waited(self->steady() - due);
    self->pump_timer_.reset();
    self->pump();
  });
}

void PollCore::waited(Duration delay) {
  delays_.note(delay, steady());
  // News at once; that it is over may wait for the next look.
  if (delay > delay_told_) tell_delay();
}

void PollCore::tell_delay() {
  delay_told_ = delays_.longest(steady());
  services_.status.delayed(options_.connector, delay_told_);
}

void PollCore::watch() {
  if (ended()) return;
  tell_delay();
  const auto stall = find_stall(stage_times(), options_.progress_limit);
  if (stall && !stalled_) services_.status.stalled(options_.connector, *stall);
  if (!stall && stalled_) services_.status.moving(options_.connector);
  stalled_ = stall.has_value();
  const Duration interval =
      std::clamp<Duration>(options_.progress_limit / 4, std::chrono::seconds{1}, kWatchInterval);
  watch_timer_ = services_.loop.call_after(interval, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->watch();
  });
}

StageTimes PollCore::stage_times() const {
  StageTimes times;
  times.now = steady();
  const auto note = [](std::optional<Duration>& oldest, Duration since) {
    if (!oldest || since < *oldest) oldest = since;
  };
  for (const auto& [id, flight] : flights_) {
    switch (flight.stage) {
      case Stage::credentials:
        note(times.credentials, flight.since);
        break;
      case Stage::answer:
        note(times.answer, flight.since);
        break;
      case Stage::decoding:
        note(times.decoding, flight.since);
        break;
    }
  }
  if (streams_) streams_->note_stages(times);
  if (memory_wait_) note(times.memory, *memory_wait_);
  // A full disk has its own state and its own words.
  const bool writing = services_.journal.health().state == journal::Health::State::writing;
  if (writing) {
    for (const auto& [ticket, handed] : commits_)
      note(times.commit, handed.since);
  } else {
    times.memory.reset();
  }
  const bool planned = wake_timer_ || !queue_.empty() || !flights_.empty() || !commits_.empty() ||
                       (streams_ && streams_->busy());
  if (!planned) times.nothing = last_event_;
  return times;
}

void PollCore::cancel_timers() {
  for (auto* timer : {&wake_timer_, &pump_timer_, &watch_timer_}) {
    if (*timer) services_.loop.cancel(**timer);
    timer->reset();
  }
}

// ---- ending ----

void PollCore::stop(std::function<void()> stopped) {
  stopped_.push_back(std::move(stopped));
  if (!stopping_) {
    stopping_ = true;
    end_work();
  }
  post([](PollCore& self) { self.finish_stop(); });
}

void PollCore::finish_stop() {
  if (!stopping_ || !commits_.empty()) return;
  // The first callback may destroy the connector.
  const auto callbacks = std::exchange(stopped_, {});
  for (const auto& callback : callbacks)
    callback();
}

}  // namespace cistern::runtime
