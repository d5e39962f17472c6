#include "base/bytes.hpp"
#include "ecs/mapping.hpp"
#include "ecs/mapping_values.hpp"

#include <algorithm>

#include <yaml-cpp/yaml.h>

namespace cistern::ecs {
namespace {

constexpr int kMaxIncludes = 8;

const std::vector<std::string>& verbs() {
  static const std::vector<std::string> kVerbs = {"copy",     "add",  "set",  "lookup",  "split",
                                                  "endpoint", "call", "drop", "include", "do"};
  return kVerbs;
}

/// Base name: mapping files include each other within one folder.
std::string file_name(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

class MappingReader {
 public:
  MappingReader(const std::map<std::string, std::string_view, std::less<>>& files,
                Mistakes& mistakes)
      : files_(files), mistakes_(mistakes) {}

  void read_head(const std::string& file, const YAML::Node& root, MappingText& mapping) {
    check_keys(file, root,
               {"streams", "vendor_key", "module", "dataset", "reader", "known", "related",
                "tables", "rules"},
               mistakes_);
    mapping.place = {file, 1};
    if (root["streams"]) mapping.streams = texts_of(file, root["streams"], mistakes_);
    if (root["vendor_key"]) mapping.vendor_key = text_of(file, root["vendor_key"], mistakes_);
    if (root["module"]) mapping.module = text_of(file, root["module"], mistakes_);
    if (root["dataset"]) mapping.dataset = text_of(file, root["dataset"], mistakes_);
    if (root["reader"]) mapping.reader = text_of(file, root["reader"], mistakes_);
    for (const char* name : {"vendor_key", "module", "dataset"}) {
      if (!root[name]) mistakes_.add(mapping.place, std::string("`") + name + "` is missing");
    }
    if (root["related"]) read_related(file, root["related"], mapping);
    read_body(file, root, mapping, mapping.rules, 0);
  }

 private:
  /// What a file adds wherever it is included: known fields, tables, rules.
  void read_body(const std::string& file, const YAML::Node& root, MappingText& mapping,
                 std::vector<RuleText>& rules, int depth) {
    if (root["known"]) {
      for (auto& name : texts_of(file, root["known"], mistakes_))
        mapping.known.push_back(name);
    }
    if (root["tables"]) {
      if (!root["tables"].IsMap()) {
        mistakes_.add(place_of(file, root["tables"]), "`tables` is a map of named tables");
      } else {
        for (const auto& pair : root["tables"]) {
          TableText table = table_of(file, pair.second, mistakes_);
          if (!mapping.tables.emplace(pair.first.Scalar(), std::move(table)).second) {
            mistakes_.add(place_of(file, pair.first),
                          "a table `" + pair.first.Scalar() + "` exists already");
          }
        }
      }
    }
    if (root["rules"]) read_rules(file, root["rules"], mapping, rules, depth);
  }

  void read_related(const std::string& file, const YAML::Node& node, MappingText& mapping) {
    if (!node.IsMap()) {
      mistakes_.add(place_of(file, node),
                    "`related` is a map from ip, user, hosts, hash to fields");
      return;
    }
    check_keys(file, node, {"ip", "user", "hosts", "hash"}, mistakes_);
    for (const auto& pair : node) {
      mapping.related.emplace_back(pair.first.Scalar(), texts_of(file, pair.second, mistakes_));
    }
  }

  void read_rules(const std::string& file, const YAML::Node& node, MappingText& mapping,
                  std::vector<RuleText>& rules, int depth) {
    if (!node.IsSequence()) {
      mistakes_.add(place_of(file, node), "rules are a list");
      return;
    }
    for (const auto& item : node)
      read_rule(file, item, mapping, rules, depth);
  }

  void read_rule(const std::string& file, const YAML::Node& node, MappingText& mapping,
                 std::vector<RuleText>& rules, int depth) {
    RuleText rule;
    rule.place = place_of(file, node);
    if (!node.IsMap()) {
      mistakes_.add(rule.place, "a rule is a map with one verb");
      return;
    }
    std::string verb;
    for (const auto& name : verbs()) {
      if (!node[name]) continue;
      if (!verb.empty()) {
        mistakes_.add(rule.place, "one verb a rule: here are `" + verb + "` and `" + name + "`");
      }
      verb = name;
    }
    if (verb.empty()) {
      mistakes_.add(rule.place,
                    "a rule needs a verb: copy, add, set, lookup, split, endpoint, "
                    "call, drop, include or do");
      return;
    }
    if (node["when"]) rule.when = condition_of(file, node["when"], mistakes_);
    read_verb(file, verb, node, rule, mapping, depth);
    rules.push_back(std::move(rule));
  }

  void read_verb(const std::string& file, const std::string& verb, const YAML::Node& node,
                 RuleText& rule, MappingText& mapping, int depth) {
    const YAML::Node value = node[verb];
    if (verb == "copy" || verb == "endpoint" || verb == "split") {
      rule.source = text_of(file, value, mistakes_);
    }
    if (verb == "copy") {
      rule.verb = Verb::copy;
      check_keys(file, node, {"copy", "to", "as", "keep", "when"}, mistakes_);
      rule.conversion = read_conversion(file, node);
    } else if (verb == "endpoint") {
      rule.verb = Verb::endpoint;
      check_keys(file, node, {"endpoint", "to", "when"}, mistakes_);
    } else if (verb == "split") {
      rule.verb = Verb::split;
      check_keys(file, node, {"split", "by", "to", "when"}, mistakes_);
      rule.separator = node["by"] ? text_of(file, node["by"], mistakes_) : "";
      if (rule.separator.empty()) mistakes_.add(rule.place, "`split` needs `by`");
    } else if (verb == "add") {
      read_add(file, value, node, rule);
    } else if (verb == "set") {
      read_set(file, value, node, rule);
    } else if (verb == "lookup") {
      read_lookup(file, value, node, rule);
    } else if (verb == "call") {
      read_call(file, value, node, rule);
    } else if (verb == "drop") {
      rule.verb = Verb::drop;
      check_keys(file, node, {"drop", "when"}, mistakes_);
      if (!flag_of(file, value, mistakes_)) mistakes_.add(rule.place, "`drop` can only be true");
    } else if (verb == "include") {
      check_keys(file, node, {"include", "when"}, mistakes_);
      include(text_of(file, value, mistakes_), rule, mapping, depth + 1);
    } else {
      check_keys(file, node, {"do", "when"}, mistakes_);
      read_rules(file, value, mapping, rule.rules, depth);
    }
    if (node["to"]) rule.targets = texts_of(file, node["to"], mistakes_);
    if (node["keep"]) rule.keep = flag_of(file, node["keep"], mistakes_);
    const bool needs_target = rule.verb == Verb::copy || rule.verb == Verb::endpoint ||
                              rule.verb == Verb::split || rule.verb == Verb::add;
    if (needs_target && rule.targets.empty()) {
      mistakes_.add(rule.place, "`" + verb + "` needs `to`");
    }
  }

  Conversion read_conversion(const std::string& file, const YAML::Node& node) {
    if (!node["as"]) return Conversion::none;
    static const std::vector<std::pair<std::string, Conversion>> kNames = {
        {"text", Conversion::text},     {"lower", Conversion::lower},
        {"number", Conversion::number}, {"boolean", Conversion::boolean},
        {"ip", Conversion::ip},         {"time", Conversion::time}};
    const std::string text = text_of(file, node["as"], mistakes_);
    for (const auto& [name, conversion] : kNames) {
      if (name == text) return conversion;
    }
    mistakes_.add(place_of(file, node["as"]),
                  "`as` is one of text, lower, number, boolean, ip, time");
    return Conversion::none;
  }

  void read_add(const std::string& file, const YAML::Node& value, const YAML::Node& node,
                RuleText& rule) {
    rule.verb = Verb::add;
    check_keys(file, node, {"add", "to", "as", "by", "member", "when"}, mistakes_);
    rule.source = text_of(file, value, mistakes_);
    if (node["by"]) rule.separator = text_of(file, node["by"], mistakes_);
    if (node["member"]) rule.member = text_of(file, node["member"], mistakes_);
    if ((node["by"] && rule.separator.empty()) || (node["member"] && rule.member.empty())) {
      mistakes_.add(rule.place, "`by` and `member` of `add` cannot be empty");
    }
    rule.conversion = read_conversion(file, node);
  }

  void read_set(const std::string& file, const YAML::Node& value, const YAML::Node& node,
                RuleText& rule) {
    rule.verb = Verb::set;
    check_keys(file, node, {"set", "when"}, mistakes_);
    if (!value.IsMap()) {
      mistakes_.add(rule.place, "`set` is a map from fields to values");
      return;
    }
    for (const auto& pair : value) {
      rule.constants.push_back(assignment_of(file, pair.first.Scalar(), pair.second, mistakes_));
    }
  }

  void read_lookup(const std::string& file, const YAML::Node& value, const YAML::Node& node,
                   RuleText& rule) {
    rule.verb = Verb::lookup;
    check_keys(file, node, {"lookup", "table", "option", "to", "ignore_case", "when"}, mistakes_);
    rule.source = text_of(file, value, mistakes_);
    if (node["ignore_case"]) rule.ignore_case = flag_of(file, node["ignore_case"], mistakes_);
    if (node["option"]) rule.option_table = text_of(file, node["option"], mistakes_);
    if (node["table"] && node["table"].IsScalar()) {
      rule.table = node["table"].Scalar();
    } else if (node["table"]) {
      rule.inline_table = table_of(file, node["table"], mistakes_);
    }
    if (!node["table"] == !node["option"]) {
      mistakes_.add(rule.place, "`lookup` needs either `table` or `option`");
    }
  }

  void read_call(const std::string& file, const YAML::Node& value, const YAML::Node& node,
                 RuleText& rule) {
    rule.verb = Verb::call;
    check_keys(file, node, {"call", "with", "to", "in_place", "gives", "adds", "redacts", "when"},
               mistakes_);
    rule.function = text_of(file, value, mistakes_);
    if (node["with"]) rule.source = text_of(file, node["with"], mistakes_);
    if (rule.source.empty()) mistakes_.add(rule.place, "`call` needs `with`");
    if (node["gives"]) rule.gives = texts_of(file, node["gives"], mistakes_);
    if (node["adds"]) rule.gives_sets = texts_of(file, node["adds"], mistakes_);
    if (node["in_place"]) rule.in_place = flag_of(file, node["in_place"], mistakes_);
    if (node["redacts"]) rule.redacts = flag_of(file, node["redacts"], mistakes_);
  }

  void include(const std::string& name, RuleText& rule, MappingText& mapping, int depth) {
    rule.verb = Verb::group;
    const auto found = files_.find(name);
    if (found == files_.end()) {
      mistakes_.add(rule.place, "no mapping file is named `" + name + "`");
      return;
    }
    if (depth > kMaxIncludes) {
      mistakes_.add(rule.place, "files include each other more than 8 deep: `" + name + "`");
      return;
    }
    try {
      const YAML::Node root = YAML::Load(std::string(found->second));
      check_keys(name, root, {"known", "tables", "rules"}, mistakes_);
      read_body(name, root, mapping, rule.rules, depth);
    } catch (const YAML::Exception& error) {
      mistakes_.add({name, error.mark.line + 1}, error.msg);
    }
  }

  const std::map<std::string, std::string_view, std::less<>>& files_;
  Mistakes& mistakes_;
};

}  // namespace

void Mistakes::add(const Place& place, std::string what) {
  std::string line = place.file + ":" + std::to_string(place.line) + ": " + std::move(what);
  if (std::find(lines_.begin(), lines_.end(), line) == lines_.end()) {
    lines_.push_back(std::move(line));
  }
}

std::string Mistakes::text() const {
  std::string text;
  for (const auto& line : lines_)
    text += (text.empty() ? "" : "\n") + line;
  return text;
}

std::vector<MappingText> read_mappings(std::span<const embedded::File> files, Mistakes& mistakes) {
  std::map<std::string, std::string_view, std::less<>> by_name;
  for (const auto& file : files) {
    if (file.path.find("mappings/") == std::string_view::npos || !file.path.ends_with(".yaml")) {
      continue;
    }
    by_name[file_name(file.path)] = file.text;
  }
  std::vector<MappingText> mappings;
  MappingReader reader(by_name, mistakes);
  for (const auto& [name, text] : by_name) {
    try {
      const YAML::Node root = YAML::Load(std::string(text));
      if (!root.IsMap()) {
        mistakes.add({name, 1}, "a mapping file is a map");
        continue;
      }
      if (!root["streams"]) continue;
      reader.read_head(name, root, mappings.emplace_back());
    } catch (const YAML::Exception& error) {
      mistakes.add({name, error.mark.line + 1}, error.msg);
    }
  }
  if (mappings.empty() && mistakes.empty()) {
    mistakes.add({"mappings", 0}, "no file names the streams that it maps");
  }
  return mappings;
}

}  // namespace cistern::ecs
