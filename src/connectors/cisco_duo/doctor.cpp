#include "connectors/cisco_duo/doctor.hpp"

#include "connectors/cisco_duo/doctor_decisions.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace cistern::connectors::cisco_duo {
namespace {

using runtime::ProbeResult;
using runtime::ProbeTurn;
using Request = Result<std::optional<HttpRequest>>;

constexpr std::array kSoundKeys = {kProbeKeys};
constexpr std::array kReached = {kProbeHost};

ProbeTurn turn_of(std::string_view probe, std::span<const std::string_view> needs) {
  ProbeTurn out;
  out.name = probe;
  out.probe = probe;
  out.needs = needs;
  return out;
}

ProbeTurn keys_turn(const std::shared_ptr<Examination>& subject) {
  ProbeTurn out = turn_of(kProbeKeys, {});
  out.ask = [](TimePoint) -> Request { return std::nullopt; };
  out.decide = [subject](const Answer*, TimePoint now) {
    subject->now = now;
    return doctor::keys(*subject);
  };
  return out;
}

ProbeTurn host_turn(const std::shared_ptr<Examination>& subject) {
  ProbeTurn out = turn_of(kProbeHost, kSoundKeys);
  out.ask = [subject](TimePoint) -> Request {
    return unsigned_request(subject->settings->machine.api);
  };
  out.decide = [subject](const Answer* answer, TimePoint now) {
    subject->now = now;
    return doctor::api_host(*subject, *answer);
  };
  return out;
}

ProbeTurn clock_turn(const std::shared_ptr<Examination>& subject) {
  ProbeTurn out = turn_of(kProbeClock, kReached);
  out.ask = [](TimePoint) -> Request { return std::nullopt; };
  out.decide = [subject](const Answer*, TimePoint) { return doctor::clock(*subject); };
  return out;
}

ProbeTurn log_turn(const std::shared_ptr<Examination>& subject, const LogStream& stream) {
  ProbeTurn out = turn_of(kProbeLog, kReached);
  out.name = std::string{kProbeLog} + ": " + std::string{stream.name};
  out.ask = [subject, &stream](TimePoint now) -> Request {
    subject->now = now;
    auto made =
        sign_request(probe_request(subject->settings->machine.api, stream, subject->vendor_now()),
                     subject->settings->credential, subject->vendor_now());
    if (!made) return fail(made.error());
    return std::move(*made);
  };
  out.decide = [subject, &stream](const Answer* answer, TimePoint now) {
    subject->now = now;
    return doctor::log(*subject, stream, *answer);
  };
  return out;
}

}  // namespace

std::shared_ptr<void> start_doctor(const config::Values& values, runtime::DoctorContext context) {
  auto subject = std::make_shared<Examination>(Examination{.settings = make_settings(values)});
  std::vector<ProbeTurn> turns{keys_turn(subject), host_turn(subject), clock_turn(subject)};
  net::HttpClientOptions http;
  if (subject->settings) {
    http = subject->settings->http;
    for (const std::string& name : subject->settings->machine.streams) {
      if (const LogStream* stream = find_log_stream(name)) {
        turns.push_back(log_turn(subject, *stream));
      }
    }
  }
  return runtime::run_probes(std::string{kVendor}, std::move(http), std::move(turns),
                             std::move(context));
}

}  // namespace cistern::connectors::cisco_duo
