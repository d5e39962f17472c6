#include "connectors/cisco_umbrella/machine_bench.hpp"

#include "base/bytes.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace cistern::connectors::cisco_umbrella::test {

MachineBench::MachineBench() {
  options.endpoint =
      codec::aws::compatible_bucket(bucket.bucket, "http://127.0.0.1:9000", "eu-west-1").value();
  options.access_key_id = "AKIAEXAMPLEEXAMPLE01";
}

void MachineBench::start() {
  requests_.clear();
  orders_.clear();
  long_polls_.clear();
  wake_.reset();
  std::vector<codec::aws::SigningScope> scopes{
      {.origin = options.endpoint.origin, .service = "s3", .region = options.endpoint.region}};
  terms = std::make_shared<codec::aws::SigningTerms>(std::move(scopes));
  machine_ = make_machine(options, terms, random_);
  take(machine_->start(position, now));
}

void MachineBench::take(Step step) {
  for (auto& order : step.commits)
    orders_.push_back(std::move(order));
  for (auto& request : step.requests)
    requests_.push_back(std::move(request));
  if (step.wake) wake_ = step.wake;
  for (auto& report : step.reports)
    reports.push_back(std::move(report));
}

void MachineBench::damage(const StoreDamage& damage) {
  take(machine_->on_damage(damage, now));
}

void MachineBench::run_for(Duration time) {
  const TimePoint end = now + time;
  for (int turns = 0; alive(); ++turns) {
    ASSERT_LT(turns, 2'000'000) << "the machine does not come to rest";
    if (!orders_.empty()) {
      commit_one();
    } else if (!requests_.empty()) {
      answer_one();
    } else {
      ASSERT_TRUE(wake_ || !long_polls_.empty()) << "nothing is planned any more";
      const bool polled = !long_polls_.empty() && (!wake_ || long_polls_.front().first < *wake_);
      const TimePoint next = polled ? long_polls_.front().first : *wake_;
      if (next > end) break;
      now = std::max(now, next);
      if (polled) {
        PollRequest request = std::move(long_polls_.front().second);
        long_polls_.pop_front();
        answer(std::move(request));
        continue;
      }
      wake_.reset();
      take(machine_->on_wake(now));
    }
  }
  if (alive()) now = std::max(now, end);
}

void MachineBench::commit_one() {
  if (die_after && *die_after == 0) {
    machine_.reset();
    die_after.reset();
    return;
  }
  if (die_after) --*die_after;
  CommitOrder order = std::move(orders_.front());
  orders_.pop_front();
  Commit& commit = order.commit;
  const bool behind = commit.chain && commit.chain->broken();
  if (behind || (refuse_commit && refuse_commit(commit))) {
    if (commit.chain) commit.chain->set_broken();
    const Failure failure{.verdict = Verdict::stop,
                          .code = behind ? "journal/behind-failed" : "journal/full",
                          .cause = "no",
                          .consequence = {},
                          .next_step = "wait"};
    return take(machine_->on_committed(order.id, fail(failure), now));
  }
  ++commits;
  std::size_t bytes = 0;
  for (const Record& record : commit.records) {
    bytes += record.raw.size();
    ++identities[record.identity];
    raws.emplace_back(record.raw);
    if (!record.problem.empty()) problems.emplace_back(record.problem);
    EXPECT_LT(record.coverage, commit.coverage.size());
  }
  EXPECT_TRUE(bytes <= kMaxCommitBytes || commit.records.size() == 1);
  largest_commit = std::max(largest_commit, bytes);
  std::size_t state = 0;
  for (const StateChange& change : commit.state) {
    state += change.key.size() + (change.value ? change.value->size() : 0);
    if (change.value) {
      position[change.key] = *change.value;
    } else {
      position.erase(change.key);
    }
  }
  largest_state = std::max(largest_state, state);
  for (Coverage& row : commit.coverage)
    coverage.push_back(std::move(row));
  take(machine_->on_committed(order.id, CommitResult{}, now));
}

void MachineBench::answer_one() {
  PollRequest request = std::move(requests_.front());
  requests_.pop_front();
  const bool receive = request.http.body.find("WaitTimeSeconds") != std::string::npos;
  const bool any = std::any_of(bucket.messages.begin(), bucket.messages.end(),
                               [&](const auto& entry) { return entry.second.visible <= now; });
  if (receive && !any) {
    long_polls_.emplace_back(now + std::chrono::seconds{20}, std::move(request));
    return;
  }
  answer(std::move(request));
}

void MachineBench::answer(PollRequest request) {
  PollReply reply;
  reply.id = request.id;
  if (request.http.url.empty()) {
    reply.response = test::answer(200, {}, now);
    reply.records = request.decode({});
    return take(machine_->on_reply(std::move(reply), now));
  }
  sent.push_back(request.http);
  reply.response = bucket.handle(request.http, now);
  const bool whole =
      reply.response && (reply.response->status == 200 || reply.response->status == 206);
  if (request.decode && whole) {
    reply.records = request.decode(std::move(reply.response->body));
    reply.response->body.clear();
  }
  take(machine_->on_reply(std::move(reply), now));
}

std::size_t MachineBench::repeated() const {
  return static_cast<std::size_t>(std::count_if(
      identities.begin(), identities.end(), [](const auto& entry) { return entry.second > 1; }));
}

std::vector<Report> MachineBench::told(Report::Kind kind) const {
  std::vector<Report> out;
  for (const Report& report : reports) {
    if (report.kind == kind) out.push_back(report);
  }
  return out;
}

bool MachineBench::told_code(std::string_view code) const {
  return told_times(code) > 0;
}

std::size_t MachineBench::told_times(std::string_view code) const {
  return static_cast<std::size_t>(
      std::count_if(reports.begin(), reports.end(),
                    [&](const Report& report) { return report.failure.code == code; }));
}

const Failure& MachineBench::failure_of(std::string_view code) const {
  static const Failure kNone;
  const auto found = std::find_if(reports.begin(), reports.end(), [&](const Report& report) {
    return report.failure.code == code;
  });
  return found == reports.end() ? kNone : found->failure;
}

std::optional<Coverage> MachineBench::row_of(std::string_view key) const {
  std::optional<Coverage> out;
  for (const Coverage& row : coverage) {
    if (row.item == key) out = row;
  }
  return out;
}

TimePoint MachineBench::through(const std::string& log) const {
  const auto found = position.find("through/" + log);
  return found == position.end() ? TimePoint{} : at(found->second);
}

std::string key_at(std::string_view slot, std::string_view suffix, std::string_view log) {
  return std::string{log} + "/" + std::string{slot.substr(0, 10)} + "/" + std::string{slot} +
         (suffix.empty() ? "" : "-") + std::string{suffix} + ".csv.gz";
}

std::string rows(const std::string& name, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    out += R"("2026-03-10 11:50:)" + std::to_string(10 + i % 50) +
           R"x(","LT-4471","LT-4471","10.20.1.15","203.0.113.7","Allowed","1 (A)","NOERROR",")x" +
           name + "-" + std::to_string(i) + ".example.com.\",\"Software/Technology\"\n";
  }
  return out;
}

}  // namespace cistern::connectors::cisco_umbrella::test
