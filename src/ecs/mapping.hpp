// A mapping as it is written (docs/mappings.md), read from YAML and not yet compiled.
#pragma once

#include "base/embedded.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cistern::ecs {

/// Where something stands, for messages.
struct Place {
  std::string file;
  int line = 0;
};

/// Mistakes of all files, gathered before anything is refused.
class Mistakes {
 public:
  void add(const Place& place, std::string what);
  [[nodiscard]] bool empty() const { return lines_.empty(); }
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::string> lines_;
};

/// One test of a condition; all tests of a condition must hold.
struct TestText {
  enum class Kind { equals, differs, present, absent };
  Place place;
  Kind kind = Kind::equals;
  std::string field;                ///< A source path, or `option.NAME`.
  std::vector<std::string> values;  ///< equals: any of these; differs: none of these.
};

using ConditionText = std::vector<TestText>;

/// A value to be set without looking at the record: one for a single field, several for a set.
struct Assignment {
  std::string target;
  std::vector<std::string> values;  ///< JSON texts.
  bool list = false;                ///< Written as a list: adds to a set.
};

/// What a table gives for a key: a value for the rule's target, or assignments to several.
struct TableEntry {
  std::string value;  ///< JSON text; empty when `assignments` counts.
  std::vector<Assignment> assignments;
};

struct TableText {
  Place place;
  std::map<std::string, TableEntry, std::less<>> entries;
};

enum class Verb { copy, add, set, lookup, split, endpoint, call, drop, group };
enum class Conversion { none, text, lower, number, boolean, ip, time };

struct RuleText {
  Place place;
  Verb verb = Verb::group;
  ConditionText when;
  std::string source;
  std::vector<std::string> targets;
  Conversion conversion = Conversion::none;
  bool keep = false;
  bool ignore_case = false;
  bool redacts = false;
  bool in_place = false;
  std::string separator;                ///< split, add
  std::string member;                   ///< add
  std::string table;                    ///< lookup: name of a table,
  std::string option_table;             ///< or of a table among the options,
  TableText inline_table;               ///< or written in place.
  std::vector<Assignment> constants;    ///< set, add with `value`
  std::string function;                 ///< call
  std::vector<std::string> gives;       ///< call: fields the function sets
  std::vector<std::string> gives_sets;  ///< call: fields the function adds to
  std::vector<RuleText> rules;          ///< group
};

struct MappingText {
  Place place;
  std::vector<std::string> streams;
  std::string vendor_key;
  std::string module;
  std::string dataset;
  std::string reader;  ///< The connector's function that reads records of text; may be empty.
  std::vector<RuleText> rules;
  std::map<std::string, TableText, std::less<>> tables;
  std::vector<std::string> known;
  /// related.KIND <- fields, in the order written.
  std::vector<std::pair<std::string, std::vector<std::string>>> related;
};

/// Reads the files that name streams, with all that they include. Of two files with the same path
/// the later one counts, so that a folder of the user's can replace embedded ones. Files outside a
/// `mappings/` folder are passed over.
std::vector<MappingText> read_mappings(std::span<const embedded::File> files, Mistakes& mistakes);

}  // namespace cistern::ecs
