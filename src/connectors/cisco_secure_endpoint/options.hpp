// The options of a cisco_secure_endpoint connector, as data, and what they mean together. Those of
// the event stream stand in event_stream_options.hpp.
#pragma once

#include "config/options.hpp"
#include "connectors/cisco_secure_endpoint/basic_authorizer.hpp"
#include "connectors/cisco_secure_endpoint/machine.hpp"
#include "net/http_client.hpp"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace cistern::connectors::cisco_secure_endpoint {

std::span<const config::Option> option_table();

/// Checks that concern several options, and forms that a type cannot express.
void check_options(const config::Values& values, std::vector<config::Problem>& problems);

/// Everything that an instance is made of.
struct Settings {
  MachineOptions machine;
  BasicCredential credential;
  net::HttpClientOptions http;
  double requests_per_minute = 50;
};

Settings make_settings(const config::Values& values);

using ReadFile = std::function<Result<std::string>(const std::string& path)>;

/// Whether there is a key, and the bundle of authorities holds a certificate.
Status verify_files(const config::Values& values, const ReadFile& read_file);

/// "events of client 1ab1... at api.eu.amp.cisco.com": two connectors with a word in common read
/// the same.
std::vector<std::string> what_is_read(const config::Values& values);

/// Whether the position is one of the same client in the same cloud.
bool continues_position(const config::Values& values, const Position& position);

}  // namespace cistern::connectors::cisco_secure_endpoint
