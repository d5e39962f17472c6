#include "base/bytes.hpp"
#include "loop_thread.hpp"
#include "made_certificate.hpp"
#include "net/http_client.hpp"
#include "scripted_server.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::net {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

const char* const kSecretWord = "PLANTED-SECRET-9f2c";

class HttpTls : public ::testing::Test {
 protected:
  HttpTls() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cistern-net-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  ~HttpTls() override { std::filesystem::remove_all(directory_); }

  /// Options of a client that trusts this certificate alone.
  HttpClientOptions trusting(const MadeCertificate& certificate) {
    HttpClientOptions options;
    options.ca_file = directory_ / "ca.pem";
    std::ofstream(options.ca_file) << certificate.certificate_pem();
    return options;
  }

  static void say_hello(ScriptedConnection& connection) {
    while (!connection.read_request().empty())
      connection.answer("hello");
  }

  std::filesystem::path directory_;
};

void expect_refused(const Result<HttpResponse>& result, const std::string& reason) {
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, "net/tls");
  EXPECT_EQ(result.error().verdict, Verdict::stop);
  EXPECT_THAT(result.error().cause, HasSubstr(reason));
  EXPECT_THAT(result.error().cause, HasSubstr("https://127.0.0.1"));
  EXPECT_FALSE(result.error().next_step.empty());
}

TEST_F(HttpTls, ACertificateFromTheCaFileIsAccepted) {
  const MadeCertificate certificate({});
  ScriptedServer server(say_hello, &certificate);
  ClientThread client(trusting(certificate));
  for (int i = 0; i < 3; ++i) {
    const auto response = client.get(server.url());
    ASSERT_TRUE(response.has_value()) << response.error().sentence();
    EXPECT_EQ(response->body, "hello");
  }
  EXPECT_EQ(server.connections(), 1U);
}

TEST_F(HttpTls, OffersNoHttp2WhereOneSlowBodyWouldHoldUpTheOthers) {
  const MadeCertificate certificate({});
  ScriptedServer server(say_hello, &certificate);
  ClientThread client(trusting(certificate));
  ASSERT_TRUE(client.get(server.url()).has_value());
  EXPECT_THAT(server.offered_protocols(), Not(HasSubstr("h2")));
}

TEST_F(HttpTls, AnUnknownIssuerIsRefused) {
  const MadeCertificate certificate({});
  ScriptedServer server(say_hello, &certificate);
  ClientThread client;
  const auto result = client.get(server.url());
  expect_refused(result, "self");
  EXPECT_THAT(result.error().cause, HasSubstr("issued by \"CN=test\" for \"CN=test\""));
  EXPECT_THAT(result.error().next_step, AllOf(HasSubstr("ca_file"), HasSubstr("\"CN=test\" root")));
}

TEST_F(HttpTls, TheCaFileReplacesTheSystems) {
  const MadeCertificate certificate({});
  const MadeCertificate other({});
  ScriptedServer server(say_hello, &certificate);
  ClientThread client(trusting(other));
  expect_refused(client.get(server.url()), "self");
}

TEST_F(HttpTls, ACertificateForAnotherHostIsRefused) {
  const MadeCertificate certificate({.names = "DNS:other.example"});
  ScriptedServer server(say_hello, &certificate);
  ClientThread client(trusting(certificate));
  const auto result = client.get(server.url());
  expect_refused(result, "no alternative certificate subject name matches");
  EXPECT_THAT(result.error().cause, HasSubstr("issued by \"CN=test\""));
}

TEST_F(HttpTls, AnExpiredCertificateIsRefusedAndTheClockIsNamed) {
  const MadeCertificate certificate({.valid_from = -7200, .valid_until = -3600});
  ScriptedServer server(say_hello, &certificate);
  ClientThread client(trusting(certificate));
  const auto result = client.get(server.url());
  expect_refused(result, "expired");
  EXPECT_THAT(result.error().next_step, HasSubstr("clock"));
}

TEST_F(HttpTls, ACertificateThatIsNotYetValidIsRefusedAndTheClockIsNamed) {
  const MadeCertificate certificate({.valid_from = 3600, .valid_until = 7200});
  ScriptedServer server(say_hello, &certificate);
  ClientThread client(trusting(certificate));
  const auto result = client.get(server.url());
  expect_refused(result, "not yet valid");
  EXPECT_THAT(result.error().cause, HasSubstr("issued by \"CN=test\""));
  EXPECT_THAT(result.error().next_step, HasSubstr("clock"));
}

