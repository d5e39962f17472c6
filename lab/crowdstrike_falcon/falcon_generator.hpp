// The events of a feed, one by one, from their place in it.
#pragma once

#include "lab/crowdstrike_falcon/feed.hpp"
#include "lab/harness/faults.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace cistern::lab {

struct EventPlace {
  unsigned customer = 1;
  unsigned partition = 0;
  std::uint64_t own = 0;     ///< Index among the feed's own events.
  std::uint64_t offset = 0;  ///< metadata.offset
  TimePoint time{};          ///< When it becomes readable.
};

/// What the wire does with an event beyond saying it once in a line of its own.
struct WireQuirks {
  bool repeated = false;     ///< It comes twice.
  bool no_line_end = false;  ///< The next object follows without a line break.
  std::string noise;         ///< A line behind it that is no event.
};

/// Immutable after construction; safe to use from any thread.
class FalconGenerator {
 public:
  FalconGenerator(std::uint64_t seed, FaultProfile profile);
  ~FalconGenerator();
  FalconGenerator(const FalconGenerator&) = delete;
  FalconGenerator& operator=(const FalconGenerator&) = delete;

  /// Appends the event without a line break. False when its bytes are no valid UTF-8.
  bool append(std::string& out, const EventPlace& place) const;
  [[nodiscard]] std::string_view type_of(const EventPlace& place) const;
  [[nodiscard]] WireQuirks quirks_of(const EventPlace& place) const;

  static void append_added(std::string& out, const EventPlace& place, const AddedEvent& added);
  static std::string_view type_of(const AddedEvent& added);

 private:
  struct Library;
  [[nodiscard]] std::uint64_t key_at(const EventPlace& place, std::uint64_t purpose) const;
  std::uint64_t seed_;
  FaultProfile profile_;
  std::unique_ptr<const Library> library_;
};

}  // namespace cistern::lab
