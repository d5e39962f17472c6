#include "connectors/cisco_duo/machine_bench.hpp"

#include <algorithm>
#include <utility>

#include <gtest/gtest.h>

namespace cistern::connectors::cisco_duo::test {

MachineBench::MachineBench(std::vector<std::string> streams) {
  options.api.origin = kOrigin;
  options.streams = std::move(streams);
}

void MachineBench::begin() {
  machine_ = make_machine(options, random_);
  perform(machine_->start(position, now));
}

void MachineBench::restart() {
  events_.clear();
  wake_.reset();
  options.clock = std::make_shared<ClockOffset>();
  begin();
}

void MachineBench::perform(Step step) {
  for (Report& report : step.reports)
    reports.push_back(std::move(report));
  for (PollRequest& request : step.requests) {
    const TimePoint at = std::max(now, request.not_before);
    Event event;
    event.request = std::move(request);
    events_.emplace(at, std::move(event));
  }
  for (CommitOrder& order : step.commits) {
    Event event;
    event.kind = Event::Kind::committed;
    event.commit = order.id;
    if (refuse_commit) event.failure = refuse_commit(order.commit);
    store(order.commit, event.failure.has_value());
    events_.emplace(now + std::chrono::milliseconds{50}, std::move(event));
  }
  if (step.wake) wake_ = step.wake;
}

void MachineBench::store(const Commit& commit, bool failed) {
  if (failed) return;
  std::uint64_t bytes = 0;
  for (const Record& record : commit.records) {
    bytes += record.raw.size();
    if (!record.identity.is_zero() && !seen_.insert(record.identity).second) {
      ++repeated;
    } else {
      records[std::string{record.stream}].emplace_back(record.raw);
    }
  }
  largest_commit = std::max<std::size_t>(largest_commit, bytes);
  for (const StateChange& change : commit.state) {
    if (change.value) {
      position[change.key] = *change.value;
    } else {
      position.erase(change.key);
    }
  }
  for (const Coverage& row : commit.coverage)
    ledger.push_back(row);
}

void MachineBench::send(PollRequest request) {
  Event event;
  event.kind = Event::Kind::reply;
  event.reply.id = request.id;
  event.reply.response = vendor.handle(request.http, now);
  if (event.reply.response) {
    HttpResponse& response = *event.reply.response;
    response.elapsed = latency;
    if (response.status == 200 && request.decode) {
      event.reply.records = request.decode(std::exchange(response.body, {}));
    }
  }
  events_.emplace(now + latency, std::move(event));
}

void MachineBench::happen(Event event) {
  switch (event.kind) {
    case Event::Kind::send:
      return send(std::move(event.request));
    case Event::Kind::reply:
      return perform(machine_->on_reply(std::move(event.reply), now));
    case Event::Kind::committed:
      if (event.failure) {
        return perform(machine_->on_committed(event.commit, fail(*event.failure), now));
      }
      return perform(machine_->on_committed(event.commit, CommitResult{}, now));
  }
}

bool MachineBench::step_once(TimePoint limit) {
  if (!machine_) begin();
  const TimePoint event = events_.empty() ? TimePoint::max() : events_.begin()->first;
  const TimePoint wake = wake_.value_or(TimePoint::max());
  const TimePoint next = std::min(event, wake);
  if (next > limit) {
    now = std::max(now, limit);
    return false;
  }
  now = std::max(now, next);
  if (wake < event) {
    wake_.reset();
    perform(machine_->on_wake(now));
    return true;
  }
  Event due = std::move(events_.begin()->second);
  events_.erase(events_.begin());
  happen(std::move(due));
  return true;
}

void MachineBench::run(Duration time) {
  const TimePoint limit = now + time;
  std::size_t steps = 0;
  while (step_once(limit)) {
    if (++steps > 2'000'000) {
      ADD_FAILURE() << "the machine turns in circles";
      return;
    }
  }
}

bool MachineBench::run_until(const std::function<bool()>& condition, Duration limit) {
  const TimePoint end = now + limit;
  std::size_t steps = 0;
  while (!condition()) {
    if (!step_once(end) || ++steps > 2'000'000) return condition();
  }
  return true;
}

std::size_t MachineBench::stored(std::string_view stream) const {
  const auto found = records.find(std::string{stream});
  return found == records.end() ? 0 : found->second.size();
}

TimePoint MachineBench::watermark(std::string_view stream) const {
  const auto found = position.find("watermark/" + std::string{stream});
  return found == position.end() ? TimePoint{} : parse_time(found->second).value_or(TimePoint{});
}

bool MachineBench::reported(Report::Kind kind, std::string_view code,
                            std::string_view stream) const {
  return std::any_of(reports.begin(), reports.end(), [&](const Report& report) {
    return report.kind == kind && report.failure.code == code &&
           (stream.empty() || report.stream == stream);
  });
}

std::vector<Coverage> MachineBench::lost() const {
  std::vector<Coverage> out;
  for (const Coverage& row : ledger) {
    if (row.state == CoverageState::lost) out.push_back(row);
  }
  return out;
}

}  // namespace cistern::connectors::cisco_duo::test
