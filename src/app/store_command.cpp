#include "app/commands.hpp"
#include "app/setup.hpp"
#include "base/random.hpp"

#include <cstdio>

#include <boost/json.hpp>
#include <unistd.h>

namespace cistern::app {
namespace {

/// The store's folder from --path or the configuration; empty after a printed failure.
std::string folder_of(const StoreCommand& command, const Output& output) {
  if (!command.path.empty()) return command.path;
  const auto registry = make_registry();
  const auto configuration = load_configuration(command.configuration, registry, output);
  return configuration ? configuration->store.text("path") : std::string{};
}

/// A percentage on standard error, redrawn in place; nothing when that is no terminal.
std::function<void(std::uint64_t, std::uint64_t)> progress_line() {
  if (isatty(STDERR_FILENO) != 1) return {};
  return [last = std::uint64_t{101}](std::uint64_t done, std::uint64_t all) mutable {
    const auto percent = all == 0 ? 100 : done * 100 / all;
    if (percent == last) return;
    last = percent;
    std::fprintf(stderr, "\rverified %3llu %%%s", static_cast<unsigned long long>(percent),
                 percent == 100 ? "\n" : "");
  };
}

}  // namespace

ExitCode store_verify(const StoreCommand& command, const Output& output) {
  const auto folder = folder_of(command, output);
  if (folder.empty()) return ExitCode::configuration;
  const auto files = make_system_files();
  const auto report = journal::verify_store(folder, *files, progress_line());
  if (!report) return output.failure(report.error(), ExitCode::store);
  const bool sound = report->problems.empty() && report->repeated_identities == 0;
  if (command.json) {
    boost::json::array problems;
    for (const auto& problem : report->problems)
      problems.push_back(boost::json::value(problem));
    output.line(boost::json::serialize(
        boost::json::object{{"ok", sound},
                            {"segments", report->segments},
                            {"groups", report->groups},
                            {"events", report->events},
                            {"bytes", report->bytes},
                            {"repeated_identities", report->repeated_identities},
                            {"problems", std::move(problems)}}));
    return sound ? ExitCode::ok : ExitCode::findings;
  }
  output.line(grouped(report->segments) + " segments, " + grouped(report->groups) + " groups, " +
              grouped(report->events) + " events, " + grouped(report->bytes) + " bytes, " +
              grouped(report->repeated_identities) + " repeated");
  for (const auto& problem : report->problems)
    output.line(output.toned("damaged", Tone::bad) + "  " + problem);
  output.line(sound ? output.toned("sound", Tone::good)
                    : output.toned("not sound", Tone::bad) +
                          ": `cistern store repair` says what is done about it; `cistern run` "
                          "does it for what it meets");
  return sound ? ExitCode::ok : ExitCode::findings;
}

namespace {

std::string name_of(const journal::LedgerRow& row) {
  const Coverage& coverage = row.coverage;
  std::string text = row.connector + " " + coverage.stream + " " + coverage.kind;
  if (!coverage.item.empty()) text += " " + coverage.item;
  if (coverage.from != TimePoint{}) text += " " + format_time(coverage.from);
  if (coverage.to != coverage.from) text += " to " + format_time(coverage.to);
  return text;
}

std::string repair_as_json(const journal::RepairReport& report, bool done) {
  boost::json::object root{{"ok", report.found.empty() || done}, {"repaired", done}};
  const auto texts = [](const std::vector<std::string>& lines) {
    boost::json::array array;
    for (const auto& line : lines)
      array.push_back(boost::json::value(line));
    return array;
  };
  root["found"] = texts(report.found);
  root["steps"] = texts(report.steps);
  boost::json::array missing;
  for (const auto& hole : report.missing)
    missing.push_back({{"from", hole.from}, {"to", hole.to}, {"reason", hole.reason}});
  root["missing"] = std::move(missing);
  boost::json::array reopened;
  for (const auto& row : report.reopened)
    reopened.push_back(boost::json::value(name_of(row)));
  root["reopened"] = std::move(reopened);
  return boost::json::serialize(root);
}

void print_repair(const journal::RepairReport& report, bool done, const Output& output) {
  for (const auto& finding : report.found)
    output.line(output.toned("damaged", Tone::bad) + "   " + finding);
  for (const auto& hole : report.missing)
    output.line(output.toned("missing", Tone::bad) + "   " + grouped(hole.from) + ".." +
                grouped(hole.to) + " (" + hole.reason + ")");
  for (const auto& row : report.reopened)
    output.line("reopened  " + name_of(row));
  for (const auto& step : report.steps)
    output.line((done ? "done      " : "to do     ") + step);
  if (report.found.empty()) return output.line(output.toned("sound", Tone::good));
  output.line(done ? "repaired; `cistern store verify` reads all of it once more"
                   : "nothing was changed: repeat the command with --yes to do this");
}

}  // namespace

ExitCode store_repair(const StoreCommand& command, const Output& output) {
  const auto folder = folder_of(command, output);
  if (folder.empty()) return ExitCode::configuration;
  const auto files = make_system_files();
  SystemRandom random;
  const auto log = make_null_log();
  const SystemClock clock;
  const auto report = journal::repair_store(folder, command.yes, {*files, clock, random, *log});
  if (!report) return output.failure(report.error(), ExitCode::store);
  const bool done = command.yes && !report->found.empty();
  if (command.json) {
    output.line(repair_as_json(*report, done));
  } else {
    print_repair(*report, done, output);
  }
  return report->found.empty() || done ? ExitCode::ok : ExitCode::findings;
}

ExitCode store_dump(const StoreCommand& command, const Output& output) {
  const auto folder = folder_of(command, output);
  if (folder.empty()) return ExitCode::configuration;
  const auto files = make_system_files();
  const auto done = journal::dump_store(folder, *files, command.from, command.control,
                                        [&](std::string_view line) {
                                          std::fwrite(line.data(), 1, line.size(), stdout);
                                          if (line.empty() || line.back() != '\n')
                                            std::fputc('\n', stdout);
                                          return std::ferror(stdout) == 0;
                                        });
  std::fflush(stdout);
  if (!done) return output.failure(done.error(), ExitCode::store);
  return ExitCode::ok;
}

}  // namespace cistern::app
