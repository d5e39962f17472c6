#include "destinations/syslog/syslog_destination.hpp"

#include "destinations/syslog/delivery.hpp"
#include "destinations/syslog/settings.hpp"

#include <array>

#include <unistd.h>

namespace cistern::destinations {
namespace {

std::string machine_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
}

/// Null where no server speaks TLS.
Result<std::unique_ptr<net::TlsClient>> tls_client(const syslog::SyslogSettings& settings,
                                                   TimePoint now) {
  if (settings.servers.empty() || !syslog::uses_tls(settings.servers.front().transport))
    return std::unique_ptr<net::TlsClient>{};
  return net::TlsClient::make(settings.tls, now);
}

Result<std::unique_ptr<runtime::Destination>> make(const config::Values& values,
                                                   const runtime::DestinationContext& context) {
  auto settings = syslog::syslog_settings(values, machine_name());
  auto tls = tls_client(settings, context.clock.now());
  if (!tls) return fail(std::move(tls.error()));
  return std::unique_ptr<runtime::Destination>(
      std::make_unique<syslog::SyslogDestination>(std::move(settings), std::move(*tls), context));
}

Status verify(const config::Values& values, TimePoint now) {
  const auto tls = tls_client(syslog::syslog_settings(values, ""), now);
  return tls ? Status{} : fail(tls.error());
}

}  // namespace

runtime::DestinationType syslog_destination_type() {
  return {.name = "syslog",
          .summary =
              "Syslog messages over UDP, TCP, TLS or RELP, to one server with others to "
              "fall back on.",
          .options = syslog::syslog_options(),
          .check = syslog::check_syslog_options,
          .make = make,
          .verify = verify};
}

}  // namespace cistern::destinations
