#include "connectors/cisco_secure_endpoint/machine_bench.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_secure_endpoint::test {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

CommitResult Store::apply(const Commit& commit) {
  CommitResult result;
  for (const Record& record : commit.records) {
    if (!record.problem.empty()) problems.emplace_back(record.problem);
    if (!known.insert(record.identity).second) {
      ++duplicates;
      ++result.duplicates;
      continue;
    }
    ++stored[std::string{record.raw}];
    ++result.stored;
  }
  for (const StateChange& change : commit.state) {
    if (change.value) {
      position[change.key] = *change.value;
    } else {
      position.erase(change.key);
    }
  }
  coverage.insert(coverage.end(), commit.coverage.begin(), commit.coverage.end());
  return result;
}

std::vector<Coverage> Store::rows(std::string_view kind, CoverageState state) const {
  std::vector<Coverage> out;
  std::copy_if(coverage.begin(), coverage.end(), std::back_inserter(out),
               [&](const Coverage& row) { return row.kind == kind && row.state == state; });
  return out;
}

MachineOptions bench_options() {
  MachineOptions out;
  out.api_url = kApi;
  out.client_id = "1ab1ab1ab1ab1ab1ab1a";
  out.audit = false;
  out.backfill = hours{24};
  out.page_size = 25;
  return out;
}

Bench::Bench(MachineOptions options, std::uint64_t seed)
    : random(seed), options_(std::move(options)) {}

void Bench::start() {
  machine_ = make_machine(options_, random);
  take(machine_->start(store.position, now));
  if (tell_at_start) tell(*tell_at_start);
}

void Bench::kill() {
  machine_.reset();
  std::size_t durable = commits_.empty() ? 0 : random.next() % (commits_.size() + 1);
  for (; durable > 0; --durable) {
    store.apply(commits_.front().commit);
    commits_.pop_front();
  }
  commits_.clear();
  requests_.clear();
  wake_.reset();
  start();
}

void Bench::take(Step step) {
  for (PollRequest& request : step.requests)
    requests_.push_back(std::move(request));
  for (CommitOrder& order : step.commits) {
    std::size_t bytes = 0;
    for (const Record& record : order.commit.records)
      bytes += record.raw.size();
    largest_commit = std::max(largest_commit, bytes);
    commits_.push_back(std::move(order));
  }
  if (step.wake) wake_ = step.wake;
  reports.insert(reports.end(), step.reports.begin(), step.reports.end());
}

void Bench::deliver(PollRequest request) {
  now += milliseconds{50 + random.next() % 400};
  PollReply reply;
  reply.id = request.id;
  reply.response = vendor.handle(request.http, now);
  if (reply.response && reply.response->status == 200 && request.decode) {
    reply.records = request.decode(std::exchange(reply.response->body, {}));
  }
  take(machine_->on_reply(std::move(reply), now));
}

void Bench::turn() {
  if (!commits_.empty() && (requests_.empty() || random.next() % 2 == 0)) {
    CommitOrder order = std::move(commits_.front());
    commits_.pop_front();
    now += milliseconds{random.next() % 200};
    if (std::exchange(fail_commit, false)) {
      const Result<CommitResult> refused = fail_stop("journal/full", "the disk is full", "clean");
      return take(machine_->on_committed(order.id, refused, now));
    }
    const Result<CommitResult> result = store.apply(order.commit);
    return take(machine_->on_committed(order.id, result, now));
  }
  if (!requests_.empty()) {
    PollRequest request = std::move(requests_.front());
    requests_.pop_front();
    return deliver(std::move(request));
  }
  now = std::max(now + milliseconds{1}, wake_.value_or(now + seconds{60}));
  wake_.reset();
  take(machine_->on_wake(now));
}

void Bench::run(Duration time) {
  const TimePoint end = now + time;
  while (now < end)
    turn();
}

void Bench::tell(const StreamState& state) {
  take(machine_->on_stream_state(state, now));
}

void Bench::damage(const StoreDamage& damage) {
  take(machine_->on_damage(damage, now));
}

bool Bench::reported(Report::Kind kind, std::string_view code) const {
  return std::any_of(reports.begin(), reports.end(), [&](const Report& report) {
    return report.kind == kind && (code.empty() || report.failure.code == code);
  });
}

std::optional<TimePoint> Bench::through(std::string_view stream) const {
  const auto found = store.position.find(std::string{stream} + "/through");
  return found == store.position.end() ? std::nullopt : parse_time(found->second);
}

std::size_t Bench::stored() const {
  std::size_t out = 0;
  for (const auto& [raw, count] : store.stored)
    out += static_cast<std::size_t>(count);
  return out;
}

}  // namespace cistern::connectors::cisco_secure_endpoint::test
