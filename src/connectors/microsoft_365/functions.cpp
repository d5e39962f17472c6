#include "connectors/microsoft_365/functions.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "codec/json_scan.hpp"
#include "connectors/microsoft_365/redaction.hpp"
#include "ecs/endpoint.hpp"
#include "ecs/function_values.hpp"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cistern::connectors::microsoft_365 {
namespace {

using codec::JsonElements;
using codec::JsonMembers;
using ecs::FieldSink;

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t from = text.find_first_not_of(kSpace);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kSpace) - from + 1);
}

struct NamedValue {
  std::string name;
  std::string_view value;  ///< JSON; empty where `change` counts.
  std::string change;      ///< JSON
};

/// One element of a list of names and values, in any of the vendor's spellings. ModifiedProperties
/// carries the value before and after the change.
std::optional<NamedValue> named_value(std::string_view element) {
  NamedValue result;
  std::string_view before;
  std::string_view after;
  for (JsonMembers members(element); members.next();) {
    const std::string_view key = members.key();
    if (key == "Name" || key == "Key") {
      result.name = ecs::text_of_json(members.value());
    } else if (key == "Value") {
      result.value = members.value();
    } else if (key == "NewValue") {
      after = members.value();
    } else if (key == "OldValue") {
      before = members.value();
    } else {
      return std::nullopt;
    }
  }
  if (result.name.empty()) return std::nullopt;
  if (!before.empty() || !after.empty()) {
    codec::JsonWriter json(result.change);
    result.value = {};
    json.begin_object();
    if (!after.empty()) json.key("NewValue").raw(after);
    if (!before.empty()) json.key("OldValue").raw(before);
    json.end_object();
  }
  if (result.value.empty() && result.change.empty()) result.value = "null";
  return result;
}

/// [{"Name":"a","Value":"b"}] becomes {"a":"b"}. The same field comes as plain text, as JSON text
/// and as a list of texts in other workloads; these stay as they are.
bool name_value_list(std::string_view json, FieldSink& sink) {
  if (ecs::is_json_string(json)) return true;
  std::vector<NamedValue> values;
  std::size_t texts = 0;
  JsonElements elements(json);
  while (elements.next()) {
    if (ecs::is_json_string(elements.value())) {
      ++texts;
    } else if (auto value = named_value(elements.value())) {
      values.push_back(std::move(*value));
    } else {
      return false;
    }
  }
  if (elements.damaged()) return false;
  if (texts > 0) return values.empty();
  for (const auto& value : values) {
    sink.set_json("." + value.name, value.change.empty() ? value.value : value.change);
  }
  return true;
}

/// ExtendedProperties hold the browser's own name, for directory changes within a JSON text.
bool user_agent_property(std::string_view json, FieldSink& sink) {
  if (ecs::is_json_string(json)) return true;
  for (JsonElements elements(json); elements.next();) {
    const std::string name = ecs::text_of_json(ecs::member_of_json(elements.value(), "Name"));
    if (name == "UserAgent") {
      const std::string agent = ecs::text_of_json(ecs::member_of_json(elements.value(), "Value"));
      if (!agent.empty()) sink.set_string("user_agent.original", agent);
    } else if (name == "additionalDetails") {
      const std::string details = ecs::text_of_json(ecs::member_of_json(elements.value(), "Value"));
      const std::string agent = ecs::text_of_json(ecs::member_of_json(details, "User-Agent"));
      if (!agent.empty() && is_utf8(agent)) sink.set_string("user_agent.original", agent);
    }
  }
  return true;
}

