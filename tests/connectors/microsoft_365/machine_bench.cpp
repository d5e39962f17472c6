#include "connectors/microsoft_365/machine_bench.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace cistern::connectors::microsoft_365::test {

MachineBench::MachineBench(std::vector<std::string> types) {
  options.manage_url = kManage;
  options.login_url = "https://login.microsoftonline.com";
  options.tenant = kTenant;
  options.content_types = std::move(types);
  options.max_blobs_pending = 8;
  grant = {.tenant = std::string(kTenant),
           .audience = std::string(kManage),
           .roles = {"ActivityFeed.Read", "ActivityFeed.ReadDlp"},
           .expires = {}};
}

void MachineBench::start() {
  requests_.clear();
  orders_.clear();
  wake_.reset();
  has_token_ = false;
  machine_ = make_machine(options, random_);
  take(machine_->start(position, now));
}

void MachineBench::take(Step step) {
  if (step.renew_credentials) has_token_ = false;
  for (auto& order : step.commits)
    orders_.push_back(std::move(order));
  for (auto& request : step.requests)
    requests_.push_back(std::move(request));
  if (step.wake) wake_ = step.wake;
  for (auto& report : step.reports)
    reports.push_back(std::move(report));
}

void MachineBench::jump_clock(Duration by) {
  now += by;
  vendor.skew -= by;
  if (wake_) *wake_ += by;
}

void MachineBench::damage(const StoreDamage& damage) {
  take(machine_->on_damage(damage, now));
}

void MachineBench::notify(std::vector<std::string> ids) {
  std::vector<NotifiedContent> contents;
  for (std::string& id : ids)
    contents.push_back({find_content_type("Audit.Exchange"), std::move(id)});
  take(machine_->on_notified(contents, now));
}

void MachineBench::run_for(Duration time) {
  run_until(now + time);
}

void MachineBench::run_until(TimePoint end) {
  for (int turns = 0; alive(); ++turns) {
    ASSERT_LT(turns, 2'000'000) << "the machine does not come to rest";
    if (!orders_.empty()) {
      commit_one();
    } else if (!requests_.empty()) {
      answer_one();
    } else {
      ASSERT_TRUE(wake_.has_value()) << "nothing is planned any more";
      const TimePoint next = *wake_;
      if (next > end) break;
      now = std::max(now, next);
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
  ++commits;
  CommitOrder order = std::move(orders_.front());
  orders_.pop_front();
  CommitResult result;
  result.per_coverage.resize(order.commit.coverage.size());
  std::uint64_t bytes = 0;
  for (const Record& record : order.commit.records) {
    bytes += record.raw.size();
    const bool fresh = store.records.emplace(record.identity, std::string(record.raw)).second;
    ++(fresh ? result.stored : result.duplicates);
    if (!fresh) ++store.repeated;
    EXPECT_LT(record.coverage, order.commit.coverage.size());
  }
  EXPECT_LE(bytes, kMaxCommitBytes);
  store.largest_commit = std::max<std::size_t>(store.largest_commit, bytes);
  for (const StateChange& change : order.commit.state) {
    if (change.value) {
      position[change.key] = *change.value;
    } else {
      position.erase(change.key);
    }
  }
  if (committed) committed(order.commit, result);
  for (Coverage& row : order.commit.coverage)
    store.coverage.push_back(std::move(row));
  take(machine_->on_committed(order.id, result, now));
}

void MachineBench::answer_one() {
  PollRequest request = std::move(requests_.front());
  requests_.pop_front();
  EXPECT_LE(request.not_before, now);
  sent.push_back(request.http);
  PollReply reply;
  reply.id = request.id;
  if (request.authorize && !has_token_) {
    if (login_failure) {
      reply.response = fail(*login_failure);
      return take(machine_->on_reply(std::move(reply), now));
    }
    has_token_ = true;
    ++tokens;
    take(machine_->on_grant(grant, now));
  }
  reply.response = vendor.handle(request.http, now);
  if (request.decode && reply.response && reply.response->status == 200) {
    reply.records = request.decode(std::move(reply.response->body));
    reply.response->body.clear();
  }
  take(machine_->on_reply(std::move(reply), now));
}

std::set<std::string> MachineBench::ids() const {
  std::set<std::string> out;
  for (const auto& [identity, raw] : store.records) {
    const std::size_t from = raw.find("\"Id\":\"");
    if (from == std::string::npos) continue;
    out.insert(raw.substr(from + 6, raw.find('"', from + 6) - from - 6));
  }
  return out;
}

std::vector<Coverage> MachineBench::rows(std::string_view kind, CoverageState state) const {
  std::vector<Coverage> out;
  for (const Coverage& row : store.coverage) {
    if (row.kind == kind && row.state == state) out.push_back(row);
  }
  return out;
}

std::vector<Coverage> MachineBench::ledger() const {
  std::map<std::string, Coverage> rows;
  for (const Coverage& row : store.coverage) {
    if (row.kind != "window") rows.insert_or_assign(row.kind + "/" + row.item, row);
  }
  std::vector<Coverage> out;
  for (auto& [name, row] : rows)
    out.push_back(row);
  return out;
}

std::vector<Report> MachineBench::told(Report::Kind kind) const {
  std::vector<Report> out;
  for (const Report& report : reports) {
    if (report.kind == kind) out.push_back(report);
  }
  return out;
}

bool MachineBench::told_code(std::string_view code) const {
  return std::any_of(reports.begin(), reports.end(),
                     [&](const Report& report) { return report.failure.code == code; });
}

TimePoint MachineBench::watermark(const std::string& type) const {
  const auto found = position.find("watermark/" + type);
  return found == position.end() ? TimePoint{} : at(found->second);
}

}  // namespace cistern::connectors::microsoft_365::test
