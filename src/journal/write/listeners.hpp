// Who wants to hear of what the writer has made durable.
#pragma once

#include "base/ids.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

namespace cistern::journal {

/// Safe from any thread. A listener that was removed is not called any more; it must not add or
/// remove listeners itself.
class Listeners {
 public:
  std::uint64_t on_append(std::function<void(Sequence)> listener) {
    const std::lock_guard lock{mutex_};
    append_.emplace(++last_, std::move(listener));
    return last_;
  }
  std::uint64_t on_damage(std::function<void()> listener) {
    const std::lock_guard lock{mutex_};
    damage_.emplace(++last_, std::move(listener));
    return last_;
  }
  void remove(std::uint64_t id) {
    const std::lock_guard lock{mutex_};
    append_.erase(id);
    damage_.erase(id);
  }

  void appended(Sequence last) {
    const std::lock_guard lock{mutex_};
    for (const auto& [id, listener] : append_)
      listener(last);
  }
  void damaged() {
    const std::lock_guard lock{mutex_};
    for (const auto& [id, listener] : damage_)
      listener();
  }

 private:
  std::mutex mutex_;
  std::map<std::uint64_t, std::function<void(Sequence)>> append_;
  std::map<std::uint64_t, std::function<void()>> damage_;
  std::uint64_t last_ = 0;
};

}  // namespace cistern::journal