/// `NAME (203.0.113.7)`, sometimes in brackets, sometimes followed by a line break. What stands in
/// the parentheses may be a build number instead of an address.
bool originating_server(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string whole = ecs::text_of_json(json);
  std::string_view text = trim(whole);
  if (!text.empty() && text.front() == '[' && text.back() == ']') {
    text = trim(text.substr(1, text.size() - 2));
  }
  const std::size_t open = text.find('(');
  const std::string_view name = trim(text.substr(0, open));
  std::optional<ecs::IpText> ip;
  if (open != std::string_view::npos && text.back() == ')') {
    ip = ecs::parse_ip(trim(text.substr(open + 1, text.size() - open - 2)));
  } else if (open == std::string_view::npos) {
    ip = ecs::parse_ip(name);
  }
  if (ip) {
    for (const char* field : {"server.address", "server.ip", "destination.ip"}) {
      sink.set_string(field, ip->text);
    }
  }
  if (ecs::is_host_name(name)) {
    sink.set_string("server.domain", name);
    if (!ip) sink.set_string("server.address", name);
  }
  return true;
}

/// Rules of all policies that matched. `event.severity` is the highest of them.
bool dlp_policies(std::string_view json, FieldSink& sink) {
  constexpr std::pair<std::string_view, int> kSeverities[] = {
      {"informational", 1}, {"low", 2}, {"medium", 3}, {"high", 4}};
  int severity = 0;
  bool blocked = false;
  JsonElements policies(json);
  while (policies.next()) {
    const std::string policy =
        ecs::text_of_json(ecs::member_of_json(policies.value(), "PolicyName"));
    if (!policy.empty()) sink.add_string("rule.ruleset", policy);
    const std::string_view rules = ecs::member_of_json(policies.value(), "Rules");
    for (JsonElements list(rules); list.next();) {
      const std::string id = ecs::text_of_json(ecs::member_of_json(list.value(), "RuleId"));
      const std::string name = ecs::text_of_json(ecs::member_of_json(list.value(), "RuleName"));
      const std::string level =
          lower_case(ecs::text_of_json(ecs::member_of_json(list.value(), "Severity")));
      if (!id.empty()) sink.add_string("rule.id", id);
      if (!name.empty()) sink.add_string("rule.name", name);
      for (const auto& [word, value] : kSeverities) {
        if (word == level && value > severity) severity = value;
      }
      const std::string_view actions = ecs::member_of_json(list.value(), "Actions");
      for (JsonElements action(actions); action.next();) {
        blocked = blocked || action.value() == "\"BlockAccess\"";
      }
    }
  }
  if (policies.damaged()) return false;
  if (severity > 0) sink.set_json("event.severity", std::to_string(severity));
  if (blocked) sink.set_string("event.outcome", "failure");
  return true;
}

/// Matched texts are the very secrets that the policy protects.
bool redact_detected_values(std::string_view json, FieldSink& sink) {
  std::string redacted;
  if (redact_detections(json, redacted)) sink.set_json(".", redacted);
  return true;
}

/// Members of a team: the names under which they sign in.
bool team_members(std::string_view json, FieldSink& sink) {
  JsonElements members(json);
  while (members.next()) {
    const std::string name = ecs::text_of_json(ecs::member_of_json(members.value(), "UPN"));
    if (!name.empty()) sink.add_string("related.user", name);
  }
  return !members.damaged();
}

/// `<id@host>` as it stands in the header: ECS wants it without the angle brackets.
bool message_id(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string whole = ecs::text_of_json(json);
  std::string_view text = trim(whole);
  if (text.size() > 2 && text.front() == '<' && text.back() == '>') {
    text = text.substr(1, text.size() - 2);
  }
  if (!text.empty()) sink.set_string("email.message_id", text);
  return true;
}

/// `a.png (599b); b.pdf (1b)`: one text for all attachments of a mailbox item.
bool attachment_text(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string text = ecs::text_of_json(json);
  std::string list;
  codec::JsonWriter out(list);
  out.begin_array();
  std::size_t from = 0;
  while (from < text.size()) {
    std::size_t end = text.find("; ", from);
    if (end == std::string::npos) end = text.size();
    std::string_view part = trim(std::string_view(text).substr(from, end - from));
    from = end + 2;
    if (part.empty()) continue;
    std::uint64_t size = 0;
    const std::size_t open = part.rfind(" (");
    bool sized = false;
    if (open != std::string_view::npos && part.ends_with("b)")) {
      const std::string_view digits = part.substr(open + 2, part.size() - open - 4);
      const auto [last, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), size);
      sized = error == std::errc{} && last == digits.data() + digits.size();
    }
    out.begin_object().key("file").begin_object();
    out.key("name").string(sized ? part.substr(0, open) : part);
    if (sized) out.key("size").number(size);
    out.end_object().end_object();
  }
  out.end_array();
  if (list != "[]") sink.set_json("email.attachments", list);
  return true;
}

