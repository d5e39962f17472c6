#include "runtime/watch/stall.hpp"

#include <array>

namespace cistern::runtime {
namespace {

struct Stage {
  std::optional<Duration> since;
  std::string_view what;
  std::string_view next_step;
};

constexpr std::string_view kReport =
    "restart cistern; if it happens again, report it with the log of the last hour";

}  // namespace

std::optional<Failure> find_stall(const StageTimes& times, Duration limit) {
  const std::array stages = {
      Stage{times.credentials, "a request waits for its credentials", kReport},
      Stage{times.answer, "a request waits for its answer",
            "check the network and the proxy between here and the vendor"},
      Stage{times.decoding, "an answer waits to be decoded",
            "look for a machine without free processor time"},
      Stage{times.commit, "a commit waits to become durable",
            "check that the disk of the store answers (dmesg, iostat)"},
      Stage{times.memory, "no request may start because the memory for answers is full",
            "check that the disk of the store keeps up"},
      Stage{times.nothing, "nothing is under way, planned or waited for", kReport},
  };
  const Stage* longest = nullptr;
  for (const auto& stage : stages) {
    if (!stage.since || times.now - *stage.since < limit) continue;
    if (longest == nullptr || *stage.since < *longest->since) longest = &stage;
  }
  if (longest == nullptr) return std::nullopt;
  return Failure{
      .verdict = Verdict::retry,
      .code = "runtime/no-progress",
      .cause = std::string{longest->what} + " for " + format_duration(times.now - *longest->since),
      .consequence = "this connector stores nothing new meanwhile",
      .next_step = std::string{longest->next_step}};
}

}  // namespace cistern::runtime
