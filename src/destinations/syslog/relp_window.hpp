// Frames that were sent by RELP and are not answered. Pure.
#pragma once

#include "codec/relp.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

namespace cistern::destinations::syslog {

/// Gives out transaction numbers and matches answers to them, in whatever order they come.
class RelpWindow {
 public:
  /// `most`: frames between the oldest unanswered one and the newest.
  explicit RelpWindow(std::size_t most, std::uint32_t first_transaction = 1)
      : most_(most), next_(first_transaction) {}

  [[nodiscard]] bool has_room() const { return open_.size() < most_; }
  [[nodiscard]] bool empty() const { return open_.empty(); }

  /// Takes the next number for a frame; `item` is what the caller knows it by.
  std::uint32_t add(std::size_t item);

  struct Settled {
    std::size_t item = 0;
    bool accepted = false;
    std::string refusal;  ///< "500 queue full", printable; empty when accepted.
  };
  /// Failures ("relp/grammar"): an answer to nothing, a second one, or one without a code.
  Result<Settled> settle(const codec::RelpFrame& answer);

 private:
  struct Open {
    std::size_t item = 0;
    bool answered = false;
  };

  std::size_t most_;
  std::uint32_t next_;
  std::deque<Open> open_;  // The last one has the number before `next_`.
};

}  // namespace cistern::destinations::syslog
