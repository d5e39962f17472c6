// Options are data: one table entry feeds the parser, `check`, `--help`, the reference page, the
// JSON Schema for editors and the redaction of secrets.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::config {

enum class OptionType : std::uint8_t {
  text,
  secret,  ///< Text, or ${env:NAME}, ${file:PATH}, ${credential:NAME}; never printed.
  path,    ///< Relative paths are taken from the configuration file's folder.
  integer,
  boolean,
  duration,  ///< "30s", "5m", "12h", "7d", "2w"; "0" is allowed where `least` allows it.
  size,      ///< "512KiB", "100MiB", "2GiB"; also decimal "MB", "GB".
  choice,    ///< One of `choices`.
  list,      ///< A sequence of texts (of `choices`, when there are any).
  map,       ///< Text to text.
  rows,      ///< A sequence of small mappings, each read against `columns`.
};

/// When a changed value takes effect.
enum class Reload : std::uint8_t { live, restart_component, restart };

struct Option;

/// The table that each entry of an option of type `rows` is read against.
struct OptionColumns {
  const Option* first = nullptr;
  std::size_t count = 0;
  [[nodiscard]] std::span<const Option> all() const;
};

struct Option {
  std::string_view name;
  OptionType type = OptionType::text;
  std::string_view fallback = {};  ///< As it would be written in the file; empty: none.
  bool required = false;
  std::string_view example = {};
  /// What the value does to the user, with unit and limit. One sentence or two.
  std::string_view text;
  std::span<const std::string_view> choices = {};
  std::optional<std::int64_t> least = {};  ///< Integer; seconds for a duration; bytes for a size.
  std::optional<std::int64_t> most = {};
  Reload reload = Reload::restart_component;
  /// A path whose file is read: its content counts as part of the value, so that a component is
  /// restarted when the file changes.
  bool reads_file = false;
  OptionColumns columns = {};  ///< Of rows only.
};

inline std::span<const Option> OptionColumns::all() const {
  return {first, count};
}

/// Where a value stands in the user's file, for messages.
struct Place {
  std::string file;
  int line = 0;                            ///< From 1; 0 when unknown.
  int column = 0;                          ///< From 1.
  [[nodiscard]] std::string text() const;  ///< "cistern.yaml:14:17"
};

/// One finding of the loader or of `check`.
struct Problem {
  enum class Severity : std::uint8_t { error, warning };
  Severity severity = Severity::error;
  Place place;
  std::string what;       ///< "unknown option 'tenat'"
  std::string next_step;  ///< "did you mean 'tenant'?"
  std::string
      source_line;  ///< The user's line with secrets masked, for the caret display; may be empty.
};

/// Values of one component, checked against its table: every getter names an option of the table
/// (anything else is a bug and throws std::logic_error). Fallbacks are filled in.
class Values {
 public:
  [[nodiscard]] bool has(std::string_view name) const;  ///< Given by the user or with a fallback.
  [[nodiscard]] const std::string& text(std::string_view name) const;  ///< text, path, choice.
  [[nodiscard]] Secret secret(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] bool boolean(std::string_view name) const;
  [[nodiscard]] Duration duration(std::string_view name) const;
  [[nodiscard]] std::uint64_t size(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& list(std::string_view name) const;
  [[nodiscard]] const std::map<std::string, std::string>& map(std::string_view name) const;
  /// One for each entry; getters take the names of the columns.
  [[nodiscard]] const std::vector<Values>& rows(std::string_view name) const;
  [[nodiscard]] Place place(std::string_view name) const;  ///< Of the value, or of the component.
  /// For a path-typed secret source: the file behind ${file:...}, if the secret came from one.
  [[nodiscard]] std::optional<std::string> secret_file(std::string_view name) const;

  struct Value {
    std::string text;
    Secret secret;
    std::int64_t number = 0;
    Duration duration{0};
    std::vector<std::string> list;
    std::map<std::string, std::string> map;
    std::vector<Values> rows;
    Place place;
    bool given = false;               ///< By the user.
    bool fallback = false;            ///< Filled in from the table.
    std::optional<std::string> file;  ///< A secret's source, or the path of a file that is read.
    std::string digest;  ///< Of the content of a file that is read; empty when it cannot be.
  };
  /// Filled by the loader: every option of the table, also those without a value.
  std::map<std::string, Value, std::less<>> values;
  Place component_place;
};

/// Parses "30s", "5m", "12h", "7d", "2w" (also "1h30m"). Nothing on anything else.
std::optional<Duration> parse_duration(std::string_view text);
/// Parses "512", "512KiB", "100MiB", "2GiB", "1TiB", "10MB", ... Nothing on anything else.
std::optional<std::uint64_t> parse_size(std::string_view text);

}  // namespace cistern::config
