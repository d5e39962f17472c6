#include "net/http_client.hpp"

#include "codec/compress.hpp"
#include "loop_thread.hpp"
#include "scripted_server.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const char* const kSecretWord = "PLANTED-SECRET-9f2c";

HttpRequest get_request(const std::string& url) {
  HttpRequest request;
  request.url = url;
  return request;
}

void expect_failure(const Result<HttpResponse>& result, const std::string& code, Verdict verdict) {
  ASSERT_FALSE(result.has_value()) << "status " << result->status;
  EXPECT_EQ(result.error().code, code) << result.error().sentence();
  EXPECT_EQ(result.error().verdict, verdict) << result.error().sentence();
  EXPECT_FALSE(result.error().next_step.empty());
  EXPECT_THAT(result.error().sentence(), Not(HasSubstr(kSecretWord)));
}

TEST(HttpClient, SendsTheRequestAsItStands) {
  std::promise<std::string> seen;
  ScriptedServer server([&](ScriptedConnection& connection) {
    seen.set_value(connection.read_request());
    connection.answer("[]", "Date: Wed, 04 Mar 2026 05:06:07 GMT\r\nX-Odd:  spaced \r\n");
  });
  ClientThread client;
  const auto response = client.get(server.url("/a/../b$1%20c?x=$y&z"));
  ASSERT_TRUE(response.has_value()) << response.error().sentence();
  const std::string request = seen.get_future().get();
  EXPECT_THAT(request, StartsWith("GET /a/../b$1%20c?x=$y&z HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("Accept-Encoding: gzip, deflate\r\n"));
  EXPECT_THAT(request, HasSubstr("User-Agent: cistern\r\n"));
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "[]");
  EXPECT_EQ(response->wire_bytes, 2U);
  EXPECT_EQ(response->header("date"), "Wed, 04 Mar 2026 05:06:07 GMT");
  EXPECT_EQ(response->header("x-odd"), "spaced");
}

TEST(HttpClient, AnEmptyPostSaysContentLengthZeroAndNothingElse) {
  std::promise<std::string> seen;
  ScriptedServer server([&](ScriptedConnection& connection) {
    seen.set_value(connection.read_request());
    connection.answer("");
  });
  ClientThread client;
  HttpRequest request = get_request(server.url());
  request.method = "POST";
  ASSERT_TRUE(client.fetch(std::move(request)).has_value());
  const std::string text = seen.get_future().get();
  EXPECT_THAT(text, HasSubstr("Content-Length: 0\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("Content-Type")));
  EXPECT_THAT(text, Not(HasSubstr("Expect")));
}

TEST(HttpClient, SendsBodiesAndOtherMethods) {
  std::promise<std::string> seen;
  ScriptedServer server([&](ScriptedConnection& connection) {
    seen.set_value(connection.read_request());
    connection.answer("", "", "204 No Content");
  });
  ClientThread client;
  HttpRequest request = get_request(server.url());
  request.method = "PUT";
  request.headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}};
  request.body = std::string(3 * 1024 * 1024, 'b');
  const auto response = client.fetch(std::move(request));
  ASSERT_TRUE(response.has_value()) << response.error().sentence();
  EXPECT_EQ(response->status, 204);
  const std::string text = seen.get_future().get();
  EXPECT_THAT(text.substr(0, 500), AllOf(StartsWith("PUT / "), HasSubstr("X-Empty:\r\n"),
                                         HasSubstr("Content-Type: application/json\r\n")));
  EXPECT_TRUE(text.ends_with(std::string(3 * 1024 * 1024, 'b')));
}

TEST(HttpClient, DecodesGzipAndDeflateAndSaysHowMuchCame) {
  const std::string body(200000, 'j');
  const std::string packed = codec::gzip(body);
  ScriptedServer server([&](ScriptedConnection& connection) {
    while (!connection.read_request().empty())
      connection.answer(packed, "Content-Encoding: gzip\r\n");
  });
  ClientThread client;
  const auto decoded = client.get(server.url());
  ASSERT_TRUE(decoded.has_value()) << decoded.error().sentence();
  EXPECT_EQ(decoded->body, body);
  EXPECT_EQ(decoded->wire_bytes, packed.size());
  EXPECT_FALSE(decoded->header("Content-Encoding")) << "nobody must decode it a second time";

  HttpRequest kept = get_request(server.url());
  kept.keep_encoded = true;
  const auto raw = client.fetch(std::move(kept));
  ASSERT_TRUE(raw.has_value());
  EXPECT_EQ(raw->body, packed);
  EXPECT_EQ(decode_body(*raw, 200000).value(), body);
}

TEST(HttpClient, AGzipBombIsTooLarge) {
  const std::string bomb = codec::gzip(std::string(16 * 1024 * 1024, 'b'));
  ScriptedServer server([&](ScriptedConnection& connection) {
    connection.read_request();
    connection.answer(bomb, "Content-Encoding: gzip\r\n");
  });
  ClientThread client;
  HttpRequest request = get_request(server.url());
  request.max_body = 1024 * 1024;
  expect_failure(client.fetch(std::move(request)), "net/too-large", Verdict::stop);
}

TEST(HttpClient, DamagedOrUnknownCompressionIsNamed) {
  ScriptedServer server([&](ScriptedConnection& connection) {
    const bool unknown = connection.read_request().find("/br") != std::string::npos;
    connection.answer("not compressed at all",
                      unknown ? "Content-Encoding: br\r\n" : "Content-Encoding: gzip\r\n");
  });
  ClientThread client;
  expect_failure(client.get(server.url("/gzip")), "net/encoding", Verdict::retry);
  expect_failure(client.get(server.url("/br")), "net/encoding", Verdict::retry);
}

TEST(HttpClient, AnAnnouncedOversizeBodyIsRefusedBeforeItIsRead) {
  ScriptedServer server([](ScriptedConnection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx");
    connection.wait_for_close();
  });
  ClientThread client;
  expect_failure(client.get(server.url()), "net/too-large", Verdict::stop);
}

TEST(HttpClient, AnUnannouncedOversizeBodyEndsAtTheLimit) {
  ScriptedServer server([](ScriptedConnection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (connection.send("400\r\n" + std::string(1024, 'x') + "\r\n")) {
    }
  });
  ClientThread client;
  HttpRequest request = get_request(server.url());
  request.max_body = 10000;
  const auto result = client.fetch(std::move(request));
  expect_failure(result, "net/too-large", Verdict::stop);
  EXPECT_THAT(result.error().cause, HasSubstr("10000"));
}

TEST(HttpClient, ABodyOfExactlyTheLimitPasses) {
  ScriptedServer server([](ScriptedConnection& connection) {
    connection.read_request();
    connection.answer(std::string(10000, 'x'));
  });
  ClientThread client;
  HttpRequest request = get_request(server.url());
  request.max_body = 10000;
  EXPECT_EQ(client.fetch(std::move(request)).value().body.size(), 10000U);
}

TEST(HttpClient, CutAnswersAreNotTakenForWholeOnes) {
  ScriptedServer server([](ScriptedConnection& connection) {
    const std::string request = connection.read_request();
    if (request.find("/length") != std::string::npos) {
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[{\"Id\":1}");
    } else if (request.find("/chunk") != std::string::npos) {
      connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[{\"Id\r\n");
    } else if (request.find("/reset") != std::string::npos) {
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[{");
      connection.reset_on_close();
    }
  });
  ClientThread client;
  for (const char* path : {"/length", "/chunk", "/reset", "/nothing"}) {
    SCOPED_TRACE(path);
    const auto result = client.get(server.url(path));
    expect_failure(result, "net/cut", Verdict::retry);
    EXPECT_THAT(result.error().cause, HasSubstr("127.0.0.1"));
  }
}

TEST(HttpClient, JoinsChunksAndIgnoresTrailers) {
  ScriptedServer server([](ScriptedConnection& connection) {
    connection.read_request();
    connection.send(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: NextPageUri\r\n\r\n");
    connection.send("3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nNextPageUri: http://evil.example\r\n\r\n");
  });
  ClientThread client;
  const auto response = client.get(server.url());
  ASSERT_TRUE(response.has_value()) << response.error().sentence();
  EXPECT_EQ(response->body, "abcde");
  EXPECT_FALSE(response->header("NextPageUri"));
}

TEST(HttpClient, InterimAnswersAreNotTheAnswer) {
  ScriptedServer server([](ScriptedConnection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
    connection.answer("body", "X-Final: yes\r\n");
  });
  ClientThread client;
  const auto response = client.get(server.url());
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 200);
  EXPECT_FALSE(response->header("Link"));
  EXPECT_EQ(response->header("X-Final"), "yes");
}

TEST(HttpClient, RedirectsAreHandedOverAndNothingGoesToTheOtherHost) {
  ScriptedServer other([](ScriptedConnection& connection) { connection.read_request(); });
  ScriptedServer server([&](ScriptedConnection& connection) {
    connection.read_request();
    connection.answer("", "Location: " + other.url("/steal") + "\r\n", "302 Found");
  });
  ClientThread client;
  HttpRequest request = get_request(server.url());
  request.headers = {{"Authorization", std::string{"Bearer "} + kSecretWord}};
  request.sensitive = true;
  const auto response = client.fetch(std::move(request));
  ASSERT_TRUE(response.has_value()) << response.error().sentence();
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(response->header("Location"), other.url("/steal"));
  EXPECT_EQ(other.connections(), 0U);
}

TEST(HttpClient, TooManyOrTooLongHeadersAreTooLarge) {
  ScriptedServer server([](ScriptedConnection& connection) {
    const bool many = connection.read_request().find("/many") != std::string::npos;
    std::string headers;
    for (int i = 0; i < (many ? 300 : 5); ++i) {
      headers += "X-" + std::to_string(i) + ": " + std::string(many ? 1 : 20000, 'v') + "\r\n";
    }
    connection.answer("", headers);
  });
  ClientThread client;
  expect_failure(client.get(server.url("/many")), "net/too-large", Verdict::stop);
  expect_failure(client.get(server.url("/long")), "net/too-large", Verdict::stop);
}

TEST(HttpClient, ThousandRequestsUseOneConnection) {
  ScriptedServer server([](ScriptedConnection& connection) {
    while (!connection.read_request().empty())
      connection.answer("[]");
  });
  ClientThread client;
  for (int i = 0; i < 1000; ++i) {
    const auto response = client.get(server.url());
    ASSERT_TRUE(response.has_value()) << i << ": " << response.error().sentence();
  }
  EXPECT_EQ(server.connections(), 1U);
}

TEST(HttpClient, ParallelRequestsAllEndWithinTheConnectionBound) {
  std::atomic<int> now{0};
  std::atomic<int> most{0};
  ScriptedServer server([&](ScriptedConnection& connection) {
    while (!connection.read_request().empty()) {
      const int running = ++now;
      int seen = most;
      while (running > seen && !most.compare_exchange_weak(seen, running)) {
      }
      --now;
      connection.answer(std::string(5000, 'x'));
    }
  });
  HttpClientOptions options;
  options.max_connections = 8;
  options.max_starting = 4;
  ClientThread client(options);
  std::vector<std::future<Result<HttpResponse>>> answers;
  for (int i = 0; i < 300; ++i)
    answers.push_back(client.start(get_request(server.url())));
  for (auto& answer : answers) {
    ASSERT_EQ(answer.wait_for(kTestDeadline), std::future_status::ready);
    EXPECT_EQ(answer.get().value().body.size(), 5000U);
  }
  EXPECT_LE(most.load(), 8);
  EXPECT_LE(server.connections(), 8U);
}

TEST(HttpClient, AClosedKeptConnectionIsReplacedUnseen) {
  ScriptedServer server([](ScriptedConnection& connection) {
    connection.read_request();
    connection.answer("one");  // and closes although it did not say so
  });
  ClientThread client;
  for (int i = 0; i < 20; ++i) {
    const auto response = client.get(server.url());
    ASSERT_TRUE(response.has_value()) << response.error().sentence();
  }
}

TEST(HttpClient, ASilentServerEndsByTheTimeout) {
  ScriptedServer server([](ScriptedConnection& connection) { connection.wait_for_close(); });
  ClientThread client;
  HttpRequest request = get_request(server.url());
  request.timeout = milliseconds{150};
  const auto result = client.fetch(std::move(request));
  expect_failure(result, "net/timeout", Verdict::retry);
  EXPECT_THAT(result.error().cause, HasSubstr("waiting for the answer"));
}

TEST(HttpClient, ABodyThatStallsEndsByTheStallTimeout) {
  ScriptedServer server([](ScriptedConnection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1,");
    connection.wait_for_close();
  });
  HttpClientOptions options;
  options.stall_timeout = seconds{1};
  ClientThread client(options);
  const auto begin = std::chrono::steady_clock::now();
  const auto result = client.get(server.url());
  expect_failure(result, "net/timeout", Verdict::retry);
  EXPECT_THAT(result.error().cause, HasSubstr("3 bytes of the answer's body"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds{20});
}

TEST(HttpClient, CancelledRequestsNeverCallBack) {
  ScriptedServer server([](ScriptedConnection& connection) {
    if (connection.read_request().find("/never") != std::string::npos) connection.wait_for_close();
    connection.answer("alive");
  });
  HttpClientOptions options;
  options.max_starting = 1;
  ClientThread client(options);
  auto running = client.start(get_request(server.url("/never")));
  client.cancel_last();
  auto refused = client.start(get_request("ftp://127.0.0.1/never"));
  client.cancel_last();
  client.cancel_last();
  EXPECT_EQ(client.get(server.url("/next")).value().body, "alive");
  // The promises were destroyed with their callbacks.
  EXPECT_THROW(running.get(), std::future_error);
}

TEST(HttpClient, DestructionGivesUpWhatIsUnderWay) {
  ScriptedServer server([](ScriptedConnection& connection) { connection.wait_for_close(); });
  ClientThread client;
  std::vector<std::future<Result<HttpResponse>>> answers;
  for (int i = 0; i < 40; ++i)
    answers.push_back(client.start(get_request(server.url())));
  client.destroy();
  for (auto& answer : answers)
    EXPECT_THROW(answer.get(), std::future_error);
}

TEST(HttpClient, ACallbackMaySendAgainAndDestroyTheClient) {
  ScriptedServer server([](ScriptedConnection& connection) {
    while (!connection.read_request().empty())
      connection.answer("[]");
  });
  LoopThread thread;
  std::unique_ptr<HttpClient> client;
  std::promise<int> done;
  int count = 0;
  std::function<void(Result<HttpResponse>)> again = [&](const Result<HttpResponse>& response) {
    if (response && ++count < 5) {
      client->send(get_request(server.url()), again);
      return;
    }
    client.reset();
    done.set_value(count);
  };
  thread.on_loop([&] {
    client = make_http_client(thread.loop(), {});
    client->send(get_request(server.url()), again);
    EXPECT_EQ(count, 0);
  });
  auto future = done.get_future();
  ASSERT_EQ(future.wait_for(kTestDeadline), std::future_status::ready);
  EXPECT_EQ(future.get(), 5);
}

TEST(HttpClient, UnusableAddressesAreNamedWithoutBeingRepeated) {
  ClientThread client;
  for (const std::string& url :
       std::vector<std::string>{"", "not a url", "ftp://host/", "file:///etc/passwd", "http://",
                                std::string{"https://user:"} + kSecretWord + "@host/",
                                std::string{"http://127.0.0.1/\r\nX: "} + kSecretWord}) {
    SCOPED_TRACE(url);
    expect_failure(client.get(url), "net/url", Verdict::stop);
  }
}

TEST(HttpClient, AHeaderWithALineBreakIsNotSent) {
  std::atomic<bool> reached{false};
  ScriptedServer server([&](ScriptedConnection&) { reached = true; });
  ClientThread client;
  HttpRequest request = get_request(server.url());
  request.headers = {{"Authorization", std::string{"Bearer "} + kSecretWord + "\n"}};
  expect_failure(client.fetch(std::move(request)), "net/protocol", Verdict::stop);
  EXPECT_FALSE(reached);
}

TEST(HttpClient, ARefusedConnectionAndAnUnknownNameAreNamed) {
  std::string url;
  {
    ScriptedServer gone([](ScriptedConnection&) {});
    url = gone.url(std::string{"/?sig="} + kSecretWord);
  }
  ClientThread client;
  const auto refused = client.get(url);
  expect_failure(refused, "net/connect", Verdict::retry);
  EXPECT_THAT(refused.error().cause, HasSubstr("127.0.0.1"));
  expect_failure(client.get("http://no-such-host.invalid/"), "net/dns", Verdict::retry);
}

TEST(HttpClient, WhatIsNotHttpIsAProtocolFailure) {
  ScriptedServer server([](ScriptedConnection& connection) {
    connection.read_request();
    connection.send("220 mail.example ESMTP\r\n");
  });
  ClientThread client;
  expect_failure(client.get(server.url()), "net/protocol", Verdict::retry);
}

TEST(DecodeBody, UndoesEncodingsInReverseOrder) {
  HttpResponse response;
  response.headers = {{"content-encoding", "gzip , identity,gzip"}};
  response.body = codec::gzip(codec::gzip("twice"));
  EXPECT_EQ(decode_body(response, 100).value(), "twice");
  response.headers = {{"Content-Encoding", "gzip, gzip"}, {"Content-Encoding", "gzip"}};
  EXPECT_EQ(decode_body(response, 100).error().code, "net/encoding");
}

TEST(DecodeBody, EmptyAndPlainBodiesPass) {
  HttpResponse response;
  response.headers = {{"Content-Encoding", "gzip"}};
  EXPECT_EQ(decode_body(response, 0).value(), "");
  response.headers = {{"Content-Encoding", "identity"}};
  response.body = "plain";
  EXPECT_EQ(decode_body(response, 5).value(), "plain");
  EXPECT_EQ(decode_body(response, 4).error().code, "net/too-large");
}

}  // namespace
}  // namespace cistern::net
