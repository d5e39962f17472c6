// JSON: validation, splitting, and writing. Parsing into trees is Boost.JSON's task elsewhere, on
// cold paths only.
#pragma once

#include "base/record.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::codec {

/// Deepest nesting that is embedded as JSON in the store.
inline constexpr int kMaxJsonDepth = 128;

/// Most elements that a body is split into; what follows becomes one last element with a problem.
inline constexpr std::size_t kMaxElements = 10'000'000;

/// Appends `text` as a JSON string with quotes. Invalid UTF-8 must have been dealt with before.
void append_json_string(std::string& out, std::string_view text);

/// Whether the text differs from its form inside a JSON string.
bool needs_json_escape(std::string_view text);

/// Removes line breaks and other white space between the tokens of a valid JSON text; returns the
/// input's own view when there is nothing to remove, otherwise writes to `scratch`.
std::string_view compact_json(std::string_view json, std::string& scratch);

/// What became of one element of an array.
struct Element {
  std::string_view raw;  ///< Bytes of the element as they stand in the body.
  RawForm form = RawForm::json;
  std::string_view problem;  ///< Static text; empty for a valid element.
};

/// Validates and splits JSON; holds the parser's buffers, so keep one a thread and use it again.
class JsonSplitter {
 public:
  JsonSplitter();
  ~JsonSplitter();
  JsonSplitter(const JsonSplitter&) = delete;
  JsonSplitter& operator=(const JsonSplitter&) = delete;
  /// Splits the body of an answer that should be a JSON array into its elements, losing nothing.
  ///
  /// Every element is fully validated (UTF-8, grammar, numbers, depth) before it is called JSON:
  /// on-demand parsing would not validate what it skips. The fast way is one validating parse of
  /// the whole body; if that fails, a tolerant scanner finds the borders of elements by strings and
  /// brackets and validates each by itself; what cannot be delimited becomes one last element with
  /// a problem. A body that is a single object is one element. An empty body or array yields none.
  ///
  /// `body`'s capacity may be enlarged for the parser's padding; the views refer to `body` as it is
  /// after the call. `out` is cleared first. Beyond `most` elements the rest of the body becomes
  /// one last element with a problem, so that a body of tiny elements cannot fill the memory.
  void split(std::string& body, std::vector<Element>& out, std::size_t most = kMaxElements);
  /// What was wrong with the last body as a whole although its elements may be sound: an array that
  /// is not closed (a cut body), text after it. Static text; empty when nothing was.
  [[nodiscard]] std::string_view body_problem() const;
  /// Whether the text is one valid JSON value of at most kMaxJsonDepth levels; otherwise why not.
  std::string_view why_invalid(std::string_view json);
  /// The unescaped strings, or raw numbers and booleans, behind top-level keys of a valid object,
  /// in the order of `keys`; empty where absent, null, an object or an array. Of a repeated key the
  /// last one counts. The views point into `scratch` or into `json`.
  void top_level_fields(std::string_view json, const std::vector<std::string_view>& keys,
                        std::vector<std::string_view>& values, std::string& scratch);

 private:
  struct Parser;
  Parser* parser_;
};

/// Writes JSON piece by piece into a string; knows where commas belong. Misuse is a bug.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view text);
  JsonWriter& number(std::int64_t value);
  JsonWriter& number(std::uint64_t value);
  JsonWriter& number(double value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  JsonWriter& raw(std::string_view json);  ///< Valid JSON, as it is.

 private:
  void separate();
  std::string& out_;
  std::uint64_t first_ = 1;  ///< One bit a level: nothing written there yet. At most 63 levels.
  bool after_key_ = false;
};

}  // namespace cistern::codec
