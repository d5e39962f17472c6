// A YAML text as a plain tree that remembers where everything stands.
//
// Built from the parser's events and not from its own nodes: those drop repeated keys silently and
// expand aliases, with which a few lines of text can become gigabytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::config {

/// Lines and columns count from 0; columns are bytes.
struct Mark {
  std::size_t line = 0;
  std::size_t column = 0;
};

struct YamlNode {
  enum class Kind : std::uint8_t { null, scalar, sequence, mapping };
  static constexpr std::size_t kNoScalar = static_cast<std::size_t>(-1);

  Kind kind = Kind::null;
  Mark mark;
  std::string text;                ///< Of a scalar.
  std::size_t scalar = kNoScalar;  ///< Place in YamlDocument::scalars.
  std::vector<YamlNode> items;     ///< Of a sequence; of a mapping: key, value, key, value, ...

  [[nodiscard]] bool is_scalar() const { return kind == Kind::scalar; }
  [[nodiscard]] bool is_mapping() const { return kind == Kind::mapping; }
  [[nodiscard]] bool is_sequence() const { return kind == Kind::sequence; }
  [[nodiscard]] bool is_null() const { return kind == Kind::null; }
};

struct YamlDocument {
  YamlNode root;
  std::vector<Mark> scalars;  ///< Where each scalar begins, in the order of the text.
};

/// Why a text is not a tree that we read. The words hold nothing of the text, for that may be
/// secret.
struct YamlError {
  Mark mark;
  std::string what;
  std::string next_step;
};

inline constexpr std::size_t kMaxYamlLevels = 100;
inline constexpr std::size_t kMaxYamlValues = 100'000;

/// Reads one document. `text` is valid UTF-8 without byte order mark, its lines end in "\n". Never
/// throws on bad input; exactly one of the two is set in the result.
struct YamlResult {
  std::optional<YamlDocument> document;
  std::optional<YamlError> error;
};
YamlResult read_yaml(std::string_view text);

}  // namespace cistern::config