/// Attachments that the mail filter examined, with their hashes.
bool attachment_data(std::string_view json, FieldSink& sink) {
  std::string list;
  codec::JsonWriter out(list);
  out.begin_array();
  JsonElements files(json);
  while (files.next()) {
    const std::string name = ecs::text_of_json(ecs::member_of_json(files.value(), "FileName"));
    const std::string type = ecs::text_of_json(ecs::member_of_json(files.value(), "FileType"));
    const std::string hash = ecs::text_of_json(ecs::member_of_json(files.value(), "SHA256"));
    out.begin_object().key("file").begin_object();
    if (!type.empty()) out.key("extension").string(type);
    if (!hash.empty()) out.key("hash").begin_object().key("sha256").string(hash).end_object();
    if (!name.empty()) out.key("name").string(name);
    out.end_object().end_object();
    if (!hash.empty()) sink.add_string("related.hash", hash);
    const std::string family =
        ecs::text_of_json(ecs::member_of_json(files.value(), "MalwareFamily"));
    if (!family.empty()) sink.add_string("threat.software.name", family);
  }
  out.end_array();
  if (files.damaged()) return false;
  if (list != "[]") sink.set_json("email.attachments", list);
  return true;
}

/// A group operation on exactly one message names that message; several stay a list of the
/// vendor's.
bool affected_items(std::string_view json, FieldSink& sink) {
  std::string_view only;
  std::size_t count = 0;
  JsonElements items(json);
  while (items.next()) {
    only = items.value();
    ++count;
  }
  if (items.damaged()) return false;
  if (count != 1) return true;
  const std::string subject = ecs::text_of_json(ecs::member_of_json(only, "Subject"));
  if (!subject.empty()) sink.set_string("email.subject", subject);
  const std::string_view id = ecs::member_of_json(only, "InternetMessageId");
  if (!id.empty() && id != "null") message_id(id, sink);
  return true;
}

/// ObjectId is the whole address of a SharePoint object, but a GUID or a name elsewhere.
bool url(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string text = ecs::text_of_json(json);
  for (const std::string_view scheme : {"https", "http"}) {
    if (text.compare(0, scheme.size(), scheme) != 0) continue;
    if (text.compare(scheme.size(), 3, "://") != 0) continue;
    const std::size_t from = scheme.size() + 3;
    const std::size_t path = text.find_first_of("/?#", from);
    const std::string_view host = std::string_view(text).substr(from, path - from);
    sink.set_string("url.original", text);
    sink.set_string("url.scheme", scheme);
    if (ecs::is_host_name(host)) sink.set_string("url.domain", host);
    break;
  }
  return true;
}

/// One text, or a list in brackets, or a list of texts: recipients come in all three.
bool recipients(std::string_view json, FieldSink& sink) {
  if (ecs::is_json_string(json)) {
    const std::string text = ecs::text_of_json(json);
    if (!trim(text).empty()) sink.add_string("email.to.address", trim(text));
    return true;
  }
  JsonElements list(json);
  while (list.next()) {
    const std::string address = ecs::text_of_json(list.value());
    if (!address.empty()) sink.add_string("email.to.address", address);
  }
  return !list.damaged();
}

}  // namespace

ecs::FunctionTable mapping_functions() {
  return {{"affected_items", affected_items},
          {"attachment_data", attachment_data},
          {"attachment_text", attachment_text},
          {"dlp_policies", dlp_policies},
          {"message_id", message_id},
          {"name_value_list", name_value_list},
          {"originating_server", originating_server},
          {"recipients", recipients},
          {"redact_detected_values", redact_detected_values},
          {"team_members", team_members},
          {"url", url},
          {"user_agent_property", user_agent_property}};
}

}  // namespace cistern::connectors::microsoft_365
