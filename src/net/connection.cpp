#include "net/connection.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace cistern::net {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr Duration kFirstLook = std::chrono::microseconds{20};
constexpr Duration kLongestLook = std::chrono::milliseconds{5};
// A peer that talks without end must not keep us from what we are here for.
constexpr int kMostReadsAtOnce = 16;

Failure closed_by_peer(const PeerAddress& peer) {
  return {.verdict = Verdict::retry,
          .code = "net/closed",
          .cause = peer.text() + " closed the connection",
          .consequence = {},
          .next_step = "if it goes on, look into the receiver's log"};
}

}  // namespace

Status pass_over_arrived(Connection& connection) {
  std::array<char, 4096> into{};
  for (int reads = 0; reads < kMostReadsAtOnce; ++reads) {
    const auto arrived = connection.read_some(into);
    if (!arrived) return fail(arrived.error());
    if (arrived->ended) return fail(closed_by_peer(connection.peer()));
    if (arrived->bytes == 0) return {};
  }
  return {};
}

Status write_all(Connection& connection, std::string_view bytes, Duration limit) {
  auto until = SteadyClock::now() + limit;
  bool refused_though_ready = false;
  while (!bytes.empty()) {
    const auto written = connection.write_some(bytes);
    if (!written) return fail(written.error());
    bytes.remove_prefix(*written);
    if (*written > 0) {
      until = SteadyClock::now() + limit;
      refused_though_ready = false;
      continue;
    }
    const Duration left = until - SteadyClock::now();
    if (left <= Duration{0}) {
      return fail(timeout_failure(connection.peer(), "sending", limit,
                                  "the receiver takes nothing more: look at its load and its "
                                  "queues"));
    }
    // A system that is short of memory calls a socket ready that takes nothing: only a pause helps.
    const auto ready =
        refused_though_ready ? connection.wait(false, kLongestLook) : connection.wait(true, left);
    if (!ready) return fail(ready.error());
    refused_though_ready = *ready;
    if (const auto alive = pass_over_arrived(connection); !alive) return alive;
  }
  return {};
}

Status await_acknowledged(Connection& connection, Duration limit) {
  auto until = SteadyClock::now() + limit;
  std::uint64_t least = ~std::uint64_t{0};
  Duration look = kFirstLook;
  while (true) {
    // Asked before reading: an end that came with the last acknowledgement is seen then.
    const auto left = connection.unacknowledged();
    if (!left) return fail(left.error());
    if (const auto alive = pass_over_arrived(connection); !alive) return alive;
    if (*left == 0) return {};
    const auto now = SteadyClock::now();
    if (*left < least) {
      least = *left;
      until = now + limit;
    }
    if (now >= until) {
      return fail(timeout_failure(connection.peer(), "acknowledging", limit,
                                  "the receiver takes nothing more: look at its load and its "
                                  "queues"));
    }
    // The system does not tell when the acknowledgement comes, so it is asked again and again.
    const auto waited = connection.wait(false, look);
    if (!waited) return fail(waited.error());
    look = std::min(look * 2, kLongestLook);
  }
}

}  // namespace cistern::net
