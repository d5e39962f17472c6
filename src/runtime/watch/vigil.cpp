#include "runtime/watch/vigil.hpp"

namespace cistern::runtime {
namespace {

constexpr Duration kKeepEvery = std::chrono::minutes{10};
constexpr Duration kTellEvery = std::chrono::seconds{15};
constexpr Duration kCountEvery = std::chrono::seconds{15};

void recount(journal::Journal& journal, StatusBoard& status) {
  const auto items = journal.set_aside_list();
  if (!items) return;
  std::map<std::string, std::uint64_t> counts;
  for (const auto& destination : status.destinations())
    counts["destination/" + destination.name] = 0;
  for (const auto& item : *items) {
    const auto known = counts.find(item.owner);
    if (known != counts.end()) ++known->second;
  }
  for (const auto& destination : status.destinations()) {
    status.set_set_aside(destination.name, counts["destination/" + destination.name]);
  }
}

}  // namespace

Vigil::Vigil(const Parts& parts)
    : parts_(parts), watchdog_(parts.limit), kept_(parts.clock.steady()) {}

void Vigil::ready() {
  parts_.service.ready(words());
}

void Vigil::tick() {
  const Verdicts verdicts = watchdog_.look(progress());
  apply(verdicts);
  feed(verdicts.stages.empty());
  keep_rhythms();
  count_set_aside();
}

void Vigil::reloading(bool begun) {
  if (begun) return parts_.service.reloading(parts_.clock.steady());
  parts_.service.ready(words());
}

void Vigil::stopping() {
  stopping_ = true;
  parts_.service.stopping();
}

void Vigil::finish() {
  recount(parts_.journal, parts_.status);
  parts_.rhythms.save(parts_.status);
}

// One task at a time: when it runs, a worker was free.
std::optional<Duration> Vigil::probe_pool() {
  {
    const std::lock_guard lock(probe_->mutex);
    if (probe_->since) return probe_->since;
    probe_->since = parts_.clock.steady();
  }
  parts_.pool.post([probe = probe_] {
    const std::lock_guard lock(probe->mutex);
    probe->since.reset();
  });
  return std::nullopt;
}

Progress Vigil::progress() {
  const auto health = parts_.journal.health();
  Progress progress;
  progress.now = parts_.clock.steady();
  progress.store_writing = health.state == journal::Health::State::writing;
  progress.commits_waiting = health.commits_waiting;
  progress.groups_written = health.groups_written;
  progress.decoding_since = probe_pool();
  for (const auto& destination : parts_.status.destinations()) {
    progress.destinations.push_back(
        {.name = destination.name,
         .state = destination.reported,
         .backlog = destination.backlog,
         .passed = destination.delivered + destination.skipped + destination.set_aside});
  }
  return progress;
}

void Vigil::apply(const Verdicts& verdicts) {
  parts_.status.set_stalled_stages(verdicts.stages);
  for (const auto& destination : parts_.status.destinations()) {
    const auto stands = verdicts.destinations.find(destination.name);
    if (stands != verdicts.destinations.end()) {
      parts_.status.delivery_stalled(destination.name, stands->second);
    } else {
      parts_.status.delivery_moving(destination.name);
    }
  }
}

void Vigil::feed(bool moves) {
  const Duration now = parts_.clock.steady();
  const auto interval = parts_.service.interval();
  if (interval && moves && (!fed_ || now - *fed_ >= *interval)) {
    fed_ = now;
    parts_.service.alive();
  }
  if (parts_.service.listening() && !stopping_ && (!told_ || now - *told_ >= kTellEvery)) {
    told_ = now;
    parts_.service.status(words());
  }
}

void Vigil::keep_rhythms() {
  const Duration now = parts_.clock.steady();
  if (now - kept_ < kKeepEvery) return;
  kept_ = now;
  // A disk that is slow must not hold up the loop.
  parts_.pool.post([&rhythms = parts_.rhythms, &status = parts_.status] { rhythms.save(status); });
}

// Deliveries add what they set aside themselves; people retry and drop items over the control
// socket, and what was set aside before the start counts too.
void Vigil::count_set_aside() {
  const Duration now = parts_.clock.steady();
  if (counted_ && now - *counted_ < kCountEvery) return;
  counted_ = now;
  parts_.pool.post(
      [&journal = parts_.journal, &status = parts_.status] { recount(journal, status); });
}

std::string Vigil::words() const {
  std::string text;
  const auto add = [&text](const std::string& name, const std::string& words) {
    if (text.size() > 300) return;
    text += (text.empty() ? "" : "; ") + name + ": " + words;
  };
  for (const auto& stage : parts_.status.stalled_stages())
    add(stage.stage, stage.failure.cause);
  for (const auto& connector : parts_.status.connectors())
    add(connector.name, connector.words);
  for (const auto& destination : parts_.status.destinations())
    add(destination.name, destination.words);
  return text;
}

}  // namespace cistern::runtime
