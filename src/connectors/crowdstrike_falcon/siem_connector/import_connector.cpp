#include "base/bytes.hpp"
#include "base/http.hpp"
#include "base/time_zone.hpp"
#include "codec/escape_table.hpp"
#include "codec/ini.hpp"
#include "codec/text_template.hpp"
#include "connectors/crowdstrike_falcon/clouds.hpp"
#include "connectors/crowdstrike_falcon/siem_connector/connector_keys.hpp"
#include "connectors/crowdstrike_falcon/siem_connector/imported.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace cistern::connectors::crowdstrike_falcon {
namespace {

using codec::IniFile;

constexpr std::uint64_t kMostMegabytes = 1'000'000;
constexpr std::size_t kLongestAppId = 32;

/// `%40` and the like resolved; a broken escape stays as it is.
std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = text[at] == '%' ? hex_decode(text.substr(at + 1, 2)) : std::nullopt;
    if (byte && byte->size() == 1) {
      out += *byte;
      at += 2;
    } else {
      out += text[at];
    }
  }
  return out;
}

/// scheme://user:password@host:port apart; a proxy's password must not stand in the configuration.
struct ProxyParts {
  std::string url;
  std::string user;
  std::string password;
};

ProxyParts split_proxy(const std::string& text) {
  ProxyParts parts{.url = text, .user = {}, .password = {}};
  const auto scheme = text.find("://");
  const auto begin = scheme == std::string::npos ? 0 : scheme + 3;
  // A password may hold a slash, a proxy's URL no second '@'.
  const auto at = text.rfind('@');
  if (at == std::string::npos || at < begin) {
    if (!text.empty() && scheme == std::string::npos) parts.url = "http://" + text;
    return parts;
  }
  const auto account = text.substr(begin, at - begin);
  const auto colon = account.find(':');
  parts.user = percent_decoded(account.substr(0, colon));
  if (colon != std::string::npos) parts.password = percent_decoded(account.substr(colon + 1));
  parts.url =
      (scheme == std::string::npos ? "http://" : text.substr(0, begin)) + text.substr(at + 1);
  return parts;
}

class Importer {
 public:
  Importer(const IniFile& file, const ImportRequest& request)
      : file_(file),
        request_(request),
        findings_(file.name),
        keys_(file, duplicates(request), findings_) {}

  ImportResult import() {
    out_.name = request_.name;
    report_oddities(file_, findings_);
    cloud();
    client();
    proxy();
    partition();
    timeouts();
    collection();
    outputs();
    rotation();
    logging();
    return {.connector = std::move(out_), .findings = findings_.take()};
  }

 private:
  static codec::Duplicates duplicates(const ImportRequest& request) {
    const auto chosen = request.choices.find("duplicates");
    return chosen != request.choices.end() && chosen->second == "first" ? codec::Duplicates::first
                                                                        : codec::Duplicates::last;
  }
  [[nodiscard]] std::string setting(std::string_view key) const {
    return keys_.text("Settings", key);
  }
  [[nodiscard]] int line(std::string_view key) const { return keys_.line("Settings", key); }

  void cloud() {
    auto api = url_origin(setting("api_url"));
    const auto token_text = setting("request_token_url");
    const auto token = token_text.empty() ? api : url_origin(token_text);
    if (!api || !token) {
      findings_.error(line(api ? "request_token_url" : "api_url"), "the address is no URL",
                      "write https://api.crowdstrike.com/... or your cloud's host");
      return;
    }
    if (*api != *token)
      findings_.error(line("request_token_url"),
                      "the token would come from " + *token + " and the events from " + *api,
                      "write the same host in api_url and request_token_url");
    // A how-to that circulates has the host's name with one letter wrong.
    constexpr std::string_view kMisspelt = "https://api.lagger.gcw.crowdstrike.com";
    if (*api == kMisspelt) {
      findings_.warning(line("api_url"), "the host is spelt laggar, not lagger; taken as us-gov-1");
      api = "https://api.laggar.gcw.crowdstrike.com";
    }
    if (const auto* known = cloud_of_url(*api)) {
      out_.cloud = known->name;
      return;
    }
    out_.api_url = *api;
    out_.token_url = *token;
    findings_.warning(line("api_url"),
                      "the host of " + *api +
                          " is no cloud of the vendor; it is "
                          "used as it stands",
                      "check the address; `cistern guide crowdstrike_falcon` names the clouds");
  }

