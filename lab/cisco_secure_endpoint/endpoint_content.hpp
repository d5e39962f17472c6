// What Secure Endpoint's two logs hold, newest first.
#pragma once

#include "lab/cisco_secure_endpoint/endpoint_events.hpp"
#include "lab/harness/arrivals.hpp"
#include "lab/harness/faults.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace cistern::lab {

enum class EndpointLog : std::uint8_t { events, audit };
inline constexpr auto kEndpointLogs = {EndpointLog::events, EndpointLog::audit};
std::string_view to_string(EndpointLog log);

struct EndpointContentOptions {
  std::uint64_t seed = 1;
  TimePoint start{};
  Duration history{0};
  double history_per_hour = 0;  ///< Events; the audit log has a twentieth.
  double live_per_second = 0;
  FaultProfile profile = FaultProfile::ordinary;
};

struct EndpointSight {
  TimePoint until{};   ///< Now, or when the content was frozen.
  TimePoint oldest{};  ///< What is older has been deleted.

  [[nodiscard]] bool shows(const Arrival& arrival) const {
    return arrival.time + arrival.late <= until && arrival.time >= oldest;
  }
};

struct EndpointPage {
  std::vector<Arrival> rows;
  std::uint64_t total = 0;  ///< Of all that match, at this moment.
};

/// Whole seconds, both bounds count.
struct EndpointRange {
  TimePoint from{};
  TimePoint to = TimePoint::max();
};

/// Immutable after construction; safe to use from any thread.
class EndpointContent {
 public:
  using Filter = std::function<bool(const Arrival&)>;

  explicit EndpointContent(const EndpointContentOptions& options);

  [[nodiscard]] FaultProfile profile() const { return options_.profile; }
  [[nodiscard]] const Arrivals& arrivals(EndpointLog log) const {
    return log == EndpointLog::events ? events_ : audit_;
  }
  [[nodiscard]] EndpointPage page(EndpointLog log, const EndpointRange& range, const Filter& filter,
                                  std::uint64_t offset, std::size_t limit,
                                  const EndpointSight& sight) const;
  /// Events that became visible behind `since`, as they did.
  [[nodiscard]] std::vector<Arrival> since(TimePoint since, const EndpointSight& sight) const;

 private:
  const EndpointContentOptions options_;
  const Arrivals events_;
  const Arrivals audit_;
};

}  // namespace cistern::lab
