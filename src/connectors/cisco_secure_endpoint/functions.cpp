#include "connectors/cisco_secure_endpoint/functions.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "codec/json_scan.hpp"
#include "ecs/function_values.hpp"

#include <algorithm>
#include <optional>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

using codec::JsonElements;
using ecs::FieldSink;
using ecs::member_of_json;
using ecs::text_of_json;

constexpr std::size_t kMostArguments = 1'000;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool has_drive(std::string_view path) {
  return path.size() >= 2 && is_letter(path[0]) && path[1] == ':';
}

void set_text(FieldSink& sink, std::string_view field, const std::string& text) {
  if (!text.empty()) sink.set_string(field, text);
}

std::optional<char> hex_pair(std::string_view two) {
  const auto decoded = two.size() == 2 ? hex_decode(two) : std::nullopt;
  if (!decoded || decoded->size() != 1) return std::nullopt;
  return decoded->front();
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = text[at] == '%' ? hex_pair(text.substr(at + 1, 2)) : std::nullopt;
    if (byte) at += 2;
    out.push_back(byte.value_or(text[at]));
  }
  return is_utf8(out) ? out : std::string{text};
}

/// Also "Not Available": nobody was signed in.
bool user(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string text = text_of_json(json);
  if (text.empty() || equal_ignoring_case(text, "not available")) return true;
  const std::size_t at = text.rfind('@');
  if (at == std::string::npos || at == 0) {
    sink.set_string("user.name", text);
    return true;
  }
  sink.set_string("user.name", text.substr(0, at));
  set_text(sink, "user.domain", text.substr(at + 1));
  return true;
}

/// `host.name` is one name however the agent spells it; the domain is told apart from the name, but
/// not from the end of an address.
bool host_name(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string name = text_of_json(json);
  if (name.empty()) return true;
  sink.set_string("host.name", lower_case(name));
  const std::size_t dot = name.find('.');
  const bool address = name.find_first_not_of("0123456789.") == std::string::npos;
  if (dot == std::string::npos || dot == 0 || dot + 1 == name.size() || address) {
    sink.set_string("host.hostname", name);
    return true;
  }
  sink.set_string("host.hostname", name.substr(0, dot));
  sink.set_string("host.domain", lower_case(name.substr(dot + 1)));
  return true;
}

/// ECS writes hardware addresses as RFC 7042 does: upper case, hyphens.
bool mac_addresses(std::string_view json, FieldSink& sink) {
  if (json.front() != '[') return false;
  for (JsonElements elements(json); elements.next();) {
    std::string address = text_of_json(member_of_json(elements.value(), "mac"));
    for (char& c : address) {
      if (c == ':') c = '-';
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    if (!address.empty()) sink.add_string("host.mac", address);
  }
  return true;
}

bool file_path(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string path = plain_path(text_of_json(json));
  if (path.empty()) return true;
  sink.set_string("file.path", path);
  const std::string_view bare =
      path.starts_with("\\\\?\\") ? std::string_view{path}.substr(4) : std::string_view{path};
  if (has_drive(bare)) {
    sink.set_string("file.drive_letter", std::string{lower_case(bare.substr(0, 1))});
    sink.set_string("host.os.family", "windows");
    sink.set_string("host.os.platform", "windows");
    sink.set_string("host.os.type", "windows");
  }
  const std::size_t last = bare.find_last_of("\\/");
  const std::string_view name = last == std::string_view::npos ? bare : bare.substr(last + 1);
  if (last != std::string_view::npos && last > 0)
    sink.set_string("file.directory", bare.substr(0, last));
  const std::size_t dot = name.rfind('.');
  if (dot != std::string_view::npos && dot > 0 && dot + 1 < name.size())
    sink.set_string("file.extension", lower_case(name.substr(dot + 1)));
  return true;
}

bool arguments(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const auto list = split_arguments(text_of_json(json));
  if (list.empty()) return true;
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_array();
  for (const std::string& argument : list)
    writer.string(argument);
  writer.end_array();
  sink.set_json("process.args", out);
  sink.set_json("process.args_count", std::to_string(list.size()));
  set_text(sink, "process.executable", list.front());
  return true;
}

/// Both are either texts ("TA0005") or objects with `external_id`, by the kind of event.
struct Attack {
  std::string id;
  std::string name;
};

std::optional<Attack> attack_of(std::string_view element) {
  if (ecs::is_json_string(element)) return Attack{text_of_json(element), {}};
  if (element.empty() || element.front() != '{') return std::nullopt;
  return Attack{text_of_json(member_of_json(element, "external_id")),
                text_of_json(member_of_json(element, "name"))};
}

bool tactics(std::string_view json, FieldSink& sink) {
  if (json.front() != '[') return false;
  bool understood = true;
  for (JsonElements elements(json); elements.next();) {
    const auto attack = attack_of(elements.value());
    understood = understood && attack;
    if (!attack) continue;
    if (!attack->id.empty()) sink.add_string("threat.tactic.id", attack->id);
    if (!attack->name.empty()) sink.add_string("threat.tactic.name", attack->name);
    if (attack->id.starts_with("TA")) sink.set_string("threat.framework", "MITRE ATT&CK");
  }
  return understood;
}

bool techniques(std::string_view json, FieldSink& sink) {
  if (json.front() != '[') return false;
  bool understood = true;
  for (JsonElements elements(json); elements.next();) {
    const auto attack = attack_of(elements.value());
    understood = understood && attack;
    if (!attack) continue;
    const bool sub = attack->id.find('.') != std::string::npos;
    if (!attack->id.empty()) sink.add_string("threat.technique.id", attack->id);
    if (sub) sink.add_string("threat.technique.subtechnique.id", attack->id);
    if (attack->name.empty()) continue;
    sink.add_string(sub ? "threat.technique.subtechnique.name" : "threat.technique.name",
                    attack->name);
  }
  return understood;
}

}  // namespace

std::string plain_path(std::string_view path) {
  constexpr std::string_view kUrl = "file:///";
  std::string out{path};
  const bool url = path.size() > kUrl.size() && equal_ignoring_case(path.substr(0, 8), kUrl);
  if (url) out = percent_decoded(path.substr(kUrl.size()));
  const bool slashed = !url && out.starts_with('/') && has_drive(std::string_view{out}.substr(1));
  if (slashed) out.erase(0, 1);
  if (url && !has_drive(out)) return "/" + out;
  if (url || slashed) std::replace(out.begin(), out.end(), '/', '\\');
  return out;
}

std::vector<std::string> split_arguments(std::string_view line) {
  std::vector<std::string> out;
  std::string word;
  bool quoted = false;
  bool begun = false;
  for (const char c : line) {
    const bool blank = c == ' ' || c == '\t';
    if (c == '"') {
      quoted = !quoted;
      begun = true;
    } else if (!blank || quoted) {
      word.push_back(c);
      begun = true;
    }
    if (!blank || quoted || !begun) continue;
    if (out.size() == kMostArguments) return {};
    out.push_back(std::move(word));
    word.clear();
    begun = false;
  }
  if (!begun) return out;
  if (out.size() == kMostArguments) return {};
  out.push_back(std::move(word));
  return out;
}

ecs::FunctionTable mapping_functions() {
  return {{"arguments", arguments},
          {"file_path", file_path},
          {"host_name", host_name},
          {"tactics", tactics},
          {"mac_addresses", mac_addresses},
          {"techniques", techniques},
          {"user", user}};
}

}  // namespace cistern::connectors::cisco_secure_endpoint
