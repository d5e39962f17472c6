#include "runtime/watch/watchdog.hpp"

namespace cistern::runtime {
namespace {

constexpr std::array<std::string_view, 2> kStages = {kStageWriter, kStageDecoding};

std::string for_how_long(Duration since) {
  return " for " + format_duration(std::chrono::floor<std::chrono::seconds>(since));
}

Failure writer_stands(const Progress& progress, Duration since) {
  return {.verdict = Verdict::retry,
          .code = "runtime/no-progress",
          .cause = "the journal writer has stored nothing" + for_how_long(since) + "; " +
                   std::to_string(progress.commits_waiting) + " commits wait",
          .consequence = "no connector gets on; nothing that was stored is lost",
          .next_step =
              "check that the disk of the store answers (dmesg, iostat); if it does, "
              "restart cistern and report this with the log of the last hour"};
}

Failure decoding_stands(Duration since) {
  return {.verdict = Verdict::retry,
          .code = "runtime/no-progress",
          .cause = "no worker has been free to decode" + for_how_long(since),
          .consequence = "answers of all vendors wait in memory; nothing that was stored is lost",
          .next_step =
              "look for a machine without free processor time (top); if it has some, "
              "restart cistern and report this with the log of the last hour"};
}

Failure destination_stands(const Progress::Destination& destination, Duration since) {
  return {.verdict = Verdict::retry,
          .code = "runtime/no-progress",
          .cause = "delivery has not moved" + for_how_long(since) + " although " +
                   std::to_string(destination.backlog) + " events wait",
          .consequence = "they wait in the store; other destinations go on",
          .next_step =
              "check whether the destination accepts and then hangs; if it is well, "
              "restart cistern and report this with the log of the last hour"};
}

}  // namespace

std::span<const std::string_view> watched_stages() {
  return kStages;
}

std::optional<Duration> Watchdog::standing(Mark& mark, std::uint64_t count, bool has_work,
                                           Duration now) const {
  if (!has_work || count != mark.count || mark.since == Duration{0}) mark = {count, now};
  const Duration since = now - mark.since;
  return since >= limit_ ? std::optional{since} : std::nullopt;
}

Verdicts Watchdog::look(const Progress& progress) {
  Verdicts verdicts;
  const bool writes = progress.store_writing && progress.commits_waiting > 0;
  if (const auto since = standing(writer_, progress.groups_written, writes, progress.now)) {
    verdicts.stages.push_back(
        {.stage = std::string{kStageWriter}, .failure = writer_stands(progress, *since)});
  }
  if (progress.decoding_since && progress.now - *progress.decoding_since >= limit_) {
    verdicts.stages.push_back(
        {.stage = std::string{kStageDecoding},
         .failure = decoding_stands(progress.now - *progress.decoding_since)});
  }
  std::map<std::string, Mark> known;
  for (const auto& destination : progress.destinations) {
    Mark& mark = known[destination.name];
    if (const auto before = destinations_.find(destination.name); before != destinations_.end()) {
      mark = before->second;
    }
    // One that retries or was stopped says so itself, with a better reason. Where the store cannot
    // write, cursors cannot move.
    const bool says_so = destination.state == State::retrying ||
                         destination.state == State::stopped || destination.state == State::paused;
    const bool has_work = destination.backlog > 0 && !says_so && progress.store_writing;
    if (const auto since = standing(mark, destination.passed, has_work, progress.now)) {
      verdicts.destinations.emplace(destination.name, destination_stands(destination, *since));
    }
  }
  destinations_ = std::move(known);
  return verdicts;
}

}  // namespace cistern::runtime
