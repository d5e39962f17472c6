// Live probes: what stands between the configuration and the first row.
#pragma once

#include "config/options.hpp"
#include "runtime/connector.hpp"

#include <memory>
#include <string_view>

namespace cistern::connectors::cisco_umbrella {

/// Names of the probes, in order; guide.yaml refers to them.
inline constexpr std::string_view kProbeConfig = "configuration";
inline constexpr std::string_view kProbeHost = "bucket host";
inline constexpr std::string_view kProbeClock = "clock";
inline constexpr std::string_view kProbeRegion = "region";
inline constexpr std::string_view kProbeKey = "access key";
inline constexpr std::string_view kProbePath = "data path";
inline constexpr std::string_view kProbeLogs = "logs";
inline constexpr std::string_view kProbeKeyAge = "key age";
inline constexpr std::string_view kProbeNewest = "newest objects";
inline constexpr std::string_view kProbeRead = "reading an object";
inline constexpr std::string_view kProbeQueue = "queue";

/// Runs the probes one after the other; a probe that an earlier one makes meaningless is skipped
/// with the reason. Only lists and reads; nothing that a Cisco-managed bucket refuses is asked. The
/// returned object keeps the probes alive and cancels them when destroyed.
std::shared_ptr<void> start_doctor(const config::Values& values, runtime::DoctorContext context);

}  // namespace cistern::connectors::cisco_umbrella
