// Plain TCP, and UDP.
#include "lab/syslog/socket_calls.hpp"

#include <cerrno>
#include <utility>

#include <poll.h>
#include <sys/socket.h>

namespace cistern::lab {

namespace {

class TcpLink final : public Link {
 public:
  TcpLink(Descriptor socket, const std::atomic<bool>& hurry)
      : socket_(std::move(socket)), hurry_(hurry) {}

  std::size_t write(std::string_view bytes) override {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const auto sent =
          ::send(socket_.number(), bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
      if (sent > 0) {
        done += static_cast<std::size_t>(sent);
      } else if (errno == EAGAIN) {
        if (!wait_writable(socket_.number(), std::chrono::hours{1}, hurry_)) break;
      } else if (errno != EINTR) {
        break;
      }
    }
    return done;
  }

  bool read(std::string& into, Duration wait) override {
    char buffer[16 * 1024];
    if (!wait_readable(socket_.number(), wait, hurry_)) return true;
    const auto got = recv(socket_.number(), buffer, sizeof buffer, 0);
    if (got > 0) into.append(buffer, static_cast<std::size_t>(got));
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
  }

  bool finish(Duration wait) override {
    if (shutdown(socket_.number(), SHUT_WR) != 0) return false;
    const std::atomic<bool> never{false};
    char buffer[4096];
    while (wait_readable(socket_.number(), wait, never)) {
      const auto got = recv(socket_.number(), buffer, sizeof buffer, 0);
      // A reset instead of an orderly end: the peer left bytes unread.
      if (got < 0 && errno != EAGAIN) return false;
      if (got == 0) return true;
    }
    return false;
  }

  void reset() override {
    reset_on_close(socket_.number());
    socket_.close();
  }

 private:
  Descriptor socket_;
  const std::atomic<bool>& hurry_;
};

class UdpSender final : public DatagramSender {
 public:
  explicit UdpSender(Descriptor socket) : socket_(std::move(socket)) {}
  bool send(std::string_view message) override {
    return ::send(socket_.number(), message.data(), message.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(message.size());
  }
  bool refused() override {
    pollfd one{socket_.number(), 0, 0};
    return poll(&one, 1, 20) > 0 && (one.revents & POLLERR) != 0;
  }

 private:
  Descriptor socket_;
};

}  // namespace

Result<std::unique_ptr<Link>> connect_tcp(const Target& target, const std::atomic<bool>& hurry) {
  auto socket = connect_stream(target);
  if (!socket) return fail(socket.error());
  return std::make_unique<TcpLink>(std::move(*socket), hurry);
}

Result<std::unique_ptr<DatagramSender>> DatagramSender::open(const Target& target) {
  auto socket = open_datagram(target);
  if (!socket) return fail(socket.error());
  return std::make_unique<UdpSender>(std::move(*socket));
}

}  // namespace cistern::lab
