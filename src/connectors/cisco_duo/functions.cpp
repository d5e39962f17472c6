#include "connectors/cisco_duo/functions.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "codec/json_scan.hpp"
#include "ecs/endpoint.hpp"
#include "ecs/function_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cistern::connectors::cisco_duo {
namespace {

using codec::JsonElements;
using ecs::FieldSink;
using ecs::member_of_json;
using ecs::text_of_json;

constexpr std::size_t kDeepestText = 32;

void set_text(FieldSink& sink, std::string_view field, const std::string& text) {
  if (!text.empty()) sink.set_string(field, text);
}

// ---- addresses ----

/// `A#1234` and `A port 1234` beside what parse_endpoint() knows.
std::optional<ecs::Endpoint> endpoint_of(std::string_view text) {
  if (auto plain = ecs::parse_endpoint(text)) return plain;
  for (const std::string_view mark : {"#", " port "}) {
    const std::size_t at = text.rfind(mark);
    if (at == std::string_view::npos) continue;
    const std::string_view digits = text.substr(at + mark.size());
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size()) continue;
    auto host = ecs::parse_endpoint(text.substr(0, at));
    if (!host || host->port) continue;
    host->port = port;
    return host;
  }
  return std::nullopt;
}

bool is_unspecified(std::string_view address) {
  return address == "0.0.0.0" || address == "::";
}

/// The address of a device as Duo writes it: with or without port in several forms. `.address`
/// keeps the words; what is no address stays among the vendor's fields.
bool device_address(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string text = text_of_json(json);
  const auto endpoint = endpoint_of(text);
  if (!endpoint) return false;
  sink.set_string(".address", text);
  if (endpoint->ip && !is_unspecified(endpoint->ip->text)) {
    sink.set_string(".ip", endpoint->ip->text);
  }
  if (!endpoint->domain.empty()) sink.set_string(".domain", endpoint->domain);
  if (endpoint->port) sink.set_json(".port", std::to_string(*endpoint->port));
  return true;
}

/// The same of a device that is no side of the connection.
bool related_address(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const auto endpoint = endpoint_of(text_of_json(json));
  if (!endpoint) return false;
  if (endpoint->ip && !is_unspecified(endpoint->ip->text)) {
    sink.add_string("related.ip", endpoint->ip->text);
  }
  return true;
}

// ---- JSON inside a string ----

/// The text if it is one JSON object, else empty.
std::string object_in_text(std::string_view json) {
  std::string text = text_of_json(json);
  if (text.empty() || text.front() != '{') return {};
  std::string_view problem;
  std::size_t read = 0;
  const std::size_t size = codec::validate_json_prefix(text, kDeepestText, problem, read);
  if (size == 0 || text.find_first_not_of(" \t\r\n", size) != std::string::npos) return {};
  text.resize(size);
  std::string scratch;
  return std::string{codec::compact_json(text, scratch)};
}

/// `details` of the activity log: an object in place of the text that holds it.
bool json_text(std::string_view json, FieldSink& sink) {
  const std::string object = object_in_text(json);
  if (!object.empty()) sink.set_json(".", object);
  return true;
}

/// `description` of the administrator and offline logs: JSON in a text, or plain words.
bool description(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return json.front() == '{';
  const std::string object = object_in_text(json);
  if (object.empty()) {
    const std::string words = text_of_json(json);
    set_text(sink, "message", words);
    set_text(sink, "event.reason", words);
    return true;
  }
  sink.set_json(".", object);
  const auto text = [&object](std::string_view name) {
    return text_of_json(member_of_json(object, name));
  };
  if (const auto endpoint = endpoint_of(text("ip_address")); endpoint && endpoint->ip) {
    sink.set_string("source.address", text("ip_address"));
    if (!is_unspecified(endpoint->ip->text)) sink.set_string("source.ip", endpoint->ip->text);
  }
  const std::string error = text("error");
  set_text(sink, "error.message", error);
  set_text(sink, "event.reason", error);
  if (!error.empty()) sink.set_string("event.outcome", "failure");
  set_text(sink, "user.email", text("email"));
  set_text(sink, "user_agent.original", text("user_agent"));
  set_text(sink, "host.hostname", text("hostname"));
  return true;
}

