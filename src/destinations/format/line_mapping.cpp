#include "destinations/format/line_mapping.hpp"

#include "base/embedded.hpp"
#include "base/files.hpp"
#include "config/file_text.hpp"
#include "config/yaml_tree.hpp"
#include "destinations/format/line_mapping_rules.hpp"

#include <algorithm>
#include <stdexcept>

namespace cistern::embedded::format {
std::span<const File> files();
}

namespace cistern::destinations {
namespace {

using config::YamlNode;

constexpr std::uint64_t kLargestFile = 1ULL << 20;
constexpr std::size_t kMostKeys = 512;

std::string_view built_in(std::string_view name) {
  const std::string path = "mappings/" + std::string{name} + ".yaml";
  for (const auto& file : embedded::format::files()) {
    if (file.path == path) return file.text;
  }
  throw std::logic_error("bug: no built-in file " + path);
}

class MappingFile {
 public:
  MappingFile(const std::string& file, const LineDialect* dialect, LineMapping& mapping)
      : rules_(file, mapping.fields), dialect_(dialect), mapping_(mapping) {}

  void read(const YamlNode& root) {
    if (!root.is_mapping()) {
      rules_.mistake(root,
                     "the file is a map with `header`, `keys`, `severity`, `host`, "
                     "`syslog_facility` and `syslog_severity`");
      return;
    }
    for (std::size_t i = 0; i + 1 < root.items.size(); i += 2)
      read_part(root.items[i], root.items[i + 1]);
  }

  /// Every part must be there that has nothing built in to take its place.
  void require_whole() {
    if (mapping_.keys.empty())
      rules_.mistake({}, "`keys` is missing, so no line would say anything");
    for (std::size_t i = 0; i < dialect_->header.size(); ++i) {
      if (i >= mapping_.header.size() || mapping_.header[i].empty()) {
        rules_.mistake({}, "`header` says nothing of `" + std::string{dialect_->header[i]} + "`");
      }
    }
  }

  [[nodiscard]] const ecs::Mistakes& mistakes() const { return rules_.mistakes(); }

 private:
  void read_part(const YamlNode& name, const YamlNode& value) {
    if (name.text == "severity") {
      mapping_.severity = rules_.list(value, ValueForm::integer);
    } else if (name.text == "host") {
      mapping_.host = rules_.list(value, ValueForm::text);
    } else if (name.text == "syslog_facility") {
      mapping_.syslog_facility = rules_.list(value, ValueForm::integer);
    } else if (name.text == "syslog_severity") {
      mapping_.syslog_severity = rules_.list(value, ValueForm::integer);
    } else if (name.text == "header" && dialect_ != nullptr) {
      read_header(value);
    } else if (name.text == "keys" && dialect_ != nullptr) {
      read_keys(value);
    } else {
      rules_.unknown(name,
                     {"header", "keys", "severity", "host", "syslog_facility", "syslog_severity"});
    }
  }

  void read_header(const YamlNode& node) {
    mapping_.header.resize(dialect_->header.size());
    if (!node.is_mapping()) {
      rules_.mistake(node, "`header` is a map of the header's fields");
      return;
    }
    for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
      const YamlNode& name = node.items[i];
      const auto known = std::find(dialect_->header.begin(), dialect_->header.end(), name.text);
      if (known == dialect_->header.end()) {
        rules_.unknown(name,
                       std::vector<std::string>(dialect_->header.begin(), dialect_->header.end()));
        continue;
      }
      mapping_.header[static_cast<std::size_t>(known - dialect_->header.begin())] =
          rules_.list(node.items[i + 1], ValueForm::first);
    }
  }

  void read_keys(const YamlNode& node) {
    if (!node.is_sequence()) {
      rules_.mistake(node, "`keys` is a list, in the order of the line");
      return;
    }
    for (const YamlNode& item : node.items) {
      if (mapping_.keys.size() == kMostKeys) {
        rules_.mistake(item, "more than 512 keys");
        return;
      }
      read_key(item);
    }
  }

  void read_key(const YamlNode& node) {
    LineKeyRule rule;
    if (const YamlNode* key = rules_.member(node, "key")) rule.key = key->text;
    if (!dialect_->is_key(rule.key)) {
      rules_.mistake(node,
                     "`key` must be a key of the format or one of your own: letters, digits "
                     "and _, and no predefined key in other letters");
      return;
    }
    if (const YamlNode* label = rules_.member(node, "label")) {
      rule.label = label->text;
      if (!dialect_->has_label(rule.key))
        rules_.mistake(*label, "`" + rule.key + "` has no label in this format");
    }
    rule.rule = rules_.one(node, dialect_->form_of(rule.key));
    mapping_.keys.push_back(std::move(rule));
  }

  RuleFileReader rules_;
  const LineDialect* dialect_;  // Null for the common part.
  LineMapping& mapping_;
};

Result<config::YamlDocument> parsed(std::string_view text, const std::string& file) {
  const auto failed = [&](const config::YamlError& error) {
    return fail_stop("format/mapping",
                     file + ":" + std::to_string(error.mark.line + 1) + ": " + error.what,
                     error.next_step);
  };
  const auto cleaned = config::clean_text(text);
  if (cleaned.error) return failed(*cleaned.error);
  auto yaml = config::read_yaml(cleaned.text);
  if (yaml.error) return failed(*yaml.error);
  return std::move(*yaml.document);
}

void read_common(LineMapping& mapping) {
  const auto document = parsed(built_in("common"), "common.yaml");
  if (!document) throw std::logic_error("bug: " + document.error().sentence());
  MappingFile file("common.yaml", nullptr, mapping);
  file.read(document->root);
  if (!file.mistakes().empty()) throw std::logic_error("bug: " + file.mistakes().text());
}

}  // namespace

Result<LineMapping> read_line_mapping(std::string_view text, const std::string& file,
                                      const LineDialect& dialect) {
  auto document = parsed(text, file);
  if (!document) return fail(std::move(document.error()));
  LineMapping mapping;
  read_common(mapping);
  MappingFile reader(file, &dialect, mapping);
  reader.read(document->root);
  reader.require_whole();
  if (reader.mistakes().empty()) return mapping;
  return fail_stop("format/mapping", reader.mistakes().text(),
                   "correct the lines named above, or remove 'format_mapping' to use the mapping "
                   "that comes with cistern");
}

Result<LineMapping> load_line_mapping(const std::string& path, const LineDialect& dialect) {
  if (path.empty()) {
    const std::string name = std::string{dialect.name} + ".yaml";
    return read_line_mapping(built_in(dialect.name), name, dialect);
  }
  const auto files = make_system_files();
  const auto file = files->open(path, OpenMode::read);
  if (!file) return fail(file.error());
  const auto size = (*file)->size();
  if (!size) return fail(size.error());
  if (*size > kLargestFile) {
    return fail_stop("format/mapping",
                     path + " has " + std::to_string(*size) +
                         " bytes, more than the 1 MiB that a "
                         "mapping may have",
                     "name the right file in 'format_mapping'");
  }
  const auto text = (*file)->read_at(0, static_cast<std::size_t>(*size));
  if (!text) return fail(text.error());
  return read_line_mapping(*text, path, dialect);
}

LineMapping facts_mapping() {
  LineMapping mapping;
  read_common(mapping);
  return mapping;
}

}  // namespace cistern::destinations
