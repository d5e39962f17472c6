// The configuration against the store.
#include "app/checks.hpp"
#include "app/output.hpp"
#include "app/setup.hpp"

#include <algorithm>
#include <filesystem>

#include <unistd.h>

namespace cistern::app {
namespace {

using config::Component;
using config::Configuration;
using config::Problem;
namespace fs = std::filesystem;

class StoreCheck {
 public:
  StoreCheck(const Configuration& configuration, const Registry& registry,
             std::vector<Problem>& problems)
      : configuration_(configuration),
        registry_(registry),
        problems_(problems),
        path_(configuration.store.text("path")) {}

  void run() {
    std::error_code error;
    if (!fs::exists(path_, error)) return check_parent();
    if (!fs::is_directory(path_, error)) {
      return add(Problem::Severity::error, configuration_.store.place("path"),
                 path_ + " is not a folder", "name a folder for the store");
    }
    if (access(path_.c_str(), R_OK | W_OK | X_OK) != 0) {
      return add(Problem::Severity::error, configuration_.store.place("path"),
                 "the store " + path_ + " cannot be read and written by this user",
                 "run this as the user that runs cistern; if it is, give the folder to that user "
                 "(chown -R)");
    }
    if (!fs::exists(path_ + "/journal", error)) return check_foreign();
    open();
  }

 private:
  void add(Problem::Severity severity, config::Place place, std::string what,
           std::string next_step) {
    problems_.push_back({severity, std::move(place), std::move(what), std::move(next_step), {}});
  }
  void warn(config::Place place, std::string what, std::string next_step) {
    add(Problem::Severity::warning, std::move(place), std::move(what), std::move(next_step));
  }

  /// A store that comes into being at the first start needs a place.
  void check_parent() {
    fs::path parent = fs::path(path_).parent_path();
    std::error_code error;
    while (!parent.empty() && parent != parent.root_path() && !fs::exists(parent, error))
      parent = parent.parent_path();
    if (access(parent.empty() ? "." : parent.c_str(), W_OK | X_OK) == 0) return;
    add(Problem::Severity::error, configuration_.store.place("path"),
        "the store " + path_ + " cannot be made: " + parent.string() +
            " cannot be written by this user",
        "make the folder for the user that runs cistern, or run this as that user");
  }

  /// The store's own rule, which open_journal follows as well, in words for this place.
  void check_foreign() {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(path_, error)) {
      const auto name = entry.path().filename().string();
      if (name.starts_with('.') || name == "lost+found" || name == "sealed") continue;
      return add(Problem::Severity::error, configuration_.store.place("path"),
                 path_ + " holds '" + name + "' and no store of cistern",
                 "name an empty folder, or one that does not exist yet");
    }
  }

  void open() {
    OpenStore store;
    store.files = make_system_files();
    store.log = make_null_log();
    auto journal = journal::open_journal_read_only(journal_options(configuration_.store),
                                                   *store.files, store.clock, *store.log);
    if (!journal) {
      return add(Problem::Severity::error, configuration_.store.place("path"),
                 "the store cannot be read: " + journal.error().cause, journal.error().next_step);
    }
    check_connectors(**journal);
    check_destinations(**journal);
  }

  void check_connectors(journal::Journal& journal) {
    const auto stored = journal.connectors();
    if (!stored) return;
    for (const auto& name : *stored) {
      const auto position = journal.position(name);
      if (!position || position->empty() || named(configuration_.connectors, name)) continue;
      if (const auto* heir = heir_of(*position, journal)) {
        warn(heir->values.component_place,
             "the store holds the position of a connector '" + name +
                 "' that is not configured, and '" + heir->name +
                 "' reads the same and has none: it would begin anew",
             "did you rename it? `cistern connector rename " + name + " " + heir->name +
                 "`, before the next start or reload");
      } else {
        warn({configuration_.file, 0, 0},
             "the store holds the position of a connector '" + name + "' that is not configured",
             "name it again to go on where it was, or `cistern connector remove " + name + "`");
      }
    }
  }

  /// The only configured connector without a position that reads what the position is of.
  const Component* heir_of(const Position& position, journal::Journal& journal) const {
    const Component* heir = nullptr;
    for (const auto& connector : configuration_.connectors) {
      const auto* type = registry_.connector(connector.type);
      if (type == nullptr || !type->continues || !type->continues(connector.values, position))
        continue;
      const auto own = journal.position(connector.name);
      if (!own || !own->empty()) continue;
      if (heir != nullptr) return nullptr;
      heir = &connector;
    }
    return heir;
  }

  void check_destinations(journal::Journal& journal) {
    const auto cursors = journal.cursors();
    if (!cursors) return;
    const Sequence last = journal.health().last;
    std::vector<std::string> orphans;
    for (const auto& [name, cursor] : *cursors) {
      if (named(configuration_.destinations, name) || own_deriver(name)) continue;
      orphans.push_back(name);
      const auto waiting = cursor.next > last ? 0 : last - cursor.next + 1;
      warn({configuration_.file, 0, 0},
           "destination '" + name + "' is not configured any more, and " + grouped(waiting) +
               " events wait for it; the store cannot remove what it has not read",
           "name it again, or `cistern destination forget " + name + "`");
    }
    for (const auto& destination : configuration_.destinations) {
      const bool known = std::any_of(cursors->begin(), cursors->end(), [&](const auto& cursor) {
        return cursor.first == destination.name;
      });
      if (!known && last > 0) warn_new(destination, orphans, last);
    }
  }

  void warn_new(const Component& destination, const std::vector<std::string>& orphans,
                Sequence last) {
    const auto& start = destination.values.text("start");
    std::string cure = "write `start: oldest` for everything in the store, or a duration";
    if (start == "oldest") cure = "nothing, if that is what you want";
    if (!orphans.empty()) {
      cure = "if it is '" + orphans.front() +
             "' under a new name, keep the old name: a place "
             "belongs to the name; else " +
             cure;
    }
    warn(destination.values.component_place,
         "destination '" + destination.name + "' has no place in the store and begins at `" +
             start + "`; the store holds events up to " + grouped(last),
         cure);
  }

  /// Whether the cursor is that of a deriver whose connector is configured.
  [[nodiscard]] bool own_deriver(const std::string& cursor) const {
    return std::any_of(configuration_.connectors.begin(), configuration_.connectors.end(),
                       [&](const Component& connector) {
                         return cursor == journal::deriver_cursor(connector.name);
                       });
  }

  static bool named(const std::vector<Component>& components, const std::string& name) {
    return std::any_of(components.begin(), components.end(),
                       [&](const auto& component) { return component.name == name; });
  }

  const Configuration& configuration_;
  const Registry& registry_;
  std::vector<Problem>& problems_;
  std::string path_;
};

}  // namespace

void check_store(const config::Configuration& configuration, const Registry& registry,
                 std::vector<Problem>& problems) {
  StoreCheck{configuration, registry, problems}.run();
}

}  // namespace cistern::app
