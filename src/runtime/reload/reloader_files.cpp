// The files behind secrets and certificates: looking, reading again, and waiting while one is being
// written.
#include "runtime/reload/reloader.hpp"

#include <algorithm>
#include <utility>

namespace cistern::runtime {

struct Reloader::FilesRead {
  struct Item {
    ComponentKind kind;
    config::Component before;
    Result<config::Refreshed> refreshed;
  };
  std::vector<Item> items;
};

namespace {

std::set<std::string> all_files(const config::Configuration& configuration) {
  std::set<std::string> paths;
  for (const auto* part : {&configuration.connectors, &configuration.destinations}) {
    for (const auto& component : *part)
      paths.merge(config::files_of(component));
  }
  return paths;
}

bool concerns(const config::Component& component, const std::set<std::string>& files) {
  const auto own = config::files_of(component);
  return std::any_of(own.begin(), own.end(),
                     [&](const auto& path) { return files.contains(path); });
}

}  // namespace

void Reloader::watch() {
  parts_.loop.call_after(parts_.look_every,
                         [back = on_loop()] { back([](Reloader& self) { self.look(); }); });
}

void Reloader::look() {
  parts_.pool.post([paths = all_files(*current_), back = on_loop()] {
    back([stamps = config::look_at(paths)](Reloader& self) {
      const auto changed = self.files_.changed(stamps);
      if (!changed.empty()) {
        self.enqueue({.reason = "a secret or certificate changed",
                      .done = {},
                      .edit = {},
                      .files = {changed.begin(), changed.end()}});
      }
      self.watch();
    });
  });
}

void Reloader::read_secrets() {
  parts_.pool.post([current = current_, files = job_.files, secrets = parts_.source.secrets,
                    back = on_loop()] {
    auto read = std::make_shared<FilesRead>();
    const auto each = [&](ComponentKind kind, const std::vector<config::Component>& components) {
      for (const auto& component : components) {
        if (!concerns(component, files)) continue;
        read->items.push_back({kind, component, config::refresh(component, files, secrets)});
      }
    };
    each(ComponentKind::connector, current->connectors);
    each(ComponentKind::destination, current->destinations);
    back([read](Reloader& self) { self.secrets_read(*read); });
  });
}

void Reloader::secrets_read(const FilesRead& read) {
  next_ = std::make_shared<config::Configuration>(*current_);
  for (const auto& item : read.items) {
    if (!item.refreshed) {
      not_yet(item.before, item.refreshed.error());
    } else if (item.refreshed->options.empty() || take_refreshed(item.kind, *item.refreshed)) {
      told_.erase(item.before.name);
    }
  }
  exchange_all([this] { finish(); });
}

bool Reloader::take_refreshed(ComponentKind kind, const config::Refreshed& refreshed) {
  const auto& component = refreshed.component;
  if (const auto proven = parts_.components.prove(kind, component); !proven) {
    not_yet(component, proven.error());
    return false;
  }
  auto& part = kind == ComponentKind::connector ? next_->connectors : next_->destinations;
  for (auto& known : part) {
    if (known.name == component.name) known = component;
  }
  report_.components.push_back({.kind = kind,
                                .change = {.change = config::Change::changed,
                                           .name = component.name,
                                           .options = refreshed.options},
                                .trouble = {}});
  works_.push_back({.kind = kind, .name = component.name, .next = component});
  return true;
}

/// Half a certificate, or an empty file: somebody is writing it. The component goes on with what it
/// has, and each later look tries again.
void Reloader::not_yet(const config::Component& component, const Failure& failure) {
  for (const auto& path : config::files_of(component)) {
    if (job_.files.contains(path)) files_.again(path);
  }
  if (!told_.insert(component.name).second) return;
  parts_.log.warning(
      component.name,
      "a changed file cannot be used yet; the old values stay in use: " + failure.sentence(),
      {{"code", failure.code}});
}

}  // namespace cistern::runtime
