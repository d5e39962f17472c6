// A compiled template as the renderer walks it.
#pragma once

#include "base/time_zone.hpp"
#include "codec/escape_table.hpp"
#include "codec/json_paths.hpp"
#include "codec/time_pattern.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cistern::codec {

enum class MissingValue : std::uint8_t { left_out, empty };
enum class ObjectValue : std::uint8_t { json, go_map, left_out };
enum class EmptyText : std::uint8_t { written, left_out };
enum class FloatForm : std::uint8_t { shortest, six_digits, plain };

/// How single values are written.
struct ValueRules {
  MissingValue missing = MissingValue::left_out;
  ObjectValue objects = ObjectValue::json;
  EmptyText empty = EmptyText::written;
  FloatForm floats = FloatForm::shortest;
  TimePattern time_format;
  TimeZone zone;
};

/// One value of a header or a pair.
struct TemplateValue {
  enum class Kind : std::uint8_t { text, path, sub_event_name };
  Kind kind = Kind::text;
  std::string text;  ///< Of a literal.
  PathTree::Node node = 0;
  bool time = false;
};

struct TemplatePair {
  std::string key;  ///< With the sign behind it.
  TemplateValue value;
  /// Of a label that is left out together with its value: the pair it belongs to.
  std::optional<std::size_t> label_of;
};

struct TemplateSection {
  std::string name;
  std::string sub_event;  ///< Behind the first '_' of the name; empty for the main line.
  std::vector<TemplateValue> header;
  std::vector<TemplatePair> pairs;
  std::vector<PathTree::Node> way;  ///< To the sub-events: each may be an array.
};

/// All sections of one type of event, their paths in one tree.
struct TypePlan {
  std::string name;
  PathTree paths;
  std::optional<TemplateSection> main;
  std::vector<TemplateSection> subs;  ///< In the order of the file.
};

/// Lookup by views: a type's name comes out of the event's bytes.
struct NameHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const {
    return std::hash<std::string_view>{}(name);
  }
};
using NameIndex = std::unordered_map<std::string, std::size_t, NameHash, std::equal_to<>>;

struct TemplatePlan {
  std::string prefix;
  std::string header_delim;
  std::string field_delim;
  std::string sign;
  std::string enclosure;
  std::string type_path;
  std::string correlation_key;
  std::size_t max_length = 0;
  bool skip_too_long = false;
  bool order_of_event = false;
  EscapeTable header_escapes;
  EscapeTable value_escapes;
  ValueRules rules;
  std::vector<TypePlan> types;
  NameIndex by_type;  ///< Also the aliases.
  std::set<std::string, std::less<>> switched_off;
};

/// Whether something is written for the value, under the rules for missing ones.
bool is_present(std::string_view json_value, const ValueRules& rules);

/// Buffers of value writing, used again.
struct ValueScratch {
  std::string text;
  std::string compact;
};

/// Appends a value that is present. Strings without their quotes and escapes, then all through
/// `escapes`; integers as they stand, however long.
void append_value(std::string_view json_value, bool time, const ValueRules& rules,
                  const EscapeTable& escapes, ValueScratch& scratch, LineWriter& out);

}  // namespace cistern::codec
