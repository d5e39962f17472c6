#include "app/setup.hpp"

#include "app/checks.hpp"
#include "app/commands.hpp"
#include "runtime/settings.hpp"

#include <cstdlib>
#include <filesystem>

namespace cistern::app {
namespace {

constexpr std::uint64_t kLargestMapping = 4ULL << 20;

void append_part(std::string& out, std::string_view text) {
  out += std::to_string(text.size());
  out += ':';
  out += text;
}

/// Different options never give the same text.
std::string key_of(std::string_view type, const ecs::ViewOptions& options) {
  std::string key;
  append_part(key, type);
  for (const auto& [name, text] : options.texts) {
    append_part(key, name);
    append_part(key, text);
  }
  for (const auto& [name, table] : options.tables) {
    key += 't';
    append_part(key, name);
    for (const auto& [from, to] : table) {
      append_part(key, from);
      append_part(key, to);
    }
  }
  return key;
}

}  // namespace

std::string default_configuration_path() {
  if (const char* named = std::getenv("CISTERN_CONFIG"); named != nullptr && *named != '\0')
    return named;
  std::error_code error;
  if (std::filesystem::exists("cistern.yaml", error)) return "cistern.yaml";
  return "/etc/cistern/cistern.yaml";
}

std::optional<config::Configuration> load_configuration(const std::string& path,
                                                        const Registry& registry,
                                                        const Output& output) {
  const auto file = path.empty() ? default_configuration_path() : path;
  auto loaded = load_and_check(file, registry);
  if (!loaded.problems.empty()) output.note(config::render(loaded.problems, output.error_colour()));
  if (!loaded.ok()) return std::nullopt;
  return std::move(loaded.configuration);
}

journal::JournalOptions journal_options(const config::Values& store) {
  return runtime::journal_options(store);
}

std::unique_ptr<OpenStore> open_store_at(const std::string& path, const Output& output) {
  auto store = std::make_unique<OpenStore>();
  store->files = make_system_files();
  store->log = make_null_log();
  journal::JournalOptions options;
  options.path = path;
  auto journal = journal::open_journal_read_only(options, *store->files, store->clock, *store->log);
  if (!journal) {
    output.failure(journal.error(), ExitCode::store);
    return nullptr;
  }
  store->journal = std::move(*journal);
  return store;
}

std::unique_ptr<OpenStore> open_store(const config::Configuration& configuration,
                                      const Output& output) {
  return open_store_at(configuration.store.text("path"), output);
}

Result<std::string> read_whole_file(const std::string& path, std::uint64_t limit) {
  const auto files = make_system_files();
  auto file = files->open(path, OpenMode::read);
  if (!file) return fail(file.error());
  auto size = (*file)->size();
  if (!size) return fail(size.error());
  if (*size > limit) {
    return fail_stop("file/too-large",
                     path + " has " + grouped(*size) + " bytes, more than the " + grouped(limit) +
                         " that are read",
                     "name the right file");
  }
  return (*file)->read_at(0, static_cast<std::size_t>(*size));
}

Result<std::shared_ptr<const ecs::View>> compile_view_of(const runtime::ConnectorType& type,
                                                         const ecs::ViewOptions& options,
                                                         const std::string& overrides) {
  std::vector<embedded::File> mappings;
  std::vector<std::string> texts;
  texts.reserve(type.files.size());
  for (const auto& file : type.files) {
    constexpr std::string_view kFolder = "mappings/";
    if (!file.path.starts_with(kFolder)) continue;
    mappings.push_back(file);
    if (overrides.empty()) continue;
    const auto own = overrides + "/" + std::string{file.path.substr(kFolder.size())};
    std::error_code error;
    if (!std::filesystem::exists(own, error)) continue;
    auto text = read_whole_file(own, kLargestMapping);
    if (!text) return fail(text.error());
    texts.push_back(std::move(*text));
    mappings.back().text = texts.back();
  }
  return ecs::compile_view(mappings, type.functions, options, type.readers);
}

Result<std::shared_ptr<const ecs::View>> ViewCache::get(const runtime::ConnectorType& type,
                                                        const ecs::ViewOptions& options) {
  const std::string key = key_of(type.name, options);
  const std::lock_guard lock(mutex_);
  const auto known = views_.find(key);
  if (known != views_.end()) return known->second;
  auto view = compile_view_of(type, options, {});
  if (view) views_.emplace(key, *view);
  return view;
}

void ViewCache::trim() {
  const std::lock_guard lock(mutex_);
  std::erase_if(views_, [](const auto& entry) { return entry.second.use_count() == 1; });
}

Result<std::shared_ptr<const runtime::Views>> compile_views(
    const config::Configuration& configuration, const Registry& registry) {
  ViewCache cache;
  return compile_views(configuration, registry, cache);
}

Result<std::shared_ptr<const runtime::Views>> compile_views(
    const config::Configuration& configuration, const Registry& registry, ViewCache& cache) {
  auto views = std::make_shared<runtime::Views>();
  cache.trim();
  for (const auto& component : configuration.connectors) {
    const auto* type = registry.connector(component.type);
    auto view = cache.get(*type, type->view_options(component.values));
    if (!view) return fail(view.error());
    views->emplace(component.name, std::move(*view));
  }
  return std::shared_ptr<const runtime::Views>{std::move(views)};
}

}  // namespace cistern::app
