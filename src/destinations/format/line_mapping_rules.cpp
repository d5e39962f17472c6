#include "destinations/format/line_mapping_rules.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace cistern::destinations {
namespace {

using config::YamlNode;

constexpr std::size_t kMostSegments = 16;

struct FormName {
  std::string_view name;
  ValueForm form;
};

constexpr std::array kForms = {
    FormName{"text", ValueForm::text},       FormName{"first", ValueForm::first},
    FormName{"integer", ValueForm::integer}, FormName{"number", ValueForm::real},
    FormName{"ipv4", ValueForm::ipv4},       FormName{"ipv6", ValueForm::ipv6},
    FormName{"ip", ValueForm::ip},           FormName{"mac", ValueForm::mac},
    FormName{"time", ValueForm::time},       FormName{"boolean", ValueForm::boolean}};

const std::vector<std::string>& rule_names() {
  static const std::vector<std::string> kNames = {"from",  "when",  "as",  "table",
                                                  "bands", "value", "key", "label"};
  return kNames;
}

}  // namespace

const YamlNode* RuleFileReader::member(const YamlNode& map, std::string_view name) {
  if (!map.is_mapping()) return nullptr;
  for (std::size_t i = 0; i + 1 < map.items.size(); i += 2) {
    if (map.items[i].text == name) return &map.items[i + 1];
  }
  return nullptr;
}

void RuleFileReader::mistake(const YamlNode& node, std::string what) {
  mistakes_.add({file_, static_cast<int>(node.mark.line) + 1}, std::move(what));
}

void RuleFileReader::unknown(const YamlNode& name, const std::vector<std::string>& known) {
  const auto nearest = nearest_word(name.text, known);
  std::string all;
  for (const auto& one : known)
    all += (all.empty() ? "" : ", ") + one;
  mistake(name, "unknown `" + excerpt(name.text, 60) + "`; " +
                    (nearest ? "did you mean `" + *nearest + "`?" : "it is one of " + all));
}

void RuleFileReader::unknown(const YamlNode& name, std::initializer_list<std::string_view> known) {
  unknown(name, std::vector<std::string>(known.begin(), known.end()));
}

FieldRules RuleFileReader::list(const YamlNode& node, ValueForm form) {
  FieldRules rules;
  const auto add = [&](const YamlNode& item) {
    if (item.is_scalar()) {
      rules.push_back({.fields = {field(item, item.text)}, .form = form});
    } else {
      rules.push_back(one(item, form));
    }
  };
  if (!node.is_sequence()) {
    add(node);
    return rules;
  }
  for (const YamlNode& item : node.items)
    add(item);
  return rules;
}

FieldRule RuleFileReader::one(const YamlNode& node, ValueForm form) {
  FieldRule rule{.form = form};
  if (!node.is_mapping()) {
    mistake(node, "a rule is a map with `from` or `value`");
    return rule;
  }
  for (std::size_t i = 0; i + 1 < node.items.size(); i += 2)
    read_member(node.items[i], node.items[i + 1], rule);
  if (rule.fields.empty() == !rule.constant)
    mistake(node, "a rule has either `from` with a field, or `value` with a constant");
  if (!rule.table.empty() && !rule.bands.empty())
    mistake(node, "a rule has `table` or `bands`, not both");
  return rule;
}

void RuleFileReader::read_member(const YamlNode& name, const YamlNode& value, FieldRule& rule) {
  if (name.text == "from") {
    for (const auto& path : texts(value))
      rule.fields.push_back(field(value, path));
  } else if (name.text == "value") {
    if (!value.is_scalar() || value.text.empty()) return mistake(value, "`value` is a text");
    rule.constant = value.text;
  } else if (name.text == "as") {
    read_form(value, rule);
  } else if (name.text == "table") {
    read_table(value, rule);
  } else if (name.text == "bands") {
    read_bands(value, rule);
  } else if (name.text == "when") {
    read_when(value, rule);
  } else if (name.text != "key" && name.text != "label") {
    unknown(name, rule_names());
  }
}

void RuleFileReader::read_form(const YamlNode& node, FieldRule& rule) {
  const auto known = std::find_if(kForms.begin(), kForms.end(),
                                  [&](const FormName& form) { return form.name == node.text; });
  if (known != kForms.end()) {
    rule.form = known->form;
    return;
  }
  std::vector<std::string> names;
  for (const auto& form : kForms)
    names.emplace_back(form.name);
  unknown(node, names);
}

void RuleFileReader::read_table(const YamlNode& node, FieldRule& rule) {
  if (!node.is_mapping() || node.items.empty())
    return mistake(node, "`table` is a map from values to texts");
  // What is looked up is a word of the source, whatever form the result has.
  rule.form = ValueForm::text;
  for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
    if (!node.items[i + 1].is_scalar()) return mistake(node.items[i + 1], "a table gives texts");
    rule.table.emplace(lower_case(node.items[i].text), node.items[i + 1].text);
  }
}

void RuleFileReader::read_bands(const YamlNode& node, FieldRule& rule) {
  const std::string how = "`bands` is a list of pairs, [least number, text]";
  if (!node.is_sequence() || node.items.empty()) return mistake(node, how);
  rule.form = ValueForm::real;
  for (const YamlNode& band : node.items) {
    double least = 0;
    const bool pair = band.is_sequence() && band.items.size() == 2 && band.items[0].is_scalar() &&
                      band.items[1].is_scalar();
    if (!pair) return mistake(band, how);
    const std::string& text = band.items[0].text;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), least);
    if (error != std::errc{} || end != text.data() + text.size()) return mistake(band, how);
    rule.bands.emplace_back(least, band.items[1].text);
  }
  std::stable_sort(rule.bands.begin(), rule.bands.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
}

void RuleFileReader::read_when(const YamlNode& node, FieldRule& rule) {
  if (!node.is_mapping())
    return mistake(node,
                   "`when` is a map from fields to a value, a list of values, present or "
                   "absent");
  for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
    FieldTest test{.field = field(node.items[i], node.items[i].text),
                   .values = texts(node.items[i + 1])};
    if (test.values == std::vector<std::string>{"present"}) test.kind = FieldTest::Kind::present;
    if (test.values == std::vector<std::string>{"absent"}) test.kind = FieldTest::Kind::absent;
    rule.when.push_back(std::move(test));
  }
}

/// A text, or a list of texts.
std::vector<std::string> RuleFileReader::texts(const YamlNode& node) {
  std::vector<std::string> all;
  if (node.is_scalar()) return {node.text};
  if (!node.is_sequence()) mistake(node, "a text or a list of texts is needed here");
  for (const YamlNode& item : node.items) {
    if (!item.is_scalar()) {
      mistake(item, "a list of texts is needed here");
      break;
    }
    all.push_back(item.text);
  }
  return all;
}

std::size_t RuleFileReader::field(const YamlNode& node, const std::string& path) {
  const auto dots = static_cast<std::size_t>(std::count(path.begin(), path.end(), '.'));
  const bool empty_part = path.empty() || path.front() == '.' || path.back() == '.' ||
                          path.find("..") != std::string::npos;
  if (empty_part || dots >= kMostSegments) {
    mistake(node, "`" + excerpt(path, 60) +
                      "` is no field: write names with dots between them, such as source.ip, at "
                      "most 16 deep");
    return fields_.add("@timestamp");
  }
  return fields_.add(path);
}

}  // namespace cistern::destinations
