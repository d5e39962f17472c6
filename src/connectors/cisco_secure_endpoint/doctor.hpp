// Live probes: what stands between the configuration and the first event.
#pragma once

#include "config/options.hpp"
#include "runtime/connector.hpp"

#include <memory>
#include <string_view>

namespace cistern::connectors::cisco_secure_endpoint {

/// Names of the probes, in order; guide.yaml refers to them. "cloud " is followed by the name of
/// each cloud that is not the configured one.
inline constexpr std::string_view kProbeConfig = "configuration";
inline constexpr std::string_view kProbeHost = "api host";
inline constexpr std::string_view kProbeClock = "clock";
inline constexpr std::string_view kProbeKey = "key";
inline constexpr std::string_view kProbeCloud = "cloud ";
inline constexpr std::string_view kProbeEvents = "events";
inline constexpr std::string_view kProbeAudit = "audit log";
inline constexpr std::string_view kProbeScope = "scope Read & Write";
inline constexpr std::string_view kProbeStreams = "event streams";
inline constexpr std::string_view kProbeBudget = "request budget";

/// Reads only. Where the key is refused, the vendor's other clouds are asked whether it is theirs.
/// The scope is tried by deleting the event stream with the number 0, which there never is.
std::shared_ptr<void> start_doctor(const config::Values& values, runtime::DoctorContext context);

}  // namespace cistern::connectors::cisco_secure_endpoint
