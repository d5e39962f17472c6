// Configuration files, and the values in them. A file is never trusted to be YAML, and what is said
// about a bad one must not repeat a secret.
#include "base/bytes.hpp"
#include "base/time.hpp"
#include "config/loader.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using cistern::config::Option;
using cistern::config::OptionType;

constexpr std::array<std::string_view, 2> kClouds = {"global", "gcc"};
constexpr std::array kStore = {
    Option{.name = "path", .type = OptionType::path, .required = true, .text = "Folder."},
    Option{.name = "max_size",
           .type = OptionType::size,
           .fallback = "1GiB",
           .text = "Most.",
           .least = 1024},
};
constexpr std::array kTelemetry = {
    Option{.name = "listen", .fallback = "127.0.0.1:1", .text = "Address."}};
constexpr std::array kCommonConnector = {
    Option{.name = "enabled", .type = OptionType::boolean, .fallback = "true", .text = "Runs."}};
constexpr std::array kCommonDestination = {
    Option{.name = "connectors", .type = OptionType::list, .text = "Whose events."}};
constexpr std::array kConnector = {
    Option{.name = "tenant", .required = true, .text = "Tenant."},
    Option{.name = "client_secret", .type = OptionType::secret, .text = "Secret."},
    Option{.name = "cloud",
           .type = OptionType::choice,
           .fallback = "gcc",
           .text = "Cloud.",
           .choices = kClouds},
    Option{.name = "poll_every",
           .type = OptionType::duration,
           .fallback = "1m",
           .text = "Pause.",
           .least = 1},
    Option{
        .name = "parallel", .type = OptionType::integer, .text = "Number.", .least = 1, .most = 8},
    Option{.name = "names", .type = OptionType::map, .text = "Names."},
};
constexpr std::array kDestination = {
    Option{.name = "path", .type = OptionType::path, .required = true, .text = "File."}};

cistern::config::Schema schema() {
  cistern::config::Schema out{kStore, kTelemetry, kCommonConnector, kCommonDestination, {}, {}};
  out.connectors.push_back({"cloud_audit", "Audit.", kConnector, {}});
  out.destinations.push_back({"file", "File.", kDestination, {}});
  return out;
}

cistern::config::SecretSources secrets() {
  cistern::config::SecretSources out;
  out.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "EMPTY") return "";
    return "Value%Of%The%Environment";
  };
  out.read_file = [](const std::string&) -> cistern::Result<std::string> {
    return "Value%Of%A%File";
  };
  out.credentials_directory = "/run/credentials";
  return out;
}

void require(bool kept) {
  if (!kept) std::abort();
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

/// A fetched secret must not be said, unless the file itself holds the same words.
void check_unsaid(std::string_view words, std::string_view text, std::string_view secret) {
  require(count(text, secret) > 0 || count(words, secret) == 0);
}

void check_file(std::string_view text) {
  const auto loaded = cistern::config::load(text, "cistern.yaml", schema(), secrets());
  const std::string words = cistern::config::render(loaded.problems, false);
  require(cistern::is_utf8(words));
  require(loaded.problems.size() <= 101);
  check_unsaid(words, text, "Value%Of%The%Environment");
  check_unsaid(words, text, "Value%Of%A%File");
  if (!loaded.ok()) return;
  require(!loaded.configuration.connectors.empty());
  for (const auto& connector : loaded.configuration.connectors) {
    require(!connector.values.text("tenant").empty());
    connector.values.secret("client_secret").use([&](std::string_view secret) {
      // Short words may stand in our own sentences, and repeated ones where they may be shown.
      require(secret.size() < 24 || count(text, secret) != 1 || count(words, secret) == 0);
    });
  }
}

void check_values(std::string_view text) {
  if (const auto duration = cistern::config::parse_duration(text)) require(duration->count() >= 0);
  (void)cistern::config::parse_size(text);
  if (const auto time = cistern::parse_time(text))
    require(cistern::parse_time(cistern::format_time(*time)) == time);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  check_file(text);
  check_values(text);
  check_values(text.substr(0, text.find('\n')));
  return 0;
}
