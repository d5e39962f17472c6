// Single values of a template's line.
#include "codec/json.hpp"
#include "codec/json_scan.hpp"
#include "codec/template_plan.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace cistern::codec {
namespace {

bool is_number(std::string_view value) {
  return value.front() == '-' || (value.front() >= '0' && value.front() <= '9');
}

bool is_container(std::string_view value) {
  return value.front() == '{' || value.front() == '[';
}

bool is_integer(std::string_view number) {
  return number.find_first_of(".eE") == std::string_view::npos;
}

/// Nothing where the number lies beyond what a double holds: then it stays as it stands.
bool append_float(std::string_view number, FloatForm form, std::string& out) {
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc{} || !std::isfinite(value)) return false;
  std::array<char, 400> digits{};
  char* const first = digits.data();
  char* const last = first + digits.size();
  const auto written = form == FloatForm::shortest
                           ? std::to_chars(first, last, value, std::chars_format::scientific)
                       : form == FloatForm::six_digits
                           ? std::to_chars(first, last, value, std::chars_format::scientific, 6)
                           : std::to_chars(first, last, value, std::chars_format::fixed);
  if (written.ec != std::errc{}) return false;
  out.append(first, written.ptr);
  return true;
}

/// Whether the number is a time that can be written; fractions of its unit are cut off.
bool append_time(std::string_view number, const ValueRules& rules, std::string& out) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  const bool whole = end == number.data() + number.size() || *end == '.';
  if (error != std::errc{} || !whole || number.find_first_of("eE") != std::string_view::npos)
    return false;
  const auto moment = milliseconds_by_magnitude(value);
  if (!is_writable_time(moment)) return false;
  rules.time_format.append(out, moment, rules.zone);
  return true;
}

void append_number(std::string_view number, bool time, const ValueRules& rules,
                   const EscapeTable& escapes, ValueScratch& scratch, LineWriter& out) {
  scratch.text.clear();
  if (time && append_time(number, rules, scratch.text)) return escapes.apply(scratch.text, out);
  if (is_integer(number) || !append_float(number, rules.floats, scratch.text))
    return out.append(number);
  out.append(scratch.text);
}

void append_go(std::string_view value, std::size_t depth, std::string& out);

/// Members by name, of equal names the last; Go prints a map in the order of its keys.
void append_go_map(std::string_view object, std::size_t depth, std::string& out) {
  std::vector<std::pair<std::string, std::string_view>> members;
  for (JsonMembers member(object); member.next();) {
    std::string name;
    append_unescaped(name, member.key());
    members.emplace_back(std::move(name), member.value());
  }
  std::stable_sort(members.begin(), members.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  out += "map[";
  bool first = true;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i + 1 < members.size() && members[i + 1].first == members[i].first) continue;
    if (!std::exchange(first, false)) out += ' ';
    out += members[i].first;
    out += ':';
    append_go(members[i].second, depth, out);
  }
  out += ']';
}

void append_go_list(std::string_view array, std::size_t depth, std::string& out) {
  out += '[';
  bool first = true;
  for (JsonElements element(array); element.next();) {
    if (!std::exchange(first, false)) out += ' ';
    append_go(element.value(), depth, out);
  }
  out += ']';
}

void append_go(std::string_view value, std::size_t depth, std::string& out) {
  if (is_container(value) && depth < static_cast<std::size_t>(kMaxJsonDepth)) {
    return value.front() == '{' ? append_go_map(value, depth + 1, out)
                                : append_go_list(value, depth + 1, out);
  }
  if (value.front() == '"') {
    append_unescaped(out, value.substr(1, value.size() - 2));
  } else {
    out += value == "null" ? std::string_view{"<nil>"} : value;
  }
}

void append_container(std::string_view value, const ValueRules& rules, const EscapeTable& escapes,
                      ValueScratch& scratch, LineWriter& out) {
  if (rules.objects == ObjectValue::go_map) {
    scratch.text.clear();
    append_go(value, 0, scratch.text);
    return escapes.apply(scratch.text, out);
  }
  escapes.apply(compact_json(value, scratch.compact), out);
}

}  // namespace

bool is_present(std::string_view value, const ValueRules& rules) {
  if (value.empty() || value == "null") return false;
  if (value == "\"\"") return rules.empty == EmptyText::written;
  return !is_container(value) || rules.objects != ObjectValue::left_out;
}

void append_value(std::string_view value, bool time, const ValueRules& rules,
                  const EscapeTable& escapes, ValueScratch& scratch, LineWriter& out) {
  if (value.front() == '"') {
    const auto inside = value.substr(1, value.size() - 2);
    if (inside.find('\\') == std::string_view::npos) return escapes.apply(inside, out);
    scratch.text.clear();
    append_unescaped(scratch.text, inside);
    return escapes.apply(scratch.text, out);
  }
  if (is_container(value)) return append_container(value, rules, escapes, scratch, out);
  if (is_number(value)) return append_number(value, time, rules, escapes, scratch, out);
  out.append(value);
}

}  // namespace cistern::codec
