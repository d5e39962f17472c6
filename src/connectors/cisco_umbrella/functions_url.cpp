#include "connectors/cisco_umbrella/functions_url.hpp"

#include "ecs/function_values.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <string>

namespace cistern::connectors::cisco_umbrella {
namespace {

constexpr std::size_t kLongestScheme = 16;
constexpr std::size_t kLongestExtension = 10;

void set(ecs::FieldSink& sink, std::string_view field, std::string_view text) {
  if (!text.empty()) sink.set_string(field, text);
}

bool is_alphanumeric(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; });
}

/// Takes what stands behind the first `sign` off the text.
std::string_view take_behind(std::string_view& text, char sign) {
  const std::size_t at = text.find(sign);
  if (at == std::string_view::npos) return {};
  const std::string_view behind = text.substr(at + 1);
  text = text.substr(0, at);
  return behind;
}

void set_extension(std::string_view path, ecs::FieldSink& sink) {
  const std::string_view file = path.substr(path.rfind('/') + 1);
  const std::size_t dot = file.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return;
  const std::string_view extension = file.substr(dot + 1);
  if (extension.size() <= kLongestExtension && is_alphanumeric(extension))
    set(sink, "url.extension", extension);
}

/// `host:port` or `[address]:port`, perhaps with a user before it, which is left out: it may be a
/// password.
void set_host(std::string_view host, ecs::FieldSink& sink) {
  host.remove_prefix(host.rfind('@') + 1);
  const std::size_t bracket = host.starts_with('[') ? host.find(']') : 0;
  const std::size_t colon = bracket == std::string_view::npos ? bracket : host.find(':', bracket);
  const std::string_view digits =
      colon == std::string_view::npos ? std::string_view{} : host.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (!digits.empty() && error == std::errc{} && end == digits.data() + digits.size())
    sink.set_json("url.port", std::to_string(port));
  host = host.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  set(sink, "url.domain", host);
}

}  // namespace

bool url_parts(std::string_view json, ecs::FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string whole = ecs::text_of_json(json);
  std::string_view rest = whole;
  set(sink, "url.original", rest);
  const std::size_t scheme = rest.find("://");
  if (scheme == std::string_view::npos || scheme == 0 || scheme > kLongestScheme ||
      !is_alphanumeric(rest.substr(0, scheme)))
    return true;
  set(sink, "url.scheme", rest.substr(0, scheme));
  rest.remove_prefix(scheme + 3);
  set(sink, "url.fragment", take_behind(rest, '#'));
  set(sink, "url.query", take_behind(rest, '?'));
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  set_host(rest.substr(0, slash), sink);
  set(sink, "url.path", rest.substr(slash));
  set_extension(rest.substr(slash), sink);
  return true;
}

}  // namespace cistern::connectors::cisco_umbrella
