#include "lab/cisco_umbrella/export_index.hpp"

namespace cistern::lab {

void ExportIndex::add(ExportObject object) {
  if (const auto more = replaced_.find(object.name); more != replaced_.end())
    object.rows += more->second;
  by_upload_.emplace(object.visible, object.name);
  objects_.insert_or_assign(object.name, std::move(object));
}

void ExportIndex::advance(TimePoint now) {
  const auto begun = plan_.slots_until(now);
  for (; slots_ < begun; ++slots_) {
    for (auto& object : plan_.slot(slots_))
      add(std::move(object));
  }
}

std::optional<TimePoint> ExportIndex::gone_since(const ExportObject& object, TimePoint now) const {
  if (const auto found = purged_.find(object.name); found != purged_.end()) return found->second;
  if (retention_ > Duration{0} && object.slot + retention_ <= now) return object.slot + retention_;
  return std::nullopt;
}

std::optional<std::string> ExportIndex::next(std::string_view after, std::string_view prefix,
                                             TimePoint now) {
  const std::lock_guard lock(mutex_);
  advance(now);
  auto at = after < prefix ? objects_.lower_bound(prefix) : objects_.upper_bound(after);
  for (; at != objects_.end() && at->first.starts_with(prefix); ++at) {
    if (at->second.visible <= now && !gone_since(at->second, now)) return at->first;
  }
  return std::nullopt;
}

std::optional<ExportObject> ExportIndex::find(const std::string& name, TimePoint now) {
  const std::lock_guard lock(mutex_);
  advance(now);
  const auto found = objects_.find(name);
  if (found == objects_.end() || found->second.visible > now) return std::nullopt;
  if (gone_since(found->second, now)) return std::nullopt;
  return found->second;
}

std::vector<ExportObject> ExportIndex::uploaded(TimePoint from, TimePoint until) {
  const std::lock_guard lock(mutex_);
  advance(until);
  std::vector<ExportObject> out;
  for (auto at = by_upload_.upper_bound(from); at != by_upload_.end() && at->first <= until; ++at)
    out.push_back(objects_.find(at->second)->second);
  return out;
}

std::vector<ExportIndex::Row> ExportIndex::all(TimePoint now) {
  const std::lock_guard lock(mutex_);
  advance(now);
  std::vector<Row> out;
  for (const auto& [name, object] : objects_) {
    if (object.visible <= now) out.push_back({object, gone_since(object, now)});
  }
  return out;
}

void ExportIndex::plant(ExportObject object) {
  const std::lock_guard lock(mutex_);
  planted_.push_back(object);
  add(std::move(object));
}

bool ExportIndex::replace(const std::string& name, std::uint64_t more_rows, TimePoint now) {
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(name);
  if (found == objects_.end() || found->second.visible > now) return false;
  found->second.rows += more_rows;
  replaced_[name] += more_rows;
  return true;
}

bool ExportIndex::purge(const std::string& name, TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (!objects_.contains(name)) return false;
  purged_.emplace(name, now);
  return true;
}

void ExportIndex::set_retention(Duration retention) {
  const std::lock_guard lock(mutex_);
  retention_ = retention;
}

std::vector<ExportObject> ExportIndex::planted() const {
  const std::lock_guard lock(mutex_);
  return planted_;
}

std::map<std::string, std::uint64_t> ExportIndex::replaced() const {
  const std::lock_guard lock(mutex_);
  return replaced_;
}

std::map<std::string, TimePoint> ExportIndex::purged() const {
  const std::lock_guard lock(mutex_);
  return purged_;
}

void ExportIndex::restore(std::vector<ExportObject> planted,
                          std::map<std::string, std::uint64_t> replaced,
                          std::map<std::string, TimePoint> purged) {
  const std::lock_guard lock(mutex_);
  replaced_ = std::move(replaced);
  purged_ = std::move(purged);
  planted_ = std::move(planted);
  for (const auto& object : planted_)
    add(object);
}

}  // namespace cistern::lab
