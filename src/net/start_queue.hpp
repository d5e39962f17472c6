// Which waiting request begins next: bounds on what runs at the same time, fair between hosts.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

namespace cistern::net {

/// Requests wait here in order, one lane for each origin; lanes take turns. A host that does not
/// answer may fill at most half of the starting places and three quarters of the running ones, so
/// it delays no other host. Time-outs begin when a request leaves the queue.
class StartQueue {
 public:
  using Id = std::uint64_t;

  StartQueue(unsigned max_running, unsigned max_starting)
      : max_running_(std::max(1U, max_running)),
        max_starting_(std::max(1U, max_starting)),
        lane_running_(std::max(1U, max_running_ - max_running_ / 4)),
        lane_starting_(std::max(1U, max_starting_ - max_starting_ / 2)) {}

  void add(const std::string& origin, Id id) { lanes_[origin].waiting.push_back(id); }

  /// Takes the next request that may begin; it counts as starting and running from now on.
  std::optional<Id> next() {
    if (running_ >= max_running_ || starting_ >= max_starting_ || lanes_.empty())
      return std::nullopt;
    auto lane = lanes_.upper_bound(last_served_);
    for (std::size_t i = 0; i < lanes_.size(); ++i, ++lane) {
      if (lane == lanes_.end()) lane = lanes_.begin();
      if (!may_begin(lane->second)) continue;
      const Id id = lane->second.waiting.front();
      lane->second.waiting.pop_front();
      ++lane->second.starting;
      ++lane->second.running;
      ++starting_;
      ++running_;
      last_served_ = lane->first;
      return id;
    }
    return std::nullopt;
  }

  /// A request of that origin has its connection.
  void started(const std::string& origin) {
    --lanes_.at(origin).starting;
    --starting_;
  }

  /// A request of that origin is over (after started(), if it was still starting).
  void finished(const std::string& origin) {
    --lanes_.at(origin).running;
    --running_;
    drop_if_empty(origin);
  }

  /// Takes a waiting request out; false if it does not wait.
  bool remove(const std::string& origin, Id id) {
    const auto lane = lanes_.find(origin);
    if (lane == lanes_.end()) return false;
    const bool removed = std::erase(lane->second.waiting, id) != 0;
    drop_if_empty(origin);
    return removed;
  }

  [[nodiscard]] unsigned running() const { return running_; }
  [[nodiscard]] unsigned starting() const { return starting_; }

 private:
  struct Lane {
    std::deque<Id> waiting;
    unsigned starting = 0;
    unsigned running = 0;
  };

  [[nodiscard]] bool may_begin(const Lane& lane) const {
    return !lane.waiting.empty() && lane.starting < lane_starting_ && lane.running < lane_running_;
  }

  void drop_if_empty(const std::string& origin) {
    const auto lane = lanes_.find(origin);
    if (lane != lanes_.end() && lane->second.waiting.empty() && lane->second.running == 0)
      lanes_.erase(lane);
  }

  unsigned max_running_;
  unsigned max_starting_;
  unsigned lane_running_;
  unsigned lane_starting_;
  unsigned running_ = 0;
  unsigned starting_ = 0;
  std::map<std::string, Lane> lanes_;
  std::string last_served_;
};

}  // namespace cistern::net
