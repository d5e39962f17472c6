#include "lab/syslog/sender_plan.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace cistern::lab {

namespace {

constexpr std::array<std::pair<std::string_view, SenderFault>, 5> kFaults = {{
    {"end", SenderFault::end},
    {"cut_frame", SenderFault::cut_frame},
    {"reset", SenderFault::reset},
    {"half_open", SenderFault::half_open},
    {"dribble", SenderFault::dribble},
}};

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

std::optional<SenderFault> sender_fault_from(std::string_view name) {
  for (const auto& [known, fault] : kFaults) {
    if (known == name) return fault;
  }
  return std::nullopt;
}

SenderHabits habits_of(FaultProfile profile) {
  switch (profile) {
    case FaultProfile::calm:
      return {};
    case FaultProfile::ordinary:
      return {0.1, 0.1, 200};
    case FaultProfile::hostile:
      return {1.0, 0.3, 1000};
  }
  return {};
}

SendingPace::SendingPace(double per_second, SenderHabits habits, std::uint64_t seed)
    : per_second_(per_second), habits_(habits), dice_(seed) {}

std::size_t SendingPace::due(Duration passed, std::size_t most) {
  due_ += per_second_ * seconds(passed);
  if (per_second_ > 0 && dice_.chance(habits_.bursts_per_second * seconds(passed)))
    due_ += static_cast<double>(habits_.burst);
  const auto now = std::min(static_cast<std::size_t>(std::max(due_, 0.0)), most);
  due_ -= static_cast<double>(now);
  return now;
}

std::optional<SenderFault> SendingPace::fault(Duration passed) {
  if (!dice_.chance(habits_.faults_per_second * seconds(passed))) return std::nullopt;
  return kFaults[dice_.below(kFaults.size())].second;
}

}  // namespace cistern::lab
