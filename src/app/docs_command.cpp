#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "app/manual.hpp"
#include "app/setup.hpp"
#include "config/manual.hpp"
#include "runtime/status/metrics.hpp"

#include <filesystem>
#include <map>

namespace cistern::app {
namespace {

constexpr std::uint64_t kLargestPage = 16ULL << 20;

std::string metrics_page() {
  std::string page =
      "# Metrics\n\nMade from the code by `cistern docs`. Served in Prometheus' text format at "
      "`/metrics` of the telemetry\n"
      "address; `/healthz` answers 200 or 503 with one JSON object.\n\n| name | type | labels | "
      "meaning |\n| --- | --- | --- | --- |\n";
  for (const auto& metric : runtime::metric_types()) {
    page += "| `" + std::string{metric.name} + "` | " + std::string{metric.type} + " | " +
            std::string{metric.labels} + " | " + std::string{metric.text} + " |\n";
  }
  return page;
}

std::map<std::string, std::string> pages() {
  const auto schema = make_registry().schema();
  auto all = config::reference_pages(schema);
  all["commands.md"] = commands_page();
  all["metrics.md"] = metrics_page();
  all["cistern.schema.json"] = config::json_schema(schema);
  return all;
}

ExitCode compare_pages(const std::string& folder, const Output& output) {
  bool same = true;
  for (const auto& [name, text] : pages()) {
    const auto there = read_whole_file(folder + "/" + name, kLargestPage);
    if (there && *there == text) continue;
    same = false;
    output.line(output.toned("differs", Tone::bad) + "  " + folder + "/" + name);
  }
  if (same) return ExitCode::ok;
  output.note("next step: write the pages anew with `cistern docs --out " + folder + "`");
  return ExitCode::findings;
}

Status write_page(const std::string& path, const std::string& text) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path{path}.parent_path(), error);
  const auto files = make_system_files();
  auto file = files->open(path, OpenMode::create_or_open);
  if (!file) return fail(file.error());
  if (auto cut = (*file)->truncate(0); !cut) return cut;
  if (auto written = (*file)->write_at(0, text); !written) return written;
  std::filesystem::permissions(path, std::filesystem::perms{0644}, error);
  return {};
}

/// What a package of a distribution carries besides the program.
std::map<std::string, std::string> manual_files() {
  const auto commands = all_commands();
  return {{"cistern.1", manual_page(commands, CISTERN_VERSION)},
          {"cistern.yaml.5", config::manual_page(make_registry().schema(), CISTERN_VERSION)},
          {"cistern.bash", bash_completion(commands)}};
}

ExitCode write_pages(const std::map<std::string, std::string>& all, const std::string& folder,
                     const Output& output) {
  for (const auto& [name, text] : all) {
    if (auto written = write_page(folder + "/" + name, text); !written)
      return output.failure(written.error(), ExitCode::failed);
  }
  output.line("written to " + folder);
  return ExitCode::ok;
}

}  // namespace

ExitCode docs(const DocsCommand& command, const Output& output) {
  if (command.schema) {
    output.line(config::json_schema(make_registry().schema()));
    return ExitCode::ok;
  }
  if (!command.manual.empty()) return write_pages(manual_files(), command.manual, output);
  if (command.folder.empty()) {
    for (const auto& [name, text] : pages())
      output.line(name);
    return ExitCode::ok;
  }
  if (command.compare) return compare_pages(command.folder, output);
  return write_pages(pages(), command.folder, output);
}

}  // namespace cistern::app
