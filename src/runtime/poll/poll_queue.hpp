// Requests that a machine asked for and that are not under way yet.
#pragma once

#include "base/poll.hpp"

#include <deque>
#include <map>
#include <optional>

namespace cistern::runtime {

/// Urgent requests before the others, each kind in the order of asking; those with a time are held
/// back until then. Times are of the steady clock, so that a jump of the wall clock neither holds a
/// request for a day nor lets it go at once. Pure.
class PollQueue {
 public:
  void push(PollRequest request, Duration due) { held_.emplace(due, std::move(request)); }
  /// Lets those go whose time has come.
  void advance(Duration now) {
    while (!held_.empty() && held_.begin()->first <= now) {
      auto& request = held_.begin()->second;
      (request.urgent ? urgent_ : ordinary_).push_back(std::move(request));
      held_.erase(held_.begin());
    }
  }
  /// The next request that may start; `only_urgent` leaves the others where they are.
  std::optional<PollRequest> take(bool only_urgent) {
    auto& queue = !urgent_.empty() || only_urgent ? urgent_ : ordinary_;
    if (queue.empty()) return std::nullopt;
    std::optional<PollRequest> request{std::move(queue.front())};
    queue.pop_front();
    return request;
  }
  /// What take() would give; only when ready().
  [[nodiscard]] const PollRequest& front() const {
    return urgent_.empty() ? ordinary_.front() : urgent_.front();
  }
  [[nodiscard]] bool ready(bool only_urgent) const {
    return !urgent_.empty() || (!only_urgent && !ordinary_.empty());
  }
  /// When the next held request may go.
  [[nodiscard]] std::optional<Duration> next_due() const {
    if (held_.empty()) return std::nullopt;
    return held_.begin()->first;
  }
  [[nodiscard]] bool empty() const { return urgent_.empty() && ordinary_.empty() && held_.empty(); }
  void clear() {
    urgent_.clear();
    ordinary_.clear();
    held_.clear();
  }

 private:
  std::deque<PollRequest> urgent_;
  std::deque<PollRequest> ordinary_;
  std::multimap<Duration, PollRequest> held_;  // Equal times keep the order of asking.
};

}  // namespace cistern::runtime
