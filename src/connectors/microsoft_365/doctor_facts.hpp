// What the doctor's probes know and conclude: values only.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "connectors/microsoft_365/options.hpp"
#include "connectors/microsoft_365/wire.hpp"
#include "net/oauth2.hpp"
#include "runtime/connector.hpp"
#include "runtime/doctor/probe_runner.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cistern::connectors::microsoft_365 {

/// What earlier probes found out.
struct Facts {
  std::string tenant;  ///< GUID; until it is known, what is configured.
  std::optional<Duration> clock_ahead;
  std::optional<net::Token> token;
  std::vector<Subscription> subscriptions;
  std::size_t contents = 0;                 ///< Seen in the listings.
  std::optional<Failure> auditing_failure;  ///< An answer said that auditing is off.
};

/// One connector under examination.
struct Examination {
  const Settings& settings;
  TimePoint now{};
  Facts facts;

  [[nodiscard]] Api api() const;
  [[nodiscard]] bool holds(std::string_view role) const;
  /// DLP.All is not collected when its role is missing and nobody asked for it by name.
  [[nodiscard]] bool left_out(std::string_view content_type) const;
};

using Answer = Result<HttpResponse>;
using Outcome = runtime::ProbeResult::Outcome;

// ---- conclusions; the runner adds name and time ----

inline runtime::ProbeResult passed(std::string seen) {
  return runtime::probe_passed(std::move(seen));
}
inline runtime::ProbeResult failed(const Failure& failure) {
  return runtime::probe_failed(failure);
}
inline runtime::ProbeResult warned(const Failure& failure) {
  return runtime::probe_warned(failure);
}
inline runtime::ProbeResult left_aside(std::string why) {
  return runtime::probe_left_aside(std::move(why));
}
/// Adds correlation id and time of the answer that the conclusion was drawn from.
runtime::ProbeResult with_evidence(runtime::ProbeResult conclusion, const HttpResponse& response);

}  // namespace cistern::connectors::microsoft_365
