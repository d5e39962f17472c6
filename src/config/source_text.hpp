// The user's text, line by line, with everything hidden that could be a secret.
#pragma once

#include "config/yaml_tree.hpp"

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::config {

/// Shows lines of the file in messages. A value is hidden unless somebody who knows its option has
/// called show(): a secret below a mistyped key looks like any other text. Hidden characters become
/// asterisks, one for one, so that a caret below the line still points to its place.
class SourceText {
 public:
  /// `text` must outlive the object; its lines end in "\n". `known_names` are the names that a file
  /// may hold by its schema.
  SourceText(std::string_view text, std::set<std::string, std::less<>> known_names);

  /// Tells where the values begin. Until then nothing of a line is shown but a known name at its
  /// start.
  void set_scalars(std::vector<Mark> scalars);
  void show(const YamlNode& node);

  /// The line (from 0), cut to a length that fits a terminal; empty when nothing may be shown.
  [[nodiscard]] std::string line(std::size_t number) const;
  /// Column as people and editors count: characters, from 1.
  [[nodiscard]] int column(Mark mark) const;

 private:
  [[nodiscard]] std::string_view raw_line(std::size_t number) const;
  [[nodiscard]] std::string masked_but_for_name(std::string_view line) const;
  [[nodiscard]] std::string masked_by_values(std::size_t number) const;

  std::string_view text_;
  std::set<std::string, std::less<>> known_names_;
  std::vector<std::size_t> line_starts_;
  std::vector<Mark> scalars_;
  std::vector<bool> shown_;
};

}  // namespace cistern::config
