// One connection of the listen driver.
#pragma once

#include "net/listen/server_stream.hpp"
#include "runtime/listen/listen_driver.hpp"

#include <memory>
#include <string>
#include <vector>

namespace cistern::runtime {

/// Moves bytes between the socket, the batch and the session. It is told when to and tells what
/// became of it; it keeps no time and watches no socket.
class StreamConnection {
 public:
  enum class Turn : std::uint8_t {
    waiting,  ///< For the socket.
    more,     ///< There may be more now; others come first.
    ended,    ///< Over: remove it.
  };

  StreamConnection(std::unique_ptr<net::ServerStream> stream, std::size_t endpoint,
                   net::Sender sender, std::size_t most_pending)
      : stream_(std::move(stream)),
        endpoint_(endpoint),
        sender_(sender),
        most_pending_(most_pending) {}

  /// Steps the handshake; true once the session may be opened. The failure ends the connection.
  Result<bool> shake_hands() { return stream_->shake_hands(); }
  void open(std::unique_ptr<ListenSession> session) { session_ = std::move(session); }
  [[nodiscard]] bool is_open() const { return session_ != nullptr; }

  /// Reads at most a turn's worth.
  Turn read(ListenBatch& batch);
  /// Writes what waits. False: the connection broke, or is to be closed and all is written.
  bool flush();
  void write(std::string_view bytes);
  void close_after_writing() { closing_ = true; }
  /// Tells the session that it is over, once; nothing is read any more.
  void end(ListenBatch& batch);
  [[nodiscard]] bool owes_answers() const {
    return session_ != nullptr && session_->owes_answers();
  }

  [[nodiscard]] bool wants_read() const { return !closing_ && !ended_; }
  [[nodiscard]] bool wants_write() const { return !out_.empty() || stream_->wants_write(); }
  [[nodiscard]] bool overdrawn() const { return overdrawn_; }
  [[nodiscard]] net::ServerStream& stream() { return *stream_; }
  [[nodiscard]] std::size_t endpoint() const { return endpoint_; }
  [[nodiscard]] const net::Sender& sender() const { return sender_; }

  Duration last_active{0};  ///< Steady; kept by the driver.
  bool held_back = false;   ///< By its sender's rate.

 private:
  Result<net::ServerStream::Arrived> read_some(ListenBatch& batch);
  std::size_t show(std::string_view bytes, ListenBatch& batch);

  std::unique_ptr<net::ServerStream> stream_;
  std::size_t endpoint_;
  net::Sender sender_;
  std::size_t most_pending_;
  std::unique_ptr<ListenSession> session_;
  std::string pending_;  // What the session has not used.
  std::string out_;
  bool closing_ = false;
  bool ended_ = false;
  bool overdrawn_ = false;
};

}  // namespace cistern::runtime
