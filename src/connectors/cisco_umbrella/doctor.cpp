#include "connectors/cisco_umbrella/doctor.hpp"

#include "codec/aws/s3_request.hpp"
#include "codec/aws/sqs.hpp"
#include "connectors/cisco_umbrella/doctor_decisions.hpp"
#include "connectors/cisco_umbrella/object_key.hpp"
#include "net/aws/signature_v4.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace cistern::connectors::cisco_umbrella {

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

Request nothing(const Examination& at) {
  if (!at.settings) return fail(at.settings.error());
  return std::nullopt;
}

/// With the vendor's time, so that a wrong clock hides nothing else.
Request signed_for(HttpRequest request, std::string_view service, std::string_view region,
                   const Examination& at) {
  net::SignatureV4 signature(at.settings->credentials);
  const TimePoint time = at.now - at.clock_ahead.value_or(Duration{0});
  if (auto done = signature.sign(request, {.service = service, .region = region}, time); !done)
    return fail(std::move(done).error());
  return request;
}

HttpRequest folders(const Examination& at) {
  codec::aws::ListQuestion question;
  question.prefix = at.settings->machine.prefix();
  question.delimiter = "/";
  return codec::aws::list_objects(at.settings->machine.endpoint, question);
}

Request without_signature(const Examination& at) {
  return folders(at);
}

Request list_folders(const Examination& at) {
  return signed_for(folders(at), "s3", at.settings->machine.endpoint.region, at);
}

Request list_newest(const Examination& at) {
  const auto log = doctor::log_to_look_at(at);
  if (!log) return std::nullopt;
  const MachineOptions& machine = at.settings->machine;
  codec::aws::ListQuestion question;
  question.prefix = machine.prefix() + *log + "/";
  question.start_after = slot_start(machine.prefix(), *log, at.now - std::chrono::hours{3});
  return signed_for(codec::aws::list_objects(machine.endpoint, question), "s3",
                    machine.endpoint.region, at);
}

Request read_first(const Examination& at) {
  if (at.newest.empty()) return std::nullopt;
  const MachineOptions& machine = at.settings->machine;
  codec::aws::ObjectQuestion question;
  question.key = at.newest;
  question.range = codec::aws::ByteRange{0, 1023};
  return signed_for(codec::aws::get_object(machine.endpoint, question), "s3",
                    machine.endpoint.region, at);
}

Request ask_queue(const Examination& at) {
  const auto& queue = at.settings->machine.queue;
  if (!queue) return std::nullopt;
  return signed_for(codec::aws::queue_attributes(*queue), "sqs", queue->region, at);
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

// ---- the table ----

constexpr std::array kConfigured = {kProbeConfig};
constexpr std::array kReached = {kProbeHost};
constexpr std::array kRightRegion = {kProbeHost, kProbeRegion};
constexpr std::array kKnown = {kProbeRegion, kProbeKey};
constexpr std::array kListed = {kProbePath};
constexpr std::array kFound = {kProbePath, kProbeLogs};

constexpr Probe kTable[] = {
    {kProbeConfig, {}, nothing, by_facts<doctor::configuration>},
    {kProbeHost, kConfigured, without_signature, by_answer<doctor::bucket_host>},
    {kProbeClock, kReached, nothing, by_facts<doctor::clock>},
    {kProbeRegion, kReached, list_folders, by_answer<doctor::region>},
    {kProbeKey, kRightRegion, nothing, by_facts<doctor::access_key>},
    {kProbePath, kKnown, nothing, by_facts<doctor::data_path>},
    {kProbeLogs, kListed, nothing, by_facts<doctor::logs>},
    {kProbeKeyAge, kConfigured, nothing, by_facts<doctor::key_age>},
    {kProbeNewest, kFound, list_newest, doctor::newest_objects},
    {kProbeRead, kFound, read_first, doctor::reading},
    {kProbeQueue, kConfigured, ask_queue, doctor::queue},
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
  net::HttpClientOptions http;
  if (subject->settings) http = subject->settings->http;
  return runtime::run_probes(std::string{kVendor}, std::move(http), std::move(turns),
                             std::move(context));
}

}  // namespace cistern::connectors::cisco_umbrella
