#include "connectors/cisco_secure_endpoint/rest_machine.hpp"

#include "base/backoff.hpp"
#include "connectors/cisco_secure_endpoint/clouds.hpp"
#include "connectors/cisco_secure_endpoint/identity.hpp"
#include "connectors/cisco_secure_endpoint/messages.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Backoff kBackoff{.first = seconds{4}, .most = minutes{5}};

std::optional<Duration> retry_after(const HttpResponse& response, TimePoint wall) {
  const auto value = response.header("Retry-After");
  return value ? parse_retry_after(*value, wall, hours{2}) : std::nullopt;
}

}  // namespace

std::unique_ptr<RestMachine> make_machine(MachineOptions options, Random& random) {
  return std::make_unique<OrganizationMachine>(std::move(options), random);
}

OrganizationMachine::OrganizationMachine(MachineOptions options, Random& random)
    : options_(std::move(options)), random_(random) {
  if (options_.events) streams_.push_back(std::make_unique<LogStream>(kEvents, options_));
  if (options_.audit) streams_.push_back(std::make_unique<LogStream>(kAudit, options_));
}

// ---- events ----

Step OrganizationMachine::start(const Position& position, TimePoint now) {
  Step step;
  clock_.tick(now);
  restore(position, step);
  drive(step);
  return step;
}

/// The key is sent with each request; there is nothing to be granted.
Step OrganizationMachine::on_grant(const Grant& /*grant*/, TimePoint /*now*/) {
  return {};
}

Step OrganizationMachine::on_reply(PollReply reply, TimePoint now) {
  Step step;
  clock_.tick(now);
  const auto found = operations_.find(reply.id);
  if (found != operations_.end()) {
    const Operation operation = found->second;
    operations_.erase(found);
    answered(operation, std::move(reply), step);
  }
  drive(step);
  return step;
}

Step OrganizationMachine::on_committed(std::uint64_t id, const Result<CommitResult>& result,
                                       TimePoint now) {
  Step step;
  clock_.tick(now);
  Turn current = turn(step);
  for (const auto& stream : streams_) {
    if (stream->committed(id, result, current)) break;
  }
  drive(step);
  return step;
}

Step OrganizationMachine::on_wake(TimePoint now) {
  Step step;
  clock_.tick(now);
  drive(step);
  return step;
}

Step OrganizationMachine::on_damage(const StoreDamage& damage, TimePoint now) {
  Step step;
  clock_.tick(now);
  Turn current = turn(step);
  for (const auto& stream : streams_)
    stream->mend(damage, current);
  drive(step);
  return step;
}

Step OrganizationMachine::on_stream_state(const StreamState& state, TimePoint now) {
  Step step;
  clock_.tick(now);
  Turn current = turn(step);
  for (const auto& stream : streams_)
    stream->stream_state(state, current);
  drive(step);
  return step;
}

// ---- whose position ----

void OrganizationMachine::restore(const Position& position, Step& step) {
  const std::string cloud = identity_host(options_.api_url);
  const auto text = [&](std::string_view key) {
    const auto found = position.find(key);
    return found == position.end() ? std::string{} : found->second;
  };
  const std::string before = text(kCloudKey);
  Commit commit;
  if (!before.empty() && before != cloud) {
    tell(Report::Kind::notice, messages::other_cloud(before, cloud), {}, step);
    for (const auto& [key, value] : position) {
      const bool ours = key.starts_with("events/") || key.starts_with("audit/");
      if (ours) commit.state.push_back({key, std::nullopt});
    }
  } else {
    for (const auto& stream : streams_) {
      const Status status = stream->restore(position);
      if (status) continue;
      Report report;
      report.kind = Report::Kind::stopped;
      report.stream = stream->name();
      report.failure = status.error();
      step.reports.push_back(std::move(report));
    }
  }
  if (before != cloud) commit.state.push_back({std::string{kCloudKey}, cloud});
  if (text(kClientKey) != options_.client_id) {
    commit.state.push_back({std::string{kClientKey}, options_.client_id});
  }
  if (commit.state.empty()) return;
  step.commits.push_back({.id = next_id_++, .commit = std::move(commit)});
}

// ---- what next ----

Turn OrganizationMachine::turn(Step& step) {
  return {.now = clock_.now(),
          .vendor_now = clock_.vendor_now(),
          .random = random_,
          .gate = gate_,
          .next_id = next_id_,
          .step = step};
}

void OrganizationMachine::drive(Step& step) {
  const TimePoint now = clock_.now();
  if (gate_.open(now) && now >= blocked_until_) {
    if (!greeted_) {
      greet(step);
    } else {
      Turn current = turn(step);
      for (const auto& stream : streams_) {
        auto request = stream->next_request(current);
        if (!request) continue;
        operations_[request->id] = {stream.get(), stream->asks_types()};
        step.requests.push_back(std::move(*request));
      }
    }
  }
  set_wake(step);
  for (Report& report : step.reports) {
    if (report.until != TimePoint{}) report.until = clock_.wall(report.until);
  }
}

