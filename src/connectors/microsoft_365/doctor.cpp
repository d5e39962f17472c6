#include "connectors/microsoft_365/doctor.hpp"

#include "connectors/microsoft_365/doctor_probes.hpp"
#include "connectors/microsoft_365/read_file.hpp"
#include "runtime/doctor/probe_runner.hpp"

#include <string>
#include <utility>
#include <vector>

namespace cistern::connectors::microsoft_365 {

namespace {

using runtime::ProbeResult;
using runtime::ProbeTurn;

/// What the turns share. Everything that is to be decided about an answer lies in the table.
struct Subject {
  Subject(Result<Settings> made, Random& randomness)
      : settings(std::move(made)), random(randomness) {}
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  Result<Settings> settings;
  Random& random;
  std::optional<Examination> examination;  ///< Refers to settings; none without them.
};

ProbeTurn turn_of(const std::shared_ptr<Subject>& subject, const Probe& probe, std::string type) {
  ProbeTurn out;
  out.name = std::string(probe.name) + type;
  out.probe = probe.name;
  out.needs = probe.needs;
  out.ask = [subject, &probe, type](TimePoint now) -> Result<std::optional<HttpRequest>> {
    if (!subject->examination) return fail(subject->settings.error());
    subject->examination->now = now;
    return probe.ask(*subject->examination, type, subject->random);
  };
  out.decide = [subject, &probe, type](const Answer* answer, TimePoint now) {
    subject->examination->now = now;
    return probe.decide(*subject->examination, type, answer);
  };
  return out;
}

}  // namespace

std::shared_ptr<void> start_doctor(const config::Values& values, runtime::DoctorContext context) {
  auto subject = std::make_shared<Subject>(make_settings(values, read_small_file), context.random);
  net::HttpClientOptions http;
  if (subject->settings) {
    const Settings& settings = *subject->settings;
    subject->examination.emplace(Examination{.settings = settings, .now = {}, .facts = {}});
    subject->examination->facts.tenant = settings.machine.tenant;
    http = settings.http;
  }
  std::vector<ProbeTurn> turns;
  for (const Probe& probe : probe_table()) {
    if (probe.of_webhook && !(subject->settings && subject->settings->webhook)) continue;
    if (!probe.for_each_type) {
      turns.push_back(turn_of(subject, probe, {}));
      continue;
    }
    if (!subject->settings) continue;
    for (const std::string& type : subject->settings->machine.content_types)
      turns.push_back(turn_of(subject, probe, type));
  }
  return runtime::run_probes("microsoft_365", std::move(http), std::move(turns),
                             std::move(context));
}

}  // namespace cistern::connectors::microsoft_365
