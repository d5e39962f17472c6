// Brings the running program to what the configuration file, or a changed secret, says now: each
// component by itself, one reload after the other.
#pragma once

#include "config/file_watch.hpp"
#include "runtime/reload/components.hpp"
#include "runtime/reload/reload_report.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cistern::runtime {

/// How the configuration is read again; all of it is called on the pool.
struct ReloadSource {
  std::function<config::Loaded()> load;
  std::function<Result<std::shared_ptr<const Views>>(const config::Configuration&)> views;
  config::SecretSources secrets;  ///< For files that changed.
};

enum class ReloadPhase : std::uint8_t { begun, finished };

/// Lives on the loop.
///
/// A component whose values are the same is not touched. One that changed is proven first (built
/// with its new values and thrown away); only then the old one ends and the new one goes on from
/// its position or cursor. What cannot be built leaves the old one running. A file that cannot be
/// used changes nothing at all.
class Reloader final : public std::enable_shared_from_this<Reloader> {
 public:
  /// References outlive it.
  struct Parts {
    Loop& loop;
    Executor& pool;
    journal::Journal& journal;
    const Clock& clock;
    Log& log;
    Components& components;
    std::shared_ptr<ViewTable> views;
    ReloadSource source;
    Duration patience;                       ///< For all that ends in one reload.
    Duration look_every;                     ///< Between two looks at the files behind secrets.
    std::function<void(ReloadPhase)> phase;  ///< Around each reload; may be empty.
  };
  using Done = std::function<void(const ReloadReport&)>;

  Reloader(Parts parts, config::Configuration current);

  /// Reads the file again. `done` (may be empty) gets the report, which is logged as well.
  void reload(std::string reason, Done done);
  /// Makes the change while nobody owns the names that it concerns, and reads the file again with
  /// it.
  void change_store(journal::StoreEdit edit, Done done);
  /// Begins to look after files that hold secrets and certificates.
  void watch();
  /// The program ends: nothing further is read or started.
  void end();
  [[nodiscard]] const config::Configuration& current() const { return *current_; }

 private:
  struct Job {
    std::string reason;
    Done done;
    std::optional<journal::StoreEdit> edit;
    std::set<std::string> files;  ///< Not empty: only these are read again.
  };
  struct Work {
    ComponentKind kind;
    std::string name;
    std::optional<config::Component> next;
    bool done = false;
  };
  struct FileRead;
  struct FilesRead;

  void enqueue(Job job);
  void take_next();
  void read_file();
  void decide(FileRead read);
  void compare(const std::vector<config::ComponentChange>& changes, ComponentKind kind);
  void plan(const config::ComponentChange& change, ComponentKind kind);
  void read_secrets();
  void secrets_read(const FilesRead& read);
  bool take_refreshed(ComponentKind kind, const config::Refreshed& refreshed);
  void not_yet(const config::Component& component, const Failure& failure);

  void free_names();
  void edit_store();
  void edited(const Status& status);
  void exchange_all(std::function<void()> then);
  void finish();
  void look();

  [[nodiscard]] std::function<void(std::function<void(Reloader&)>)> on_loop();
  [[nodiscard]] bool forced(ComponentKind kind, const std::string& name) const;

  Parts parts_;
  std::shared_ptr<const config::Configuration> current_;
  std::deque<Job> queue_;
  bool busy_ = false;
  bool ended_ = false;

  // Of the reload under way.
  Job job_;
  ReloadReport report_;
  std::shared_ptr<config::Configuration> next_;
  std::vector<Work> works_;
  std::uint64_t round_ = 0;

  config::FileWatch files_;
  std::set<std::string> told_;  ///< Components whose files cannot be used yet, as logged.
};

}  // namespace cistern::runtime
