#include "config/loader.hpp"

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "config/file_text.hpp"
#include "config/option_table.hpp"
#include "config/paths.hpp"

#include <algorithm>
#include <set>

namespace cistern::config {
namespace {

constexpr std::size_t kMaxNameLength = 63;

bool is_name_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_component_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameLength && is_name_letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_name_letter(c) || c == '_' || c == '-'; });
}

/// The nearest name that could be used; empty when nothing of the text can stay.
std::string usable_name(std::string_view text) {
  std::string out;
  for (const char c : lower_case(text)) {
    const bool keeps = is_name_letter(c) || (!out.empty() && (c == '_' || c == '-'));
    if (keeps)
      out += c;
    else if (!out.empty() && out.back() != '-')
      out += '-';
  }
  while (!out.empty() && !is_name_letter(out.back()))
    out.pop_back();
  return out.substr(0, kMaxNameLength);
}

/// The two lists of components that a file holds.
struct Kind {
  std::string_view section;  ///< "connectors"
  std::string_view one;      ///< "connector"
  const std::vector<ComponentType>& types;
  std::span<const Option> common;
};

class Loader {
 public:
  Loader(const std::string& file, const Schema& schema, Findings& findings, SourceText& source,
         const SecretSources& secrets)
      : schema_(schema), context_{findings, source, secrets, folder_of(file)} {
    configuration_.file = file;
  }

  Configuration read(const YamlNode& root) {
    if (root.is_null()) {
      findings().file_error("the file is empty, so nothing would be collected", example());
      return std::move(configuration_);
    }
    if (!root.is_mapping()) {
      findings().error(root.mark, "the file does not begin with a name such as `connectors:`",
                       example());
      return std::move(configuration_);
    }
    for (const Entry& entry : entries_of(root, findings(), context_.source))
      keep_section(entry);
    configuration_.store = read_section("store", store_, schema_.store);
    // Secrets of what follows may be sealed in it.
    if (configuration_.store.values.contains("path") && configuration_.store.has("path"))
      context_.store = configuration_.store.text("path");
    configuration_.telemetry = read_section("telemetry", telemetry_, schema_.telemetry);
    const Kind connectors{"connectors", "connector", schema_.connectors, schema_.common_connector};
    const Kind destinations{"destinations", "destination", schema_.destinations,
                            schema_.common_destination};
    // Before the destinations, wherever they stand in the file: those name connectors.
    configuration_.connectors = read_components(connectors_, connectors);
    configuration_.destinations = read_components(destinations_, destinations);
    return std::move(configuration_);
  }

 private:
  Findings& findings() { return context_.findings; }

  /// A line that a new file could begin with.
  std::string example() const {
    const std::string type =
        schema_.connectors.empty() ? "TYPE" : std::string{schema_.connectors.front().name};
    return "write for example `connectors: {my-connector: {type: " + type +
           "}}`; the next check names the options it needs";
  }

  void keep_section(const Entry& entry) {
    const std::string& name = entry.key->text;
    if (name == "store") {
      store_ = entry;
    } else if (name == "telemetry") {
      telemetry_ = entry;
    } else if (name == "connectors") {
      connectors_ = entry;
    } else if (name == "destinations") {
      destinations_ = entry;
    } else {
      findings().error(entry.key->mark, "unknown part " + quoted(name) + " of the file",
                       instead_of(name, {"store", "telemetry", "connectors", "destinations"}));
    }
  }

  /// The entries below a name; none when the name has no value.
  std::vector<Entry> entries_below(const Entry& entry, const std::string& part) {
    if (entry.value->is_null()) return {};
    if (entry.value->is_mapping()) return entries_of(*entry.value, findings(), context_.source);
    findings().error(entry.value->mark, part + " must hold names with values",
                     "write `name: value` lines below it");
    return {};
  }

