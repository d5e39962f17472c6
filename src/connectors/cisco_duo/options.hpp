// The options of a cisco_duo connector, as data, and what they mean together.
#pragma once

#include "config/options.hpp"
#include "connectors/cisco_duo/machine.hpp"
#include "connectors/cisco_duo/signing_authorizer.hpp"
#include "net/http_client.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_duo {

std::span<const config::Option> option_table();

/// Checks that concern several options, and forms that a type cannot express.
void check_options(const config::Values& values, std::vector<config::Problem>& problems);

/// Everything that an instance is made of.
struct Settings {
  MachineOptions machine;
  Credential credential;
  net::HttpClientOptions http;
};

/// Fails when `host` or the keys cannot be what they should.
Result<Settings> make_settings(const config::Values& values);

/// What is wrong with the two keys by their looks alone: exchanged, cut, with blanks. Codes
/// "cisco_duo/keys-swapped" and "cisco_duo/key-shape". Shows nothing of the secret key.
std::optional<Failure> key_trouble(std::string_view integration_key, const Secret& secret_key);

using ReadFile = std::function<Result<std::string>(const std::string& path)>;

/// Whether the keys look like keys, and the bundle of authorities holds a certificate.
Status verify_files(const config::Values& values, const ReadFile& read_file);

/// "host api-1a2b3c4d.duosecurity.com, authentication": two connectors with a word in common read
/// the same, and take each other's request budget at the vendor.
std::vector<std::string> what_is_read(const config::Values& values);

/// Whether the position is one of the same account.
bool continues_position(const config::Values& values, const Position& position);

}  // namespace cistern::connectors::cisco_duo
