#include "destinations/syslog/settings.hpp"

#include "codec/syslog_header.hpp"

namespace cistern::destinations::syslog {
namespace {

// Receivers must take 480 bytes, and should take 2 KiB; larger datagrams go in several packets.
constexpr std::size_t kUdpMessage = 8 * 1024;
constexpr std::size_t kStreamMessage = 64 * 1024;

std::string text_or(const config::Values& values, std::string_view name, std::string_view other) {
  return values.has(name) ? values.text(name) : std::string{other};
}

std::vector<Server> servers_of(const config::Values& values) {
  std::vector<Server> servers;
  const auto add = [&](const std::string& text) {
    // What is no address was refused by the check.
    if (auto server = parse_server(text)) servers.push_back(std::move(*server));
  };
  add(values.text("address"));
  if (values.has("fail_over")) {
    for (const auto& text : values.list("fail_over"))
      add(text);
  }
  return servers;
}

MessageSettings message_settings(const config::Values& values, std::string_view machine,
                                 Transport transport) {
  MessageSettings message;
  const std::string& header = values.text("header");
  message.header = header == "none"      ? HeaderKind::none
                   : header == "rfc3164" ? HeaderKind::rfc3164
                                         : HeaderKind::rfc5424;
  message.facility = codec::syslog_facility(values.text("facility"));
  if (values.text("severity") != "event")
    message.severity = codec::syslog_severity(values.text("severity"));
  message.host = codec::syslog_field(text_or(values, "hostname", machine), codec::kSyslogHostLimit);
  message.app = codec::syslog_field(values.text("app_name"), codec::kSyslogAppLimit);
  message.structured_data = values.boolean("structured_data");
  message.enterprise_id = static_cast<std::uint32_t>(values.integer("enterprise_id"));
  message.max_message = values.size("max_message");
  if (message.max_message == 0)
    message.max_message = transport == Transport::udp ? kUdpMessage : kStreamMessage;
  return message;
}

SenderSettings sender_settings(const config::Values& values) {
  SenderSettings sender;
  sender.framing = values.text("framing") == "lf" ? Framing::lf : Framing::octet;
  sender.window = static_cast<std::size_t>(values.integer("window"));
  sender.times = {.connect = values.duration("connect_timeout"),
                  .progress = values.duration("timeout"),
                  .keep_alive = values.duration("keep_alive")};
  return sender;
}

net::TlsClientOptions tls_options(const config::Values& values) {
  net::TlsClientOptions tls{.ca_file = text_or(values, "ca_file", ""),
                            .certificate_file = text_or(values, "certificate", ""),
                            .key_file = text_or(values, "private_key", ""),
                            .server_name = text_or(values, "server_name", "")};
  if (values.has("private_key_passphrase"))
    tls.passphrase = values.secret("private_key_passphrase");
  if (values.has("fingerprint"))
    tls.fingerprint = net::normal_fingerprint(values.text("fingerprint")).value_or("");
  return tls;
}

}  // namespace

SyslogSettings syslog_settings(const config::Values& values, std::string_view machine) {
  SyslogSettings settings;
  settings.servers = servers_of(values);
  settings.return_after = values.duration("return_after");
  const Transport transport =
      settings.servers.empty() ? Transport::tcp : settings.servers.front().transport;
  settings.message = message_settings(values, machine, transport);
  settings.sender = sender_settings(values);
  settings.tls = tls_options(values);
  return settings;
}

}  // namespace cistern::destinations::syslog
