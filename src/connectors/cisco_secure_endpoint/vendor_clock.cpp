#include "connectors/cisco_secure_endpoint/vendor_clock.hpp"

#include <chrono>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {
constexpr Duration kPromptAnswer = std::chrono::seconds{30};
}

void VendorClock::tick(TimePoint wall) {
  if (wall_ != TimePoint{} && wall < wall_) {
    shift_ += wall_ - wall;
    vendor_ahead_ += wall_ - wall;
  }
  wall_ = wall;
}

std::optional<Duration> VendorClock::observe(const HttpResponse& response) {
  const auto server = server_time(response);
  if (!server) return std::nullopt;
  const Duration ahead = wall_ - *server;
  vendor_ahead_ = -ahead;
  const Duration tell = std::chrono::abs(ahead) > kTolerated ? ahead : Duration{0};
  if (std::chrono::abs(tell - told_) <= kTolerated) return std::nullopt;
  told_ = tell;
  return tell;
}

std::optional<TimePoint> server_time(const HttpResponse& response) {
  if (response.elapsed > kPromptAnswer) return std::nullopt;
  const auto date = response.header("Date");
  return date ? parse_http_date(*date) : std::nullopt;
}

}  // namespace cistern::connectors::cisco_secure_endpoint
