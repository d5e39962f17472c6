#include "connectors/crowdstrike_falcon/connector.hpp"

#include "connectors/crowdstrike_falcon/doctor.hpp"
#include "connectors/crowdstrike_falcon/functions.hpp"
#include "connectors/crowdstrike_falcon/machine.hpp"
#include "connectors/crowdstrike_falcon/options.hpp"
#include "connectors/crowdstrike_falcon/origin.hpp"
#include "connectors/crowdstrike_falcon/token.hpp"
#include "connectors/crowdstrike_falcon/wire.hpp"
#include "net/http_stream.hpp"
#include "net/io_loop.hpp"
#include "net/token_authorizer.hpp"
#include "runtime/stream/stream_driver.hpp"

#include <span>
#include <utility>

namespace cistern::embedded::crowdstrike_falcon {
std::span<const File> files();
}

namespace cistern::connectors::crowdstrike_falcon {

namespace {

Result<std::unique_ptr<runtime::Connector>> make(const std::string& name,
                                                 const config::Values& values, net::IoLoop& loop,
                                                 const runtime::Services& services) {
  Settings settings = make_settings(values);
  services.status.add_stream(name, std::string{kStream});
  runtime::StreamDriverOptions driver;
  driver.poll.connector = name;
  // Discovery, and a refresh for each partition; all of them are small.
  driver.poll.max_parallel = 8;
  driver.poll.budget = "crowdstrike_falcon/" + settings.machine.client_id;
  driver.poll.requests_per_minute = 300;
  auto streams = net::make_http_stream_client(loop, settings.http);
  auto http = net::make_http_client(loop, std::move(settings.http));
  auto authorizer = net::make_token_authorizer(make_token_source(std::move(settings.token)), *http,
                                               loop, services.clock, services.random);
  return runtime::make_stream_connector(
      std::move(driver), make_machine(std::move(settings.machine), services.random),
      std::move(authorizer), std::move(http), std::move(streams), services);
}

Status verify(const config::Values& values, TimePoint /*now*/) {
  return verify_files(values, config::system_secret_sources().read_file);
}

}  // namespace

runtime::ConnectorType connector_type() {
  return {.name = kVendor,
          .summary = "CrowdStrike Falcon through the Event Streams API.",
          .options = option_table(),
          .streams = {{.name = kStream,
                       .text = "Detections, incidents, audit and all other event types, in one "
                               "ordered feed a partition.",
                       .proof = runtime::ProofKind::complete}},
          .check = check_options,
          .make = make,
          .verify = verify,
          .reads = what_is_read,
          .continues = continues_position,
          .doctor = start_doctor,
          .origin = origin_of,
          .files = embedded::crowdstrike_falcon::files(),
          .functions = mapping_functions(),
          .view_options = [](const config::Values&) { return ecs::ViewOptions{}; }};
}

}  // namespace cistern::connectors::crowdstrike_falcon
