// What most commands do first: read the configuration, open the store for reading.
#pragma once

#include "app/output.hpp"
#include "app/registry.hpp"
#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "config/loader.hpp"
#include "journal/journal.hpp"
#include "runtime/destination.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace cistern::app {

/// Loads the named configuration (or the default one). Problems are printed to standard error;
/// nothing is returned when one of them is an error.
std::optional<config::Configuration> load_configuration(const std::string& path,
                                                        const Registry& registry,
                                                        const Output& output);

/// A store opened read-only, with what it needs to live.
struct OpenStore {
  std::unique_ptr<Files> files;
  SystemClock clock;
  std::unique_ptr<Log> log;
  std::unique_ptr<journal::Journal> journal;
};

/// Opens the configuration's store beside a running cistern or without one; prints the failure and
/// returns nothing when that does not work.
std::unique_ptr<OpenStore> open_store(const config::Configuration& configuration,
                                      const Output& output);
std::unique_ptr<OpenStore> open_store_at(const std::string& path, const Output& output);

/// Journal options of a configuration.
journal::JournalOptions journal_options(const config::Values& store);

/// Views by kind of connector and options: a thousand connectors with the same options share one,
/// and a reload compiles only what is new. Safe from any thread.
class ViewCache {
 public:
  Result<std::shared_ptr<const ecs::View>> get(const runtime::ConnectorType& type,
                                               const ecs::ViewOptions& options);
  /// Lets go of what nobody uses any more.
  void trim();

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const ecs::View>> views_;
};

/// The compiled views of all connectors of a configuration. A mapping that does not compile is a
/// failure.
Result<std::shared_ptr<const runtime::Views>> compile_views(
    const config::Configuration& configuration, const Registry& registry);
Result<std::shared_ptr<const runtime::Views>> compile_views(
    const config::Configuration& configuration, const Registry& registry, ViewCache& cache);

/// The view of one kind of connector; files of `overrides` (a folder; may be empty) replace the
/// embedded mappings of the same name.
Result<std::shared_ptr<const ecs::View>> compile_view_of(const runtime::ConnectorType& type,
                                                         const ecs::ViewOptions& options,
                                                         const std::string& overrides);

/// Reads a whole file of at most `limit` bytes.
Result<std::string> read_whole_file(const std::string& path, std::uint64_t limit);

}  // namespace cistern::app
