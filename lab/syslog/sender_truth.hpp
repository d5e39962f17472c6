// What a lab firewall has handed over, and what it was promised for it.
//
// Each transport owes something else. RELP: every message that was answered with 200. TCP and TLS:
// every message of a connection that both sides ended in order; of any other connection only bytes
// that were never read may be missing, so what is stored of it has no hole. UDP: nothing, but what
// arrives is counted.
#pragma once

#include "base/time.hpp"
#include "lab/syslog/framing.hpp"
#include "lab/syslog/line_generator.hpp"

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

enum class SyslogTransport : std::uint8_t { udp, tcp, tls, relp };
std::string_view to_string(SyslogTransport transport);

enum class ConnectionEnd : std::uint8_t {
  open,   ///< Still there, or nobody has seen its end.
  both,   ///< In order: the peer has read all and closed too.
  peer,   ///< The peer ended it, or it broke.
  reset,  ///< The sender broke it off.
};
std::string_view to_string(ConnectionEnd end);

struct ConnectionRow {
  Framing framing = Framing::lf;
  ConnectionEnd end = ConnectionEnd::open;
  TimePoint from{};
  TimePoint until{};
};

struct MessageRow {
  TimePoint time{};
  std::uint32_t connection = 0;  ///< The last one it was sent on; counted from 0.
  std::uint8_t attempts = 0;     ///< How often its bytes were, perhaps in part, handed over.
  bool whole = false;            ///< The kernel took all of it at least once.
  bool accepted = false;         ///< RELP: answered with 200.
};

/// Written by one sender's thread, read by any.
class SenderTruth {
 public:
  SenderTruth(unsigned number, SyslogTransport transport, LineGenerator generator);

  // ---- the sender says ----

  std::uint32_t connected(Framing framing, TimePoint now);
  void ended(std::uint32_t connection, ConnectionEnd end, TimePoint now);
  /// Nothing more is said on it, though it stays open; whether it breaks is not looked at.
  void silent(std::uint32_t connection, TimePoint now);
  /// A new message; its text follows from the sequence returned and the time.
  std::uint64_t begin(TimePoint now);
  /// Before any byte of it is handed over: from then on it may arrive.
  void attempt(std::uint64_t sequence, std::uint32_t connection);
  void taken(std::uint64_t sequence);
  void accepted(std::uint64_t sequence);

  // ---- the truth is ----

  [[nodiscard]] std::string text(std::uint64_t sequence) const;
  struct Counts {
    std::uint64_t messages = 0;
    std::uint64_t taken = 0;  ///< By the kernel, as a whole.
    std::uint64_t connections = 0;
    std::uint64_t accepted = 0;
  };
  [[nodiscard]] Counts counts() const;
  /// RELP: messages that nobody has taken responsibility for, oldest first.
  [[nodiscard]] std::vector<std::uint64_t> unaccepted() const;
  [[nodiscard]] unsigned number() const { return number_; }
  [[nodiscard]] SyslogTransport transport() const { return transport_; }
  /// Lines of the truth, as many messages as fit; `next` is where to go on. False: nothing is left.
  bool write(std::string& out, std::uint64_t& next, std::size_t enough) const;

 private:
  void write_connections(std::string& out) const;
  void write_message(std::string& out, std::uint64_t sequence, const MessageRow& row) const;

  const unsigned number_;
  const SyslogTransport transport_;
  const LineGenerator generator_;
  mutable std::mutex mutex_;
  std::vector<ConnectionRow> connections_;
  std::deque<MessageRow> messages_;
};

}  // namespace cistern::lab
