// A RELP session over one connection, from `open` to `close`.
#pragma once

#include "codec/relp.hpp"
#include "destinations/syslog/relp_window.hpp"
#include "net/connection.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace cistern::destinations::syslog {

/// Sends frames and hears answers, both at once, so that neither side can block the other.
class RelpSession {
 public:
  RelpSession(std::unique_ptr<net::Connection> connection, std::size_t window);

  /// Agrees with the receiver on the protocol. Failures: "relp/refused-session" (stop),
  /// "relp/no-answer", "relp/grammar", and those of the connection.
  Status open(Duration limit);

  /// Whether another frame may be added now.
  [[nodiscard]] bool has_room() const { return !server_closes_ && window_.has_room(); }
  /// `item` is what the caller knows the message by.
  void add(std::string_view message, std::size_t item);
  /// Bytes that wait to be handed over.
  [[nodiscard]] std::size_t waiting_bytes() const { return outgoing_.size() - sent_; }
  [[nodiscard]] bool all_answered() const { return window_.empty(); }
  /// The receiver said that it goes away: nothing new is sent.
  [[nodiscard]] bool server_closes() const { return server_closes_; }

  using OnSettled = std::function<void(const RelpWindow::Settled&)>;
  /// Hands over what waits and hears what came, once; waits for either for at most `limit` when
  /// neither was possible. False: nothing happened within it.
  Result<bool> move(Duration limit, const OnSettled& settled);

  /// Says farewell and waits a moment for the answer.
  void close();

  [[nodiscard]] const net::PeerAddress& peer() const { return connection_->peer(); }

 private:
  Result<bool> hand_over();
  Result<bool> hear(const OnSettled& settled);
  Status handle(const codec::RelpFrame& frame, const OnSettled& settled);
  Status await_offers(std::chrono::steady_clock::time_point until, Duration limit);
  Status judge_offers(const codec::RelpFrame& frame);

  std::unique_ptr<net::Connection> connection_;
  RelpWindow window_;
  codec::RelpReader reader_;
  std::string outgoing_;
  std::size_t sent_ = 0;  // Of `outgoing_`.
  bool server_closes_ = false;
};

}  // namespace cistern::destinations::syslog