  void client() {
    const auto version = setting("version");
    if (version != "3")
      findings_.warning(line("version"), "the file has version " + excerpt(version, 20) +
                                             "; it is read as version 3");
    out_.client_id = setting("client_id");
    out_.client_secret = Secret{setting("client_secret")};
    if (out_.client_id.empty() || out_.client_secret.empty())
      findings_.error(line(out_.client_id.empty() ? "client_id" : "client_secret"),
                      "client_id or client_secret is empty, so that nothing can be read",
                      "create an API client with the scope \"Event streams: Read\" and fill both "
                      "in");
    out_.app_id = setting("app_id");
    const bool plain = std::all_of(out_.app_id.begin(), out_.app_id.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    });
    if (out_.app_id.empty()) {
      findings_.error(line("app_id"), "app_id is empty",
                      "write a name of at most 32 letters and "
                      "digits");
    } else if (!plain || out_.app_id.size() > kLongestAppId) {
      findings_.warning(line("app_id"),
                        "app_id '" + excerpt(out_.app_id, 60) +
                            "' is kept; the vendor documents at most 32 letters and digits",
                        "when `cistern doctor` finds no stream, choose another one; offsets do not "
                        "depend on it");
    }
  }

  void proxy() {
    auto parts = split_proxy(setting("http_proxy"));
    out_.proxy = std::move(parts.url);
    out_.proxy_user = std::move(parts.user);
    out_.proxy_password = Secret{std::move(parts.password)};
    if (out_.proxy.empty())
      findings_.note(line("http_proxy"),
                     "proxies of the environment (https_proxy) are not used by the connector "
                     "crowdstrike_falcon",
                     "when the old service had one, write it as the option `proxy`");
  }

  void partition() {
    const auto text = setting("partition");
    if (text.empty() || equal_ignoring_case(text, "all")) return;
    if (text.size() > 4 || text.find_first_not_of("0123456789") != std::string::npos) {
      findings_.error(line("partition"), "partition is neither 'all' nor a number",
                      "write all, or one number");
      return;
    }
    out_.partition = text;
  }

  void timeouts() {
    out_.connect_seconds =
        std::clamp<std::uint64_t>(keys_.number("Settings", "connection_timeout", 3600), 1, 300);
    if (keys_.entry("Settings", "read_timeout") != nullptr)
      findings_.note(line("read_timeout"),
                     "read_timeout is not carried over: cistern waits 75 s for the next byte of a "
                     "stream, keep-alives included, and connects again");
  }

  /// What a switch of the type's own section says; types that stay are those nobody switched off.
  void collection() {
    const auto* section = file_.find("EventTypeCollection");
    if (section == nullptr) return;
    const auto unlisted = request_.choices.find("unlisted-switch");
    const bool only_listed = unlisted != request_.choices.end() && unlisted->second == "off";
    for (const auto* entry : codec::effective_entries(section->entries, duplicates(request_))) {
      const bool on = parse_switch(entry->value).value_or(true);
      if (!on) out_.exclude_event_types.push_back(entry->key);
      if (on && only_listed) out_.event_types.push_back(entry->key);
    }
    if (only_listed) {
      out_.exclude_event_types.clear();
      if (out_.event_types.empty())
        findings_.error(section->line, "no event type is switched on",
                        "switch on those that you need");
      return;
    }
    findings_.note(section->line, "event types that the file does not list are collected as well",
                   "--choice unlisted-switch=off leaves them with the vendor");
  }

  void outputs() {
    const auto format = setting("output_format");
    out_.json = equal_ignoring_case(format, "json");
    if (!out_.json && !equal_ignoring_case(format, "syslog"))
      findings_.error(line("output_format"), "output_format is '" + excerpt(format, 40) + "'",
                      "write json, or syslog for CEF and LEEF");
    const bool wants_syslog = keys_.boolean("Syslog", "send_to_syslog_server");
    if (wants_syslog && out_.json) {
      findings_.warning(keys_.line("Syslog", "send_to_syslog_server"),
                        "the connector sends no JSON to syslog, so that only the file is written",
                        "add a destination of type syslog with format ecs or raw");
    } else if (wants_syslog) {
      syslog();
    }
    if (keys_.boolean("Settings", "output_to_file") || out_.syslog.empty()) file();
    out_.offset_path = setting("offset_path");
    if (out_.json) {
      findings_.note(line("output_format"),
                     "JSON is written over many lines as before (format falcon-pretty)",
                     "format: raw writes one line an event, which most readers prefer");
      out_.offset_marks = {"\"offset\": ", "\"offset\":"};
    } else {
      out_.template_text = template_of(file_, request_, findings_);
      check_template();
      find_offset_marks();
    }
  }

  /// What the configuration's own check would refuse later, said now.
  void check_template() {
    std::vector<codec::IniNote> notes;
    const auto parsed = codec::parse_ini(out_.template_text, request_.name + ".template");
    if (!parsed) return findings_.error(0, parsed.error().cause, parsed.error().next_step);
    const auto made = codec::TextTemplate::compile(*parsed, load_time_zone, notes);
    if (!made) findings_.error(0, made.error().cause, made.error().next_step);
  }

  void file() {
    out_.file_path = setting("output_path");
    if (out_.file_path.empty())
      findings_.error(line("output_path"), "output_path is empty", "write the path of a file");
    if (out_.file_path == "/dev/stdout") out_.file_path = "-";
    if (out_.file_path.empty() || out_.file_path == "-") return;
    findings_.note(line("output_path"),
                   "a file that the connector left at " + out_.file_path +
                       " is moved aside (its name gets .aside-), never changed, and a new one is "
                       "begun",
                   "the service runs as the user cistern, which must be able to write into the "
                   "folder");
  }

  void syslog() {
    const auto host = keys_.text("Syslog", "host");
    const auto port = keys_.number("Syslog", "port", 65535);
    auto protocol = lower_case(keys_.text("Syslog", "protocol"));
    if (protocol != "udp" && protocol != "tcp") {
      findings_.error(keys_.line("Syslog", "protocol"), "protocol is neither udp nor tcp",
                      "write udp or tcp; for TLS change the address to tls:// after the import");
      protocol = "udp";
    }
    const bool six = host.find(':') != std::string::npos && !host.starts_with('[');
    out_.syslog = protocol + "://" + (six ? "[" + host + "]" : host) + ":" + std::to_string(port);
    if (protocol == "udp")
      findings_.note(keys_.line("Syslog", "protocol"),
                     "UDP loses messages in silence, with cistern as before",
                     "tls://" + host + ":6514 or relps:// when the receiver can");
    if (keys_.entry("Syslog", "retry_interval_secs") != nullptr && protocol == "tcp")
      findings_.note(keys_.line("Syslog", "retry_interval_secs"),
                     "retry_interval_secs is not carried over: cistern tries again after 1 s, then "
                     "less often, and keeps the events meanwhile");
  }

  /// ` cn3Label=Offset cn3=`: what stands before an offset in the lines that the connector wrote.
  /// What also stands before another value is no mark: a number too high would leave events out.
  void find_offset_marks() {
    std::set<std::string> before_offset;
    std::set<std::string> before_other;
    for (const auto& section : file_.sections) {
      if (kind_of(section) != SectionKind::mapping) continue;
      for (std::size_t i = 0; i < section.entries.size(); ++i) {
        const auto& entry = section.entries[i];
        if (entry.key.starts_with("__")) continue;
        auto mark = text_before_value(section.entries, i);
        (entry.value == "metadata.offset" ? before_offset : before_other).insert(std::move(mark));
      }
    }
    for (const auto& mark : before_offset)
      if (!before_other.contains(mark)) out_.offset_marks.push_back(mark);
  }

  /// From the delimiter before the key, or before the key's label where that stands right before
  /// it.
  [[nodiscard]] std::string text_before_value(const std::vector<codec::IniEntry>& entries,
                                              std::size_t place) const {
    const auto sign = keys_.text("Syslog", "key_val_delim");
    const auto quote = keys_.text("Syslog", "val_enclosure");
    const auto* delim_entry = keys_.entry("Syslog", "field_delim");
    auto delim = codec::decode_escapes(keys_.text("Syslog", "field_delim"));
    if (delim.empty())
      delim = delim_entry != nullptr && delim_entry->untrimmed.find('\t') != std::string::npos
                  ? "\t"
                  : " ";
    const auto& entry = entries[place];
    const auto own = delim + entry.key + sign + quote;
    if (place == 0 || entries[place - 1].key != entry.key + "Label") return own;
    const auto& label = entries[place - 1].value;
    if (label.size() < 2 || (label.front() != '\'' && label.front() != '"')) return own;
    return delim + entry.key + "Label" + sign + quote + label.substr(1, label.size() - 2) + quote +
           own;
  }

  void rotation() {
    constexpr std::string_view kSection = "Output_File_Rotation";
    if (out_.file_path.empty() || out_.file_path == "-") return;
    if (!keys_.boolean(kSection, "rotate_file")) return;
    out_.rotate_megabytes = keys_.number(kSection, "max_size", kMostMegabytes);
    out_.keep_files = keys_.number(kSection, "max_backups", 1'000'000);
    out_.keep_days = keys_.number(kSection, "max_age", 36'500);
    // The library that the connector rotates with takes 0 for its own default.
    if (out_.rotate_megabytes == 0) out_.rotate_megabytes = 100;
    findings_.note(keys_.line(kSection, "rotate_file"),
                   "rotated files get names of cistern: FILE.<UTC time>-<number>");
  }

  void logging() {
    if (file_.find("Logging") == nullptr) return;
    findings_.note(file_.find("Logging")->line,
                   "[Logging] is not carried over: cistern logs to standard error, which systemd "
                   "keeps",
                   "journalctl -u cistern; telemetry.log_level sets how much");
  }

  const IniFile& file_;
  const ImportRequest& request_;
  FindingList findings_;
  KeyReader keys_;
  ImportedConnector out_;
};

}  // namespace

ImportResult import_connector(const IniFile& file, const ImportRequest& request) {
  return Importer{file, request}.import();
}

}  // namespace cistern::connectors::crowdstrike_falcon
