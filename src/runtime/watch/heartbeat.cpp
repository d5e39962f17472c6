#include "runtime/watch/heartbeat.hpp"

#include <algorithm>

namespace cistern::runtime {

void Heartbeat::tick() {
  const Duration now = clock_.steady();
  if (every_ <= Duration{0} || (last_ && now - *last_ < every_)) return;
  last_ = now;
  std::uint64_t stored = 0;
  std::uint64_t delivered = 0;
  std::uint64_t waiting = 0;
  std::uint64_t troubled = 0;
  for (const auto& connector : status_.connectors()) {
    stored += connector.events;
    troubled += connector.state >= State::retrying ? 1U : 0U;
  }
  for (const auto& destination : status_.destinations()) {
    delivered += destination.delivered;
    waiting = std::max(waiting, destination.backlog);
    troubled += destination.state >= State::retrying ? 1U : 0U;
  }
  log_.info("cistern", "heartbeat",
            {{"stored", stored},
             {"delivered", delivered},
             {"waiting", waiting},
             {"in_trouble", troubled}});
}

}  // namespace cistern::runtime
