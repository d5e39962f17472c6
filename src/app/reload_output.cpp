#include "app/reload_output.hpp"

#include <boost/json.hpp>

namespace cistern::app {
namespace {

std::string text_of(const boost::json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string{value->as_string()} : std::string{};
}

const boost::json::array& list_of(const boost::json::object& object, const char* name) {
  static const boost::json::array nothing;
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_array() ? value->as_array() : nothing;
}

std::string joined(const boost::json::array& words) {
  std::string out;
  for (const auto& word : words) {
    if (word.is_string()) out += (out.empty() ? "" : ", ") + std::string{word.as_string()};
  }
  return out;
}

void print_problem(const boost::json::object& problem, const Output& output) {
  const bool error = text_of(problem, "severity") == "error";
  const auto* line = problem.if_contains("line");
  std::string place = text_of(problem, "file");
  if (line != nullptr && line->is_int64() && line->get_int64() > 0)
    place += ":" + std::to_string(line->get_int64());
  output.line(output.toned(error ? "error" : "warning", error ? Tone::bad : Tone::warn) + "  " +
              place + "  " + text_of(problem, "what"));
  output.line("  next step: " + text_of(problem, "next_step"));
}

void print_component(const boost::json::object& component, const Output& output) {
  const auto trouble = text_of(component, "trouble");
  const auto options = joined(list_of(component, "options"));
  std::string line =
      output.toned(text_of(component, "change"), trouble.empty() ? Tone::good : Tone::bad);
  line += "  " + text_of(component, "kind") + " " + text_of(component, "name");
  if (!options.empty()) line += "  (" + options + ")";
  if (!trouble.empty()) line += "; " + trouble;
  output.line(line);
}

}  // namespace

ExitCode print_reload(const boost::json::object& report, bool json, const Output& output) {
  const auto* ok = report.if_contains("ok");
  const bool clean = ok != nullptr && ok->is_bool() && ok->get_bool();
  const auto code = clean ? ExitCode::ok : ExitCode::findings;
  if (json) {
    output.line(boost::json::serialize(report));
    return code;
  }
  for (const auto& problem : list_of(report, "problems")) {
    if (problem.is_object()) print_problem(problem.get_object(), output);
  }
  for (const auto& component : list_of(report, "components")) {
    if (component.is_object()) print_component(component.get_object(), output);
  }
  for (const auto& failure : list_of(report, "failures")) {
    if (failure.is_string())
      output.line(output.toned("error", Tone::bad) + "  " + std::string{failure.as_string()});
  }
  const auto later = joined(list_of(report, "after_restart"));
  if (!later.empty()) output.line("only after a restart: " + later);
  output.line(text_of(report, "summary"));
  return code;
}

}  // namespace cistern::app
