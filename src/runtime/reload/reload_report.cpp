#include "runtime/reload/reload_report.hpp"

#include "codec/json.hpp"

#include <algorithm>
#include <map>

namespace cistern::runtime {
namespace {

using config::Change;
using config::Problem;

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words)
    out += (out.empty() ? "" : ", ") + word;
  return out;
}

std::string line_of(const ReloadedComponent& component) {
  std::string line = std::string{to_string(component.change.change)};
  if (!component.change.options.empty()) line += " (" + joined(component.change.options) + ")";
  if (!component.trouble.empty()) line += "; " + component.trouble;
  return line;
}

void write_list(codec::JsonWriter& writer, std::string_view key,
                const std::vector<std::string>& items) {
  writer.key(key).begin_array();
  for (const auto& item : items)
    writer.string(item);
  writer.end_array();
}

void write_problems(codec::JsonWriter& writer, const std::vector<Problem>& problems) {
  writer.key("problems").begin_array();
  for (const auto& problem : problems) {
    writer.begin_object().key("severity");
    writer.string(problem.severity == Problem::Severity::error ? "error" : "warning");
    writer.key("file").string(problem.place.file);
    writer.key("line").number(static_cast<std::uint64_t>(std::max(problem.place.line, 0)));
    writer.key("column").number(static_cast<std::uint64_t>(std::max(problem.place.column, 0)));
    writer.key("what").string(problem.what);
    writer.key("next_step").string(problem.next_step).end_object();
  }
  writer.end_array();
}

void write_components(codec::JsonWriter& writer, const ReloadReport& report) {
  writer.key("components").begin_array();
  for (const auto& component : report.components) {
    writer.begin_object().key("kind").string(to_string(component.kind));
    writer.key("name").string(component.change.name);
    writer.key("change").string(to_string(component.change.change));
    write_list(writer, "options", component.change.options);
    if (!component.trouble.empty()) writer.key("trouble").string(component.trouble);
    writer.end_object();
  }
  writer.end_array();
}

}  // namespace

bool ReloadReport::refused() const {
  return std::any_of(problems.begin(), problems.end(), [](const Problem& problem) {
    return problem.severity == Problem::Severity::error;
  });
}

bool ReloadReport::clean() const {
  return !refused() && failures.empty() &&
         std::all_of(components.begin(), components.end(),
                     [](const auto& component) { return component.trouble.empty(); });
}

std::string summary(const ReloadReport& report) {
  if (report.refused()) return "nothing was changed: the configuration cannot be used";
  std::map<std::pair<ComponentKind, Change>, std::size_t> counts;
  for (const auto& component : report.components)
    ++counts[{component.kind, component.change.change}];
  std::string out;
  for (const auto& [what, count] : counts) {
    out += (out.empty() ? "" : ", ") + std::to_string(count) + " " +
           std::string{to_string(what.first)} + (count == 1 ? " " : "s ") +
           std::string{to_string(what.second)};
  }
  return (out.empty() ? "nothing changed" : out) + "; " + std::to_string(report.unchanged) +
         " unchanged";
}

std::string report_json(const ReloadReport& report) {
  std::string text;
  codec::JsonWriter writer(text);
  writer.begin_object().key("ok").boolean(report.clean());
  writer.key("reason").string(report.reason).key("summary").string(summary(report));
  write_problems(writer, report.problems);
  write_components(writer, report);
  writer.key("unchanged").number(std::uint64_t{report.unchanged});
  write_list(writer, "after_restart", report.after_restart);
  std::vector<std::string> failures;
  for (const auto& failure : report.failures)
    failures.push_back(failure.sentence());
  write_list(writer, "failures", failures);
  writer.end_object();
  return text;
}

void write_report(const ReloadReport& report, Log& log) {
  for (const auto& problem : report.problems) {
    const bool error = problem.severity == Problem::Severity::error;
    log.write(error ? LogLevel::error : LogLevel::warning, "configuration",
              problem.place.text() + ": " + problem.what + "; next step: " + problem.next_step, {});
  }
  for (const auto& component : report.components) {
    log.write(component.trouble.empty() ? LogLevel::info : LogLevel::error, component.change.name,
              line_of(component), {{"kind", to_string(component.kind)}});
  }
  for (const auto& option : report.after_restart) {
    log.warning("configuration",
                option + " was changed; it keeps its old value until cistern is restarted", {});
  }
  for (const auto& failure : report.failures)
    log.error("configuration", failure.sentence(), {{"code", failure.code}});
  log.write(report.clean() ? LogLevel::info : LogLevel::error, "configuration",
            "read again (" + report.reason + "): " + summary(report), {});
}

}  // namespace cistern::runtime
