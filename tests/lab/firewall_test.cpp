// Lab firewalls against receivers of a few lines: what they say they handed over is what arrived.
#include "lab/syslog/firewall.hpp"

#include "lab/syslog/certificates.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <mutex>
#include <sstream>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cistern::lab {

namespace {

using Bytes = std::vector<std::string>;

int bound_socket(int type, std::uint16_t& port) {
  const int socket = ::socket(AF_INET, type, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(socket, reinterpret_cast<sockaddr*>(&address), size), 0);
  getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return socket;
}

// Serves each connection on a thread of its own until its end.
class Receiver {
 public:
  /// Takes the bytes of a piece; false ends the connection.
  using Serve = std::function<void(int socket)>;
  explicit Receiver(Serve serve) : serve_(std::move(serve)) {
    socket_ = bound_socket(SOCK_STREAM, port_);
    listen(socket_, 16);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~Receiver() {
    shutdown(socket_, SHUT_RDWR);
    acceptor_.join();
    for (auto& thread : threads_)
      thread.join();
    close(socket_);
  }
  [[nodiscard]] Target target() const { return {"127.0.0.1", port_}; }

 private:
  void accept_all() {
    for (;;) {
      const int one = accept(socket_, nullptr, nullptr);
      if (one < 0) return;
      threads_.emplace_back([this, one] {
        serve_(one);
        close(one);
      });
    }
  }
  Serve serve_;
  std::uint16_t port_ = 0;
  int socket_ = -1;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

// What came over each connection, to its end.
class Collected {
 public:
  void add(std::string bytes) {
    const std::lock_guard lock(mutex_);
    connections_.push_back(std::move(bytes));
  }
  Bytes connections() const {
    const std::lock_guard lock(mutex_);
    return connections_;
  }
  [[nodiscard]] bool has(std::string_view text) const {
    const std::lock_guard lock(mutex_);
    for (const auto& one : connections_) {
      if (one.find(text) != std::string::npos) return true;
    }
    return false;
  }

 private:
  mutable std::mutex mutex_;
  Bytes connections_;
};

void read_to_end(int socket, Collected& collected) {
  std::string all;
  char buffer[65536];
  for (ssize_t got = 0; (got = recv(socket, buffer, sizeof buffer, 0)) > 0;)
    all.append(buffer, static_cast<std::size_t>(got));
  collected.add(std::move(all));
}

struct Told {
  bool whole = false;
  bool accepted = false;
  unsigned attempts = 0;
  std::string end;
};

// What the truth says of each message.
std::vector<Told> told(const SenderTruth& truth) {
  std::string out;
  std::uint64_t next = 0;
  while (truth.write(out, next, out.size() + 4096)) {
  }
  std::vector<Told> messages;
  std::vector<std::string> ends;
  std::istringstream lines(out);
  const auto after = [](const std::string& line, const std::string& key) {
    const auto at = line.find("\"" + key + "\":");
    return at == std::string::npos ? std::string{} : line.substr(at + key.size() + 3, 20);
  };
  for (std::string line; std::getline(lines, line);) {
    if (line.find("\"kind\":\"connection\"") != std::string::npos)
      ends.push_back(after(line, "end").substr(1, 4));
    if (line.find("\"kind\":\"message\"") == std::string::npos) continue;
    const auto connection = std::stoul(after(line, "connection"));
    messages.push_back(
        {after(line, "whole").starts_with("true"), after(line, "accepted").starts_with("true"),
         static_cast<unsigned>(std::stoul(after(line, "attempts"))), ends.at(connection)});
  }
  return messages;
}

TEST(SenderTruth, SaysEachConnectionOnceHoweverItIsCutIntoPieces) {
  SenderTruth truth(1, SyslogTransport::tls, LineGenerator(1, 1));
  const TimePoint now{std::chrono::seconds{1'790'000'000}};
  for (int i = 0; i < 50; ++i) {
    const auto connection = truth.connected(Framing::lf, now);
    truth.attempt(truth.begin(now), connection);
  }
  std::string whole;
  std::uint64_t next = 0;
  // The piece is full when this sender's turn comes, and its list of connections fills the next
  // one.
  std::string piece(300, '-');
  bool more = true;
  for (int pieces = 0; more && pieces < 1000; ++pieces, piece.clear()) {
    more = truth.write(piece, next, 300);
    whole += piece;
  }
  EXPECT_FALSE(more);
  std::size_t heads = 0;
  for (auto at = whole.find("\"kind\":\"sender\""); at != std::string::npos;
       at = whole.find("\"kind\":\"sender\"", at + 1))
    ++heads;
  EXPECT_EQ(heads, 1U);
  EXPECT_EQ(next, 50U);
  EXPECT_NE(whole.find("\"messages\":50"), std::string::npos);
}

template <class Condition>
bool within(std::chrono::seconds time, Condition condition) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return true;
}

class FirewallTest : public testing::Test {
 protected:
  FirewallOptions options(SyslogTransport transport, Target target) const {
    FirewallOptions out;
    out.number = 2;
    out.transport = transport;
    out.target = std::move(target);
    out.per_second = 2000;
    return out;
  }
  bool has_sent(const Firewall& firewall, std::uint64_t messages) const {
    return within(std::chrono::seconds{30},
                  [&] { return firewall.truth().counts().taken >= messages; });
  }
  SystemClock clock_;
  Collected collected_;
};

TEST_F(FirewallTest, TcpHandsOverWhatTheTruthSays) {
  Receiver receiver([this](int socket) { read_to_end(socket, collected_); });
  const auto firewall = start_firewall(options(SyslogTransport::tcp, receiver.target()), clock_);
  for (const auto fault : {SenderFault::cut_frame, SenderFault::end, SenderFault::half_open,
                           SenderFault::dribble, SenderFault::cut_frame}) {
    const auto before = firewall->truth().counts();
    ASSERT_TRUE(has_sent(*firewall, before.taken + 50));
    firewall->plant(fault);
    if (fault == SenderFault::dribble) continue;
    ASSERT_TRUE(within(std::chrono::seconds{30}, [&] {
      return firewall->truth().counts().connections > before.connections;
    }));
  }
  firewall->freeze(std::chrono::seconds{30});
  ASSERT_TRUE(firewall->settled());
  const auto messages = told(firewall->truth());
  ASSERT_GT(messages.size(), 200U);
  std::size_t whole = 0;
  std::size_t bytes = 0;
  for (std::size_t at = 0; at < messages.size(); ++at) {
    EXPECT_EQ(messages[at].end, "both") << at;
    EXPECT_EQ(messages[at].attempts, 1U);
    if (!messages[at].whole) continue;
    ++whole;
    const auto text = firewall->truth().text(at);
    bytes += text.size();
    EXPECT_TRUE(collected_.has(text)) << text;
  }
  // Two frames were cut, perhaps with another one behind them.
  EXPECT_LT(whole, messages.size());
  std::size_t arrived = 0;
  for (const auto& one : collected_.connections())
    arrived += one.size();
  EXPECT_GT(arrived, bytes);
}

TEST_F(FirewallTest, AResetIsKnownAsOne) {
  Receiver receiver([this](int socket) { read_to_end(socket, collected_); });
  const auto firewall = start_firewall(options(SyslogTransport::tcp, receiver.target()), clock_);
  ASSERT_TRUE(has_sent(*firewall, 50));
  firewall->plant(SenderFault::reset);
  ASSERT_TRUE(within(std::chrono::seconds{30},
                     [&] { return firewall->truth().counts().connections == 2; }));
  ASSERT_TRUE(has_sent(*firewall, firewall->truth().counts().taken + 10));
  firewall->freeze(std::chrono::seconds{30});
  const auto messages = told(firewall->truth());
  EXPECT_EQ(messages.front().end, "rese");
  EXPECT_EQ(messages.back().end, "both");
}

TEST_F(FirewallTest, APeerThatGoesAwayEndsTheConnection) {
  std::atomic<int> connections{0};
  Receiver receiver([&](int socket) {
    char buffer[1000];
    if (++connections == 1) {
      recv(socket, buffer, sizeof buffer, 0);
    } else {
      read_to_end(socket, collected_);
    }
  });
  const auto firewall = start_firewall(options(SyslogTransport::tcp, receiver.target()), clock_);
  ASSERT_TRUE(within(std::chrono::seconds{30}, [&] { return connections == 2; }));
  ASSERT_TRUE(has_sent(*firewall, firewall->truth().counts().taken + 10));
  firewall->freeze(std::chrono::seconds{30});
  const auto messages = told(firewall->truth());
  EXPECT_EQ(messages.front().end, "peer");
  EXPECT_EQ(messages.back().end, "both");
}

// Answers everything, but leaves the first connection without its last answers.
void serve_relp(int socket, bool silent, Collected& collected) {
  std::string rest;
  char buffer[65536];
  int answered = 0;
  for (ssize_t got = 0; (got = recv(socket, buffer, sizeof buffer, 0)) > 0;) {
    rest.append(buffer, static_cast<std::size_t>(got));
    for (;;) {
      std::size_t number = 0;
      std::size_t size = 0;
      char command[33] = {};
      int used = 0;
      if (std::sscanf(rest.c_str(), "%zu %32s %zu%n", &number, command, &size, &used) != 3) break;
      const auto head = static_cast<std::size_t>(used) + (size > 0 ? 1 : 0);
      if (rest.size() < head + size + 1) break;
      const std::string name = command;
      if (name == "syslog") collected.add(rest.substr(head, size));
      rest.erase(0, head + size + 1);
      if (silent && ++answered > 20) return;
      const std::string data = name == "open"    ? "200 OK\nrelp_version=0\ncommands=syslog"
                               : name == "close" ? ""
                                                 : "200 OK";
      const auto answer = std::to_string(number) + " rsp " + std::to_string(data.size()) +
                          (data.empty() ? "" : " ") + data + "\n";
      send(socket, answer.data(), answer.size(), MSG_NOSIGNAL);
    }
  }
}

TEST_F(FirewallTest, RelpSendsAgainWhatWasNotAnswered) {
  std::atomic<int> connections{0};
  Receiver receiver([&](int socket) { serve_relp(socket, ++connections == 1, collected_); });
  const auto firewall = start_firewall(options(SyslogTransport::relp, receiver.target()), clock_);
  ASSERT_TRUE(
      within(std::chrono::seconds{30}, [&] { return firewall->truth().counts().accepted > 100; }));
  for (const auto fault : {SenderFault::cut_frame, SenderFault::reset, SenderFault::half_open}) {
    const auto before = firewall->truth().counts().connections;
    firewall->plant(fault);
    ASSERT_TRUE(within(std::chrono::seconds{30},
                       [&] { return firewall->truth().counts().connections > before; }));
  }
  firewall->freeze(std::chrono::seconds{30});
  ASSERT_TRUE(firewall->settled());
  const auto messages = told(firewall->truth());
  std::size_t again = 0;
  for (std::size_t at = 0; at < messages.size(); ++at) {
    EXPECT_TRUE(messages[at].accepted) << at;
    again += messages[at].attempts > 1 ? 1 : 0;
    EXPECT_TRUE(collected_.has(firewall->truth().text(at)));
  }
  EXPECT_GT(again, 0U);
}

TEST_F(FirewallTest, UdpSendsADatagramEach) {
  std::uint16_t port = 0;
  const int socket = bound_socket(SOCK_DGRAM, port);
  const auto firewall = start_firewall(options(SyslogTransport::udp, {"127.0.0.1", port}), clock_);
  char buffer[4096];
  for (int at = 0; at < 20; ++at) {
    const auto got = recv(socket, buffer, sizeof buffer, 0);
    ASSERT_GT(got, 0);
    collected_.add({buffer, static_cast<std::size_t>(got)});
  }
  firewall->freeze(std::chrono::seconds{5});
  for (std::size_t at = 0; at < 20; ++at)
    EXPECT_EQ(collected_.connections()[at], firewall->truth().text(at));
  close(socket);
}

TEST_F(FirewallTest, TlsChecksTheCollectorAndShowsItself) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("lab-tls-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const SyslogCertificates files(folder.string());
  ASSERT_TRUE(make_syslog_certificates(files, clock_.now()));
  auto* const context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_use_certificate_chain_file(context, files.collector_certificate.c_str());
  SSL_CTX_use_PrivateKey_file(context, files.collector_key.c_str(), SSL_FILETYPE_PEM);
  SSL_CTX_load_verify_locations(context, files.authority.c_str(), nullptr);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  {
    Receiver receiver([&](int socket) {
      auto* const session = SSL_new(context);
      SSL_set_fd(session, socket);
      std::string all;
      char buffer[65536];
      if (SSL_accept(session) == 1) {
        for (int got = 0; (got = SSL_read(session, buffer, sizeof buffer)) > 0;)
          all.append(buffer, static_cast<std::size_t>(got));
        // Before the firewall may know that all was taken.
        collected_.add(std::move(all));
        SSL_shutdown(session);
      }
      SSL_free(session);
    });
    auto wanted = options(SyslogTransport::tls, receiver.target());
    wanted.tls = files.firewall;
    const auto firewall = start_firewall(wanted, clock_);
    ASSERT_TRUE(has_sent(*firewall, 100));
    firewall->freeze(std::chrono::seconds{30});
    ASSERT_TRUE(firewall->settled());
    const auto messages = told(firewall->truth());
    for (std::size_t at = 0; at < messages.size(); ++at) {
      EXPECT_EQ(messages[at].end, "both");
      EXPECT_TRUE(collected_.has(firewall->truth().text(at)));
    }
  }
  SSL_CTX_free(context);
  std::filesystem::remove_all(folder);
}

}  // namespace

}  // namespace cistern::lab
