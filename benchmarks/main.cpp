// Prints each figure beside its goal and what limits it, all measured in this run.
#include "formats.hpp"
#include "mail_join.hpp"
#include "mail_lines.hpp"
#include "path.hpp"
#include "syslog.hpp"
#include "text_records.hpp"
#include "umbrella.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace {

using cistern::bench::Table;

constexpr std::string_view kUsage =
    "usage: cistern_bench [--quick | --full] [--only path | mapping | formats | identities | "
    "start | syslog | text | mail | join | umbrella] "
    "[--repeat N] [--receiver PORT]\n";

struct Settings {
  std::uint64_t megabytes = 64;
  std::uint64_t identities = 8'000'000;
  std::string only;
  int repeat = 5;
  std::uint16_t receiver = 0;  // A port on loopback that takes syslog over TCP.

  [[nodiscard]] bool wants(std::string_view part) const { return only.empty() || only == part; }
};

std::optional<Settings> parse(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--full") {
      settings.megabytes = 1024;
      settings.identities = 80'000'000;
    } else if (word == "--quick") {
      settings.megabytes = 32;
      settings.identities = 1'000'000;
    } else if (word == "--only" && i + 1 < argc) {
      settings.only = argv[++i];
      if (settings.only != "path" && settings.only != "mapping" && settings.only != "formats" &&
          settings.only != "identities" && settings.only != "start" && settings.only != "syslog" &&
          settings.only != "text" && settings.only != "mail" && settings.only != "join" &&
          settings.only != "umbrella") {
        return std::nullopt;
      }
    } else if (word == "--receiver" && i + 1 < argc) {
      settings.receiver = static_cast<std::uint16_t>(std::atoi(argv[++i]));
    } else if (word == "--repeat" && i + 1 < argc) {
      settings.repeat = std::atoi(argv[++i]);
      if (settings.repeat < 1) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  return settings;
}

void print(const Table& table) {
  std::printf("\n%s\n", table.title.c_str());
  std::printf("  %-52s %14s  %-26s %s\n", "what", "measured", "goal", "remark");
  for (const auto& row : table.rows) {
    std::printf("  %-52s %14s  %-26s %s\n", row.what.c_str(), row.measured.c_str(),
                row.goal.c_str(), row.remark.c_str());
  }
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const auto settings = parse(argc, argv);
  if (!settings) {
    std::fputs(kUsage.data(), stderr);
    return 2;
  }
  const char* const base = std::getenv("TMPDIR");
  std::string folder = std::string{base == nullptr ? "/tmp" : base} + "/cistern-bench-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return 1;
  if (settings->wants("path") || settings->wants("mapping") || settings->wants("formats")) {
    const auto blobs = cistern::bench::make_blobs(settings->megabytes * 1'000'000);
    if (settings->wants("path")) {
      using namespace cistern::bench;
      print(measure_path(microsoft_365_source(blobs), folder, settings->repeat));
      const auto events = make_falcon_events(settings->megabytes * 1'000'000);
      print(measure_path(falcon_source(events), folder, settings->repeat));
      const auto texts = make_umbrella_texts(settings->megabytes * 1'000'000);
      print(measure_path(umbrella_source(texts), folder, settings->repeat));
    }
    if (settings->wants("mapping")) {
      print(cistern::bench::measure_mapping(blobs, settings->repeat));
    }
    if (settings->wants("formats")) {
      print(cistern::bench::measure_formats(blobs, settings->repeat));
    }
  }
  if (settings->wants("identities")) {
    print(cistern::bench::measure_identities(settings->identities, folder));
  }
  if (settings->wants("start")) print(cistern::bench::measure_start(folder));
  if (settings->wants("syslog")) {
    print(cistern::bench::measure_syslog(settings->receiver, settings->repeat));
  }
  if (settings->wants("mail")) print(cistern::bench::measure_mail_lines(settings->repeat));
  if (settings->wants("join")) print(cistern::bench::measure_mail_join(settings->repeat));
  if (settings->wants("umbrella")) {
    const auto texts = cistern::bench::make_umbrella_texts(settings->megabytes * 1'000'000);
    print(cistern::bench::measure_umbrella(texts, settings->repeat));
  }
  if (settings->wants("text")) print(cistern::bench::measure_text_records(settings->repeat));
  std::filesystem::remove_all(folder);
  return 0;
}
