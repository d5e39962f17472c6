#include "runtime/reload/reloader.hpp"

#include "runtime/reload/store_change.hpp"

#include <algorithm>
#include <utility>

namespace cistern::runtime {
namespace {

config::Component* find(std::vector<config::Component>& components, const std::string& name) {
  const auto found = std::find_if(components.begin(), components.end(),
                                  [&](const auto& component) { return component.name == name; });
  return found == components.end() ? nullptr : &*found;
}

std::vector<config::Component>& part_of(config::Configuration& configuration, ComponentKind kind) {
  return kind == ComponentKind::connector ? configuration.connectors : configuration.destinations;
}

const std::vector<config::Component>& part_of(const config::Configuration& configuration,
                                              ComponentKind kind) {
  return kind == ComponentKind::connector ? configuration.connectors : configuration.destinations;
}

std::optional<config::Component> copy_of(const config::Configuration& configuration,
                                         ComponentKind kind, const std::string& name) {
  for (const auto& component : part_of(configuration, kind)) {
    if (component.name == name) return component;
  }
  return std::nullopt;
}

}  // namespace

struct Reloader::FileRead {
  config::Loaded loaded;
  Result<std::shared_ptr<const Views>> views;
  Status permitted;
};

Reloader::Reloader(Parts parts, config::Configuration current)
    : parts_(std::move(parts)),
      current_(std::make_shared<const config::Configuration>(std::move(current))) {}

std::function<void(std::function<void(Reloader&)>)> Reloader::on_loop() {
  return [weak = weak_from_this(), &loop = parts_.loop](std::function<void(Reloader&)> task) {
    loop.post([weak, task = std::move(task)] {
      const auto self = weak.lock();
      if (self && !self->ended_) task(*self);
    });
  };
}

// ---- one after the other ----

void Reloader::reload(std::string reason, Done done) {
  enqueue({.reason = std::move(reason), .done = std::move(done), .edit = {}, .files = {}});
}

void Reloader::change_store(journal::StoreEdit edit, Done done) {
  enqueue({.reason = "a name in the store is changed",
           .done = std::move(done),
           .edit = std::move(edit),
           .files = {}});
}

void Reloader::enqueue(Job job) {
  queue_.push_back(std::move(job));
  take_next();
}

void Reloader::take_next() {
  if (busy_ || ended_ || queue_.empty()) return;
  busy_ = true;
  job_ = std::move(queue_.front());
  queue_.pop_front();
  report_ = {};
  report_.reason = job_.reason;
  next_.reset();
  works_.clear();
  if (!job_.files.empty()) return read_secrets();
  if (parts_.phase) parts_.phase(ReloadPhase::begun);
  read_file();
}

void Reloader::finish() {
  if (next_) current_ = std::move(next_);
  const bool quiet = !job_.files.empty();
  if (!quiet || !report_.components.empty()) write_report(report_, parts_.log);
  if (!quiet && parts_.phase) parts_.phase(ReloadPhase::finished);
  const auto done = std::exchange(job_.done, {});
  busy_ = false;
  if (done) done(report_);
  take_next();
}

void Reloader::end() {
  ended_ = true;
  if (busy_) queue_.push_front(std::move(job_));
  const auto queue = std::exchange(queue_, {});
  ReloadReport report;
  report.failures.push_back({.verdict = Verdict::stop,
                             .code = "config/stopping",
                             .cause = "cistern is stopping",
                             .consequence = "nothing more is changed",
                             .next_step = "repeat the command after the next start"});
  for (const auto& job : queue) {
    if (job.done) job.done(report);
  }
}

// ---- the file ----

void Reloader::read_file() {
  parts_.pool.post(
      [source = parts_.source, edit = job_.edit, &journal = parts_.journal, back = on_loop()] {
        auto read = std::make_shared<FileRead>();
        read->loaded = source.load();
        if (read->loaded.ok()) {
          read->views = source.views(read->loaded.configuration);
          if (edit) read->permitted = permitted(*edit, read->loaded.configuration, journal);
        }
        back([read](Reloader& self) { self.decide(std::move(*read)); });
      });
}

void Reloader::decide(FileRead read) {
  report_.problems = std::move(read.loaded.problems);
  if (report_.refused()) return finish();
  for (const Failure* failure : {read.views ? nullptr : &read.views.error(),
                                 read.permitted ? nullptr : &read.permitted.error()}) {
    if (failure == nullptr) continue;
    report_.failures.push_back(*failure);
    return finish();
  }
  const auto difference = config::difference(*current_, read.loaded.configuration);
  report_.after_restart = difference.after_restart;
  next_ = std::make_shared<config::Configuration>(std::move(read.loaded.configuration));
  // What the store and telemetry run with is what they were started with.
  next_->store = current_->store;
  next_->telemetry = current_->telemetry;
  compare(difference.connectors, ComponentKind::connector);
  compare(difference.destinations, ComponentKind::destination);
  parts_.views->add(**read.views);
  parts_.components.take_names();
  if (job_.edit) return free_names();
  exchange_all([this] { finish(); });
}

bool Reloader::forced(ComponentKind kind, const std::string& name) const {
  if (!job_.edit) return false;
  const auto owners = owners_of(*job_.edit);
  return std::find(owners.begin(), owners.end(), std::pair{kind, name}) != owners.end();
}

void Reloader::compare(const std::vector<config::ComponentChange>& changes, ComponentKind kind) {
  for (const auto& change : changes) {
    if (change.change == config::Change::unchanged && !forced(kind, change.name)) {
      ++report_.unchanged;
    } else {
      plan(change, kind);
    }
  }
}

void Reloader::plan(const config::ComponentChange& change, ComponentKind kind) {
  ReloadedComponent entry{.kind = kind, .change = change, .trouble = {}};
  if (change.change == config::Change::unchanged) {
    entry.change.change = config::Change::changed;
    entry.change.options = {"position"};
  }
  auto next = copy_of(*next_, kind, change.name);
  if (next) {
    const auto proven = parts_.components.prove(kind, *next);
    if (!proven && parts_.components.runs(kind, change.name)) {
      entry.trouble = "it goes on with its old values: " + proven.error().sentence();
      auto old = copy_of(*current_, kind, change.name);
      if (old) *find(part_of(*next_, kind), change.name) = std::move(*old);
      report_.components.push_back(std::move(entry));
      return;
    }
    if (!proven) entry.trouble = "it does not run: " + proven.error().sentence();
  }
  works_.push_back({.kind = kind, .name = change.name, .next = std::move(next)});
  report_.components.push_back(std::move(entry));
}

// ---- a change to the store ----

void Reloader::free_names() {
  auto later = std::exchange(works_, {});
  for (const auto& [kind, name] : owners_of(*job_.edit))
    works_.push_back({.kind = kind, .name = name, .next = std::nullopt});
  exchange_all([this, later = std::move(later)]() mutable {
    const bool all =
        std::all_of(works_.begin(), works_.end(), [](const Work& w) { return w.done; });
    works_ = std::move(later);
    if (all) return edit_store();
    edited(fail_retry("store/name-in-use", "what uses the name did not end in time",
                      "look at `cistern status`, then repeat the command"));
  });
}

void Reloader::edit_store() {
  parts_.journal.edit(*job_.edit, [back = on_loop()](const Status& status) {
    back([status](Reloader& self) { self.edited(status); });
  });
}

void Reloader::edited(const Status& status) {
  if (!status) {
    report_.failures.push_back(status.error());
    // All goes on as it was: a connector of the new name must not begin by itself.
    works_.clear();
    next_.reset();
    for (const auto& [kind, name] : owners_of(*job_.edit))
      works_.push_back({.kind = kind, .name = name, .next = copy_of(*current_, kind, name)});
  }
  parts_.components.take_names();
  exchange_all([this] { finish(); });
}

// ---- exchanging ----

void Reloader::exchange_all(std::function<void()> then) {
  const std::uint64_t round = ++round_;
  const auto go_on = std::make_shared<std::function<void()>>(std::move(then));
  const auto step = [this, round, go_on](bool time_is_up) {
    if (round != round_ || !*go_on) return;
    bool all = true;
    for (const Work& work : works_) {
      all = all && work.done;
      if (!time_is_up || work.done) continue;
      for (auto& entry : report_.components) {
        if (entry.kind == work.kind && entry.change.name == work.name)
          entry.trouble = "it has not ended yet; the new values count as soon as it has";
      }
    }
    if (!all && !time_is_up) return;
    ++round_;  // What ends later is not of this round.
    std::exchange(*go_on, {})();
  };
  for (std::size_t i = 0; i < works_.size(); ++i) {
    auto next = works_[i].next;
    parts_.components.exchange(
        works_[i].kind, works_[i].name, std::move(next), [step, i, round, weak = weak_from_this()] {
          const auto self = weak.lock();
          if (!self || self->ended_ || round != self->round_ || i >= self->works_.size()) return;
          self->works_[i].done = true;
          self->parts_.loop.post([step, weak] {
            const auto alive = weak.lock();
            if (alive && !alive->ended_) step(false);
          });
        });
  }
  if (works_.empty()) return step(false);
  parts_.loop.call_after(parts_.patience, [step, weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self && !self->ended_) step(true);
  });
}

}  // namespace cistern::runtime
