// Runs a deriver: reads the events of one connector, and writes back what is made of them.
#pragma once

#include "base/derive.hpp"
#include "base/time.hpp"
#include "runtime/services.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

namespace cistern::runtime {

/// Where a deriver keeps its place and its state in the connector's position.
inline constexpr std::string_view kDeriverPrefix = "join/";

struct DeriveOptions {
  std::string connector;  ///< Whose events are read, and in whose name is written.
  std::set<std::string, std::less<>> streams;  ///< That are read.
  Duration commit_every = std::chrono::seconds{10};
  Duration tick = std::chrono::seconds{1};  ///< Between two calls of Deriver::on_time().
  std::uint64_t commit_bytes = 4ULL << 20;  ///< Of events, or of state: then earlier.
};

/// Runs until stopped, on the pool, one task at a time.
///
/// A commit holds the events made, every change of the deriver's state and the place behind the
/// last event that it knows: a crash between two commits repeats the work between them and nothing
/// else. One commit at a time is under way; the work goes on meanwhile, until the next one is
/// large enough. The cursor `deriver/CONNECTOR` follows what is durable, and keeps retention from
/// removing events before that. Status and metrics get the deriver's own facts.
class DeriveDriver {
 public:
  virtual ~DeriveDriver() = default;
  virtual void start() = 0;
  /// Commits what is done, then calls `stopped` (on the pool). A store that takes nothing just now
  /// is not waited for: what is not durable is read again after the next start.
  virtual void stop(std::function<void()> stopped) = 0;
};

/// `deriver` is used on the pool, by one task at a time. The connector must be known to the status
/// board.
std::unique_ptr<DeriveDriver> make_derive_driver(DeriveOptions options,
                                                 std::unique_ptr<Deriver> deriver,
                                                 const Services& services);

}  // namespace cistern::runtime
