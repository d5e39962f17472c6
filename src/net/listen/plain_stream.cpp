#include "net/listen/server_stream.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/socket.h>

namespace cistern::net {
namespace {

bool again(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

Failure broken(int error) {
  return {.verdict = Verdict::retry,
          .code = "net/closed",
          .cause = "the connection broke: " + std::system_category().message(error),
          .consequence = {},
          .next_step = {}};
}

class PlainStream final : public ServerStream {
 public:
  explicit PlainStream(Descriptor socket) : socket_(std::move(socket)) {}
  Result<bool> shake_hands() override { return true; }
  Result<Arrived> read_some(std::span<char> into) override {
    wants_write_ = false;
    const ssize_t got = ::recv(socket_.get(), into.data(), into.size(), 0);
    if (got > 0) return Arrived{.bytes = static_cast<std::size_t>(got)};
    if (got == 0) return Arrived{.bytes = 0, .ended = true};
    if (again(errno)) return Arrived{};
    return fail(broken(errno));
  }
  Result<std::size_t> write_some(std::string_view bytes) override {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    wants_write_ = sent < 0 && again(errno);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (wants_write_) return std::size_t{0};
    return fail(broken(errno));
  }
  [[nodiscard]] bool holds_bytes() const override { return false; }
  [[nodiscard]] bool wants_write() const override { return wants_write_; }
  [[nodiscard]] std::string certificate_name() const override { return {}; }
  void close() override { ::shutdown(socket_.get(), SHUT_WR); }
  [[nodiscard]] int descriptor() const override { return socket_.get(); }

 private:
  Descriptor socket_;
  bool wants_write_ = false;
};

}  // namespace

std::unique_ptr<ServerStream> make_plain_stream(Descriptor socket) {
  return std::make_unique<PlainStream>(std::move(socket));
}

}  // namespace cistern::net
