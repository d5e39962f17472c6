#include "connectors/cisco_umbrella/pending_objects.hpp"

namespace cistern::connectors::cisco_umbrella {

void PendingObjects::add(std::string key, PendingObject object) {
  object.number = ++last_number_;
  numbers_.insert(object.number);
  by_age_.emplace(object.done.available, key);
  waiting_.insert(key);
  all_.emplace(std::move(key), std::move(object));
}

std::optional<std::string> PendingObjects::take(TimePoint now) {
  if (!deferred_.empty() && deferred_.begin()->first <= now) {
    return deferred_.extract(deferred_.begin()).value().second;
  }
  if (waiting_.empty()) return std::nullopt;
  return waiting_.extract(waiting_.begin()).value();
}

bool PendingObjects::ready(TimePoint now) const {
  return !waiting_.empty() || (!deferred_.empty() && deferred_.begin()->first <= now);
}

void PendingObjects::remove(const std::string& key) {
  const auto found = all_.find(key);
  if (found == all_.end()) return;
  by_age_.erase({found->second.done.available, key});
  numbers_.erase(found->second.number);
  all_.erase(found);
}

std::optional<TimePoint> PendingObjects::next_deferred() const {
  if (deferred_.empty()) return std::nullopt;
  return deferred_.begin()->first;
}

std::optional<TimePoint> PendingObjects::oldest() const {
  if (by_age_.empty()) return std::nullopt;
  return by_age_.begin()->first;
}

std::optional<std::uint64_t> PendingObjects::first_number() const {
  if (numbers_.empty()) return std::nullopt;
  return *numbers_.begin();
}

const PendingObject* PendingObjects::oldest_failing() const {
  const PendingObject* found = nullptr;
  for (const auto& [until, key] : deferred_) {
    const PendingObject& object = at(key);
    if (!object.failure || (object.attempts < 2 && object.unreadable == 0)) continue;
    if (found == nullptr || object.failing_since < found->failing_since) found = &object;
  }
  return found;
}

}  // namespace cistern::connectors::cisco_umbrella
