#include "connectors/syslog/functions_url.hpp"

#include "ecs/function_values.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

namespace cistern::connectors::syslog {
namespace {

void set(ecs::FieldSink& sink, std::string_view field, std::string_view text) {
  if (!text.empty()) sink.set_string(field, text);
}

/// `pdf` of `/a/b.pdf`; what is long or holds more than letters and digits is none.
std::string_view extension_of(std::string_view path) {
  constexpr std::size_t kLongest = 10;
  const std::string_view file = path.substr(path.rfind('/') + 1);
  const std::size_t dot = file.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return {};
  const std::string_view extension = file.substr(dot + 1);
  const bool plain = std::all_of(extension.begin(), extension.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
  return plain && extension.size() <= kLongest ? extension : std::string_view{};
}

/// `path?query#fragment`
void set_path(std::string_view rest, ecs::FieldSink& sink) {
  const std::size_t hash = rest.find('#');
  if (hash != std::string_view::npos) set(sink, ".fragment", rest.substr(hash + 1));
  rest = rest.substr(0, hash);
  const std::size_t mark = rest.find('?');
  if (mark != std::string_view::npos) set(sink, ".query", rest.substr(mark + 1));
  const std::string_view path = rest.substr(0, mark);
  set(sink, ".path", path);
  set(sink, ".extension", extension_of(path));
}

/// `user@host:port`, the host perhaps in brackets.
void set_authority(std::string_view authority, ecs::FieldSink& sink) {
  const std::size_t at = authority.rfind('@');
  if (at != std::string_view::npos) authority.remove_prefix(at + 1);
  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  std::string_view host = authority.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  set(sink, ".domain", host);
  if (colon == std::string_view::npos) return;
  std::uint16_t port = 0;
  const std::string_view digits = authority.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error == std::errc{} && end == digits.data() + digits.size())
    sink.set_json(".port", std::to_string(port));
}

}  // namespace

bool url_parts(std::string_view json, ecs::FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string whole = ecs::text_of_json(json);
  std::string_view rest = whole;
  if (rest.empty() || rest == "-") return true;
  set(sink, ".original", rest);
  if (rest.starts_with('/')) {
    set_path(rest, sink);
    return true;
  }
  const std::size_t scheme = rest.find("://");
  if (scheme == std::string_view::npos || scheme == 0 || scheme > 16) return true;
  set(sink, ".full", rest);
  set(sink, ".scheme", rest.substr(0, scheme));
  rest.remove_prefix(scheme + 3);
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  set_authority(rest.substr(0, end), sink);
  set_path(rest.substr(end), sink);
  return true;
}

bool url_query(std::string_view json, ecs::FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string text = ecs::text_of_json(json);
  std::string_view query = text;
  if (query.starts_with('?')) query.remove_prefix(1);
  if (query != "-") set(sink, "url.query", query);
  return true;
}

bool url_protocol(std::string_view json, ecs::FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string text = ecs::text_of_json(json);
  const std::string scheme = text.substr(0, text.find("://"));
  if (scheme == "http" || scheme == "https" || scheme == "ftp")
    sink.set_string("network.protocol", scheme);
  return true;
}

bool host_name(std::string_view json, ecs::FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string text = ecs::text_of_json(json);
  const std::size_t colon = text.rfind(':');
  const bool has_port = colon != std::string::npos && text.find(':') == colon;
  set(sink, ".domain", std::string_view(text).substr(0, has_port ? colon : text.size()));
  return true;
}

}  // namespace cistern::connectors::syslog
