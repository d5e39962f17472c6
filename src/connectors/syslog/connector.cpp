#include "connectors/syslog/connector.hpp"

#include "connectors/syslog/detect.hpp"
#include "connectors/syslog/doctor.hpp"
#include "connectors/syslog/functions.hpp"
#include "connectors/syslog/protocol.hpp"
#include "connectors/syslog/readers.hpp"
#include "connectors/syslog/settings.hpp"

#include <map>
#include <span>
#include <utility>

namespace cistern::embedded::syslog {
std::span<const File> files();
}

namespace cistern::connectors::syslog {
namespace {

using runtime::ProofKind;

bool any_tls(const Settings& settings) {
  for (const auto& listener : settings.listeners) {
    if (listener.has_tls()) return true;
  }
  return false;
}

Result<runtime::ListenDriverOptions> driver_options(const std::string& name,
                                                    const Settings& settings) {
  runtime::ListenDriverOptions out;
  out.connector = name;
  std::shared_ptr<const net::TlsServer> tls;
  if (any_tls(settings)) {
    auto made = net::TlsServer::make(settings.tls);
    if (!made) return fail(made.error());
    tls = std::move(*made);
  }
  for (const auto& listener : settings.listeners) {
    const bool udp = listener.transport == Listener::Transport::udp;
    out.endpoints.push_back({.name = listener.text,
                             .transport = udp ? runtime::ListenEndpoint::Transport::udp
                                              : runtime::ListenEndpoint::Transport::tcp,
                             .at = listener.at,
                             .tls = listener.has_tls() ? tls : nullptr,
                             .sockets = settings.udp_sockets,
                             .buffer = settings.udp_buffer});
  }
  out.allow = settings.allow;
  out.bounds = settings.bounds;
  // A message with the count before it.
  out.most_pending = settings.max_message + 16;
  out.most_datagram = settings.max_message;
  out.idle_limit = settings.idle_limit;
  return out;
}

Result<std::unique_ptr<runtime::Connector>> make(const std::string& name,
                                                 const config::Values& values,
                                                 net::IoLoop& /*loop*/,
                                                 const runtime::Services& services) {
  auto made = make_settings(values);
  if (!made) return fail(made.error());
  const auto settings = std::make_shared<const Settings>(std::move(*made));
  auto options = driver_options(name, *settings);
  if (!options) return fail(options.error());
  auto counters = std::make_shared<runtime::ListenCounters>(name, services);
  return runtime::make_listen_connector(
      std::move(*options),
      [settings, counters, &clock = services.clock] {
        return make_protocol(settings, clock, counters);
      },
      counters, services);
}

/// Whether the certificate's files hold what they should.
Status verify(const config::Values& values, TimePoint now) {
  const auto settings = make_settings(values);
  if (!settings) return fail(settings.error());
  if (!any_tls(*settings)) return {};
  const auto tls = net::TlsServer::make(settings->tls);
  if (!tls) return fail(tls.error());
  if (now <= (*tls)->valid_until()) return {};
  return fail_stop("syslog/certificate-expired",
                   "the certificate in " + settings->tls.certificate_file + " has expired at " +
                       format_time_seconds((*tls)->valid_until()) + "Z",
                   "have a new one made and put it there; it is read again by itself");
}

std::vector<std::string> what_is_read(const config::Values& values) {
  std::vector<std::string> out;
  for (const auto& text : values.list("listen")) {
    const auto listener = parse_listener(text);
    if (!listener || listener->at.port == 0) continue;
    const bool udp = listener->transport == Listener::Transport::udp;
    out.push_back(std::string{udp ? "udp " : "tcp "} + listener->at.text());
  }
  return out;
}

/// Lists have no text of their own in a guide.
std::map<std::string, std::string> guide_facts(const config::Values& values,
                                               const std::string& /*store*/) {
  std::string all;
  for (const auto& text : values.list("listen"))
    all += (all.empty() ? "" : ", ") + text;
  return {{"listen", std::move(all)}};
}

std::vector<runtime::StreamType> stream_types() {
  return {{.name = "sophos.firewall",
           .text = "Sophos Firewall and Cyberoam: device standard and central reporting format.",
           .proof = ProofKind::received},
          {.name = "sophos.utm", .text = "Sophos UTM.", .proof = ProofKind::received},
          {.name = "cef", .text = "Bodies in CEF.", .proof = ProofKind::received},
          {.name = "leef", .text = "Bodies in LEEF.", .proof = ProofKind::received},
          {.name = "json", .text = "Bodies that are a JSON object.", .proof = ProofKind::received},
          {.name = "key_value", .text = "Bodies of key=value.", .proof = ProofKind::received},
          {.name = "message", .text = "Everything else.", .proof = ProofKind::received}};
}

}  // namespace

runtime::ConnectorType connector_type() {
  return {.name = "syslog",
          .summary = "Syslog from firewalls and other devices: UDP, TCP, TLS and RELP.",
          .options = option_table(),
          .streams = stream_types(),
          .check = check_options,
          .make = make,
          .verify = verify,
          .reads = what_is_read,
          .doctor = start_doctor,
          .guide_facts = guide_facts,
          .files = embedded::syslog::files(),
          .functions = mapping_functions(),
          .view_options = make_view_options,
          .readers = mapping_readers(),
          .stream_of = [](std::string_view text) { return detect_stream(text); }};
}

}  // namespace cistern::connectors::syslog
