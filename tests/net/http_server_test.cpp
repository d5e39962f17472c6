#include "net/http_server.hpp"

#include "loop_thread.hpp"

#include <string>
#include <vector>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cistern::net {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class HttpServerTest : public ::testing::Test {
 protected:
  HttpServerTest() {
    client_.thread().on_loop([&] {
      server_ =
          serve_http(client_.thread().loop(), "127.0.0.1", 0, [](const ServedRequest& request) {
            if (request.target != "/echo")
              return ServedResponse{.status = 404, .body = "not here\n"};
            return ServedResponse{.content_type = "text/x-test",
                                  .body = request.method + ":" + request.body};
          }).value();
    });
  }
  ~HttpServerTest() override {
    client_.thread().on_loop([&] { server_.reset(); });
  }

  [[nodiscard]] std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(server_->port()) + path;
  }

  /// A connected socket; closed by the test.
  [[nodiscard]] int connect_raw() const {
    const int raw = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(raw, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return raw;
  }

  static std::string exchange(int raw, const std::string& text) {
    send(raw, text.data(), text.size(), MSG_NOSIGNAL);
    std::string answer;
    char piece[4096];
    for (ssize_t got = 0; (got = recv(raw, piece, sizeof piece, 0)) > 0;) {
      answer.append(piece, static_cast<std::size_t>(got));
    }
    close(raw);
    return answer;
  }

  ClientThread client_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersWithTheHandlersWords) {
  HttpRequest request;
  request.method = "POST";
  request.url = url("/echo");
  request.body = "text";
  const auto response = client_.fetch(request);
  ASSERT_TRUE(response.has_value()) << response.error().sentence();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "POST:text");
  EXPECT_EQ(response->header("Content-Type"), "text/x-test");
  EXPECT_EQ(client_.get(url("/other")).value().status, 404);
}

TEST_F(HttpServerTest, HeadHasNoBody) {
  HttpRequest request;
  request.method = "HEAD";
  request.url = url("/echo");
  const auto response = client_.fetch(request);
  ASSERT_TRUE(response.has_value()) << response.error().sentence();
  EXPECT_EQ(response->body, "");
  EXPECT_EQ(response->header("Content-Length"), "5");
}

TEST_F(HttpServerTest, OversizeRequestsAreRefused) {
  HttpRequest request;
  request.method = "POST";
  request.url = url("/echo");
  request.body = std::string(49 * 1024, 'x');
  const auto response = client_.fetch(request);
  ASSERT_TRUE(response.has_value()) << response.error().sentence();
  EXPECT_EQ(response->status, 413);
  EXPECT_THAT(exchange(connect_raw(), "GET /" + std::string(20000, 'x') + " HTTP/1.1\r\n\r\n"),
              StartsWith("HTTP/1.1 413"));
}

TEST_F(HttpServerTest, WhatIsNotHttpGets400) {
  EXPECT_THAT(exchange(connect_raw(), "EHLO mail.example\r\n\r\n"), StartsWith("HTTP/1.1 400"));
}

TEST_F(HttpServerTest, WhoOpensConnectionsAndSaysNothingKeepsNobodyOut) {
  std::vector<int> idle;
  for (int i = 0; i < 64; ++i)
    idle.push_back(connect_raw());
  EXPECT_THAT(exchange(connect_raw(), "GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 200"));
  char byte = 0;
  EXPECT_LE(recv(idle.front(), &byte, 1, 0), 0) << "the oldest has given way";
  for (const int raw : idle)
    close(raw);
}

TEST_F(HttpServerTest, ATakenPortAndAnImpossibleAddressAreNamed) {
  client_.thread().on_loop([&] {
    const auto taken = serve_http(client_.thread().loop(), "127.0.0.1", server_->port(), {});
    ASSERT_FALSE(taken.has_value());
    EXPECT_EQ(taken.error().code, "net/listen");
    EXPECT_THAT(taken.error().cause, HasSubstr(std::to_string(server_->port())));
    EXPECT_EQ(serve_http(client_.thread().loop(), "localhost", 0, {}).error().code, "net/listen");
  });
}

TEST_F(HttpServerTest, DestructionEndsOpenConnections) {
  const int raw = connect_raw();
  EXPECT_TRUE(client_.get(url("/echo")).has_value());
  client_.thread().on_loop([&] { server_.reset(); });
  char byte = 0;
  EXPECT_LE(recv(raw, &byte, 1, 0), 0);
  close(raw);
}

}  // namespace
}  // namespace cistern::net
