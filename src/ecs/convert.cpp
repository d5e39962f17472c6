#include "ecs/convert.hpp"

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "codec/json_scan.hpp"
#include "ecs/endpoint.hpp"
#include "ecs/numeric_time.hpp"

#include <algorithm>

namespace cistern::ecs {
namespace {

bool is_string(std::string_view json) {
  return json.size() >= 2 && json.front() == '"';
}

bool is_number(std::string_view json) {
  return !json.empty() && (json.front() == '-' || (json.front() >= '0' && json.front() <= '9'));
}

bool is_boolean(std::string_view json) {
  return json == "true" || json == "false";
}

std::string_view number_of(std::string_view json, ViewScratch& scratch) {
  if (is_number(json)) return json;
  if (!is_string(json)) return {};
  const std::string_view text = scalar_text(json, scratch);
  std::string_view problem;
  std::size_t read = 0;
  if (!is_number(text)) return {};
  const bool whole = codec::validate_json_prefix(text, 1, problem, read) == text.size();
  return whole ? text : std::string_view{};
}

std::string_view boolean_of(std::string_view json, ViewScratch& scratch) {
  if (is_boolean(json)) return json;
  if (!is_string(json)) return {};
  const std::string_view text = scalar_text(json, scratch);
  if (equal_ignoring_case(text, "true")) return "true";
  if (equal_ignoring_case(text, "false")) return "false";
  return {};
}

std::string_view lower_of(std::string_view json, ViewScratch& scratch) {
  if (!is_string(json)) return {};
  const std::string_view text = scalar_text(json, scratch);
  const bool lower =
      std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return lower ? json : scratch.arena.json_string(lower_case(text));
}

std::string_view ip_of(std::string_view json, ViewScratch& scratch) {
  if (!is_string(json)) return {};
  const auto ip = parse_ip(scalar_text(json, scratch));
  return ip ? scratch.arena.json_string(ip->text) : std::string_view{};
}

std::string_view time_of(std::string_view json, ViewScratch& scratch) {
  if (!is_string(json) && !is_number(json)) return {};
  const std::string_view text = scalar_text(json, scratch);
  auto time = is_string(json) ? parse_time(text) : std::nullopt;
  if (!time) time = time_of_number(text);
  if (!time) return {};
  scratch.text = "\"";
  append_time(scratch.text, *time);
  scratch.text.push_back('"');
  return scratch.arena.copy(scratch.text);
}

}  // namespace

bool is_blank(std::string_view json) {
  return json.empty() || json == "\"\"" || json == "null";
}

std::string_view scalar_text(std::string_view json, ViewScratch& scratch) {
  if (!is_string(json)) return json;
  const std::string_view inside = json.substr(1, json.size() - 2);
  if (inside.find('\\') == std::string_view::npos) return inside;
  scratch.text.clear();
  codec::append_unescaped(scratch.text, inside);
  return scratch.arena.copy(scratch.text);
}

std::string_view convert(Conversion conversion, std::string_view json, ViewScratch& scratch) {
  switch (conversion) {
    case Conversion::none:
      return is_string(json) ? json : std::string_view{};
    case Conversion::text:
      if (is_string(json)) return json;
      return is_number(json) || is_boolean(json) ? scratch.arena.json_string(json)
                                                 : std::string_view{};
    case Conversion::lower:
      return lower_of(json, scratch);
    case Conversion::number:
      return number_of(json, scratch);
    case Conversion::boolean:
      return boolean_of(json, scratch);
    case Conversion::ip:
      return ip_of(json, scratch);
    case Conversion::time:
      return time_of(json, scratch);
  }
  return {};
}

}  // namespace cistern::ecs
