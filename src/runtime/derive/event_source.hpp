// The events of one connector, from the store's groups.
#pragma once

#include "base/derive.hpp"
#include "journal/journal.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace cistern::runtime {

/// Walks the store from a place on. One thread at a time.
class EventSource {
 public:
  EventSource(std::unique_ptr<journal::Reader> reader, std::string connector,
              std::set<std::string, std::less<>> streams);

  /// Where reading goes on: everything before it was handed out, or was not for us.
  [[nodiscard]] Sequence next() const { return next_; }
  void start_at(Sequence next);

  /// Makes the group that holds the next sequence the open one. False at the end of the store.
  Result<bool> open_group();
  /// The next event of the open group that is for us; none at the group's end. Its views live until
  /// the next call.
  std::optional<DeriverEvent> take();
  /// The hole that was crossed since the last call.
  std::optional<journal::Hole> take_hole();

 private:
  [[nodiscard]] bool wanted(const journal::Envelope& envelope) const;
  bool unescape(const journal::Envelope& envelope, DeriverEvent& event);

  std::unique_ptr<journal::Reader> reader_;
  std::string connector_;
  std::set<std::string, std::less<>> streams_;
  Sequence next_ = 1;
  std::shared_ptr<const journal::Group> group_;
  std::size_t at_ = 0;  ///< Index of the next envelope.
  std::string text_;
  std::string time_text_;  ///< Of the last event, with its value: lines of one second share it.
  TimePoint time_{};
  std::optional<journal::Hole> hole_;
};

}  // namespace cistern::runtime
