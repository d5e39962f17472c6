#include "lab/cisco_umbrella/umbrella_demand.hpp"

#include <boost/json.hpp>

namespace cistern::lab {

bool UmbrellaDemand::listed(const std::string& bucket, const std::string& folder,
                            const std::string& from) {
  const std::lock_guard lock(mutex_);
  const auto [at, is_new] = floors_[bucket].emplace(folder, from);
  if (is_new || at->second <= from) return is_new;
  at->second = from;
  return true;
}

bool UmbrellaDemand::queue_read() {
  const std::lock_guard lock(mutex_);
  const bool before = queue_read_;
  queue_read_ = true;
  return !before;
}

void UmbrellaDemand::gave(const std::string& bucket, const std::string& name) {
  const std::lock_guard lock(mutex_);
  given_[bucket].insert(name);
}

bool UmbrellaDemand::wants(const std::string& bucket) const {
  const std::lock_guard lock(mutex_);
  return floors_.contains(bucket) || given_.contains(bucket);
}

bool UmbrellaDemand::owes(const std::string& bucket, const std::string& own_bucket,
                          const std::string& folder, const std::string& name, bool from_start,
                          bool gone) const {
  const std::lock_guard lock(mutex_);
  const auto given = given_.find(bucket);
  if (given != given_.end() && given->second.contains(name)) return true;
  if (gone) return false;
  if (queue_read_ && bucket == own_bucket && from_start) return true;
  const auto floors = floors_.find(bucket);
  if (floors == floors_.end()) return false;
  const auto floor = floors->second.find(folder);
  return floor != floors->second.end() && name > floor->second;
}

void UmbrellaDemand::write(codec::JsonWriter& writer) const {
  const std::lock_guard lock(mutex_);
  writer.begin_object().key("queue_read").boolean(queue_read_).key("floors").begin_object();
  for (const auto& [bucket, folders] : floors_) {
    writer.key(bucket).begin_object();
    for (const auto& [folder, floor] : folders)
      writer.key(folder).string(floor);
    writer.end_object();
  }
  writer.end_object().end_object();
}

void UmbrellaDemand::read(const boost::json::object& object) {
  const std::lock_guard lock(mutex_);
  queue_read_ = object.at("queue_read").as_bool();
  for (const auto& [bucket, folders] : object.at("floors").as_object()) {
    for (const auto& [folder, floor] : folders.as_object())
      floors_[std::string(bucket)][std::string(folder)] = std::string(floor.as_string());
  }
}

}  // namespace cistern::lab
