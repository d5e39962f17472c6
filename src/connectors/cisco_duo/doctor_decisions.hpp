// Decisions of the doctor: an answer becomes a conclusion. Pure, but for what they note.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "connectors/cisco_duo/options.hpp"
#include "connectors/cisco_duo/wire.hpp"
#include "runtime/doctor/probe_runner.hpp"

#include <optional>

namespace cistern::connectors::cisco_duo {

using Answer = Result<HttpResponse>;

/// One connector under examination.
struct Examination {
  Result<Settings> settings;
  TimePoint now{};
  std::optional<Duration> clock_ahead = std::nullopt;
  /// The vendor's time, as well as it is known: what a request is to be dated with.
  [[nodiscard]] TimePoint vendor_now() const { return now - clock_ahead.value_or(Duration{0}); }
};

namespace doctor {

/// Host and keys by their looks, before any request.
runtime::ProbeResult keys(const Examination& at);
/// The API, asked without a signature: a refusal in its own words proves the way to it.
runtime::ProbeResult api_host(Examination& at, const Answer& answer);
runtime::ProbeResult clock(const Examination& at);
/// One row of a log: permission, edition, network restriction, signature.
runtime::ProbeResult log(Examination& at, const LogStream& stream, const Answer& answer);

}  // namespace doctor

}  // namespace cistern::connectors::cisco_duo
