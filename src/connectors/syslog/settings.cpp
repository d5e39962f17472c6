#include "connectors/syslog/settings.hpp"

#include "base/bytes.hpp"
#include "codec/syslog_header.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace cistern::connectors::syslog {
namespace {

using config::Problem;
using config::Values;

struct NamedTransport {
  std::string_view name;
  Listener::Transport transport;
};
constexpr std::array<NamedTransport, 5> kTransports = {{{"udp", Listener::Transport::udp},
                                                        {"tcp", Listener::Transport::tcp},
                                                        {"tls", Listener::Transport::tls},
                                                        {"relp", Listener::Transport::relp},
                                                        {"relps", Listener::Transport::relps}}};
constexpr std::array<std::string_view, 4> kOnlyTls = {"certificate", "private_key",
                                                      "private_key_passphrase", "client_ca"};
constexpr std::array<std::string_view, 2> kOnlyUdp = {"udp_buffer", "udp_sockets"};

class Check {
 public:
  Check(const Values& values, std::vector<Problem>& problems)
      : values_(values), problems_(problems) {}

  void run() {
    listeners();
    for (const auto& range : values_.list("allow"))
      address("allow", range);
    for (const auto& name : values_.list("facilities")) {
      if (!codec::syslog_facility(name))
        wrong(
            "facilities", "'" + name + "' is no facility",
            "use kern, user, mail, daemon, auth, ..., local0 to local7, or a number from 0 to 23");
    }
    zone("zone", values_.text("zone"));
    for (const auto& rule : values_.rows("match"))
      match(rule);
  }

 private:
  [[nodiscard]] bool given(std::string_view name) const {
    const auto found = values_.values.find(name);
    return found != values_.values.end() && found->second.given;
  }
  void wrong(std::string_view option, std::string what, std::string next_step) {
    problems_.push_back({.severity = Problem::Severity::error,
                         .place = values_.place(option),
                         .what = std::move(what),
                         .next_step = std::move(next_step),
                         .source_line = {}});
  }
  void address(std::string_view option, const std::string& text) {
    if (!net::AddressRange::parse(text))
      wrong(option, "'" + text + "' is no address or range",
            "write 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32");
  }
  void zone(std::string_view option, const std::string& name) {
    if (const auto loaded = load_time_zone(name); !loaded)
      wrong(option, loaded.error().cause, loaded.error().next_step);
  }

  void listeners() {
    bool tls = false;
    bool udp = false;
    std::set<std::pair<std::string, bool>> seen;
    for (const auto& text : values_.list("listen")) {
      const auto listener = parse_listener(text);
      if (!listener) {
        wrong("listen", listener.error().cause, listener.error().next_step);
        continue;
      }
      const bool is_udp = listener->transport == Listener::Transport::udp;
      tls = tls || listener->has_tls();
      udp = udp || is_udp;
      if (listener->at.port != 0 && !seen.emplace(listener->at.text(), is_udp).second)
        wrong("listen", "'" + text + "' listens where another one does",
              "give each transport a port of its own");
    }
    if (tls && !values_.has("certificate"))
      wrong("listen", "a tls or relps listener needs a certificate",
            "set `certificate`; `cistern certificate new` makes one for trials");
    for (const auto name : kOnlyTls) {
      if (!tls && given(name)) nothing(name, "without a tls or relps listener");
    }
    for (const auto name : kOnlyUdp) {
      if (!udp && given(name)) nothing(name, "without a udp listener");
    }
  }
  void nothing(std::string_view option, const std::string& why) {
    wrong(option, "'" + std::string{option} + "' does nothing " + why, "remove it");
  }

  void match(const Values& rule) {
    if (rule.has("peer")) address("match", rule.text("peer"));
    if (rule.has("zone")) zone("match", rule.text("zone"));
    for (const auto* const name : {"host", "app"}) {
      const auto& pattern = rule.has(name) ? rule.text(name) : std::string{};
      if (std::count(pattern.begin(), pattern.end(), '*') > 1)
        wrong("match", "'" + pattern + "' has more than one *", "use one, or several rules");
    }
    if (rule.has("listener")) {
      const auto& all = values_.list("listen");
      if (std::find(all.begin(), all.end(), rule.text("listener")) == all.end())
        wrong("match", "'" + rule.text("listener") + "' is none of `listen`",
              "write it exactly as there");
    }
    if (!rule.has("stream") && !rule.has("zone") && !rule.has("name"))
      wrong("match", "a rule says neither stream nor zone nor name, so it does nothing",
            "add one of them");
  }

