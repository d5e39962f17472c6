// What a listening connector took and what it refused, lost or cut: counted, shown, and told once
// an interval.
#pragma once

#include "runtime/services.hpp"

#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace cistern::runtime {

/// A bound that was reached or a fault of a sender. `reason` is the label of the metric.
struct ListenIncident {
  std::string_view reason;
  std::string_view what;         ///< "messages were longer than `max_message` and are cut"
  std::string_view consequence;  ///< May be empty.
  std::string_view next_step;
};

/// Safe from any thread.
class ListenCounters {
 public:
  ListenCounters(std::string connector, const Services& services)
      : connector_(std::move(connector)), services_(services) {}

  void accepted();
  void closed();
  void paused();
  void received(std::uint64_t messages, std::uint64_t bytes);
  /// Counts what is wanted, such as messages that a filter keeps out, without a word.
  void count(std::string_view reason, std::uint64_t count);
  /// Counts; the first in a minute is logged with `example` (who, what) and stands as a notice.
  void incident(const ListenIncident& incident, std::uint64_t count, std::string_view example);
  /// Hands the numbers to the status board, and ends notices of what has not happened for long;
  /// call every second or so.
  void publish();
  [[nodiscard]] ListenFacts facts() const;

 private:
  struct Told {
    Duration last{0};    ///< When it was logged.
    Duration latest{0};  ///< When it happened last.
    std::uint64_t since = 0;
    bool stands = false;
  };
  void tell(const ListenIncident& incident, std::uint64_t count, std::string_view example);

  std::string connector_;
  Services services_;
  mutable std::mutex mutex_;
  ListenFacts facts_;
  std::map<std::string, Told, std::less<>> told_;
};

}  // namespace cistern::runtime
