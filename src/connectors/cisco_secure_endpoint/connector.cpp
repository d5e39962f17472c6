#include "connectors/cisco_secure_endpoint/connector.hpp"

#include "connectors/cisco_secure_endpoint/clouds.hpp"
#include "connectors/cisco_secure_endpoint/doctor.hpp"
#include "connectors/cisco_secure_endpoint/event_stream_connector.hpp"
#include "connectors/cisco_secure_endpoint/event_stream_release.hpp"
#include "connectors/cisco_secure_endpoint/functions.hpp"
#include "connectors/cisco_secure_endpoint/identity.hpp"
#include "connectors/cisco_secure_endpoint/options.hpp"
#include "connectors/cisco_secure_endpoint/origin.hpp"
#include "connectors/cisco_secure_endpoint/page_decoder.hpp"
#include "net/io_loop.hpp"
#include "runtime/poll/poll_driver.hpp"

#include <span>
#include <utility>

namespace cistern::embedded::cisco_secure_endpoint {
std::span<const File> files();
}

namespace cistern::connectors::cisco_secure_endpoint {

namespace {

/// What the event stream needs besides the polling connector.
EventStreamParts stream_parts(const std::string& name, const config::Values& values,
                              const Settings& settings, const std::string& budget,
                              net::IoLoop& loop) {
  EventStreamParts parts;
  parts.connector = name;
  parts.api_url = settings.machine.api_url;
  parts.identity_host = identity_host(settings.machine.api_url);
  parts.settings = make_event_stream_settings(values);
  parts.keys = make_release_keys({.client_id = settings.credential.client_id,
                                  .api_key = settings.credential.api_key,
                                  .ca_file = settings.http.ca_file,
                                  .proxy = settings.http.proxy,
                                  .proxy_user = settings.http.proxy_user,
                                  .proxy_password = settings.http.proxy_password});
  parts.http = net::make_http_client(loop, settings.http);
  parts.authorizer = make_basic_authorizer(settings.credential, loop);
  parts.budget = budget;
  parts.requests_per_minute = settings.requests_per_minute;
  return parts;
}

Result<std::unique_ptr<runtime::Connector>> make(const std::string& name,
                                                 const config::Values& values, net::IoLoop& loop,
                                                 const runtime::Services& services) {
  Settings settings = make_settings(values);
  const bool streamed = wants_event_stream(values);
  if (settings.machine.events || streamed) services.status.add_stream(name, std::string{kEvents});
  if (settings.machine.audit) services.status.add_stream(name, std::string{kAudit});
  runtime::PollDriverOptions driver;
  driver.connector = name;
  driver.max_parallel = 2;
  // All keys of an organisation share one budget at the vendor; keys that are one, share one here.
  driver.budget = "cisco_secure_endpoint/" + settings.machine.client_id;
  driver.requests_per_minute = settings.requests_per_minute;
  std::optional<EventStreamParts> stream;
  if (streamed) stream = stream_parts(name, values, settings, driver.budget, loop);
  auto http = net::make_http_client(loop, std::move(settings.http));
  auto authorizer = make_basic_authorizer(std::move(settings.credential), loop);
  auto machine = make_machine(std::move(settings.machine), services.random);
  RestMachine& rest = *machine;
  auto polling = runtime::make_poll_connector(std::move(driver), std::move(machine),
                                              std::move(authorizer), std::move(http), services);
  if (!stream) return std::unique_ptr<runtime::Connector>(std::move(polling));
  return make_event_stream_connector(std::move(*stream), std::move(polling), rest, services);
}

Status verify(const config::Values& values, TimePoint /*now*/) {
  return verify_files(values, config::system_secret_sources().read_file);
}

}  // namespace

runtime::ConnectorType connector_type() {
  return {.name = kVendor,
          .summary =
              "Cisco Secure Endpoint (AMP for Endpoints): events and audit log by its REST "
              "interface, events also by event streams.",
          .options = option_table(),
          .streams = {{.name = kAudit,
                       .text = "What administrators did in the console and over the API.",
                       .proof = runtime::ProofKind::windowed},
                      {.name = kEvents,
                       .text = "Detections, quarantine, indications of compromise, scans, updates "
                               "and all other events of the endpoints.",
                       .proof = runtime::ProofKind::windowed}},
          .check = check_options,
          .make = make,
          .verify = verify,
          .reads = what_is_read,
          .continues = continues_position,
          .doctor = start_doctor,
          .origin = origin_of,
          .leaves_behind = event_stream_left_behind,
          .release = start_event_stream_release,
          .files = embedded::cisco_secure_endpoint::files(),
          .functions = mapping_functions(),
          .view_options = [](const config::Values&) { return ecs::ViewOptions{}; },
          .record_in = record_in_answer};
}

}  // namespace cistern::connectors::cisco_secure_endpoint