  const Values& values_;
  std::vector<Problem>& problems_;
};

std::string text_or_nothing(const Values& values, std::string_view name) {
  return values.has(name) ? values.text(name) : std::string{};
}

Result<MatchRule> make_rule(const Values& row) {
  MatchRule rule;
  if (row.has("peer")) rule.peer = net::AddressRange::parse(row.text("peer"));
  rule.listener = text_or_nothing(row, "listener");
  rule.host = text_or_nothing(row, "host");
  rule.app = text_or_nothing(row, "app");
  rule.contains = text_or_nothing(row, "contains");
  rule.stream = known_stream(text_or_nothing(row, "stream"));
  rule.zone = text_or_nothing(row, "zone");
  rule.name = text_or_nothing(row, "name");
  auto zone = load_time_zone(rule.zone.empty() ? "UTC" : rule.zone);
  if (!zone) return fail(zone.error());
  rule.time_zone = std::move(*zone);
  return rule;
}

codec::SyslogFraming framing_of(std::string_view name) {
  if (name == "octet") return codec::SyslogFraming::octet;
  if (name == "lf") return codec::SyslogFraming::lf;
  return name == "nul" ? codec::SyslogFraming::nul : codec::SyslogFraming::automatic;
}

MessageFilter make_filter(const Values& values) {
  MessageFilter filter;
  filter.severity = codec::syslog_severity(values.text("severity")).value_or(7);
  if (!values.has("facilities")) return filter;
  filter.facilities = 0;
  for (const auto& name : values.list("facilities"))
    filter.facilities |= 1U << codec::syslog_facility(name).value_or(0);
  return filter;
}

}  // namespace

std::string_view to_string(Listener::Transport transport) {
  for (const auto& known : kTransports) {
    if (known.transport == transport) return known.name;
  }
  return {};
}

Result<Listener> parse_listener(std::string_view text) {
  const auto bad = [&](const std::string& why) {
    return fail_stop("config/listen", "'" + excerpt(text, 100) + "' " + why,
                     "write transport://address:port, such as udp://0.0.0.0:514 or "
                     "tls://[::]:6514; the transports are udp, tcp, tls, relp and relps");
  };
  const std::size_t slashes = text.find("://");
  if (slashes == std::string_view::npos) return bad("names no transport");
  const auto* const known = std::find_if(
      kTransports.begin(), kTransports.end(),
      [&](const NamedTransport& transport) { return transport.name == text.substr(0, slashes); });
  if (known == kTransports.end()) return bad("names no transport that is known here");
  std::string rest{text.substr(slashes + 3)};
  if (rest.starts_with(':')) rest.insert(0, "127.0.0.1");
  auto at = net::parse_peer_address(rest);
  if (!at) return bad("has no address and port");
  if (at->host == "localhost") at->host = "127.0.0.1";
  if (!net::parse_ip_address(at->host)) return bad("does not name an IP address");
  return Listener{.transport = known->transport, .at = std::move(*at), .text = std::string{text}};
}

void check_options(const Values& values, std::vector<Problem>& problems) {
  Check{values, problems}.run();
}

Result<Settings> make_settings(const Values& values) {
  Settings out;
  for (const auto& text : values.list("listen")) {
    auto listener = parse_listener(text);
    if (!listener) return fail(listener.error());
    out.listeners.push_back(std::move(*listener));
  }
  out.tls = {.certificate_file = text_or_nothing(values, "certificate"),
             .key_file = text_or_nothing(values, "private_key"),
             .passphrase = values.secret("private_key_passphrase"),
             .client_ca_file = text_or_nothing(values, "client_ca")};
  out.framing = framing_of(values.text("framing"));
  out.max_message = values.size("max_message");
  for (const auto& text : values.list("allow")) {
    if (const auto range = net::AddressRange::parse(text)) out.allow.push_back(*range);
  }
  out.filter = make_filter(values);
  // Also UTC, where a person wrote it: it then overrides what a device says of itself.
  if (values.values.find("zone")->second.given) out.zone = values.text("zone");
  for (const auto& row : values.rows("match")) {
    auto rule = make_rule(row);
    if (!rule) return fail(rule.error());
    out.rules.push_back(std::move(*rule));
  }
  out.bounds = {
      .connections = static_cast<std::size_t>(values.integer("max_connections")),
      .connections_each = static_cast<std::size_t>(values.integer("max_connections_per_sender")),
      .messages_per_second_each =
          static_cast<std::uint64_t>(values.integer("messages_per_second"))};
  out.idle_limit = values.duration("idle_timeout");
  out.udp_buffer = values.size("udp_buffer");
  out.udp_sockets = static_cast<std::size_t>(values.integer("udp_sockets"));
  return out;
}

ecs::ViewOptions make_view_options(const Values& values) {
  ecs::ViewOptions out;
  auto& names = out.tables["device_names"];
  for (const auto& [key, name] : values.map("device_names"))
    names[lower_case(key)] = name;
  return out;
}

}  // namespace cistern::connectors::syslog
