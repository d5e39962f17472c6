// The options of a microsoft_365 connector, as data, and what they mean together.
#pragma once

#include "config/options.hpp"
#include "connectors/microsoft_365/machine.hpp"
#include "connectors/microsoft_365/webhook_listeners.hpp"
#include "ecs/view.hpp"
#include "net/http_client.hpp"
#include "net/oauth2.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cistern::connectors::microsoft_365 {

std::span<const config::Option> option_table();

/// Checks that concern several options, and forms that a type cannot express (GUID, https URL).
void check_options(const config::Values& values, std::vector<config::Problem>& problems);

/// Everything that an instance is made of.
struct Settings {
  MachineOptions machine;
  net::EntraOptions entra;
  net::HttpClientOptions http;
  unsigned parallel = 8;
  double requests_per_minute = 1000;
  std::optional<WebhookReceiver> webhook = {};  ///< With `machine.webhook`.
};

using ReadFile = std::function<Result<std::string>(const std::string& path)>;

/// Fails when the values cannot work: a certificate that cannot be read.
Result<Settings> make_settings(const config::Values& values, const ReadFile& read_file);

/// Whether the secret has the form of one, the certificate can sign now, that of the webhook can be
/// shown, and the bundle of authorities holds one.
Status verify_files(const config::Values& values, const ReadFile& read_file, TimePoint now);

/// "tenant contoso.onmicrosoft.com, Audit.Exchange", a line for each content type.
std::vector<std::string> what_is_read(const config::Values& values);

/// Whether the position is one of the same tenant.
bool continues_position(const config::Values& values, const Position& position);

/// What the mappings may read: the table `tenant_names` (by GUID in lower case) and the text
/// `redact_detected_values` ("true" or "false").
ecs::ViewOptions make_view_options(const config::Values& values);

}  // namespace cistern::connectors::microsoft_365
