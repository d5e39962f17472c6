#include "runtime/status/status_words.hpp"

namespace cistern::runtime {
namespace {

bool is_normal(State state) {
  return state == State::flowing || state == State::quiet || state == State::catching_up ||
         state == State::starting;
}

std::string clock_time(TimePoint time) {
  return format_time_seconds(time).substr(11);
}

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::starting:
      return "starting";
    case State::flowing:
      return "flowing";
    case State::quiet:
      return "quiet";
    case State::unusually_quiet:
      return "unusually quiet";
    case State::catching_up:
      return "catching up";
    case State::throttled:
      return "throttled";
    case State::retrying:
      return "retrying";
    case State::refused:
      return "login refused";
    case State::denied:
      return "permission missing";
    case State::paused:
      return "paused";
    case State::stopped:
      return "stopped";
  }
  return "unknown";
}

int gravity(State state) {
  switch (state) {
    case State::stopped:
      return 9;
    case State::refused:
    case State::denied:
      return 8;
    case State::paused:
      return 7;
    case State::throttled:
      return 6;
    case State::retrying:
      return 5;
    case State::unusually_quiet:
      return 4;
    case State::catching_up:
      return 3;
    case State::starting:
      return 2;
    case State::flowing:
      return 1;
    case State::quiet:
      return 0;
  }
  return 0;
}

std::string state_words(State state, const std::optional<Failure>& failure, TimePoint until,
                        std::string_view stream) {
  std::string words{to_string(state)};
  if (is_normal(state)) return words;
  if (!stream.empty()) words.append(" (").append(stream).append(")");
  const bool timed = state == State::throttled || state == State::retrying;
  if (timed && until != TimePoint{}) {
    words += state == State::throttled ? " until " : " at ";
    words += clock_time(until);
  }
  if (state != State::throttled && failure && !failure->cause.empty()) {
    words += ": " + failure->cause;
  }
  return words;
}

std::string what_next(State state, const std::optional<Failure>& failure, TimePoint until,
                      TimePoint now) {
  std::string words;
  if (state == State::paused) words = "goes on by itself when the store can write again";
  if (until != TimePoint{} && !is_normal(state)) {
    words = until > now ? "next try in " + format_duration(until - now) : "next try now";
  }
  if (failure && !failure->next_step.empty() && !is_normal(state)) {
    if (!words.empty()) words += "; ";
    words += "next step: " + failure->next_step;
  }
  return words;
}

std::string age_words(TimePoint newest_event, TimePoint now) {
  if (newest_event == TimePoint{}) return "no event yet";
  if (newest_event >= now) return "newest event just now";
  return "newest event " + format_duration(now - newest_event) + " old";
}

LogLevel level_of_change(State from, State to) {
  if (to == State::stopped || to == State::refused || to == State::denied) return LogLevel::error;
  if (!is_normal(to)) return LogLevel::warning;
  // Coming and going of events is normal operation, which writes no lines.
  const bool was_normal = is_normal(from) && from != State::starting;
  return was_normal ? LogLevel::debug : LogLevel::info;
}

}  // namespace cistern::runtime
