// What Falcon's feeds owe a collector, as NDJSON lines beside those of Microsoft 365.
//
// A feed owes the events from the lowest offset that anybody read from, on. Two exceptions: what
// was forgotten before it was asked for, and types that a stream was not opened for. They are in
// the truth all the same, marked as not owed, so that nobody is blamed for having them.
#pragma once

#include "lab/crowdstrike_falcon/falcon_generator.hpp"
#include "lab/crowdstrike_falcon/feeds.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cistern::lab {

class FalconTruth {
 public:
  FalconTruth(const Feeds& feeds, const FalconGenerator& generator, TimePoint visible_until);

  /// Appends some lines; false when there are no more.
  bool advance(std::string& out);
  [[nodiscard]] std::uint64_t records() const { return records_; }

 private:
  void begin_feed(std::string& out, const Feed& feed);
  void write_event(std::string& out, const Feed& feed);
  void write_noise(std::string& out, const std::string& line);
  [[nodiscard]] bool is_owed(const Feed& feed, std::uint64_t offset, std::string_view type) const;

  const FalconGenerator& generator_;
  const TimePoint visible_until_;
  const std::vector<Feed> feeds_;
  std::vector<std::string> lines_;  // Planted ones.
  std::size_t feed_ = 0;
  bool begun_ = false;
  FeedCursor cursor_;
  std::uint64_t floor_offset_ = 0;
  std::uint64_t records_ = 0;
  std::string text_;
};

}  // namespace cistern::lab
