#include "connectors/cisco_duo/duo_machine.hpp"

#include "connectors/cisco_duo/messages.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_duo {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kForecastEvery = minutes{10};

}  // namespace

std::unique_ptr<PollMachine> make_machine(MachineOptions options, Random& random) {
  return std::make_unique<DuoMachine>(std::move(options), random);
}

DuoMachine::DuoMachine(MachineOptions options, Random& random)
    : options_(std::move(options)), random_(random), clock_(options_.clock) {
  // Limits are by endpoint, but a tenant's logs need not all begin in one moment: 15 seconds apart
  // with the usual two requests a minute.
  const auto apart = Duration{static_cast<std::int64_t>(30e9 / options_.requests_per_minute)};
  for (const std::string& name : options_.streams) {
    const LogStream* stream = find_log_stream(name);
    const bool known = std::any_of(readers_.begin(), readers_.end(),
                                   [&](const auto& reader) { return &reader->stream() == stream; });
    if (stream == nullptr || known) continue;
    const Duration stagger = apart * static_cast<std::int64_t>(readers_.size());
    readers_.push_back(std::make_unique<LogReader>(*stream, options_, stagger));
  }
}

// ---- events ----

Step DuoMachine::start(const Position& position, TimePoint now) {
  Step step;
  clock_.tick(now);
  for (const auto& reader : readers_)
    reader->restore(position, clock_.now());
  restore_account(position, step);
  drive(step);
  return step;
}

/// Signatures need no grant.
Step DuoMachine::on_grant(const Grant& /*grant*/, TimePoint now) {
  clock_.tick(now);
  return {};
}

Step DuoMachine::on_reply(PollReply reply, TimePoint now) {
  Step step;
  clock_.tick(now);
  const auto found = asked_.find(reply.id);
  if (found != asked_.end()) {
    const Asked asked = found->second;
    asked_.erase(found);
    if (reply.response) {
      answered(asked, *reply.response, std::move(reply.records), step);
    } else {
      asked.reader->request_ended(clock_.now());
      Turn current = turn(step);
      asked.reader->try_again(reply.response.error(), current);
    }
  }
  drive(step);
  return step;
}

Step DuoMachine::on_committed(std::uint64_t id, const Result<CommitResult>& result, TimePoint now) {
  Step step;
  clock_.tick(now);
  Turn current = turn(step);
  for (const auto& reader : readers_) {
    if (reader->committed(id, result, current)) break;
  }
  drive(step);
  return step;
}

Step DuoMachine::on_wake(TimePoint now) {
  Step step;
  clock_.tick(now);
  drive(step);
  return step;
}

Step DuoMachine::on_damage(const StoreDamage& damage, TimePoint now) {
  Step step;
  clock_.tick(now);
  Turn current = turn(step);
  for (const auto& reader : readers_)
    reader->mend(damage, current);
  drive(step);
  return step;
}

// ---- whose logs ----

void DuoMachine::restore_account(const Position& position, Step& step) {
  const std::string account = account_of(options_.api);
  const auto found = position.find(kAccountKey);
  if (found != position.end() && found->second == account) return;
  Commit commit;
  if (found != position.end()) {
    tell(Report::Kind::notice, messages::other_account(found->second, account), {}, step);
    for (const auto& reader : readers_)
      reader->forget();
    for (const auto& [key, value] : position)
      commit.state.push_back({key, std::nullopt});
    std::erase_if(commit.state, [](const StateChange& one) { return one.key == kAccountKey; });
  }
  commit.state.push_back({std::string{kAccountKey}, account});
  step.commits.push_back({.id = next_id_++, .commit = std::move(commit)});
}

// ---- what next ----

Turn DuoMachine::turn(Step& step) {
  return {.clock = clock_, .random = random_, .next_id = next_id_, .step = step};
}

void DuoMachine::tell(Report::Kind kind, const Failure& failure, TimePoint until, Step& step) {
  Report report;
  report.kind = kind;
  report.until = until;
  report.failure = failure;
  step.reports.push_back(std::move(report));
}

void DuoMachine::drive(Step& step) {
  ask(step);
  judge_backfill(step);
  judge_mending(step);
  set_wake(step);
  for (Report& report : step.reports) {
    if (report.until != TimePoint{}) report.until = clock_.wall(report.until);
  }
}

void DuoMachine::ask(Step& step) {
  if (clock_.now() < blocked_until_) return;
  Turn current = turn(step);
  for (const auto& reader : readers_) {
    if (doubtful_ && !asked_.empty()) return;
    auto request = reader->next_request(current);
    if (!request) continue;
    asked_.emplace(request->id, Asked{.reader = reader.get(), .epoch = epoch_});
    step.requests.push_back(std::move(*request));
  }
}

void DuoMachine::set_wake(Step& step) {
  const TimePoint now = clock_.now();
  TimePoint wake = now + seconds{60};
  if (now < blocked_until_) {
    wake = std::min(wake, blocked_until_);
  } else {
    for (const auto& reader : readers_) {
      const auto time = reader->next_time(now);
      // What is due and was not asked waits for an answer, not for the clock.
      if (time && *time > now) wake = std::min(wake, *time);
    }
  }
  step.wake = clock_.wall(wake);
}

// ---- what people want to know ----

void DuoMachine::judge_backfill(Step& step) {
  const TimePoint now = clock_.now();
  std::string what;
  for (const auto& reader : readers_) {
    const BackfillForecast& forecast = reader->forecast();
    if (!forecast.behind()) continue;
    what += (what.empty() ? "" : "; ") + std::string{reader->stream().name} + " is at " +
            format_time_seconds(forecast.through()) + "Z";
    const auto remaining = forecast.remaining(now);
    what += remaining ? ", about " + format_duration(*remaining) + " more (until " +
                            format_time_seconds(clock_.wall(now + *remaining)) + "Z)"
                      : ", no forecast yet";
  }
  if (what.empty()) {
    if (std::exchange(backfill_told_, false)) {
      tell(Report::Kind::notice, messages::backfill_done(), {}, step);
    }
    return;
  }
  if (now < next_forecast_) return;
  // The first one comes when there is something to forecast.
  next_forecast_ = now + (backfill_told_ ? kForecastEvery : minutes{2});
  backfill_told_ = true;
  tell(Report::Kind::notice, messages::backfill(std::move(what)), {}, step);
}

void DuoMachine::judge_mending(Step& step) {
  const bool mending = std::any_of(readers_.begin(), readers_.end(),
                                   [](const auto& reader) { return reader->mending(); });
  const bool told = std::exchange(mending_told_, mending);
  if (told && !mending) tell(Report::Kind::notice, messages::all_asked_again(), {}, step);
}

}  // namespace cistern::connectors::cisco_duo
