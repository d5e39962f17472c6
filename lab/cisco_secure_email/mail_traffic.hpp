// The traffic of the lab's appliance: connections come in, and the lines of all of them are mixed
// by their times, as in a real log.
#pragma once

#include "lab/cisco_secure_email/mail_script.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace cistern::lab {

struct TrafficOptions {
  std::uint64_t seed = 1;
  TimePoint start{};
  TimePoint live{};  ///< When the second rate begins.
  double history_per_hour = 200;
  double live_per_second = 2;
};

struct LogLine {
  std::size_t log = 0;
  TimePoint at{};
  std::string text;
};

class MailTraffic {
 public:
  explicit MailTraffic(const TrafficOptions& options);
  /// The lines up to this time, in order. Times never go back.
  std::vector<LogLine> advance(TimePoint until);
  /// Messages whose lines have all been given out, in the order of their ends; each once.
  std::vector<MailTruth> take_finished(TimePoint until);
  /// Highest message number used.
  [[nodiscard]] std::uint64_t last_mid() const { return counters_.mid; }

 private:
  void play_until(TimePoint until);
  void play(TimePoint at);
  void add_others(TimePoint at);
  [[nodiscard]] Duration gap(TimePoint at);
  void add(std::size_t log, TimePoint at, std::string text);

  const TrafficOptions options_;
  Dice dice_;
  MailCounters counters_;
  TimePoint next_;
  std::uint64_t number_ = 0;
  // By time, and in the order in which they were written within a second.
  std::map<std::pair<TimePoint, std::uint64_t>, LogLine> waiting_;
  std::multimap<TimePoint, MailTruth> finishing_;
};

}  // namespace cistern::lab
