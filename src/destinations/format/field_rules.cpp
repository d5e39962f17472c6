#include "destinations/format/field_rules.hpp"

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "codec/json_scan.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <arpa/inet.h>

namespace cistern::destinations {
namespace {

bool is_integer(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<double> number_in(std::string_view text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

bool is_address(std::string_view text, int family) {
  std::array<char, 64> name{};
  std::array<unsigned char, 16> bytes{};
  if (text.empty() || text.size() >= name.size()) return false;
  std::copy(text.begin(), text.end(), name.begin());
  return ::inet_pton(family, name.data(), bytes.data()) == 1;
}

bool is_mac(std::string_view text) {
  if (text.size() != 17) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (i % 3 == 2 ? c != ':' && c != '-' : !hex) return false;
  }
  return true;
}

std::string_view milliseconds(std::string_view text, std::string& out) {
  if (is_integer(text)) return text;
  const auto time = parse_time(text);
  if (!time) return {};
  const auto since = std::chrono::floor<std::chrono::milliseconds>(time->time_since_epoch());
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), since.count()).ptr;
  out.assign(digits.data(), end);
  return out;
}

std::string_view from_table(const FieldRule& rule, std::string_view text) {
  const auto found = rule.table.find(lower_case(text));
  return found == rule.table.end() ? std::string_view{} : found->second;
}

std::string_view from_bands(const FieldRule& rule, std::string_view text) {
  const auto number = number_in(text);
  if (!number) return {};
  for (const auto& [least, result] : rule.bands) {
    if (*number >= least) return result;
  }
  return {};
}

}  // namespace

std::string_view RuleReader::text(const FieldRules& rules, const DocumentFields& fields) {
  for (const auto& rule : rules) {
    const auto found = text(rule, fields);
    if (!found.empty()) return found;
  }
  return {};
}

std::string_view RuleReader::text(const FieldRule& rule, const DocumentFields& fields) {
  for (const auto& test : rule.when) {
    if (!holds(test, fields)) return {};
  }
  if (rule.constant) return *rule.constant;
  for (const std::size_t field : rule.fields) {
    const std::string_view json = fields.json(field);
    if (json.empty()) continue;
    const auto found = form(json, rule);
    if (!found.empty()) return found;
  }
  return {};
}

/// A list whose elements must have a form, or stand in a table, gives the first that does; one of
/// texts gives all of them.
std::string_view RuleReader::form(std::string_view json, const FieldRule& rule) {
  const auto looked_up = [&](std::string_view value) {
    if (value.empty()) return value;
    if (!rule.table.empty()) return from_table(rule, value);
    return rule.bands.empty() ? value : from_bands(rule, value);
  };
  if (!json.starts_with('[')) return looked_up(scalar_form(json, rule.form));
  const bool all = rule.form == ValueForm::text && rule.table.empty() && rule.bands.empty();
  std::string joined;
  for (codec::JsonElements elements(json); elements.next();) {
    const auto value = looked_up(scalar_form(elements.value(), rule.form));
    if (value.empty()) continue;
    if (!all) return value;
    joined.append(joined.empty() ? "" : ", ").append(value);
  }
  text_ = std::move(joined);
  return text_;
}

std::string_view RuleReader::unquoted(std::string_view json) {
  if (json == "null") return {};
  if (!json.starts_with('"') || json.size() < 2) return json;
  const std::string_view inside = json.substr(1, json.size() - 2);
  if (inside.find('\\') == std::string_view::npos) return inside;
  scratch_.clear();
  codec::append_unescaped(scratch_, inside);
  return scratch_;
}

std::string_view RuleReader::scalar_form(std::string_view json, ValueForm form) {
  const std::string_view value = unquoted(json);
  const auto if_true = [&](bool fits) { return fits ? value : std::string_view{}; };
  switch (form) {
    case ValueForm::text:
    case ValueForm::first:
      return value;
    case ValueForm::integer:
      return if_true(is_integer(value));
    case ValueForm::real:
      return if_true(number_in(value).has_value());
    case ValueForm::ipv4:
      return if_true(is_address(value, AF_INET));
    case ValueForm::ipv6:
      return if_true(is_address(value, AF_INET6));
    case ValueForm::ip:
      return if_true(is_address(value, AF_INET) || is_address(value, AF_INET6));
    case ValueForm::mac:
      if (!is_mac(value)) return {};
      text_ = value;
      std::replace(text_.begin(), text_.end(), '-', ':');
      return text_;
    case ValueForm::time:
      return milliseconds(value, text_);
    case ValueForm::boolean:
      return if_true(value == "true" || value == "false");
  }
  return {};
}

bool RuleReader::holds(const FieldTest& test, const DocumentFields& fields) {
  const std::string_view json = fields.json(test.field);
  switch (test.kind) {
    case FieldTest::Kind::present:
      return !json.empty();
    case FieldTest::Kind::absent:
      return json.empty();
    case FieldTest::Kind::equals:
      break;
  }
  if (!json.starts_with('[')) return equals_any(json, test.values);
  for (codec::JsonElements elements(json); elements.next();) {
    if (equals_any(elements.value(), test.values)) return true;
  }
  return false;
}

bool RuleReader::equals_any(std::string_view json, const std::vector<std::string>& values) {
  const std::string_view value = unquoted(json);
  return !value.empty() && std::find(values.begin(), values.end(), value) != values.end();
}

}  // namespace cistern::destinations
