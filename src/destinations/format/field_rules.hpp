// Rules that turn fields of a document into the text of one place of a line: which field, under
// which conditions, in which form.
#pragma once

#include "destinations/format/document_fields.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cistern::destinations {

/// The form that a value must have; what has another form is no value, and the next field or rule
/// is tried.
enum class ValueForm : std::uint8_t {
  text,     ///< Scalars as they stand, lists joined by a comma and a space, objects as JSON.
  first,    ///< The first element of a list, or the value itself.
  integer,  ///< Digits as they stand, of any size.
  real,
  ipv4,
  ipv6,
  ip,
  mac,      ///< Colons between the pairs, whatever stood there.
  time,     ///< Milliseconds since 1970; digits stay as they are.
  boolean,  ///< true or false.
};

struct FieldTest {
  enum class Kind : std::uint8_t { equals, present, absent };
  Kind kind = Kind::equals;
  std::size_t field = 0;
  std::vector<std::string> values = {};  ///< Any of these; of a list one element is enough.
};

struct FieldRule {
  std::vector<FieldTest> when = {};      ///< All must hold.
  std::vector<std::size_t> fields = {};  ///< The first that gives a value counts.
  ValueForm form = ValueForm::text;
  /// Keys in lower case; a value that is not among them gives nothing. Empty: no table.
  std::map<std::string, std::string, std::less<>> table = {};
  /// The first whose bound the number reaches; empty: no bands.
  std::vector<std::pair<double, std::string>> bands = {};
  std::optional<std::string> constant = {};  ///< Instead of all of this.
};

/// The first rule that gives a text counts.
using FieldRules = std::vector<FieldRule>;

/// Applies rules to the document that `fields` read last. One thread at a time.
class RuleReader {
 public:
  /// Empty where no rule gives anything; valid until the next call.
  std::string_view text(const FieldRules& rules, const DocumentFields& fields);
  std::string_view text(const FieldRule& rule, const DocumentFields& fields);

 private:
  std::string_view form(std::string_view json, const FieldRule& rule);
  std::string_view scalar_form(std::string_view json, ValueForm form);
  std::string_view unquoted(std::string_view json);
  bool holds(const FieldTest& test, const DocumentFields& fields);
  bool equals_any(std::string_view json, const std::vector<std::string>& values);

  std::string scratch_;  // An unescaped string,
  std::string text_;     // and what was made of it.
};

}  // namespace cistern::destinations
