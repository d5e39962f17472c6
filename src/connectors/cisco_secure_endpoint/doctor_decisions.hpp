// Decisions of the doctor: an answer becomes a conclusion. Pure, but for what they note.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "connectors/cisco_secure_endpoint/options.hpp"
#include "connectors/cisco_secure_endpoint/wire.hpp"
#include "runtime/doctor/probe_runner.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cistern::connectors::cisco_secure_endpoint {

using Answer = Result<HttpResponse>;

/// One connector under examination.
struct Examination {
  Settings settings;
  std::string event_stream{};  ///< Its name; empty: none is wanted.
  TimePoint now{};
  std::optional<Duration> clock_ahead = std::nullopt;
  bool key_refused = false;
  RateFacts rate{};
};

namespace doctor {

runtime::ProbeResult configuration(const Examination& at);
/// Asked without a key: any refusal in the vendor's own words proves the way.
runtime::ProbeResult api_host(Examination& at, const Answer& answer);
runtime::ProbeResult clock(const Examination& at);
runtime::ProbeResult key(Examination& at, const Answer& answer);
/// Another cloud, asked because the configured one refused the key. Without an answer: it was not.
runtime::ProbeResult other_cloud(Examination& at, std::string_view cloud, const Answer* answer);
runtime::ProbeResult events(Examination& at, const Answer& answer);
runtime::ProbeResult audit(Examination& at, const Answer& answer);
runtime::ProbeResult scope(Examination& at, const Answer& answer);
runtime::ProbeResult event_streams(Examination& at, const Answer& answer);
/// From the headers of the answers before.
runtime::ProbeResult budget(const Examination& at);

}  // namespace doctor

}  // namespace cistern::connectors::cisco_secure_endpoint
