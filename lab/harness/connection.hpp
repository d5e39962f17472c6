// Serves one connection: request after request, each answered before the next is read.
#pragma once

#include "base/clock.hpp"
#include "lab/harness/http.hpp"
#include "lab/harness/message_parser.hpp"
#include "lab/harness/transport.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

namespace cistern::lab {

/// Keeps itself alive until the connection ends. Everything runs on the given executor (a strand).
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::any_io_executor executor, std::unique_ptr<Transport> transport,
             const Handler& handler, const Clock& clock);
  void start();

 private:
  void read_more();
  void on_bytes(bool ok, std::size_t bytes);
  void serve();
  void refuse(int status, const std::string& why);
  void answer(Response response);
  void wait_for_answer();
  void begin_answer();
  void write_head();
  void write_body();
  void write_live();
  void watch_peer();
  void end_live(bool in_order);
  void rest();
  void write_piece(std::string_view piece);
  void write_last_chunk();
  void after_piece(std::size_t body_bytes);
  void finish_answer();
  void arm_idle_timer();
  [[nodiscard]] std::string head_of(const Response& response) const;
  [[nodiscard]] std::string_view next_piece();
  [[nodiscard]] std::size_t piece_limit() const;

  std::unique_ptr<Transport> transport_;
  const Handler& handler_;
  const Clock& clock_;
  boost::asio::steady_timer pace_;
  boost::asio::steady_timer idle_;
  std::array<char, 16 * 1024> space_{};
  std::string input_;
  std::optional<RequestParser> parser_;
  Response response_;
  std::string outgoing_;  // Bytes being written that belong to no shared body.
  std::string piece_;     // Current piece of a streamed body.
  std::uint64_t body_sent_ = 0;
  bool chunked_ = false;
  bool keep_alive_ = true;
  bool live_ = false;      // A body without an end is being sent.
  bool bodiless_ = false;  // An answer to HEAD: its header says how long the body would be.
  bool over_ = false;      // Nothing more is sent, besides what ends the message in order.
};

/// Fills in what follows from the target and the Host header; false when the request is not one
/// that a strict server takes (no Host, a Host that is not this machine, bad percent-encoding).
bool complete_request(Request& request, std::string_view scheme);

}  // namespace cistern::lab
