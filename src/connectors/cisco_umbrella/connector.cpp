#include "connectors/cisco_umbrella/connector.hpp"

#include "connectors/cisco_umbrella/doctor.hpp"
#include "connectors/cisco_umbrella/functions.hpp"
#include "connectors/cisco_umbrella/machine.hpp"
#include "connectors/cisco_umbrella/options.hpp"
#include "connectors/cisco_umbrella/origin.hpp"
#include "connectors/cisco_umbrella/readers.hpp"
#include "connectors/cisco_umbrella/relist.hpp"
#include "connectors/cisco_umbrella/schema.hpp"
#include "net/aws/aws_authorizer.hpp"
#include "net/io_loop.hpp"
#include "runtime/poll/poll_driver.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace cistern::embedded::cisco_umbrella {
std::span<const File> files();
}

namespace cistern::connectors::cisco_umbrella {

namespace {

Result<std::unique_ptr<runtime::Connector>> make(const std::string& name,
                                                 const config::Values& values, net::IoLoop& loop,
                                                 const runtime::Services& services) {
  auto settings = make_settings(values);
  if (!settings) return fail(settings.error());
  for (const std::string& log : settings->machine.logs)
    services.status.add_stream(name, stream_of_folder(log));
  runtime::PollDriverOptions driver;
  driver.connector = name;
  // Beside the objects: a page a log, and the long poll of a queue.
  driver.max_parallel = settings->machine.parallel + 8;
  driver.budget = "cisco_umbrella/" + settings->machine.source();
  // S3 allows thousands a second below a prefix; rows of large objects count here as well.
  driver.requests_per_minute = 30'000;
  driver.burst = 1000;
  auto terms = std::make_shared<codec::aws::SigningTerms>(settings->scopes());
  auto http = net::make_http_client(loop, std::move(settings->http));
  auto authorizer = net::make_aws_authorizer(
      {.credentials = std::move(settings->credentials), .terms = terms}, loop, services.clock);
  return runtime::make_poll_connector(
      std::move(driver),
      make_machine(std::move(settings->machine), std::move(terms), services.random),
      std::move(authorizer), std::move(http), services);
}

Status verify(const config::Values& values, TimePoint /*now*/) {
  return verify_files(values, config::system_secret_sources().read_file);
}

/// Several folders may hold one log; objects of other folders become streams of their own names.
std::vector<runtime::StreamType> streams() {
  std::vector<runtime::StreamType> out;
  for (const LogFolder& log : known_logs()) {
    const bool known = std::any_of(out.begin(), out.end(),
                                   [&](const auto& one) { return one.name == log.stream; });
    if (known) continue;
    out.push_back({.name = log.stream, .text = log.text, .proof = runtime::ProofKind::complete});
  }
  return out;
}

}  // namespace

runtime::ConnectorType connector_type() {
  return {.name = kVendor,
          .summary =
              "Cisco Umbrella and Secure Access logs from Amazon S3 (Cisco's bucket or your "
              "own).",
          .options = option_table(),
          .streams = streams(),
          .check = check_options,
          .make = make,
          .verify = verify,
          .reads = what_is_read,
          .continues = continues_position,
          .doctor = start_doctor,
          .origin = origin_of,
          .relist = start_relist,
          .files = embedded::cisco_umbrella::files(),
          .functions = mapping_functions(),
          .view_options = [](const config::Values&) { return ecs::ViewOptions{}; },
          .readers = record_readers(),
          .stream_of = stream_of_row};
}

}  // namespace cistern::connectors::cisco_umbrella
