#include "connectors/cisco_duo/connector.hpp"

#include "connectors/cisco_duo/doctor.hpp"
#include "connectors/cisco_duo/functions.hpp"
#include "connectors/cisco_duo/machine.hpp"
#include "connectors/cisco_duo/options.hpp"
#include "connectors/cisco_duo/origin.hpp"
#include "connectors/cisco_duo/signing_authorizer.hpp"
#include "net/io_loop.hpp"
#include "runtime/poll/poll_driver.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace cistern::embedded::cisco_duo {
std::span<const File> files();
}

namespace cistern::connectors::cisco_duo {

namespace {

Result<std::unique_ptr<runtime::Connector>> make(const std::string& name,
                                                 const config::Values& values, net::IoLoop& loop,
                                                 const runtime::Services& services) {
  auto settings = make_settings(values);
  if (!settings) return fail(settings.error());
  // A secret key in the place of the integration key would be sent in every request.
  const auto trouble =
      key_trouble(settings->credential.integration_key, settings->credential.secret_key);
  if (trouble && trouble->code == "cisco_duo/keys-swapped") return fail(*trouble);
  for (const std::string& stream : settings->machine.streams)
    services.status.add_stream(name, stream);
  runtime::PollDriverOptions driver;
  driver.connector = name;
  driver.max_parallel = static_cast<unsigned>(kLogStreams.size());
  driver.budget = "cisco_duo/" + settings->credential.integration_key;
  // The machine paces each endpoint by itself; this is only a bound for all of them.
  const auto logs = static_cast<double>(kLogStreams.size());
  driver.requests_per_minute = std::max(600.0, settings->machine.requests_per_minute * logs * 20);
  auto http = net::make_http_client(loop, std::move(settings->http));
  auto authorizer = make_signing_authorizer(std::move(settings->credential), services.loop,
                                            services.clock, settings->machine.clock);
  auto machine = make_machine(std::move(settings->machine), services.random);
  return runtime::make_poll_connector(std::move(driver), std::move(machine), std::move(authorizer),
                                      std::move(http), services);
}

std::vector<runtime::StreamType> streams() {
  std::vector<runtime::StreamType> out;
  for (const LogStream& stream : kLogStreams) {
    out.push_back(
        {.name = stream.name, .text = stream.text, .proof = runtime::ProofKind::windowed});
  }
  return out;
}

Status verify(const config::Values& values, TimePoint /*now*/) {
  return verify_files(values, config::system_secret_sources().read_file);
}

}  // namespace

runtime::ConnectorType connector_type() {
  return {.name = kVendor,
          .summary =
              "Cisco Duo: authentication, activity, telephony and administrator logs, offline "
              "enrolments and Trust Monitor through the Admin API.",
          .options = option_table(),
          .streams = streams(),
          .check = check_options,
          .make = make,
          .verify = verify,
          .reads = what_is_read,
          .continues = continues_position,
          .doctor = start_doctor,
          .origin = origin_of,
          .files = embedded::cisco_duo::files(),
          .functions = mapping_functions(),
          .view_options = [](const config::Values&) { return ecs::ViewOptions{}; }};
}

}  // namespace cistern::connectors::cisco_duo
