// The options of a crowdstrike_falcon connector, as data, and what they mean together.
#pragma once

#include "config/options.hpp"
#include "connectors/crowdstrike_falcon/machine.hpp"
#include "connectors/crowdstrike_falcon/token.hpp"
#include "net/http_client.hpp"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace cistern::connectors::crowdstrike_falcon {

std::span<const config::Option> option_table();

/// Checks that concern several options, and forms that a type cannot express.
void check_options(const config::Values& values, std::vector<config::Problem>& problems);

/// Everything that an instance is made of.
struct Settings {
  MachineOptions machine;
  TokenOptions token;
  net::HttpClientOptions http;
};

Settings make_settings(const config::Values& values);

using ReadFile = std::function<Result<std::string>(const std::string& path)>;

/// Whether there is a secret, and the bundle of authorities holds a certificate.
Status verify_files(const config::Values& values, const ReadFile& read_file);

/// "app_id cistern01 of API client ..., partition 0": two connectors with a word in common take
/// each other's streams away.
std::vector<std::string> what_is_read(const config::Values& values);

/// Whether the position is one of the same API client.
bool continues_position(const config::Values& values, const Position& position);

}  // namespace cistern::connectors::crowdstrike_falcon