  Values read_section(const std::string& name, const std::optional<Entry>& entry,
                      std::span<const Option> table) {
    const Part part{name, entry ? entry->key->mark : Mark{}, entry.has_value()};
    // A part of the wrong shape is one fault, not as many as it has required options.
    const std::size_t errors = findings().errors();
    const auto entries = entry ? entries_below(*entry, quoted(name)) : std::vector<Entry>{};
    return findings().errors() > errors ? default_values(table)
                                        : read_options(entries, {table}, part, context_);
  }

  std::vector<Component> read_components(const std::optional<Entry>& section, const Kind& kind) {
    std::vector<Component> components;
    const auto entries =
        section ? entries_below(*section, quoted(kind.section)) : std::vector<Entry>{};
    if (entries.empty() && kind.section == "connectors") report_no_connectors(section);
    if (kind.section == "connectors")
      for (const Entry& entry : entries)
        connector_names_.insert(entry.key->text);
    for (const Entry& entry : entries) {
      if (findings().full()) break;
      if (auto component = read_component(entry, kind)) components.push_back(std::move(*component));
    }
    return components;
  }

  void report_no_connectors(const std::optional<Entry>& section) {
    // The wrong shape has been reported already.
    if (section && !section->value->is_null() && !section->value->is_mapping()) return;
    const std::string what = "the file names no connector, so nothing would be collected";
    if (section)
      findings().error(section->key->mark, what, example());
    else
      findings().file_error(what, example());
  }

  void check_name(const YamlNode& key, const Kind& kind) {
    if (is_component_name(key.text)) return;
    const std::string usable = usable_name(key.text);
    findings().error(
        key.mark, quoted(key.text) + " cannot be the name of a " + std::string{kind.one},
        "use at most 63 of the characters a-z, 0-9, _ and -, beginning with a letter or digit" +
            (usable.empty() ? "" : ", such as " + quoted(usable)));
  }

  std::optional<Component> read_component(const Entry& entry, const Kind& kind) {
    const std::size_t errors_before = findings().errors();
    check_name(*entry.key, kind);
    const Part part{std::string{kind.one} + " " + quoted(entry.key->text), entry.key->mark};
    std::vector<Entry> entries = entries_below(entry, part.name);
    if (entries.empty() && findings().errors() > errors_before && !entry.value->is_mapping())
      return std::nullopt;
    const ComponentType* const type = take_type(entries, part, kind);
    if (type == nullptr) return std::nullopt;
    Component component{entry.key->text, std::string{type->name},
                        read_options(entries, {type->options, kind.common}, part, context_)};
    check_connector_names(entries, kind);
    if (findings().errors() == errors_before && type->check) run_check(*type, component.values);
    return component;
  }

  /// Finds the type of a component and removes its entry.
  const ComponentType* take_type(std::vector<Entry>& entries, const Part& part, const Kind& kind) {
    std::vector<std::string> known;
    for (const ComponentType& type : kind.types)
      known.emplace_back(type.name);
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [](const Entry& e) { return e.key->text == "type"; });
    if (found == entries.end()) {
      report_no_type(entries, part, known);
      return nullptr;
    }
    const Entry entry = *found;
    entries.erase(found);
    if (!entry.value->is_scalar()) {
      findings().error(entry.key->mark, "the type of " + part.name + " must be one word",
                       instead_of("", known));
      return nullptr;
    }
    context_.source.show(*entry.value);
    for (const ComponentType& type : kind.types)
      if (type.name == entry.value->text) return &type;
    findings().error(entry.value->mark,
                     "unknown " + std::string{kind.one} + " type " + quoted(entry.value->text),
                     instead_of(entry.value->text, known));
    return nullptr;
  }

  void report_no_type(const std::vector<Entry>& entries, const Part& part,
                      const std::vector<std::string>& known) {
    for (const Entry& entry : entries) {
      if (!nearest_word(entry.key->text, {"type"})) continue;
      findings().error(entry.key->mark,
                       "unknown option " + quoted(entry.key->text) + " in " + part.name,
                       "did you mean 'type'?");
      return;
    }
    findings().error(part.mark, part.name + " has no 'type'",
                     "add `type:` with " + instead_of("", known).substr(4));
  }

  void check_connector_names(const std::vector<Entry>& entries, const Kind& kind) {
    if (kind.section != "destinations") return;
    for (const Entry& entry : entries) {
      if (entry.key->text != "connectors" || !entry.value->is_sequence()) continue;
      for (const YamlNode& item : entry.value->items) {
        if (findings().full()) return;
        if (item.is_scalar() && !connector_names_.contains(item.text))
          findings().error(
              item.mark, "there is no connector " + quoted(item.text),
              instead_of(item.text, {connector_names_.begin(), connector_names_.end()}));
      }
    }
  }

  void run_check(const ComponentType& type, const Values& values) {
    std::vector<Problem> problems;
    type.check(values, problems);
    for (Problem& problem : problems) {
      if (problem.place.file.empty()) problem.place = values.component_place;
      findings().add(std::move(problem));
    }
  }

  const Schema& schema_;
  ReadContext context_;
  Configuration configuration_;
  std::optional<Entry> store_, telemetry_, connectors_, destinations_;
  std::set<std::string> connector_names_;
};

