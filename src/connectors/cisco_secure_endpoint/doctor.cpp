#include "connectors/cisco_secure_endpoint/doctor.hpp"

#include "connectors/cisco_secure_endpoint/clouds.hpp"
#include "connectors/cisco_secure_endpoint/doctor_decisions.hpp"
#include "connectors/cisco_secure_endpoint/event_stream_options.hpp"
#include "connectors/cisco_secure_endpoint/event_stream_wire.hpp"
#include "connectors/cisco_secure_endpoint/identity.hpp"
#include "net/safe_url.hpp"

#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

using runtime::ProbeResult;
using Request = Result<std::optional<HttpRequest>>;
using Subject = std::shared_ptr<Examination>;

constexpr Duration kLookBack = std::chrono::hours{24};
/// No stream has this number, so that deleting it changes nothing and shows the scope of the key.
constexpr std::uint64_t kNoStream = 0;

HttpRequest with_key(HttpRequest request, const Examination& at) {
  request.headers.push_back({"Authorization", basic_authorization(at.settings.credential)});
  request.sensitive = true;
  return request;
}

TimePoint vendors_now(const Examination& at) {
  return at.now - at.clock_ahead.value_or(Duration{0});
}

// ---- what is asked ----

Request nothing(const Examination& /*at*/) {
  return std::nullopt;
}

/// An address that may not see the key is found without sending it.
Request safe(const Examination& at) {
  const auto own = net::require_safe_url(at.settings.machine.api_url, "the API's address");
  if (!own) return fail(own.error());
  return std::nullopt;
}

Request without_key(const Examination& at) {
  return version_request(at.settings.machine.api_url);
}

Request key(const Examination& at) {
  return with_key(version_request(at.settings.machine.api_url), at);
}

Request events(const Examination& at) {
  if (!at.settings.machine.events) return std::nullopt;
  return with_key(events_request(at.settings.machine.api_url,
                                 {.from = vendors_now(at) - kLookBack, .limit = 1}),
                  at);
}

Request audit(const Examination& at) {
  if (!at.settings.machine.audit) return std::nullopt;
  const TimePoint now = vendors_now(at);
  return with_key(
      audit_request(at.settings.machine.api_url,
                    {.from = now - kLookBack, .to = now - std::chrono::minutes{1}, .limit = 1}),
      at);
}

Request scope(const Examination& at) {
  return with_key(delete_stream_request(at.settings.machine.api_url, kNoStream), at);
}

Request event_streams(const Examination& at) {
  return with_key(event_streams_request(at.settings.machine.api_url), at);
}

// ---- who decides ----

using Decide = ProbeResult (*)(Examination& at, const Answer* answer);

template <auto decide>
ProbeResult by_answer(Examination& at, const Answer* answer) {
  if (answer == nullptr) return runtime::probe_left_aside("`streams` leaves it out");
  return decide(at, *answer);
}

template <auto decide>
ProbeResult by_facts(Examination& at, const Answer* /*answer*/) {
  return decide(at);
}

// ---- the table ----

struct Probe {
  std::string_view name;
  std::span<const std::string_view> needs;
  Request (*ask)(const Examination& at);
  Decide decide;
  bool of_stream = false;  ///< Asked only where an event stream is wanted.
};

constexpr std::array kConfigured = {kProbeConfig};
constexpr std::array kReached = {kProbeHost};
constexpr std::array kAccepted = {kProbeKey};

constexpr Probe kBefore[] = {
    {kProbeConfig, {}, safe, by_facts<doctor::configuration>},
    {kProbeHost, kConfigured, without_key, by_answer<doctor::api_host>},
    {kProbeClock, kConfigured, nothing, by_facts<doctor::clock>},
    {kProbeKey, kReached, key, by_answer<doctor::key>},
};
constexpr Probe kAfter[] = {
    {kProbeEvents, kAccepted, events, by_answer<doctor::events>},
    {kProbeAudit, kAccepted, audit, by_answer<doctor::audit>},
    {kProbeStreams, kAccepted, event_streams, by_answer<doctor::event_streams>, true},
    {kProbeScope, kAccepted, scope, by_answer<doctor::scope>, true},
    {kProbeBudget, kReached, nothing, by_facts<doctor::budget>},
};

runtime::ProbeTurn turn_of(const Subject& subject, const Probe& probe) {
  runtime::ProbeTurn out;
  out.name = probe.name;
  out.probe = probe.name;
  out.needs = probe.needs;
  out.ask = [subject, &probe](TimePoint now) {
    subject->now = now;
    return probe.ask(*subject);
  };
  out.decide = [subject, &probe](const Answer* answer, TimePoint now) {
    subject->now = now;
    return probe.decide(*subject, answer);
  };
  return out;
}

/// As the vendor's own samples find the cloud of a key: by asking each.
runtime::ProbeTurn other_cloud_turn(const Subject& subject, const Cloud& cloud) {
  runtime::ProbeTurn out;
  out.name = std::string{kProbeCloud}.append(cloud.name);
  out.probe = kProbeCloud;
  out.needs = kReached;
  out.ask = [subject, &cloud](TimePoint now) -> Request {
    subject->now = now;
    if (!subject->key_refused) return std::nullopt;
    return with_key(version_request(cloud.api_url), *subject);
  };
  out.decide = [subject, &cloud](const Answer* answer, TimePoint now) {
    subject->now = now;
    return doctor::other_cloud(*subject, cloud.name, answer);
  };
  return out;
}

}  // namespace

std::shared_ptr<void> start_doctor(const config::Values& values, runtime::DoctorContext context) {
  auto subject = std::make_shared<Examination>(Examination{.settings = make_settings(values)});
  const bool wants_stream = wants_event_stream(values);
  if (wants_stream) subject->event_stream = values.text("event_stream");
  std::vector<runtime::ProbeTurn> turns;
  for (const Probe& probe : kBefore)
    turns.push_back(turn_of(subject, probe));
  const Cloud* const own = cloud_of_url(subject->settings.machine.api_url);
  for (const Cloud& cloud : clouds()) {
    // Behind another address nobody knows what it stands for, and the key goes nowhere else.
    if (own != nullptr && &cloud != own) turns.push_back(other_cloud_turn(subject, cloud));
  }
  for (const Probe& probe : kAfter) {
    if (!probe.of_stream || wants_stream) turns.push_back(turn_of(subject, probe));
  }
  net::HttpClientOptions http = subject->settings.http;
  return runtime::run_probes(std::string{kVendor}, std::move(http), std::move(turns),
                             std::move(context));
}

}  // namespace cistern::connectors::cisco_secure_endpoint
