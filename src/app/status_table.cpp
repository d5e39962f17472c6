#include "app/status_table.hpp"

#include <cmath>
#include <cstdio>

namespace cistern::app {
namespace {

using runtime::State;

Tone tone_of(State state) {
  switch (state) {
    case State::flowing:
    case State::quiet:
      return Tone::good;
    case State::starting:
    case State::catching_up:
      return Tone::plain;
    case State::unusually_quiet:
    case State::throttled:
    case State::retrying:
    case State::paused:
      return Tone::warn;
    case State::refused:
    case State::denied:
    case State::stopped:
      return Tone::bad;
  }
  return Tone::plain;
}

std::string rate(double per_second) {
  char text[32];
  std::snprintf(text, sizeof text, per_second < 10 ? "%.1f" : "%.0f", per_second);
  return text;
}

std::string through(TimePoint time, TimePoint now) {
  if (time == TimePoint{}) return "-";
  const auto behind = now > time ? now - time : Duration{0};
  return format_time_seconds(time) + "Z (" +
         format_duration(std::chrono::floor<std::chrono::seconds>(behind)) + " ago)";
}

}  // namespace

std::string status_table(const std::vector<runtime::ConnectorStatus>& connectors,
                         const std::vector<runtime::DestinationStatus>& destinations, TimePoint now,
                         const Output& output) {
  Table sources{{"CONNECTOR", "EVENTS", "EVENTS/S", "LAG", "COMPLETE THROUGH", "STATE"}};
  for (const auto& connector : connectors) {
    sources.row(
        {connector.name, grouped(connector.events), rate(connector.events_per_second),
         connector.lag ? format_duration(std::chrono::floor<std::chrono::seconds>(*connector.lag))
                       : "-",
         through(connector.through, now), output.toned(connector.words, tone_of(connector.state))});
  }
  Table sinks{{"DESTINATION", "DELIVERED", "EVENTS/S", "BACKLOG", "SET ASIDE", "STATE"}};
  for (const auto& destination : destinations) {
    sinks.row({destination.name, grouped(destination.delivered),
               rate(destination.events_per_second), grouped(destination.backlog),
               grouped(destination.set_aside),
               output.toned(destination.words, tone_of(destination.state))});
  }
  return sources.text(output) + "\n" + sinks.text(output);
}

}  // namespace cistern::app
