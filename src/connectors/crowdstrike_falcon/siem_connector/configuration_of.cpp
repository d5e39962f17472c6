#include "connectors/crowdstrike_falcon/siem_connector/configuration_of.hpp"

#include "codec/json.hpp"

namespace cistern::connectors::crowdstrike_falcon {
namespace {

/// A text of JSON is one of YAML.
std::string quoted(std::string_view text) {
  std::string out;
  codec::append_json_string(out, text);
  return out;
}

class Writer {
 public:
  void heading(std::string_view name) { out_ += std::string{name} + ":\n"; }
  void component(std::string_view name) { out_ += "  " + std::string{name} + ":\n"; }
  void plain(std::string_view key, std::string_view value) {
    out_ += "    " + std::string{key} + ": " + std::string{value} + "\n";
  }
  /// Left out when empty.
  void text(std::string_view key, std::string_view value) {
    if (!value.empty()) plain(key, quoted(value));
  }
  void list(std::string_view key, const std::vector<std::string>& values) {
    if (values.empty()) return;
    std::string items;
    for (const auto& value : values)
      items += (items.empty() ? "" : ", ") + quoted(value);
    plain(key, "[" + items + "]");
  }
  void map(std::string_view key, const std::map<std::string, std::string>& values) {
    if (values.empty()) return;
    plain(key, "");
    for (const auto& [name, value] : values)
      out_ += "      " + quoted(name) + ": " + quoted(value) + "\n";
  }
  std::string& raw() { return out_; }

 private:
  std::string out_;
};

void write_connector(const ImportedConnector& connector, const ImportedParts& parts, Writer& out) {
  out.component(connector.name);
  out.plain("type", "crowdstrike_falcon");
  out.text("cloud", connector.cloud);
  out.text("api_url", connector.api_url);
  out.text("token_url", connector.token_url);
  out.text("client_id", connector.client_id);
  out.text("client_secret", parts.secret);
  out.text("app_id", connector.app_id);
  if (!connector.partition.empty()) out.list("partitions", {connector.partition});
  out.list("event_types", connector.event_types);
  out.list("exclude_event_types", connector.exclude_event_types);
  out.text("start", connector.offsets.start);
  out.map("start_offsets", connector.offsets.by_feed);
  out.text("proxy", connector.proxy);
  out.text("proxy_user", connector.proxy_user);
  if (!connector.proxy_password.empty()) out.text("proxy_password", parts.proxy_password);
  out.plain("connect_timeout", std::to_string(connector.connect_seconds) + "s");
}

void write_format(const ImportedConnector& connector, const ImportedParts& parts, Writer& out) {
  out.list("connectors", {connector.name});
  // What was stored before the destination was first seen belongs to it as well.
  out.plain("start", "oldest");
  if (connector.json) {
    out.plain("format", "falcon-pretty");
    return;
  }
  out.plain("format", "template");
  if (parts.template_file.empty()) {
    out.text("template_text", connector.template_text);
  } else {
    out.text("template", parts.template_file);
  }
}

void write_file(const ImportedConnector& connector, const ImportedParts& parts, Writer& out) {
  out.component(connector.name + "-file");
  out.plain("type", "file");
  out.text("path", connector.file_path);
  write_format(connector, parts, out);
  if (connector.file_path == "-") return;
  // The connector's umask let every user of the machine read its output; agents rely on it.
  out.plain("mode", "\"0644\"");
  if (connector.rotate_megabytes == 0) return;
  out.plain("rotate_size", std::to_string(connector.rotate_megabytes) + "MiB");
  if (connector.keep_files > 0) out.plain("keep_files", std::to_string(connector.keep_files));
  if (connector.keep_days > 0) out.plain("keep_for", std::to_string(connector.keep_days) + "d");
}

void write_syslog(const ImportedConnector& connector, const ImportedParts& parts, Writer& out) {
  out.component(connector.name + "-syslog");
  out.plain("type", "syslog");
  out.text("address", connector.syslog);
  out.plain("header", "none");
  if (connector.syslog.starts_with("tcp://")) out.plain("framing", "lf");
  write_format(connector, parts, out);
}

}  // namespace

std::string configuration_of(std::span<const ImportedConnector> connectors,
                             std::span<const ImportedParts> parts, const std::string& store) {
  Writer out;
  out.raw() += "# Made by `cistern import falcon-siem-connector`; `cistern check` explains it.\n";
  out.raw() += "store:\n  path: " + quoted(store) + "\n";
  // The old service wrote its heartbeat into its log, and people look for one.
  out.raw() += "telemetry:\n  heartbeat: 1m\n";
  out.heading("connectors");
  for (std::size_t i = 0; i < connectors.size(); ++i)
    write_connector(connectors[i], parts[i], out);
  out.heading("destinations");
  for (std::size_t i = 0; i < connectors.size(); ++i) {
    if (!connectors[i].file_path.empty()) write_file(connectors[i], parts[i], out);
    if (!connectors[i].syslog.empty()) write_syslog(connectors[i], parts[i], out);
  }
  return std::move(out.raw());
}

}  // namespace cistern::connectors::crowdstrike_falcon
