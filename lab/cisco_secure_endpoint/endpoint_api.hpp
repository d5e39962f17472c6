// Simulator of Secure Endpoint's API v1: logs that are read from the newest record back while new
// ones come, an hourly budget, and event streams whose password is told once.
#pragma once

#include "base/clock.hpp"
#include "lab/cisco_secure_endpoint/endpoint_content.hpp"
#include "lab/cisco_secure_endpoint/endpoint_settings.hpp"
#include "lab/cisco_secure_endpoint/event_streams.hpp"
#include "lab/harness/faults.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::lab {

inline constexpr std::string_view kEndpointVendor = "cisco_secure_endpoint";

/// Safe to call from any thread.
class EndpointApi {
 public:
  /// `keep` is called, before the answer, when what must outlive a restart has changed.
  EndpointApi(const EndpointContentOptions& options, EndpointSettings settings, const Clock& clock,
              std::function<TimePoint()> visible_until, std::function<Status()> keep);

  /// Whether the path is one of ours.
  [[nodiscard]] static bool serves(std::string_view path);
  [[nodiscard]] static RequestFacts facts_of(const Request& request);
  Response answer(const Request& request, const RequestFacts& facts);
  /// A refusal in the vendor's words, for planted and drawn faults.
  [[nodiscard]] static Response refusal(const Fault& fault);

  /// `POST /lab/secure_endpoint`
  Status change(std::string_view json);
  /// `GET /lab/secure_endpoint`: the streams with their passwords, and what was asked.
  [[nodiscard]] std::string status_json() const;
  /// `GET /lab/secure_endpoint/events`: events as lines, for who publishes them to a broker.
  Response published(const Request& request);

  /// Second from which on a log was first asked for, or its events were handed to a stream.
  [[nodiscard]] std::map<EndpointLog, TimePoint> demands() const;
  [[nodiscard]] std::string state_json() const;
  Status restore(std::string_view json);
  [[nodiscard]] const EndpointContent& content() const { return content_; }
  [[nodiscard]] EndpointSight sight() const;

 private:
  using Refused = std::optional<Response>;

  Refused check_caller(const Request& request, const EndpointSettings& settings) const;
  [[nodiscard]] static bool may_write(const Request& request);
  /// Counts the request against the hour; 0 left and refused when it is spent.
  bool spend(const EndpointSettings& settings);
  void add_limits(Response& response, const EndpointSettings& settings) const;
  Response dispatch(const Request& request, const RequestFacts& facts,
                    const EndpointSettings& settings);
  Response log(const Request& request, EndpointLog log, const EndpointSettings& settings);
  [[nodiscard]] Response event_types(const Request& request) const;
  Response streams(const Request& request, const RequestFacts& facts);
  Response add_stream(const Request& request);
  Response change_stream(const Request& request, const EventStream& found);
  [[nodiscard]] std::string link(const Request& request, std::uint64_t offset, std::size_t limit,
                                 bool foreign) const;
  bool note_demand(EndpointLog log, TimePoint from);
  [[nodiscard]] EndpointSettings settings() const;
  [[nodiscard]] std::string stream_data(const EventStream& stream, bool with_password) const;

  const Clock& clock_;
  const std::uint64_t seed_;
  const std::function<TimePoint()> visible_until_;
  const std::function<Status()> keep_;
  const EndpointContent content_;
  mutable std::mutex mutex_;
  EndpointSettings settings_;
  EventStreams streams_;
  std::map<EndpointLog, TimePoint> demands_;
  Duration hour_began_{-1};
  std::uint64_t spent_ = 0;
  std::uint64_t throttled_ = 0;
};

/// What a request asks of a log.
struct EndpointQuestion {
  EndpointRange range;
  EndpointContent::Filter filter;
  std::uint64_t offset = 0;
  std::size_t limit = 500;
  std::string problem;  ///< Names the parameter that cannot be taken.
};
EndpointQuestion endpoint_question(const Request& request, EndpointLog log);

}  // namespace cistern::lab