// ---- actions ----

struct Word {
  std::string_view word;
  std::string_view category;
  std::string_view type;
};

/// By the first words of an action's name. More specific ones come first.
constexpr std::array kSubjects{
    Word{"admin_login", "authentication", "start"},
    Word{"admin_2fa", "authentication", "info"},
    Word{"admin", "iam", "admin"},
    Word{"user", "iam", "user"},
    Word{"group", "iam", "group"},
    Word{"phone", "iam", "user"},
    Word{"hardtoken", "iam", "user"},
    Word{"u2ftoken", "iam", "user"},
    Word{"webauthncredential", "iam", "user"},
    Word{"bypass", "iam", "user"},
    Word{"password", "iam", "user"},
    Word{"o2fa_user", "iam", "user"},
    Word{"directory", "iam", "group"},
    Word{"integration", "configuration", ""},
    Word{"policy", "configuration", ""},
    Word{"customer", "configuration", ""},
    Word{"application", "configuration", ""},
    Word{"settings", "configuration", ""},
};

/// By the last word.
constexpr std::array kVerbs{
    Word{"create", "", "creation"},        Word{"add", "", "creation"},
    Word{"provisioned", "", "creation"},   Word{"update", "", "change"},
    Word{"change", "", "change"},          Word{"reenrolled", "", "change"},
    Word{"delete", "", "deletion"},        Word{"remove", "", "deletion"},
    Word{"deprovisioned", "", "deletion"},
};

/// Whether `name` begins with `word` as a word of its own.
bool begins_with(std::string_view name, std::string_view word) {
  return name.starts_with(word) && (name.size() == word.size() || name[word.size()] == '_');
}

/// The list of actions is open, but their names are made of parts: `user_update`,
/// `integration_delete`, `admin_login_error`.
bool action(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string name = lower_case(text_of_json(json));
  if (name.empty()) return true;
  sink.set_string("event.action", name);
  bool session = false;
  for (const Word& subject : kSubjects) {
    if (!begins_with(name, subject.word)) continue;
    sink.add_string("event.category", subject.category);
    if (!subject.type.empty()) sink.add_string("event.type", subject.type);
    session = subject.category == "authentication";
    break;
  }
  const std::string_view last = std::string_view{name}.substr(name.rfind('_') + 1);
  for (const Word& verb : kVerbs) {
    if (last == verb.word && !session) sink.add_string("event.type", verb.type);
  }
  if (last == "error" || last == "failed" || last == "failure") {
    sink.set_string("event.outcome", "failure");
  }
  return true;
}

/// Newer rows hold {"name":...,"details":...}, older ones the name alone.
bool activity_action(std::string_view json, FieldSink& sink) {
  if (json.front() == '{') json = member_of_json(json, "name");
  return !json.empty() && action(json, sink);
}

// ---- addresses of pages ----

bool page_url(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string text = text_of_json(json);
  const std::size_t scheme = text.find("://");
  if (scheme == std::string::npos) return false;
  sink.set_string("url.original", text);
  sink.set_string("url.scheme", text.substr(0, scheme));
  const std::size_t from = scheme + 3;
  const std::size_t path = std::min(text.find_first_of("/?#", from), text.size());
  const std::size_t query = std::min(text.find_first_of("?#", path), text.size());
  const std::size_t fragment = std::min(text.find('#', query), text.size());
  const std::string_view host = std::string_view{text}.substr(from, path - from);
  if (ecs::is_host_name(host)) sink.set_string("url.domain", host);
  set_text(sink, "url.path", text.substr(path, query - path));
  if (query < fragment) set_text(sink, "url.query", text.substr(query + 1, fragment - query - 1));
  return true;
}

}  // namespace

ecs::FunctionTable mapping_functions() {
  return {{"action", action},
          {"activity_action", activity_action},
          {"description", description},
          {"device_address", device_address},
          {"json_text", json_text},
          {"page_url", page_url},
          {"related_address", related_address}};
}

}  // namespace cistern::connectors::cisco_duo
