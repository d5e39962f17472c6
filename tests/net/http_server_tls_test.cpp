// The server with a certificate, for addresses that a vendor calls.
#include "loop_thread.hpp"
#include "made_certificate.hpp"
#include "net/http_server.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
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

ServerCertificate shown(const MadeCertificate& made) {
  return {.certificate_pem = made.certificate_pem(),
          .private_key_pem = Secret{made.key_pem()},
          .passphrase = {}};
}

class HttpServerTls : public ::testing::Test {
 protected:
  HttpServerTls() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cistern-net-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    thread_.on_loop([&] {
      HttpServerOptions options;
      options.certificate = shown(first_);
      options.max_connections = 4;
      options.max_body = 1000;
      options.request_time = std::chrono::milliseconds{300};
      options.refused = [this](std::string_view code) { ++refused_[std::string(code)]; };
      server_ = serve_http(thread_.loop(), std::move(options), [](const ServedRequest& request) {
                  return ServedResponse{
                      .body = std::string(request.header("x-asked").value_or("nothing"))};
                }).value();
    });
  }
  ~HttpServerTls() override {
    thread_.on_loop([&] { server_.reset(); });
    std::filesystem::remove_all(directory_);
  }

  Result<HttpResponse> ask(const MadeCertificate& trusted, std::string body = "") {
    HttpClientOptions options;
    options.ca_file = directory_ / "ca.pem";
    std::ofstream(options.ca_file) << trusted.certificate_pem();
    ClientThread client(options);
    HttpRequest request;
    request.method = "POST";
    request.url = "https://127.0.0.1:" + std::to_string(server_->port()) + "/";
    request.headers = {{"X-Asked", "this"}};
    request.body = std::move(body);
    return client.fetch(request);
  }

  /// Waits until something of this kind was counted.
  bool counted(const std::string& code) {
    const auto until = std::chrono::steady_clock::now() + kTestDeadline;
    bool seen = false;
    while (!seen && std::chrono::steady_clock::now() < until) {
      thread_.on_loop([&] { seen = refused_.contains(code); });
      std::this_thread::yield();
    }
    return seen;
  }

  [[nodiscard]] int connect_raw() const {
    const int raw = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(raw, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return raw;
  }

  MadeCertificate first_{CertificateWish{}};
  MadeCertificate second_{CertificateWish{}};
  std::filesystem::path directory_;
  LoopThread thread_;
  std::map<std::string, int> refused_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTls, AnswersAndHandsOverHeaders) {
  const auto response = ask(first_);
  ASSERT_TRUE(response.has_value()) << response.error().sentence();
  EXPECT_EQ(response->body, "this");
}

TEST_F(HttpServerTls, ANewCertificateIsShownFromThenOn) {
  thread_.on_loop([&] { EXPECT_TRUE(server_->show(shown(second_)).has_value()); });
  EXPECT_FALSE(ask(first_).has_value());
  const auto response = ask(second_);
  EXPECT_TRUE(response.has_value()) << response.error().sentence();
}

TEST_F(HttpServerTls, ABadCertificateLeavesTheOldOne) {
  thread_.on_loop([&] {
    ServerCertificate mixed = shown(first_);
    mixed.private_key_pem = Secret{second_.key_pem()};
    EXPECT_EQ(server_->show(mixed).error().code, "net/key-mismatch");
    mixed.private_key_pem = Secret{std::string("no key")};
    EXPECT_EQ(server_->show(mixed).error().code, "net/key-unreadable");
    mixed.certificate_pem = "no certificate";
    EXPECT_EQ(server_->show(mixed).error().code, "net/certificate-unreadable");
  });
  EXPECT_TRUE(ask(first_).has_value());
}

TEST_F(HttpServerTls, EachBoundIsCounted) {
  EXPECT_EQ(ask(first_, std::string(2000, 'x'))->status, 413);
  EXPECT_TRUE(counted("too-large"));
  const int plain = connect_raw();
  const std::string text = "POST / HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_GT(send(plain, text.data(), text.size(), MSG_NOSIGNAL), 0);
  EXPECT_TRUE(counted("tls"));
  close(plain);
}

TEST_F(HttpServerTls, WhoSaysNothingIsCutOffAndKeepsNobodyOut) {
  std::vector<int> idle;
  for (int i = 0; i < 10; ++i)
    idle.push_back(connect_raw());
  const auto response = ask(first_);
  EXPECT_TRUE(response.has_value()) << response.error().sentence();
  EXPECT_TRUE(counted("connections"));
  char byte = 0;
  for (const int raw : idle) {
    EXPECT_LE(recv(raw, &byte, 1, 0), 0) << "a handshake has its time as well";
    close(raw);
  }
}

TEST(ServerCertificateTest, AnExpiredOneIsNamed) {
  const MadeCertificate expired({.valid_from = -7200, .valid_until = -3600});
  const TimePoint now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  const auto checked = check_server_certificate(shown(expired), now);
  ASSERT_FALSE(checked.has_value());
  EXPECT_EQ(checked.error().code, "net/certificate-expired");
  EXPECT_THAT(checked.error().next_step, HasSubstr("new one"));
  EXPECT_TRUE(check_server_certificate(shown(MadeCertificate({})), now).has_value());
}

}  // namespace
}  // namespace cistern::net
