#include "fake_receiver.hpp"

#include <array>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cistern::destinations::syslog {
namespace {

constexpr int kPatience = 20000;

bool readable(int socket, int milliseconds) {
  pollfd wait{.fd = socket, .events = POLLIN, .revents = 0};
  return ::poll(&wait, 1, milliseconds) > 0;
}

}  // namespace

FakePeer::~FakePeer() {
  if (socket_ >= 0) ::close(socket_);
}

const std::string& FakePeer::read(std::size_t bytes) {
  std::array<char, 65536> into{};
  while (heard_.size() < bytes && readable(socket_, kPatience)) {
    const ssize_t got = ::recv(socket_, into.data(), into.size(), 0);
    if (got <= 0) break;
    heard_.append(into.data(), static_cast<std::size_t>(got));
  }
  return heard_;
}

bool FakePeer::read_to_end() {
  std::array<char, 65536> into{};
  while (readable(socket_, kPatience)) {
    const ssize_t got = ::recv(socket_, into.data(), into.size(), 0);
    if (got <= 0) return true;
    heard_.append(into.data(), static_cast<std::size_t>(got));
  }
  return false;
}

bool FakePeer::hears_within(int milliseconds) {
  return readable(socket_, milliseconds);
}

void FakePeer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void FakePeer::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(socket_);
  socket_ = -1;
}

std::optional<FakePeer::Frame> FakePeer::frame() {
  std::array<char, 4096> into{};
  while (true) {
    const auto next = reader_.next();
    if (!next) throw std::runtime_error(next.error().sentence());
    if (*next) {
      return Frame{(*next)->transaction, std::string{(*next)->command}, std::string{(*next)->data}};
    }
    if (!readable(socket_, kPatience)) return std::nullopt;
    const ssize_t got = ::recv(socket_, into.data(), into.size(), 0);
    if (got <= 0) return std::nullopt;
    reader_.arrived({into.data(), static_cast<std::size_t>(got)});
  }
}

void FakePeer::answer(std::uint32_t transaction, std::string_view data) {
  std::string out;
  codec::append_relp_frame(out, transaction, "rsp", data);
  send(out);
}

void FakePeer::open_relp() {
  const auto opening = frame();
  if (opening) answer(opening->transaction, "200 OK\nrelp_version=0\ncommands=syslog");
}

FakeReceiver::FakeReceiver(Script script, int receive_buffer, std::uint16_t port)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int yes = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (receive_buffer > 0)
    ::setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 8) != 0 ||
      ::getsockname(listener_, generic, &size) != 0) {
    throw std::runtime_error("cannot listen on loopback");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this, script = std::move(script)] {
    while (!ends_) {
      if (!readable(listener_, 20)) continue;
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) continue;
      FakePeer peer{socket};
      script(peer, connections_++);
    }
  });
}

FakeReceiver::~FakeReceiver() {
  ends_ = true;
  thread_.join();
  ::close(listener_);
}

}  // namespace cistern::destinations::syslog
