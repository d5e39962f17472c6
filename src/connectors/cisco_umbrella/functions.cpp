#include "connectors/cisco_umbrella/functions.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "codec/json_scan.hpp"
#include "connectors/cisco_umbrella/functions_domain.hpp"
#include "connectors/cisco_umbrella/functions_url.hpp"
#include "ecs/function_values.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace cistern::connectors::cisco_umbrella {
namespace {

using ecs::FieldSink;

void set(FieldSink& sink, std::string_view field, std::string_view text) {
  if (!text.empty()) sink.set_string(field, text);
}

/// `Ana Rivera (ana@contoso.com)`, `ana@contoso.com`, `CONTOSO\ana` or `ana`.
void set_user(FieldSink& sink, std::string_view text) {
  std::string_view account = text;
  const std::size_t open = text.rfind(" (");
  if (text.ends_with(')') && open != std::string_view::npos && open > 0) {
    account = text.substr(open + 2, text.size() - open - 3);
    set(sink, "user.full_name", text.substr(0, open));
  }
  const std::size_t at = account.rfind('@');
  if (at != std::string_view::npos && at > 0 && at + 1 < account.size()) {
    set(sink, "user.id", account);
    set(sink, "user.email", account);
    set(sink, "user.name", account.substr(0, at));
    set(sink, "user.domain", account.substr(at + 1));
    return;
  }
  const std::size_t backslash = account.find('\\');
  const bool domain = backslash != std::string_view::npos && backslash > 0;
  if (domain) set(sink, "user.domain", account.substr(0, backslash));
  set(sink, "user.name", domain ? account.substr(backslash + 1) : account);
}

enum class Who : std::uint8_t { user, host, network, nobody };

struct IdentityType {
  std::string_view name;  ///< Lower case, without the plural's end.
  Who who;
};

constexpr auto kTypes = std::to_array<IdentityType>({{"ad user", Who::user},
                                                     {"user", Who::user},
                                                     {"directory user", Who::user},
                                                     {"ad computer", Who::host},
                                                     {"roaming computer", Who::host},
                                                     {"anyconnect roaming client", Who::host},
                                                     {"secure client", Who::host},
                                                     {"roaming client", Who::host},
                                                     {"mobile device", Who::host},
                                                     {"chromebook", Who::host},
                                                     {"site", Who::network},
                                                     {"internal network", Who::network},
                                                     {"network", Who::network},
                                                     {"network device", Who::network},
                                                     {"network tunnel", Who::network},
                                                     {"cdfw tunnel device", Who::network}});

Who who_is(std::string_view type) {
  std::string name = lower_case(type);
  if (name.ends_with('s')) name.pop_back();
  const auto found = std::find_if(kTypes.begin(), kTypes.end(), [&name](const IdentityType& known) {
    return known.name == name;
  });
  return found == kTypes.end() ? Who::nobody : found->who;
}

/// `[{name, type}]` of the reader: users, hosts and networks by type; the list becomes one of
/// names.
bool identities(std::string_view json, FieldSink& sink) {
  if (!json.starts_with('[')) return false;
  std::string names;
  codec::JsonWriter writer(names);
  writer.begin_array();
  for (codec::JsonElements elements(json); elements.next();) {
    const std::string_view name_json = ecs::member_of_json(elements.value(), "name");
    if (!ecs::is_json_string(name_json)) return false;
    writer.raw(name_json);
    const std::string name = ecs::text_of_json(name_json);
    switch (who_is(ecs::text_of_json(ecs::member_of_json(elements.value(), "type")))) {
      case Who::user:
        set_user(sink, name);
        break;
      case Who::host:
        // Lower case is what ECS recommends, and what other sources of a host's name are folded to.
        set(sink, "host.name", lower_case(name));
        sink.add_string("related.hosts", lower_case(name));
        break;
      case Who::network:
        sink.add_string("network.name", name);
        break;
      case Who::nobody:
        break;
    }
  }
  writer.end_array();
  sink.set_json(".", names);
  return true;
}

/// A text that names a user, whatever its form.
bool account(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  set_user(sink, ecs::text_of_json(json));
  return true;
}

/// `www.example.com.`
bool dns_question(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string text = ecs::text_of_json(json);
  std::string_view name = text;
  if (name.size() > 1 && name.ends_with('.')) name.remove_suffix(1);
  const DomainParts parts = domain_parts(name);
  set(sink, "dns.question.name", name);
  set(sink, "dns.question.registered_domain", parts.registered);
  set(sink, "dns.question.top_level_domain", parts.suffix);
  set(sink, "dns.question.subdomain", parts.subdomain);
  sink.add_string("related.hosts", name);
  return true;
}

/// `28 (AAAA)` is type AAAA.
bool query_type(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string text = ecs::text_of_json(json);
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  const bool bracketed =
      open != std::string::npos && close != std::string::npos && open + 1 < close;
  set(sink, "dns.question.type",
      bracketed ? std::string_view(text).substr(open + 1, close - open - 1)
                : std::string_view(text));
  return true;
}

/// `dns-request-` and what became of it: names as other collectors of these logs give them.
template <const char* Prefix>
bool action(std::string_view json, FieldSink& sink) {
  const std::string text = ecs::scalar_of_json(json);
  if (!text.empty()) sink.set_string("event.action", Prefix + text);
  return true;
}

constexpr char kDnsRequest[] = "dns-request-";
constexpr char kProxyRequest[] = "proxy-request-";
constexpr char kFirewallConnection[] = "fw-connection-";

}  // namespace

ecs::FunctionTable mapping_functions() {
  return {{"account", account},           {"dns_action", action<kDnsRequest>},
          {"dns_question", dns_question}, {"firewall_action", action<kFirewallConnection>},
          {"identities", identities},     {"proxy_action", action<kProxyRequest>},
          {"query_type", query_type},     {"url", url_parts}};
}

}  // namespace cistern::connectors::cisco_umbrella
