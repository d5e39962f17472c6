// Live probes: what stands between the configuration and the first event.
#pragma once

#include "config/options.hpp"
#include "runtime/connector.hpp"

#include <memory>
#include <string_view>

namespace cistern::connectors::cisco_duo {

/// Names of the probes, in order; guide.yaml refers to them. Each log has one called as kProbeLog,
/// with its name behind it.
inline constexpr std::string_view kProbeKeys = "keys";
inline constexpr std::string_view kProbeHost = "api host";
inline constexpr std::string_view kProbeClock = "clock";
inline constexpr std::string_view kProbeLog = "grant read log";

/// Looks at the keys before anything is sent, reaches for the host, and asks each configured log
/// for one row: that is the permission which matters.
std::shared_ptr<void> start_doctor(const config::Values& values, runtime::DoctorContext context);

}  // namespace cistern::connectors::cisco_duo
