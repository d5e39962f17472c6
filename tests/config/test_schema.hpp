// A small schema with every kind of option, and secrets that come from memory.
#pragma once

#include "config/loader.hpp"

#include <array>
#include <map>
#include <string>

namespace cistern::config::testing_schema {

inline constexpr std::array<std::string_view, 3> kClouds = {"global", "gcc", "china"};

inline constexpr std::array kStore = {
    Option{.name = "path",
           .type = OptionType::path,
           .required = true,
           .example = "/var/lib/cistern",
           .text = "Folder of the store."},
    Option{.name = "keep",
           .type = OptionType::duration,
           .fallback = "30d",
           .text = "How long read events stay.",
           .least = 3600,
           .most = 31536000},
    Option{.name = "max_size",
           .type = OptionType::size,
           .fallback = "100GiB",
           .text = "Most disk space.",
           .least = 67108864},
};

inline constexpr std::array kTelemetry = {
    Option{.name = "listen",
           .fallback = "127.0.0.1:9477",
           .text = "Where metrics are served.",
           .reload = Reload::restart},
};

inline constexpr std::array kCommonConnector = {
    Option{.name = "enabled",
           .type = OptionType::boolean,
           .fallback = "true",
           .text = "Whether it runs."},
};

inline constexpr std::array kCommonDestination = {
    Option{.name = "connectors",
           .type = OptionType::list,
           .example = "[contoso]",
           .text = "Whose events go here."},
};

inline constexpr std::array kCloudOptions = {
    Option{.name = "tenant",
           .required = true,
           .example = "contoso.onmicrosoft.com",
           .text = "Name of the tenant."},
    Option{.name = "client_secret",
           .type = OptionType::secret,
           .example = "${env:CLIENT_SECRET}",
           .text = "Proves who we are.",
           .reload = Reload::live},
    Option{.name = "cloud",
           .type = OptionType::choice,
           .fallback = "global",
           .text = "Which cloud.",
           .choices = kClouds},
    Option{.name = "clouds",
           .type = OptionType::list,
           .fallback = "[global, gcc]",
           .text = "Several.",
           .choices = kClouds},
    Option{.name = "poll_every",
           .type = OptionType::duration,
           .fallback = "1m",
           .text = "Pause between polls.",
           .least = 30,
           .most = 86400},
    Option{.name = "parallel",
           .type = OptionType::integer,
           .fallback = "4",
           .text = "Requests at once.",
           .least = 1,
           .most = 64},
    Option{.name = "names", .type = OptionType::map, .text = "Names by number."},
    Option{.name = "endpoint", .text = "Another address."},
};

inline constexpr std::array kFileOptions = {
    Option{.name = "path",
           .type = OptionType::path,
           .required = true,
           .example = "/tmp/events",
           .text = "The file."},
};

inline Schema schema() {
  Schema out{kStore, kTelemetry, kCommonConnector, kCommonDestination, {}, {}};
  out.connectors.push_back(
      {"cloud_audit", "Audit records of a cloud.", kCloudOptions,
       [](const Values& values, std::vector<Problem>& problems) {
         if (values.text("endpoint") == "nowhere")
           problems.push_back({Problem::Severity::error,
                               values.place("endpoint"),
                               "no such endpoint",
                               "name another",
                               {}});
         if (values.integer("parallel") == 64)
           problems.push_back({Problem::Severity::warning, {}, "very parallel", "use less", {}});
       }});
  out.destinations.push_back({"file", "Lines in a file.", kFileOptions, {}});
  return out;
}

inline SecretSources secrets() {
  SecretSources out;
  out.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "CLIENT_SECRET") return "from-environment";
    if (name == "EMPTY") return "";
    return std::nullopt;
  };
  out.read_file = [](const std::string& path) -> Result<std::string> {
    if (path == "/secrets/key" || path == "/etc/cistern/key" || path == "/run/credentials/key")
      return "from " + path;
    if (path == "/secrets/empty") return "";
    return fail_stop("file/missing", "cannot read " + path, "create it");
  };
  out.credentials_directory = "/run/credentials";
  return out;
}

inline Loaded load_text(std::string_view text) {
  return load(text, "/etc/cistern/cistern.yaml", schema(), secrets());
}

}  // namespace cistern::config::testing_schema