void OrganizationMachine::greet(Step& step) {
  if (std::exchange(greeting_, true)) return;
  PollRequest request;
  request.id = next_id_++;
  request.http = version_request(options_.api_url);
  operations_[request.id] = {};
  step.requests.push_back(std::move(request));
}

void OrganizationMachine::set_wake(Step& step) const {
  const TimePoint now = clock_.now();
  const TimePoint closed = std::max(gate_.until(), blocked_until_);
  TimePoint wake = now + seconds{60};
  const auto consider = [&](TimePoint time) {
    if (time > now) wake = std::min(wake, time);
  };
  if (closed > now) consider(closed);
  for (const auto& stream : streams_) {
    if (const auto time = stream->next_time()) consider(std::max(*time, closed));
  }
  step.wake = clock_.wall(wake);
}

// ---- what an answer means ----

void OrganizationMachine::answered(const Operation& operation, PollReply reply, Step& step) {
  if (operation.stream == nullptr) greeting_ = false;
  if (!reply.response) return not_answered(operation, reply.response.error(), step);
  observe_clock(*reply.response, step);
  if (reply.response->status != 200) return refused(operation, *reply.response, step);
  gate_.succeeded();
  if (std::exchange(blocked_, false)) tell(Report::Kind::working, {}, {}, step);
  succeeded(operation, *reply.response, std::move(reply.records), step);
  note_budget(*reply.response, step);
}

void OrganizationMachine::succeeded(const Operation& operation, const HttpResponse& response,
                                    std::shared_ptr<const RecordBatch> records, Step& step) {
  attempts_ = 0;
  if (operation.stream == nullptr) {
    greeted_ = true;
    return;
  }
  Turn current = turn(step);
  if (operation.types) return operation.stream->types_answered(response, current);
  operation.stream->page_answered(std::move(records), server_time(response), current);
}

void OrganizationMachine::refused(const Operation& operation, const HttpResponse& response,
                                  Step& step) {
  const ApiError error = read_error(response);
  const ErrorRow& row = row_of(error.status);
  const std::string_view what =
      operation.stream == nullptr ? std::string_view{"greeting"} : operation.stream->words();
  const Failure failure = to_failure(row, error, what);
  if (row.fate == Fate::throttled || row.fate == Fate::login) {
    if (operation.stream != nullptr) operation.stream->again();
    if (row.fate == Fate::login) return block(Report::Kind::refused, failure, kRecheck, step);
    const TimePoint now = clock_.now();
    gate_.throttled(read_rate(response), retry_after(response, clock_.wall(now)), now, random_);
    blocked_ = true;
    return tell(Report::Kind::throttled, failure, gate_.until(), step);
  }
  if (operation.stream != nullptr) {
    Turn current = turn(step);
    operation.stream->refused(error, failure, row.fate, current);
    return note_budget(response, step);
  }
  // Whatever else the greeting is refused for, the streams will meet it and know what it means.
  if (row.fate != Fate::retry) {
    greeted_ = true;
    return;
  }
  not_answered(operation, failure, step);
}

void OrganizationMachine::not_answered(const Operation& operation, const Failure& failure,
                                       Step& step) {
  if (operation.stream != nullptr) {
    Turn current = turn(step);
    return operation.stream->not_answered(failure, current);
  }
  const bool stop = failure.verdict == Verdict::stop;
  const Duration wait = stop ? kRecheck : kBackoff.delay(std::min(attempts_++, 16U), random_);
  block(stop ? Report::Kind::stopped : Report::Kind::retrying, failure,
        std::max(wait, Duration{failure.wait}), step);
}

void OrganizationMachine::note_budget(const HttpResponse& response, Step& step) {
  const RateFacts facts = read_rate(response);
  if (!gate_.noted(facts, clock_.now(), random_)) return;
  blocked_ = true;
  tell(Report::Kind::throttled, messages::budget_low(*facts.remaining, facts.limit.value_or(0)),
       gate_.until(), step);
}

void OrganizationMachine::observe_clock(const HttpResponse& response, Step& step) {
  const auto news = clock_.observe(response);
  if (news) tell(Report::Kind::notice, messages::clock_skew(*news), {}, step);
}

void OrganizationMachine::block(Report::Kind kind, const Failure& failure, Duration wait,
                                Step& step) {
  blocked_ = true;
  blocked_until_ = clock_.now() + wait;
  tell(kind, failure, blocked_until_, step);
}

void OrganizationMachine::tell(Report::Kind kind, const Failure& failure, TimePoint until,
                               Step& step) {
  Report report;
  report.kind = kind;
  report.until = until;
  report.failure = failure;
  step.reports.push_back(std::move(report));
}

}  // namespace cistern::connectors::cisco_secure_endpoint
