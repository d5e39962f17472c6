#include "delivery_fixture.hpp"

#include <array>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cistern::destinations::syslog {
namespace {

/// Takes datagrams on loopback.
class DatagramReceiver {
 public:
  DatagramReceiver() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const int large = 4 << 20;
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &large, sizeof large);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(socket_, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  DatagramReceiver(const DatagramReceiver&) = delete;
  DatagramReceiver& operator=(const DatagramReceiver&) = delete;
  ~DatagramReceiver() { ::close(socket_); }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  std::vector<std::string> take(std::size_t count) {
    std::vector<std::string> all;
    std::string into(70000, '\0');
    pollfd wait{.fd = socket_, .events = POLLIN, .revents = 0};
    while (all.size() < count && ::poll(&wait, 1, 10000) > 0) {
      const ssize_t got = ::recv(socket_, into.data(), into.size(), 0);
      all.push_back(into.substr(0, static_cast<std::size_t>(got)));
    }
    return all;
  }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

using SyslogUdp = SyslogDeliveryTest;

TEST_F(SyslogUdp, EachMessageIsADatagram) {
  DatagramReceiver receiver;
  auto& destination = start(settings(Transport::udp, {receiver.port()}));
  ASSERT_TRUE(destination.open(""));
  ASSERT_TRUE(destination.deliver(MadeBatch{1, numbered(150)}.batch));
  EXPECT_EQ(receiver.take(150), numbered(150));
  destination.close();
}

TEST_F(SyslogUdp, WhatTheWayCannotTakeIsCutAndCounted) {
  DatagramReceiver receiver;
  auto made = settings(Transport::udp, {receiver.port()});
  made.message.max_message = 1U << 20;
  auto& destination = start(made);
  ASSERT_TRUE(destination.open(""));
  ASSERT_TRUE(
      destination.deliver(MadeBatch{1, {"before", std::string(66000, 'x'), "after"}}.batch));
  const auto got = receiver.take(3);
  ASSERT_EQ(got.size(), 3U);
  EXPECT_EQ(got[0], "before");
  EXPECT_GT(got[1].size(), 400U);
  EXPECT_LE(got[1].size(), 65507U);
  EXPECT_EQ(got[2], "after");
  const auto cuts = destination.take_drift();
  ASSERT_EQ(cuts.size(), 1U);
  EXPECT_GE(cuts[0].cut_values, 1U);
}

TEST_F(SyslogUdp, APortOnWhichNobodyListensIsNoticed) {
  std::uint16_t port = 0;
  {
    const DatagramReceiver gone;
    port = gone.port();
  }
  auto& destination = start(settings(Transport::udp, {port}));
  ASSERT_TRUE(destination.open(""));
  // On loopback the refusal is there at once; for a single datagram and for many.
  for (const std::size_t count : {1U, 200U}) {
    const auto result = destination.deliver(MadeBatch{1, numbered(count)}.batch);
    ASSERT_FALSE(result) << count;
    EXPECT_EQ(result.error().code, "net/connect");
    EXPECT_EQ(result.error().verdict, Verdict::retry);
  }
}

}  // namespace
}  // namespace cistern::destinations::syslog
