#include "runtime/listen/listen_counters.hpp"

#include <utility>
#include <vector>

namespace cistern::runtime {
namespace {

constexpr Duration kTellEvery = std::chrono::minutes{1};
constexpr Duration kForgetAfter = std::chrono::minutes{15};

std::string code_of(std::string_view reason) {
  return "listen/" + std::string{reason};
}

}  // namespace

void ListenCounters::accepted() {
  const std::lock_guard lock(mutex_);
  ++facts_.accepted;
  ++facts_.connections;
}

void ListenCounters::closed() {
  const std::lock_guard lock(mutex_);
  --facts_.connections;
}

void ListenCounters::paused() {
  const std::lock_guard lock(mutex_);
  ++facts_.pauses;
}

void ListenCounters::received(std::uint64_t messages, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  facts_.messages += messages;
  facts_.bytes += bytes;
}

void ListenCounters::count(std::string_view reason, std::uint64_t count) {
  if (count == 0) return;
  const std::lock_guard lock(mutex_);
  facts_.incidents[std::string{reason}] += count;
}

void ListenCounters::incident(const ListenIncident& incident, std::uint64_t count,
                              std::string_view example) {
  if (count == 0) return;
  const Duration now = services_.clock.steady();
  std::uint64_t since = 0;
  {
    const std::lock_guard lock(mutex_);
    facts_.incidents[std::string{incident.reason}] += count;
    auto& told = told_[std::string{incident.reason}];
    told.latest = now;
    told.since += count;
    if (told.stands && now - told.last < kTellEvery) return;
    told.last = now;
    told.stands = true;
    since = std::exchange(told.since, 0);
  }
  tell(incident, since, example);
}

void ListenCounters::tell(const ListenIncident& incident, std::uint64_t count,
                          std::string_view example) {
  Report report;
  report.kind = Report::Kind::notice;
  report.failure.verdict = Verdict::retry;
  report.failure.code = code_of(incident.reason);
  report.failure.cause = std::to_string(count) + " " + std::string{incident.what};
  if (!example.empty()) report.failure.cause.append(", for instance ").append(example);
  report.failure.consequence = incident.consequence;
  report.failure.next_step = incident.next_step;
  services_.status.report(connector_, report);
}

void ListenCounters::publish() {
  const Duration now = services_.clock.steady();
  std::vector<std::string> over;
  ListenFacts facts;
  {
    const std::lock_guard lock(mutex_);
    facts = facts_;
    for (auto& [reason, told] : told_) {
      if (!told.stands || now - told.latest < kForgetAfter) continue;
      told.stands = false;
      over.push_back(reason);
    }
  }
  services_.status.listening(connector_, std::move(facts));
  for (const auto& reason : over) {
    Report report;
    report.kind = Report::Kind::notice;
    report.failure.code = code_of(reason);
    report.failure.cause = "it has not happened for 15 minutes";
    services_.status.report(connector_, report);
  }
}

ListenFacts ListenCounters::facts() const {
  const std::lock_guard lock(mutex_);
  return facts_;
}

}  // namespace cistern::runtime
