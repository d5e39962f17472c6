#include "connectors/microsoft_365/seen_blobs.hpp"

#include <algorithm>
#include <vector>

namespace cistern::connectors::microsoft_365 {

namespace {

using std::chrono::hours;

/// Seen up to about 20 days; a time far beyond comes from a damaged answer and would never leave.
constexpr Duration kLongest = hours{24 * 60};

TimePoint forget_at(TimePoint created, TimePoint expires) {
  const TimePoint least = created + hours{24 * 8};
  return std::max(least, std::min(expires + hours{24}, created + kLongest));
}

}  // namespace

SeenBlobs::SeenBlobs(std::string_view content_type)
    : prefix_("seen/" + std::string(content_type) + "/") {}

void SeenBlobs::restore(const Position& position) {
  for (auto it = position.lower_bound(prefix_); it != position.end(); ++it) {
    const std::string_view key = it->first;
    if (key.substr(0, prefix_.size()) != prefix_) break;
    const std::string_view value = it->second;
    const std::size_t slash = value.find('/');
    const auto blob = identity_from_hex(key.substr(prefix_.size()));
    const auto created = parse_time(value.substr(0, slash));
    if (!blob || !created) continue;
    const auto expires =
        slash == std::string_view::npos ? std::nullopt : parse_time(value.substr(slash + 1));
    insert(*blob, *created, expires.value_or(TimePoint{}));
  }
}

StateChange SeenBlobs::change(const Identity& blob, TimePoint created, TimePoint expires) const {
  return {key(blob), format_time(created) + "/" + format_time(expires)};
}

void SeenBlobs::insert(const Identity& blob, TimePoint created, TimePoint expires) {
  blobs_.insert_or_assign(blob, Times{created, forget_at(created, expires)});
}

std::size_t SeenBlobs::keep_only(const std::set<Identity>& stored) {
  return std::erase_if(blobs_, [&](const auto& entry) { return !stored.contains(entry.first); });
}

StateDelta SeenBlobs::evict(TimePoint now, std::size_t limit) {
  StateDelta out;
  const TimePoint crowded = bound_by_size();
  for (auto it = blobs_.begin(); it != blobs_.end() && out.size() < limit;) {
    if (it->second.forget <= now || it->second.created < crowded) {
      out.push_back({key(it->first), std::nullopt});
      it = blobs_.erase(it);
    } else {
      ++it;
    }
  }
  return out;
}

TimePoint SeenBlobs::newest() const {
  TimePoint newest{};
  for (const auto& [blob, times] : blobs_)
    newest = std::max(newest, times.created);
  return newest;
}

std::string SeenBlobs::key(const Identity& blob) const {
  return prefix_ + to_hex(blob);
}

TimePoint SeenBlobs::bound_by_size() const {
  if (blobs_.size() <= kMost) return TimePoint::min();
  std::vector<TimePoint> created;
  created.reserve(blobs_.size());
  for (const auto& [blob, times] : blobs_)
    created.push_back(times.created);
  const auto cut = created.begin() + static_cast<std::ptrdiff_t>(created.size() - kMost * 15 / 16);
  std::nth_element(created.begin(), cut, created.end());
  return *cut;
}

}  // namespace cistern::connectors::microsoft_365
