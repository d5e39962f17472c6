#include "app/commands.hpp"
#include "app/setup.hpp"

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
                          ": cistern run sets damaged groups aside by itself and reads them again "
                          "where the vendor still has them");
  return sound ? ExitCode::ok : ExitCode::findings;
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
