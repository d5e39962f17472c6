// Runs a vendor's probes one after the other. What is asked and what an answer means lies in the
// connector's folder; nothing here knows a vendor.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "net/http_client.hpp"
#include "runtime/connector.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::runtime {

/// No probe takes longer.
inline constexpr Duration kProbeLimit = std::chrono::seconds{10};

/// One question in its turn.
struct ProbeTurn {
  std::string name;
  std::string_view probe;  ///< What others need; several turns may share it. Static text.
  /// Probes without whose success this one is meaningless. Static memory.
  std::span<const std::string_view> needs;
  /// The request to be sent; nothing when the turn decides from what is known. A failure is the
  /// conclusion.
  std::function<Result<std::optional<HttpRequest>>(TimePoint now)> ask;
  /// `answer` is null when nothing was sent.
  std::function<ProbeResult(const Result<HttpResponse>* answer, TimePoint now)> decide;
};

/// Runs the turns in order; one that an earlier one makes meaningless is skipped with the reason.
/// `vendor` stands in the failure "<vendor>/probe-timeout". The returned object keeps them alive
/// and cancels them when destroyed.
std::shared_ptr<void> run_probes(std::string vendor, net::HttpClientOptions http,
                                 std::vector<ProbeTurn> turns, DoctorContext context);

// ---- conclusions; the runner adds name and time ----

ProbeResult probe_passed(std::string seen);
ProbeResult probe_failed(const Failure& failure);
/// Worth a look, and no reason to stop.
ProbeResult probe_warned(const Failure& failure);
/// Not asked, for a reason that lies in the configuration or in an answer.
ProbeResult probe_left_aside(std::string why);

}  // namespace cistern::runtime
