// Live probes: what stands between the configuration and the first event.
#pragma once

#include "config/options.hpp"
#include "runtime/connector.hpp"

#include <memory>
#include <string_view>

namespace cistern::connectors::microsoft_365 {

/// Names of the probes, in order; guide.yaml refers to them. Listings append the content type.
inline constexpr std::string_view kProbeConfig = "configuration";
inline constexpr std::string_view kProbeLogin = "login host";
inline constexpr std::string_view kProbeManagement = "management host";
inline constexpr std::string_view kProbeClock = "clock";
inline constexpr std::string_view kProbeToken = "token";
inline constexpr std::string_view kProbeTenant = "tenant";
inline constexpr std::string_view kProbeCloud = "cloud";
inline constexpr std::string_view kProbeRead = "permission ActivityFeed.Read";
inline constexpr std::string_view kProbeDlp = "permission ActivityFeed.ReadDlp";
inline constexpr std::string_view kProbeSubscriptions = "subscriptions";
inline constexpr std::string_view kProbeWebhook = "webhook";
inline constexpr std::string_view kProbeWebhookAddress = "webhook address";
inline constexpr std::string_view kProbeListing = "content ";
inline constexpr std::string_view kProbeAudit = "unified auditing";

/// Runs the probes one after the other; a probe that an earlier one makes meaningless is skipped
/// with the reason. At most one subscription is started (docs/decisions/0010). The returned object
/// keeps the probes alive and cancels them when destroyed.
std::shared_ptr<void> start_doctor(const config::Values& values, runtime::DoctorContext context);

}  // namespace cistern::connectors::microsoft_365
