// How much one sender may take of a listener: connections, and messages a second.
#pragma once

#include "base/time.hpp"
#include "net/listen/ip_address.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>

namespace cistern::runtime {

struct SenderBounds {
  std::size_t connections = 1000;              ///< In all.
  std::size_t connections_each = 100;          ///< Of one address.
  std::uint64_t messages_per_second_each = 0;  ///< Of one address; 0: any number.
};

/// Time is a parameter: steady, from any start. One thread at a time.
class SenderLimits {
 public:
  enum class Verdict : std::uint8_t { taken, too_many, too_many_of_sender };

  explicit SenderLimits(SenderBounds bounds) : bounds_(bounds) {}

  Verdict connect(const net::IpAddress& sender) {
    if (connections_ >= bounds_.connections) return Verdict::too_many;
    auto& count = by_sender_[sender];
    if (count >= bounds_.connections_each) return Verdict::too_many_of_sender;
    ++count;
    ++connections_;
    return Verdict::taken;
  }
  void disconnect(const net::IpAddress& sender) {
    const auto found = by_sender_.find(sender);
    if (found == by_sender_.end()) return;
    --connections_;
    if (--found->second == 0) by_sender_.erase(found);
  }
  [[nodiscard]] std::size_t connections() const { return connections_; }

  /// Charges messages to the sender; how long it has to wait until it may send again (zero: not at
  /// all). A second's worth may come at once.
  Duration charge(const net::IpAddress& sender, std::uint64_t messages, Duration now) {
    if (bounds_.messages_per_second_each == 0 || messages == 0) return Duration{0};
    const auto each = Duration{std::chrono::seconds{1}} /
                      static_cast<std::int64_t>(bounds_.messages_per_second_each);
    if (paid_until_.size() >= kMostSenders) forget(now);
    auto& until = paid_until_[sender];
    until =
        std::max(until, now - std::chrono::seconds{1}) + each * static_cast<std::int64_t>(messages);
    return std::max(Duration{0}, until - now);
  }

 private:
  static constexpr std::size_t kMostSenders = 65536;

  /// Those who owe nothing; when all of them do, the bound of memory comes first.
  void forget(Duration now) {
    std::erase_if(paid_until_, [&](const auto& entry) { return entry.second <= now; });
    if (paid_until_.size() >= kMostSenders) paid_until_.clear();
  }

  SenderBounds bounds_;
  std::size_t connections_ = 0;
  std::map<net::IpAddress, std::size_t> by_sender_;
  std::map<net::IpAddress, Duration> paid_until_;
};

}  // namespace cistern::runtime
