#include "net/connection.hpp"

#include <cerrno>

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace cistern::net {
namespace {

class TcpConnection final : public Connection {
 public:
  TcpConnection(PeerAddress peer, Descriptor socket, const Cancellation& cancellation)
      : peer_(std::move(peer)), socket_(std::move(socket)), cancellation_(cancellation) {}

  Result<std::size_t> write_some(std::string_view bytes) override {
    while (true) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent >= 0) return static_cast<std::size_t>(sent);
      if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) return std::size_t{0};
      if (errno != EINTR) return fail(socket_failure(peer_, errno));
    }
  }

  Result<Arrived> read_some(std::span<char> into) override {
    while (true) {
      const ssize_t got = ::recv(socket_.get(), into.data(), into.size(), 0);
      if (got > 0) {
        acknowledge_at_once(socket_);
        return Arrived{.bytes = static_cast<std::size_t>(got), .ended = false};
      }
      if (got == 0) return Arrived{.bytes = 0, .ended = true};
      if (errno == EAGAIN || errno == EWOULDBLOCK) return Arrived{};
      if (errno != EINTR) return fail(socket_failure(peer_, errno));
    }
  }

  Result<bool> wait(bool to_write, Duration limit) override {
    const auto events = static_cast<short>(to_write ? POLLIN | POLLOUT : POLLIN);
    const auto waited = cancellation_.wait(socket_.get(), events, limit);
    if (waited == Cancellation::Waited::cancelled) return fail(cancelled_failure());
    return waited == Cancellation::Waited::ready;
  }

  [[nodiscard]] Result<std::uint64_t> unacknowledged() const override {
    int bytes = 0;
    if (::ioctl(socket_.get(), SIOCOUTQ, &bytes) != 0) return fail(socket_failure(peer_, errno));
    return static_cast<std::uint64_t>(bytes);
  }

  void close() override { end_stream(socket_); }
  [[nodiscard]] const PeerAddress& peer() const override { return peer_; }

 private:
  PeerAddress peer_;
  Descriptor socket_;
  const Cancellation& cancellation_;
};

}  // namespace

Result<std::unique_ptr<Connection>> connect_tcp(const PeerAddress& peer, const SocketTimes& times,
                                                const Cancellation& cancellation) {
  auto socket = connect_stream(peer, times, cancellation);
  if (!socket) return fail(std::move(socket.error()));
  return std::unique_ptr<Connection>(
      std::make_unique<TcpConnection>(peer, std::move(*socket), cancellation));
}

}  // namespace cistern::net