TEST_F(HttpTls, ACertificateOfAnotherAuthorityIsRefusedAndTheAuthorityIsNamed) {
  const MadeCertificate strange({.common_name = "strange authority"});
  const MadeCertificate certificate({.common_name = "server", .issuer = &strange});
  const MadeCertificate trusted({.common_name = "trusted authority"});
  ScriptedServer server(say_hello, &certificate);
  ClientThread client(trusting(trusted));
  const auto result = client.get(server.url());
  expect_refused(result, "local issuer certificate");
  EXPECT_THAT(result.error().cause,
              HasSubstr("issued by \"CN=strange authority\" for \"CN=server\""));
}

TEST_F(HttpTls, AServerOfOldVersionsOnlyGetsNoRequest) {
  const MadeCertificate certificate({});
  for (const int newest : {TLS1_VERSION, TLS1_1_VERSION}) {
    ScriptedServer server(say_hello, &certificate, newest);
    ClientThread client(trusting(certificate));
    const auto result = client.get(server.url());
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, "net/tls");
    EXPECT_THAT(result.error().cause, HasSubstr("handshake"));
    EXPECT_THAT(result.error().next_step, HasSubstr("TLS 1.2 or later"));
  }
}

TEST_F(HttpTls, ACaFileThatCannotBeReadIsNamed) {
  const MadeCertificate certificate({});
  ScriptedServer server(say_hello, &certificate);
  HttpClientOptions options;
  options.ca_file = directory_ / "missing.pem";
  ClientThread client(options);
  const auto result = client.get(server.url());
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, "net/tls");
  EXPECT_EQ(result.error().verdict, Verdict::stop);
  EXPECT_THAT(result.error().cause, HasSubstr("missing.pem"));
}

TEST_F(HttpTls, AServerWithoutTlsIsAFailedHandshake) {
  ScriptedServer server(
      [](ScriptedConnection& connection) { connection.send("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  ClientThread client;
  const auto result = client.get("https://127.0.0.1:" + std::to_string(server.port()) + "/");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, "net/tls") << result.error().sentence();
  EXPECT_EQ(result.error().verdict, Verdict::retry);
}

TEST_F(HttpTls, ABodyCutInsideTlsIsCut) {
  const MadeCertificate certificate({});
  ScriptedServer server(
      [](ScriptedConnection& connection) {
        connection.read_request();
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[{");
        connection.reset_on_close();
      },
      &certificate);
  ClientThread client(trusting(certificate));
  const auto result = client.get(server.url());
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, "net/cut") << result.error().sentence();
}

HttpClientOptions through(const ScriptedServer& proxy) {
  HttpClientOptions options;
  options.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
  options.proxy_user = "collector";
  options.proxy_password = Secret{kSecretWord};
  return options;
}

HttpRequest with_bearer(const std::string& url) {
  HttpRequest request;
  request.url = url;
  request.headers = {{"Authorization", "Bearer vendor-token"}};
  return request;
}

TEST_F(HttpTls, TheProxyGetsItsPasswordAndNotTheVendorsToken) {
  std::promise<std::string> seen;
  ScriptedServer proxy([&](ScriptedConnection& connection) {
    seen.set_value(connection.read_request());
    connection.answer("no", "Proxy-Authenticate: Basic realm=\"proxy\"\r\n",
                      "407 Proxy Authentication Required");
  });
  ClientThread client(through(proxy));
  const auto result = client.fetch(with_bearer("https://manage.example.com/api?key=1"));
  const std::string request = seen.get_future().get();
  EXPECT_THAT(request, ::testing::StartsWith("CONNECT manage.example.com:443 HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("Proxy-Authorization: Basic " +
                                 base64_encode(std::string{"collector:"} + kSecretWord) + "\r\n"));
  EXPECT_THAT(request, Not(HasSubstr("vendor-token")));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, "net/proxy-password");
  EXPECT_EQ(result.error().verdict, Verdict::stop);
  EXPECT_THAT(
      result.error().sentence(),
      AllOf(HasSubstr("407"), HasSubstr("https://manage.example.com"), HasSubstr("password"),
            Not(HasSubstr(kSecretWord)), Not(HasSubstr("vendor-token")), Not(HasSubstr("key=1"))));
}

TEST_F(HttpTls, WhatAProxyRefusesStopsAndWhatItCannotReachIsRepeated) {
  ScriptedServer proxy([](ScriptedConnection& connection) {
    const bool forbidden = connection.read_request().find("forbidden") != std::string::npos;
    connection.answer("no", "", forbidden ? "403 Forbidden" : "503 Service Unavailable");
  });
  ClientThread client(through(proxy));
  const auto forbidden = client.get("https://forbidden.example.com/");
  ASSERT_FALSE(forbidden.has_value());
  EXPECT_EQ(forbidden.error().code, "net/proxy");
  EXPECT_EQ(forbidden.error().verdict, Verdict::stop);
  const auto unavailable = client.get("https://away.example.com/");
  ASSERT_FALSE(unavailable.has_value());
  EXPECT_EQ(unavailable.error().code, "net/proxy");
  EXPECT_EQ(unavailable.error().verdict, Verdict::retry);
}

TEST_F(HttpTls, A407ForPlainHttpIsTheProxysRefusalToo) {
  ScriptedServer proxy([](ScriptedConnection& connection) {
    connection.read_request();
    connection.answer("no", "", "407 Proxy Authentication Required");
  });
  ClientThread client(through(proxy));
  const auto result = client.get("http://manage.example.com/");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, "net/proxy-password");
  EXPECT_EQ(result.error().verdict, Verdict::stop);
}

struct Demand {
  const char* name;
  const char* offers;
  bool user;
  const char* cause;
  const char* next_step;
};

TEST_F(HttpTls, AProxyThatWantsAPasswordSaysWhichIsMissing) {
  const Demand demands[] = {
      {"nothing configured", "Basic realm=\"p\"", false, "none is configured", "set `proxy_user`"},
      {"wrong password", "Basic realm=\"p\"", true, "does not accept", "correct `proxy_user`"},
      {"Basic not offered", "NTLM", true, "other than Basic", "allow Basic"},
  };
  for (const Demand& demand : demands) {
    ScriptedServer proxy([&](ScriptedConnection& connection) {
      connection.read_request();
      connection.answer("no", std::string{"Proxy-Authenticate: "} + demand.offers + "\r\n",
                        "407 Proxy Authentication Required");
    });
    HttpClientOptions options = through(proxy);
    if (!demand.user) options.proxy_user.clear();
    ClientThread client(options);
    const auto result = client.get("https://manage.example.com/");
    ASSERT_FALSE(result.has_value()) << demand.name;
    EXPECT_EQ(result.error().code, "net/proxy-password") << demand.name;
    EXPECT_THAT(result.error().cause, HasSubstr(demand.cause)) << demand.name;
    EXPECT_THAT(result.error().next_step, HasSubstr(demand.next_step)) << demand.name;
  }
}

/// How far an exchange comes before the other side keeps silent.
TEST_F(HttpTls, AnExchangeThatHangsIsGivenUpInTimeAndNamesThePhase) {
  struct Hang {
    const char* phase;
    const char* next_step;
    bool tls;
  };
  const Hang hangs[] = {{"during the TLS handshake", "inspects or holds back TLS", true},
                        {"while waiting for the answer", "service status", false}};
  for (const Hang& hang : hangs) {
    ScriptedServer silent([](ScriptedConnection& connection) { connection.wait_for_close(); });
    ClientThread client;
    HttpRequest request;
    request.url = std::string{hang.tls ? "https" : "http"} +
                  "://127.0.0.1:" + std::to_string(silent.port()) + "/";
    request.timeout = std::chrono::milliseconds{300};
    const auto result = client.fetch(std::move(request));
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, "net/timeout");
    EXPECT_THAT(result.error().cause, HasSubstr(hang.phase));
    EXPECT_THAT(result.error().next_step, HasSubstr(hang.next_step));
  }
}

