#include "ecs/mapping_values.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "codec/json_scan.hpp"

#include <yaml-cpp/yaml.h>

namespace cistern::ecs {
namespace {

bool is_plain(const YAML::Node& node) {
  return node.Tag() == "?";
}

bool is_json_scalar(const std::string& text) {
  std::string_view problem;
  std::size_t read = 0;
  return !text.empty() && text.front() != '"' && text.front() != '{' && text.front() != '[' &&
         text != "null" && codec::validate_json_prefix(text, 1, problem, read) == text.size();
}

}  // namespace

Place place_of(const std::string& file, const YAML::Node& node) {
  return {file, node.Mark().line + 1};
}

std::string json_of_scalar(const YAML::Node& node) {
  const std::string text = node.Scalar();
  if (is_plain(node) && is_json_scalar(text)) return text;
  std::string json;
  codec::append_json_string(json, text);
  return json;
}

std::vector<std::string> texts_of(const std::string& file, const YAML::Node& node,
                                  Mistakes& mistakes) {
  std::vector<std::string> texts;
  if (node.IsScalar()) {
    texts.push_back(node.Scalar());
  } else if (node.IsSequence()) {
    for (const auto& item : node) {
      if (item.IsScalar()) {
        texts.push_back(item.Scalar());
      } else {
        mistakes.add(place_of(file, item), "a text is expected here");
      }
    }
  } else {
    mistakes.add(place_of(file, node), "a text or a list of texts is expected here");
  }
  return texts;
}

std::string text_of(const std::string& file, const YAML::Node& node, Mistakes& mistakes) {
  if (node.IsScalar()) return node.Scalar();
  mistakes.add(place_of(file, node), "one text is expected here");
  return {};
}

bool flag_of(const std::string& file, const YAML::Node& node, Mistakes& mistakes) {
  if (node.IsScalar() && (node.Scalar() == "true" || node.Scalar() == "false")) {
    return node.Scalar() == "true";
  }
  mistakes.add(place_of(file, node), "true or false is expected here");
  return false;
}

Assignment assignment_of(const std::string& file, std::string target, const YAML::Node& node,
                         Mistakes& mistakes) {
  Assignment assignment{std::move(target), {}, node.IsSequence()};
  if (node.IsScalar()) {
    assignment.values.push_back(json_of_scalar(node));
  } else if (node.IsSequence()) {
    for (const auto& item : node) {
      if (item.IsScalar()) {
        assignment.values.push_back(json_of_scalar(item));
      } else {
        mistakes.add(place_of(file, item), "a text, number or boolean is expected here");
      }
    }
  } else {
    mistakes.add(place_of(file, node), "a value or a list of values is expected here");
  }
  return assignment;
}

void check_keys(const std::string& file, const YAML::Node& map,
                const std::vector<std::string>& allowed, Mistakes& mistakes) {
  std::vector<std::string> seen;
  for (const auto& pair : map) {
    const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "";
    const Place place = place_of(file, pair.first);
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) {
      mistakes.add(place, "`" + key + "` stands here twice");
    }
    seen.push_back(key);
    if (std::find(allowed.begin(), allowed.end(), key) != allowed.end()) continue;
    std::string what = "`" + excerpt(key, 60) + "` is not known here";
    if (const auto near = nearest_word(key, allowed)) what += "; `" + *near + "` is";
    mistakes.add(place, what);
  }
}

TableText table_of(const std::string& file, const YAML::Node& node, Mistakes& mistakes) {
  TableText table{place_of(file, node), {}};
  if (!node.IsMap()) {
    mistakes.add(table.place, "a table is a map from texts to values");
    return table;
  }
  for (const auto& pair : node) {
    TableEntry entry;
    if (pair.second.IsMap()) {
      for (const auto& field : pair.second) {
        entry.assignments.push_back(
            assignment_of(file, field.first.Scalar(), field.second, mistakes));
      }
    } else if (pair.second.IsScalar()) {
      entry.value = json_of_scalar(pair.second);
    } else {
      mistakes.add(place_of(file, pair.second), "a table gives a value or a map of fields");
    }
    if (!table.entries.emplace(pair.first.Scalar(), std::move(entry)).second) {
      mistakes.add(place_of(file, pair.first),
                   "`" + pair.first.Scalar() + "` stands in this table twice");
    }
  }
  return table;
}

ConditionText condition_of(const std::string& file, const YAML::Node& node, Mistakes& mistakes) {
  ConditionText condition;
  if (!node.IsMap() || node.size() == 0) {
    mistakes.add(place_of(file, node),
                 "a condition is a map, such as {RecordType: [4, 6], UserId: present}");
    return condition;
  }
  for (const auto& pair : node) {
    TestText test{place_of(file, pair.first), TestText::Kind::equals, pair.first.Scalar(), {}};
    const YAML::Node& value = pair.second;
    if (value.IsMap()) {
      check_keys(file, value, {"not"}, mistakes);
      test.kind = TestText::Kind::differs;
      if (value["not"]) test.values = texts_of(file, value["not"], mistakes);
    } else if (value.IsScalar() && is_plain(value) && value.Scalar() == "present") {
      test.kind = TestText::Kind::present;
    } else if (value.IsScalar() && is_plain(value) && value.Scalar() == "absent") {
      test.kind = TestText::Kind::absent;
    } else {
      test.values = texts_of(file, value, mistakes);
    }
    condition.push_back(std::move(test));
  }
  return condition;
}

}  // namespace cistern::ecs