std::set<std::string, std::less<>> names_in(const Schema& schema) {
  std::set<std::string, std::less<>> names = {"store", "telemetry", "connectors", "destinations",
                                              "type"};
  const auto add = [&](std::span<const Option> options) {
    for (const Option& option : options)
      names.emplace(option.name);
  };
  for (const auto& options :
       {schema.store, schema.telemetry, schema.common_connector, schema.common_destination})
    add(options);
  for (const ComponentType& type : schema.connectors)
    add(type.options);
  for (const ComponentType& type : schema.destinations)
    add(type.options);
  return names;
}

}  // namespace

bool Loaded::ok() const {
  return std::none_of(problems.begin(), problems.end(), [](const Problem& problem) {
    return problem.severity == Problem::Severity::error;
  });
}

Loaded load(std::string_view text, const std::string& file, const Schema& schema,
            const SecretSources& secrets) {
  const bool too_large = text.size() > kMaxFileBytes;
  const FileText cleaned = too_large ? FileText{} : clean_text(text);
  SourceText source{cleaned.text, names_in(schema)};
  Findings findings{file, source};
  Configuration configuration;
  configuration.file = file;
  if (too_large) {
    findings.file_error(
        "the file has " + std::to_string(text.size()) + " bytes, more than the 4 MiB that are read",
        "name the right file, or split the configuration over several instances");
    return {std::move(configuration), findings.take()};
  }
  std::optional<YamlError> error = cleaned.error;
  YamlResult yaml;
  if (!error) {
    yaml = read_yaml(cleaned.text);
    error = std::move(yaml.error);
  }
  if (error) {
    findings.error(error->mark, error->what, error->next_step);
    return {std::move(configuration), findings.take()};
  }
  source.set_scalars(std::move(yaml.document->scalars));
  configuration = Loader{file, schema, findings, source, secrets}.read(yaml.document->root);
  return {std::move(configuration), findings.take()};
}

Loaded load_file(const std::string& path, const Schema& schema, const SecretSources& secrets) {
  const auto failed = [&](const Failure& failure) {
    Loaded loaded;
    loaded.configuration.file = path;
    loaded.problems.push_back(
        {Problem::Severity::error, {path, 0, 0}, failure.cause, failure.next_step, {}});
    return loaded;
  };
  const auto files = make_system_files();
  const auto file = files->open(path, OpenMode::read);
  if (!file) return failed(file.error());
  // One byte more than is allowed, so that load() sees what is too large.
  const auto text = (*file)->read_at(0, kMaxFileBytes + 1);
  if (!text) return failed(text.error());
  return load(*text, path, schema, secrets);
}

Values default_values(std::span<const Option> options) {
  Values values;
  for (const Option& option : options)
    values.values.emplace(option.name, read_fallback(option));
  return values;
}

}  // namespace cistern::config
