#include "connectors/crowdstrike_falcon/doctor.hpp"

#include "connectors/crowdstrike_falcon/doctor_decisions.hpp"
#include "connectors/crowdstrike_falcon/token.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace cistern::connectors::crowdstrike_falcon {
namespace {

using runtime::ProbeResult;
using Request = Result<std::optional<HttpRequest>>;

struct Probe {
  std::string_view name;
  std::span<const std::string_view> needs;
  Request (*ask)(const Examination& at);
  ProbeResult (*decide)(Examination& at, const Answer* answer);
};

// ---- what is asked ----

Request nothing(const Examination& /*at*/) {
  return std::nullopt;
}

/// Whatever makes a token request impossible is found without sending it.
Request askable(const Examination& at) {
  const auto request = token_request(at.settings.token);
  if (!request) return fail(request.error());
  return std::nullopt;
}

HttpRequest discovery(const Examination& at) {
  const MachineOptions& machine = at.settings.machine;
  return discovery_request(machine.api_url, machine.app_id);
}

Request without_token(const Examination& at) {
  return discovery(at);
}

Request token(const Examination& at) {
  auto request = token_request(at.settings.token);
  if (!request) return fail(request.error());
  return std::move(*request);
}

Request with_token(const Examination& at) {
  HttpRequest request = discovery(at);
  at.token->value.use([&](std::string_view text) {
    request.headers.push_back({"Authorization", std::string{"Bearer "}.append(text)});
  });
  request.sensitive = true;
  return request;
}

/// Without the session's token, so that no stream is opened.
Request stream_host(const Examination& at) {
  const FeedOffer* const feed = doctor::reachable_feed(at);
  if (feed == nullptr) return std::nullopt;
  HttpRequest request;
  request.url = feed->url;
  request.headers = {{"Accept", "application/json"}};
  request.max_body = kMaxAnswer;
  return request;
}

// ---- who decides ----

template <auto decide>
ProbeResult by_answer(Examination& at, const Answer* answer) {
  return decide(at, *answer);
}

template <auto decide>
ProbeResult by_facts(Examination& at, const Answer* /*answer*/) {
  return decide(at);
}

ProbeResult host_of_stream(Examination& at, const Answer* answer) {
  if (answer == nullptr) return runtime::probe_left_aside("no stream is offered just now");
  return doctor::stream_host(at, *answer);
}

// ---- the table ----

constexpr std::array kConfigured = {kProbeConfig};
constexpr std::array kReached = {kProbeHost};
constexpr std::array kIssued = {kProbeToken};
constexpr std::array kRightCloud = {kProbeToken, kProbeCloud};
constexpr std::array kDiscovered = {kProbeScope};
constexpr std::array kOffered = {kProbeScope, kProbeStreams};

constexpr Probe kTable[] = {
    {kProbeConfig, {}, askable, by_facts<doctor::configuration>},
    {kProbeHost, kConfigured, without_token, by_answer<doctor::api_host>},
    {kProbeClock, kConfigured, nothing, by_facts<doctor::clock>},
    {kProbeToken, kReached, token, by_answer<doctor::token>},
    {kProbeCloud, kIssued, nothing, by_facts<doctor::cloud>},
    {kProbeScope, kRightCloud, with_token, by_answer<doctor::scope>},
    {kProbeStreams, kDiscovered, nothing, by_facts<doctor::streams>},
    {kProbeStreamHost, kOffered, stream_host, host_of_stream},
};

runtime::ProbeTurn turn_of(const std::shared_ptr<Examination>& subject, const Probe& probe) {
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

}  // namespace

std::shared_ptr<void> start_doctor(const config::Values& values, runtime::DoctorContext context) {
  auto subject = std::make_shared<Examination>(Examination{.settings = make_settings(values)});
  std::vector<runtime::ProbeTurn> turns;
  for (const Probe& probe : kTable)
    turns.push_back(turn_of(subject, probe));
  net::HttpClientOptions http = subject->settings.http;
  return runtime::run_probes(std::string{kVendor}, std::move(http), std::move(turns),
                             std::move(context));
}

}  // namespace cistern::connectors::crowdstrike_falcon
