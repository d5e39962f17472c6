#include "connectors/microsoft_365/connector.hpp"

#include "base/files.hpp"
#include "connectors/microsoft_365/doctor.hpp"
#include "connectors/microsoft_365/functions.hpp"
#include "connectors/microsoft_365/machine.hpp"
#include "connectors/microsoft_365/options.hpp"
#include "connectors/microsoft_365/options_webhook.hpp"
#include "connectors/microsoft_365/origin.hpp"
#include "connectors/microsoft_365/read_file.hpp"
#include "connectors/microsoft_365/relist.hpp"
#include "connectors/microsoft_365/webhook_connector.hpp"
#include "connectors/microsoft_365/wire.hpp"
#include "net/io_loop.hpp"
#include "runtime/poll/poll_driver.hpp"

#include <span>
#include <utility>

namespace cistern::embedded::microsoft_365 {
std::span<const File> files();
}

namespace cistern::connectors::microsoft_365 {

namespace {

Result<std::unique_ptr<runtime::Connector>> make(const std::string& name,
                                                 const config::Values& values, net::IoLoop& loop,
                                                 const runtime::Services& services,
                                                 std::shared_ptr<WebhookListeners> listeners) {
  auto settings = make_settings(values, read_small_file);
  if (!settings) return fail(settings.error());
  for (const std::string& content_type : settings->machine.content_types) {
    const ContentType* type = find_content_type(content_type);
    // DLP.All may be left out; it is declared when it first reports.
    if (type == nullptr || (type->name == kDlp && !settings->machine.dlp_required)) continue;
    services.status.add_stream(name, std::string(type->stream));
  }
  runtime::PollDriverOptions driver;
  driver.connector = name;
  driver.max_parallel = settings->parallel;
  driver.budget = "microsoft_365/" + settings->machine.tenant;
  driver.requests_per_minute = settings->requests_per_minute;
  auto http = net::make_http_client(loop, std::move(settings->http));
  auto authorizer = net::make_entra_authorizer(std::move(settings->entra), *http, loop,
                                               services.clock, services.random);
  const bool hooked = settings->webhook.has_value();
  WebhookParts webhook{.connector = name,
                       .receiver =
                           [values, first = settings->webhook.value_or(WebhookReceiver{})] {
                             const auto read = make_webhook(values, read_small_file);
                             return read ? read->receiver : first;
                           },
                       .manage_url = settings->machine.manage_url,
                       .client_id = values.text("client_id"),
                       .listeners = std::move(listeners)};
  auto machine = make_machine(std::move(settings->machine), services.random);
  NotifiedMachine& notified = *machine;
  auto polling = runtime::make_poll_connector(std::move(driver), std::move(machine),
                                              std::move(authorizer), std::move(http), services);
  if (!hooked) return std::unique_ptr<runtime::Connector>(std::move(polling));
  return make_webhook_connector(std::move(webhook), std::move(polling), notified, loop, services);
}

std::vector<runtime::StreamType> streams() {
  std::vector<runtime::StreamType> out;
  for (const ContentType& type : kContentTypes) {
    out.push_back({.name = type.stream, .text = type.text, .proof = runtime::ProofKind::complete});
  }
  return out;
}

}  // namespace

runtime::ConnectorType connector_type() {
  // Shared by the connectors of this type, which are all that know of it.
  auto listeners = std::make_shared<WebhookListeners>();
  return {
      .name = "microsoft_365",
      .summary = "Microsoft 365 unified audit log through the Office 365 Management Activity API.",
      .options = option_table(),
      .streams = streams(),
      .check = check_options,
      .make =
          [listeners](const std::string& name, const config::Values& values, net::IoLoop& loop,
                      const runtime::Services& services) {
            return make(name, values, loop, services, listeners);
          },
      .verify = [](const config::Values& values,
                   TimePoint now) { return verify_files(values, read_small_file, now); },
      .reads = what_is_read,
      .continues = continues_position,
      .doctor = start_doctor,
      .origin = origin_of,
      .relist = start_relist,
      .files = embedded::microsoft_365::files(),
      .functions = mapping_functions(),
      .view_options = make_view_options};
}

}  // namespace cistern::connectors::microsoft_365
