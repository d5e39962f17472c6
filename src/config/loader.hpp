// Reads a configuration file against the tables of all known components.
#pragma once

#include "config/options.hpp"

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::config {

/// A kind of component: "microsoft_365" among the connectors, "file" among the destinations.
struct ComponentType {
  std::string_view name;
  std::string_view summary;  ///< One sentence.
  std::span<const Option> options;
  /// Checks that concern several options at once; appends problems. May be empty.
  std::function<void(const Values&, std::vector<Problem>&)> check = {};
};

/// Everything that a file may hold.
struct Schema {
  std::span<const Option> store;               ///< Below `store:`.
  std::span<const Option> telemetry;           ///< Below `telemetry:`.
  std::span<const Option> common_connector;    ///< Allowed in every connector besides its own.
  std::span<const Option> common_destination;  ///< Likewise: connectors, format, start, ...
  std::vector<ComponentType> connectors;
  std::vector<ComponentType> destinations;
};

struct Component {
  std::string name;  ///< The user's name: [a-z0-9][a-z0-9_-]{0,62}.
  std::string type;
  Values values;  ///< Own and common options.
};

struct Configuration {
  std::string file;
  Values store;
  Values telemetry;
  std::vector<Component> connectors;  ///< In the order of the file.
  std::vector<Component> destinations;
};

/// Where secrets come from; a parameter so that tests need no environment.
struct SecretSources {
  std::function<std::optional<std::string>(const std::string&)> environment;
  std::function<Result<std::string>(const std::string& path)>
      read_file;                      ///< One trailing line break is cut.
  std::string credentials_directory;  ///< systemd's $CREDENTIALS_DIRECTORY; may be empty.
};
SecretSources system_secret_sources();

struct Loaded {
  Configuration configuration;    ///< Usable only if there is no problem of severity error.
  std::vector<Problem> problems;  ///< All of them at once, in the order of the file.
  [[nodiscard]] bool ok() const;
};

/// Reads and checks the text of a file. Never throws on bad input: YAML errors, unknown keys (with
/// the nearest known name), wrong types, missing options, duplicate keys, names that cannot be
/// used, destinations that name unknown connectors, secrets that cannot be had, and plain secrets
/// (a warning) all become problems. Bounded: 4 MiB of text, 100 levels, aliases refused.
Loaded load(std::string_view text, const std::string& file, const Schema& schema,
            const SecretSources& secrets);

/// Reads the file, then load().
Loaded load_file(const std::string& path, const Schema& schema, const SecretSources& secrets);

/// Values of a component that was given nothing: only the fallbacks of its table.
Values default_values(std::span<const Option> options);

/// The problems as a person reads them: place, line with a caret, next step. ANSI colours if asked.
std::string render(const std::vector<Problem>& problems, bool colour);

/// A JSON Schema (2020-12) of the whole file, for editors.
std::string json_schema(const Schema& schema);

/// Reference pages in Markdown: file name ("connectors/microsoft_365.md") to text.
std::map<std::string, std::string> reference_pages(const Schema& schema);

}  // namespace cistern::config
