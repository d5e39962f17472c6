// Live probes: what stands between the configuration and the first event.
#pragma once

#include "config/options.hpp"
#include "runtime/connector.hpp"

#include <memory>
#include <string_view>

namespace cistern::connectors::crowdstrike_falcon {

/// Names of the probes, in order; guide.yaml refers to them.
inline constexpr std::string_view kProbeConfig = "configuration";
inline constexpr std::string_view kProbeHost = "api host";
inline constexpr std::string_view kProbeClock = "clock";
inline constexpr std::string_view kProbeToken = "token";
inline constexpr std::string_view kProbeCloud = "cloud";
inline constexpr std::string_view kProbeScope = "scope Event streams: Read";
inline constexpr std::string_view kProbeStreams = "streams";
inline constexpr std::string_view kProbeStreamHost = "stream host";

/// Asks for a token, discovers the streams and reaches for their host. Opens no stream: that would
/// take it from a running collector, and would be audited in it.
std::shared_ptr<void> start_doctor(const config::Values& values, runtime::DoctorContext context);

}  // namespace cistern::connectors::crowdstrike_falcon
