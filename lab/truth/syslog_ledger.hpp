// The truth of the lab's firewalls in memory: each message, what its transport owes for it, and
// where it was found.
#pragma once

#include "lab/syslog/marker.hpp"
#include "lab/syslog/sender_truth.hpp"
#include "lab/truth/sent_line.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cistern::lab {

struct SentMessage {
  DigestKey digest{};
  TimePoint time{};
  std::uint32_t connection = 0;
  std::uint32_t first_value = 0;
  std::uint8_t values = 0;
  std::uint8_t attempts = 0;
  bool whole = false;
  bool accepted = false;
  std::uint32_t in_store = 0;
  std::uint32_t in_outputs = 0;
};

struct SentConnection {
  Framing framing = Framing::lf;
  ConnectionEnd end = ConnectionEnd::open;
  TimePoint until{};
  bool later_stored = false;  ///< While the messages are gone through from the last to the first.
};

struct SyslogSender {
  unsigned number = 0;
  SyslogTransport transport = SyslogTransport::udp;
  std::vector<SentConnection> connections;
  std::vector<SentMessage> messages;  ///< By sequence.
};

/// What a collector owes of a sender's messages, and what was found.
struct SyslogSums {
  std::uint64_t sent = 0;  ///< Taken by the kernel as a whole.
  std::uint64_t owed = 0;
  std::uint64_t stored = 0;  ///< Owed ones.
  std::uint64_t delivered = 0;
  std::uint64_t unread = 0;   ///< TCP, TLS: behind the last one stored of a broken connection.
  std::uint64_t unseen = 0;   ///< UDP: never arrived.
  std::uint64_t twice = 0;    ///< RELP: stored again because the answer had not arrived.
  Duration oldest_unread{0};  ///< How long before the end the oldest unread one was sent.
  std::vector<Marker> lost;
};

class SyslogLedger {
 public:
  /// One line of the truth whose vendor is "syslog".
  Status add_line(std::string_view line);

  SentMessage* by_digest(std::string_view sha256);
  SentMessage* by_marker(const Marker& marker);
  [[nodiscard]] Marker marker_of(const SentMessage& message) const;
  /// Whether the text is the beginning of a message whose connection ended in its middle: with LF
  /// framing a receiver cannot know.
  bool is_fragment(std::string_view raw);
  /// What a document lacks of the message, or nothing.
  [[nodiscard]] std::optional<std::string> difference(std::string_view document,
                                                      const SentMessage& message) const;

  [[nodiscard]] const std::vector<SyslogSender>& senders() const { return senders_; }
  /// `killed`: the collector was killed on purpose, so that the end of no connection proves
  /// anything; then every one of TCP and TLS counts as broken.
  SyslogSums sums(std::size_t sender, bool killed);

 private:
  Status add_message(SyslogSender& sender, std::string_view line);
  SyslogSender* sender_at(std::uint64_t number);
  static bool is_owed(const SyslogSender& sender, const SentMessage& message, bool killed);

  std::vector<SyslogSender> senders_;
  std::vector<std::uint32_t> values_;
  std::unordered_map<DigestKey, Marker, DigestKeyHash> digests_;
  std::vector<std::string> cut_texts_;
  bool cut_sorted_ = false;
};

}  // namespace cistern::lab
