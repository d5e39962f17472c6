#include "lab/cisco_secure_email/push_plan.hpp"

#include <algorithm>

namespace cistern::lab {

namespace {

struct PushHabits {
  double cut;
  double again;
  double other_name;
};

PushHabits habits_of_pushes(FaultProfile profile) {
  switch (profile) {
    case FaultProfile::calm:
      return {0, 0, 0};
    case FaultProfile::ordinary:
      return {0.1, 0.05, 0.02};
    case FaultProfile::hostile:
      return {0.35, 0.15, 0.1};
  }
  return {0, 0, 0};
}

}  // namespace

PlannedPush plan_push(FaultProfile profile, std::size_t bytes, Dice& dice) {
  const auto habits = habits_of_pushes(profile);
  PlannedPush plan;
  plan.options.method = dice.chance(0.25) ? PushMethod::sftp : PushMethod::scp;
  plan.options.with_times = dice.chance(0.7);
  if (dice.chance(habits.cut)) {
    plan.options.cut = static_cast<PushCut>(1 + dice.below(3));
    plan.options.cut_at = bytes == 0 ? 0 : dice.below(bytes);
    return plan;
  }
  plan.again = dice.chance(habits.again);
  plan.other_name = plan.again && dice.chance(habits.other_name / habits.again);
  return plan;
}

std::vector<std::size_t> push_order(const std::vector<PushedFile>& files) {
  std::vector<std::size_t> order;
  for (std::size_t at = files.size(); at-- > 0;) {
    if (!files[at].acknowledged) order.push_back(at);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return files[a].file->begun > files[b].file->begun;
  });
  return order;
}

}  // namespace cistern::lab
