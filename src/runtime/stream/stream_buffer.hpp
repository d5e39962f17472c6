// Bytes of one stream between the socket and the decoder: whole values in groups, and the beginning
// of the next one. Pure; times are handed in.
#pragma once

#include "base/stream.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::runtime {

class StreamBuffer {
 public:
  /// A group is closed when it holds about `group_bytes`; it holds at least one value, so it may be
  /// as large as the framer lets a value grow.
  StreamBuffer(std::unique_ptr<StreamFramer> framer, std::uint64_t group_bytes);

  /// False: the framer named an end where there is none, which is a bug.
  [[nodiscard]] bool add(std::string_view arrived, Duration now);

  /// The next group in order; nothing when no whole value waits.
  std::optional<StreamValues> take();

  /// Bytes held, those of whole values, and those behind the last of them.
  [[nodiscard]] std::uint64_t bytes() const { return closed_bytes_ + open_.size(); }
  [[nodiscard]] std::uint64_t whole() const { return closed_bytes_ + whole_; }
  [[nodiscard]] std::uint64_t tail() const { return open_.size() - whole_; }
  /// Memory that is really used.
  [[nodiscard]] std::uint64_t memory() const {
    return closed_memory_ + (open_.empty() ? 0 : open_.capacity());
  }

  /// A group that is closed waits.
  [[nodiscard]] bool full() const { return !closed_.empty(); }
  /// When the oldest value came that waits in a group that is not closed yet.
  [[nodiscard]] std::optional<Duration> waiting_since() const { return since_; }

 private:
  void close(bool severed);

  std::unique_ptr<StreamFramer> framer_;
  std::uint64_t group_bytes_;
  std::deque<StreamValues> closed_;
  std::uint64_t closed_bytes_ = 0;
  std::uint64_t closed_memory_ = 0;
  std::string open_;       ///< Whole values, then the beginning of one.
  std::size_t whole_ = 0;  ///< Bytes of `open_` in whole values.
  std::optional<Duration> since_;
  bool mid_line_ = false;   ///< Of the next group.
  bool continues_ = false;  ///< Of the next group.
};

/// When the next group is handed to the decoder: at once when a full one waits or nothing of the
/// stream is under way, so that a quiet stream loses no time; otherwise values gather for `gather`,
/// so that a busy one makes large groups. Nothing: not before something else happens.
std::optional<Duration> hand_over_time(const StreamBuffer& buffer, std::size_t groups_under_way,
                                       std::size_t most_under_way, Duration gather);

/// The facts by which reading stops and goes on.
struct ReadingFacts {
  std::uint64_t held = 0;         ///< Read and not durable yet.
  bool will_drain = false;        ///< Some of it is on its way to the store, so `held` will shrink.
  bool paused_for_store = false;  ///< The answer before.
  std::uint64_t most_held = 0;
};

/// Whether the stream has more under way than it may. It goes on when half of that is durable, or
/// when waiting would be in vain because what is held is the beginning of one large value.
bool too_much_held(const ReadingFacts& facts);

}  // namespace cistern::runtime