TEST_F(HttpTls, AProxyThatIsNotThereIsNamed) {
  HttpClientOptions options;
  {
    ScriptedServer gone([](ScriptedConnection&) {});
    options = through(gone);
  }
  ClientThread client(options);
  const auto result = client.get("https://manage.example.com/");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, "net/proxy");
  EXPECT_EQ(result.error().verdict, Verdict::retry);
  EXPECT_THAT(result.error().cause, HasSubstr(options.proxy));
}

TEST_F(HttpTls, AnImpossibleProxyAddressIsRefusedWithoutShowingIt) {
  HttpClientOptions options;
  options.proxy = std::string{"http://user:"} + kSecretWord + "@127.0.0.1:3128";
  ClientThread client(options);
  const auto result = client.get("https://manage.example.com/");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, "net/proxy");
  EXPECT_EQ(result.error().verdict, Verdict::stop);
  EXPECT_THAT(result.error().sentence(), Not(HasSubstr(kSecretWord)));
}

TEST_F(HttpTls, TheEnvironmentsProxyIsNotUsed) {
  ScriptedServer proxy([](ScriptedConnection& connection) { connection.answer("proxied"); });
  ScriptedServer server(say_hello);
  setenv("http_proxy", ("http://127.0.0.1:" + std::to_string(proxy.port())).c_str(), 1);
  ClientThread client;
  const auto response = client.get(server.url());
  unsetenv("http_proxy");
  ASSERT_TRUE(response.has_value()) << response.error().sentence();
  EXPECT_EQ(response->body, "hello");
  EXPECT_EQ(proxy.connections(), 0U);
}

}  // namespace
}  // namespace cistern::net
