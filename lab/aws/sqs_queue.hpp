// A standard queue: messages come at least once, in no order, and come back when nobody has deleted
// them in time. Decisions only; the wire is in sqs_server.
#pragma once

#include "base/time.hpp"
#include "lab/harness/random.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

struct SqsMessage {
  std::string id;
  std::string receipt;
  std::string body;
  TimePoint sent{};
  unsigned received = 0;  ///< How often, this time included.
};

/// Not safe to call from several threads at a time.
class SqsQueue {
 public:
  /// `duplicates`: how likely a message is put in twice.
  SqsQueue(std::uint64_t seed, double duplicates) : dice_(seed), duplicates_(duplicates) {}

  void send(std::string body, TimePoint now);
  /// Takes up to `most` visible messages out of sight for `visibility`.
  std::vector<SqsMessage> receive(std::size_t most, Duration visibility, TimePoint now);
  /// False: not a handle of this queue. A handle of an earlier delivery deletes nothing.
  bool remove(std::string_view receipt);
  /// The same, for the time from now on. False also when the message is visible again.
  bool change_visibility(std::string_view receipt, Duration visibility, TimePoint now);

  struct Depth {
    std::uint64_t visible = 0;
    std::uint64_t in_flight = 0;
  };
  [[nodiscard]] Depth depth(TimePoint now) const;
  [[nodiscard]] std::uint64_t sent() const { return next_ - 1; }
  [[nodiscard]] std::uint64_t deleted() const { return deleted_; }

 private:
  struct Held {
    std::string body;
    TimePoint sent{};
    TimePoint visible_from{};
    unsigned received = 0;
  };
  struct Handle {
    std::uint64_t number = 0;
    unsigned delivery = 0;
  };
  static std::optional<Handle> handle_of(std::string_view receipt);

  Dice dice_;
  const double duplicates_;
  std::map<std::uint64_t, Held> messages_;
  std::uint64_t next_ = 1;
  std::uint64_t deleted_ = 0;
};

}  // namespace cistern::lab
