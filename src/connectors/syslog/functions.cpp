#include "connectors/syslog/functions.hpp"

#include "connectors/syslog/functions_country.hpp"
#include "connectors/syslog/functions_dns.hpp"
#include "connectors/syslog/functions_url.hpp"
#include "ecs/function_values.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace cistern::connectors::syslog {
namespace {

using ecs::FieldSink;

/// `1a:fc:2b:33:4d:5f`, `1A-FC-...` or `1afc.2b33.4d5f` as RFC 7042 writes it, to `.mac`. An
/// address of zeros says that there is none.
bool mac_address(std::string_view json, FieldSink& sink) {
  const std::string text = ecs::text_of_json(json);
  std::string digits;
  for (const char c : text) {
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (!hex && c != ':' && c != '-' && c != '.') return false;
    if (hex) digits.push_back(c >= 'a' ? static_cast<char>(c - ('a' - 'A')) : c);
  }
  if (digits.find_first_not_of('0') == std::string::npos) return true;
  if (digits.size() != 12) return false;
  std::string mac;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    if (i > 0) mac.push_back('-');
    mac.append(digits, i, 2);
  }
  sink.set_string(".mac", mac);
  return true;
}

/// An object as it is, to `log.syslog.structured_data`.
bool structured_data(std::string_view json, FieldSink& sink) {
  if (!json.starts_with('{')) return false;
  sink.set_json("log.syslog.structured_data", json);
  return true;
}

/// A number that fits an index's signed 64 bits, to `process.pid`. Other texts stand in headers
/// too.
bool process_id(std::string_view json, FieldSink& sink) {
  const std::string text = ecs::scalar_of_json(json);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!text.empty() && error == std::errc{} && end == text.data() + text.size() && value >= 0)
    sink.set_json("process.pid", std::to_string(value));
  return true;
}

/// A hash, by its length: `.md5`, `.sha1`, `.sha256` or `.sha512`. Other texts give nothing.
bool file_hash(std::string_view json, FieldSink& sink) {
  const std::string text = ecs::text_of_json(json);
  const bool hex = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
  if (!hex) return true;
  if (text.size() == 32) sink.set_string(".md5", text);
  if (text.size() == 40) sink.set_string(".sha1", text);
  if (text.size() == 64) sink.set_string(".sha256", text);
  if (text.size() == 128) sink.set_string(".sha512", text);
  return true;
}

/// A whole number of units as nanoseconds, to `event.duration`.
template <std::int64_t Unit>
bool duration(std::string_view json, FieldSink& sink) {
  const std::string text = ecs::scalar_of_json(json);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value < 0 ||
      value > std::numeric_limits<std::int64_t>::max() / Unit)
    return false;
  sink.set_json("event.duration", std::to_string(value * Unit));
  return true;
}

/// ISO 3166 alpha-3 to `.geo.country_iso_code`, which has two letters.
bool country(std::string_view json, FieldSink& sink) {
  const auto code = country_alpha2(ecs::text_of_json(json));
  if (!code.empty()) sink.set_string(".geo.country_iso_code", code);
  return true;
}

/// `a, <b@c.example>; d@e.example` one by one, without blanks and brackets, to the call's list.
bool addresses(std::string_view json, FieldSink& sink) {
  if (!ecs::is_json_string(json)) return false;
  const std::string text = ecs::text_of_json(json);
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of(",;"), rest.size());
    std::string_view one = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto junk = [](char c) { return c == ' ' || c == '<' || c == '>'; };
    while (!one.empty() && junk(one.front()))
      one.remove_prefix(1);
    while (!one.empty() && junk(one.back()))
      one.remove_suffix(1);
    if (!one.empty()) sink.add_string(".address", one);
  }
  return true;
}

/// `<id@host>` without the brackets, to `email.message_id`.
bool message_id(std::string_view json, FieldSink& sink) {
  const std::string text = ecs::text_of_json(json);
  std::string_view id = text;
  if (id.starts_with('<')) id.remove_prefix(1);
  if (id.ends_with('>')) id.remove_suffix(1);
  if (!id.empty()) sink.set_string("email.message_id", id);
  return true;
}

/// `CONTOSO\ana`, `ana@contoso.com` or `ana`: `.name`, `.domain`, `.email`. "-" names nobody.
bool account(std::string_view json, FieldSink& sink) {
  const std::string text = ecs::scalar_of_json(json);
  if (text.empty()) return false;
  if (text == "-" || text == "N/A") return true;
  const std::size_t backslash = text.rfind('\\');
  const std::size_t at = text.rfind('@');
  const auto inner = [&text](std::size_t place) {
    return place != std::string::npos && place > 0 && place + 1 < text.size();
  };
  if (inner(backslash)) {
    sink.set_string(".domain", std::string_view(text).substr(0, backslash));
    sink.set_string(".name", std::string_view(text).substr(backslash + 1));
    return true;
  }
  sink.set_string(".name", text);
  if (inner(at)) {
    sink.set_string(".domain", std::string_view(text).substr(at + 1));
    sink.set_string(".email", text);
  }
  return true;
}

/// A name without the folders before it, and those folders: `.name`, `.path`, `.directory`.
bool file_name(std::string_view json, FieldSink& sink) {
  const std::string text = ecs::text_of_json(json);
  if (text.empty() || text == "-") return true;
  const std::size_t slash = text.find_last_of("/\\");
  if (slash == std::string::npos) {
    sink.set_string(".name", text);
    return true;
  }
  sink.set_string(".path", text);
  if (slash + 1 < text.size()) sink.set_string(".name", std::string_view(text).substr(slash + 1));
  if (slash > 0) sink.set_string(".directory", std::string_view(text).substr(0, slash));
  return true;
}

}  // namespace

ecs::FunctionTable mapping_functions() {
  return {{"mac_address", mac_address},
          {"seconds", duration<1'000'000'000>},
          {"milliseconds", duration<1'000'000>},
          {"microseconds", duration<1'000>},
          {"country", country},
          {"addresses", addresses},
          {"message_id", message_id},
          {"account", account},
          {"file_name", file_name},
          {"url", url_parts},
          {"url_query", url_query},
          {"url_protocol", url_protocol},
          {"host_name", host_name},
          {"structured_data", structured_data},
          {"process_id", process_id},
          {"file_hash", file_hash},
          {"named_message", named_message}};
}

}  // namespace cistern::connectors::syslog
