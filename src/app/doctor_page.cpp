#include "app/doctor_page.hpp"

#include "app/text_layout.hpp"

#include <algorithm>

namespace cistern::app {
namespace {

using runtime::ProbeResult;
using Outcome = ProbeResult::Outcome;

constexpr std::size_t kMarkIndent = 11;  ///< Behind "  skipped  ".
constexpr std::size_t kTextIndent = 22;  ///< Behind "next step".

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::passed:
      return "ok";
    case Outcome::failed:
      return "failed";
    case Outcome::warning:
      return "warning";
    case Outcome::skipped:
      return "skipped";
  }
  return "?";
}

Tone tone_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::passed:
      return Tone::good;
    case Outcome::failed:
      return Tone::bad;
    case Outcome::warning:
      return Tone::warn;
    case Outcome::skipped:
      return Tone::dim;
  }
  return Tone::plain;
}

/// The label is coloured after the layout, because colours take no columns.
std::string detail(std::string_view name, std::string_view text, std::size_t width,
                   const Output& output) {
  if (text.empty()) return {};
  const std::string label = std::string(kMarkIndent, ' ').append(name);
  std::string laid = hanging(label, text, kTextIndent, width);
  return "\n" + output.toned(label, Tone::dim) + laid.substr(label.size());
}

std::string ticket(const ProbeResult& probe) {
  std::string out = probe.code;
  const auto add = [&](const char* word, const std::string& value) {
    const bool said = probe.seen.find(value) != std::string::npos;
    if (!value.empty() && !said) out.append(out.empty() ? "" : ", ").append(word).append(value);
  };
  add("correlation id ", probe.correlation_id);
  add("answered ", probe.vendor_time);
  return out;
}

}  // namespace

std::string probe_text(const ProbeResult& probe, const Output& output, std::size_t width) {
  std::string mark{name_of(probe.outcome)};
  const std::string padding(kMarkIndent - 2 - mark.size(), ' ');
  const std::string lead = "  " + mark + padding;
  const bool brief = probe.outcome == Outcome::passed || probe.outcome == Outcome::skipped;
  const std::string text =
      brief && !probe.seen.empty() ? probe.name + ": " + probe.seen : probe.name;
  const std::string laid = hanging(lead, text, kMarkIndent, width);
  std::string out =
      "  " + output.toned(mark, tone_of(probe.outcome)) + laid.substr(2 + mark.size());
  if (brief) return out;
  out += detail("seen", probe.seen, width, output);
  out += detail("meaning", probe.meaning, width, output);
  out += detail("next step", probe.next_step, width, output);
  out += detail("code", ticket(probe), width, output);
  return out;
}

std::string skipped_text(const std::vector<ProbeResult>& skipped, const Output& output,
                         std::size_t width) {
  ProbeResult all = skipped.front();
  for (std::size_t i = 1; i < skipped.size(); ++i)
    all.name += ", " + skipped[i].name;
  return probe_text(all, output, width);
}

std::string probes_summary(const std::vector<ProbeResult>& probes) {
  const auto count = [&](Outcome outcome) {
    return std::count_if(probes.begin(), probes.end(),
                         [&](const ProbeResult& probe) { return probe.outcome == outcome; });
  };
  std::string out;
  for (const Outcome outcome :
       {Outcome::failed, Outcome::warning, Outcome::skipped, Outcome::passed}) {
    const auto number = count(outcome);
    if (number == 0) continue;
    if (!out.empty()) out += ", ";
    out += std::to_string(number) + " " + std::string{name_of(outcome)};
    if (outcome == Outcome::warning && number > 1) out += "s";
  }
  const auto first = std::find_if(probes.begin(), probes.end(), [](const ProbeResult& probe) {
    return probe.outcome == Outcome::failed;
  });
  if (first != probes.end()) out += ": begin with the next step of \"" + first->name + "\"";
  return out;
}

boost::json::object probe_json(const ProbeResult& probe) {
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(probe.took).count();
  return {{"name", probe.name},
          {"outcome", name_of(probe.outcome)},
          {"code", probe.code},
          {"seen", probe.seen},
          {"meaning", probe.meaning},
          {"next_step", probe.next_step},
          {"correlation_id", probe.correlation_id},
          {"vendor_time", probe.vendor_time},
          {"skipped_because", probe.skipped_because},
          {"took_ms", took}};
}

}  // namespace cistern::app
