// Notices stages that make no progress: the stages of the process as a whole, and destinations.
//
// A poll connector's own stages are watched by its driver (stall.hpp).
#pragma once

#include "journal/journal.hpp"
#include "runtime/status/status.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::runtime {

inline constexpr std::string_view kStageWriter = "journal_writer";
inline constexpr std::string_view kStageDecoding = "decoding";

/// The stages whose standing still stops the whole process.
std::span<const std::string_view> watched_stages();

/// What the watchdog looks at; times of the steady clock.
struct Progress {
  struct Destination {
    std::string name;
    State state = State::starting;  ///< As the delivery reported it.
    std::uint64_t backlog = 0;
    std::uint64_t passed = 0;  ///< Delivered, skipped or set aside: grows while it moves.
  };
  Duration now{0};
  bool store_writing = true;  ///< A full disk has its own state and words.
  std::uint64_t commits_waiting = 0;
  std::uint64_t groups_written = 0;
  std::optional<Duration> decoding_since;  ///< Of a task that the pool has not yet begun.
  std::vector<Destination> destinations;
};

struct Verdicts {
  std::vector<StalledStage> stages;             ///< Of the process.
  std::map<std::string, Failure> destinations;  ///< By name.
};

/// Compares what is seen with what was seen before. Pure but for what it remembers.
class Watchdog {
 public:
  explicit Watchdog(Duration limit = std::chrono::minutes{5}) : limit_(limit) {}
  Verdicts look(const Progress& progress);

 private:
  /// Since when a number has not changed although there is work.
  struct Mark {
    std::uint64_t count = 0;
    Duration since{0};
  };
  [[nodiscard]] std::optional<Duration> standing(Mark& mark, std::uint64_t count, bool has_work,
                                                 Duration now) const;

  Duration limit_;
  Mark writer_;
  std::map<std::string, Mark> destinations_;
};

}  // namespace cistern::runtime
