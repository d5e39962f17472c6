#include "net/http_stream.hpp"

#include "codec/compress.hpp"
#include "loop_thread.hpp"
#include "scripted_server.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const char* const kSecretWord = "PLANTED-SECRET-9f2c";
const char* const kChunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string chunk(std::string_view bytes) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return size + std::string{bytes} + "\r\n";
}

/// A client on a loop of its own with one stream, and what was told of it.
class StreamThread {
 public:
  explicit StreamThread(HttpClientOptions options = {}) {
    thread_.on_loop([&] { client_ = make_http_stream_client(thread_.loop(), std::move(options)); });
  }
  StreamThread(const StreamThread&) = delete;
  StreamThread& operator=(const StreamThread&) = delete;
  ~StreamThread() {
    thread_.on_loop([&] {
      stream_.reset();
      client_.reset();
    });
  }

  void open(HttpRequest request, Duration idle_limit = seconds{30}) {
    thread_.on_loop([&] { stream_ = client_->open(std::move(request), idle_limit, events()); });
  }
  void open(const std::string& url, Duration idle_limit = seconds{30}) {
    HttpRequest request;
    request.url = url;
    open(std::move(request), idle_limit);
  }
  void pause() {
    thread_.on_loop([&] { stream_->pause(); });
  }
  void resume() {
    thread_.on_loop([&] { stream_->resume(); });
  }
  /// These on the loop.
  void pause_here() { stream_->pause(); }
  void resume_here() {
    if (stream_) stream_->resume();
  }
  void drop_stream() { stream_.reset(); }
  void drop_client() { client_.reset(); }
  LoopThread& thread() { return thread_; }

  bool wait(const std::function<bool()>& holds) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kTestDeadline, holds);
  }
  bool wait_opened() {
    return wait([&] { return head.has_value(); });
  }
  bool wait_ended() {
    return wait([&] { return ended.has_value(); });
  }
  bool wait_bytes(std::size_t count) {
    return wait([&] { return bytes.size() >= count; });
  }
  std::size_t received() {
    const std::lock_guard lock(mutex_);
    return bytes.size();
  }
  std::string failure() {
    EXPECT_TRUE(wait_ended());
    const std::lock_guard lock(mutex_);
    return ended && !*ended ? ended->error().code : "";
  }

  // Guarded by the lock of wait(), or read after it.
  std::optional<HttpResponse> head;
  std::string bytes;
  std::optional<Status> ended;
  /// Called on the loop inside each callback.
  std::function<void()> in_opened = [] {};
  std::function<void()> in_bytes = [] {};
  std::function<void()> in_ended = [] {};

 private:
  HttpStreamEvents events() {
    HttpStreamEvents events;
    events.opened = [this](const HttpResponse& response) {
      note([&] { head = response; });
      in_opened();
    };
    events.bytes = [this](std::string_view piece) {
      note([&] { bytes.append(piece); });
      in_bytes();
    };
    events.ended = [this](Status status) {
      note([&] {
        EXPECT_FALSE(ended.has_value()) << "an end is told once";
        ended = std::move(status);
      });
      in_ended();
    };
    return events;
  }
  template <class F>
  void note(F change) {
    {
      const std::lock_guard lock(mutex_);
      change();
    }
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  LoopThread thread_;
  std::unique_ptr<HttpStreamClient> client_;
  std::unique_ptr<HttpStream> stream_;
};

TEST(HttpStream, TheHeadComesBeforeAnyByteAndBytesComeAsTheyAreSent) {
  std::promise<std::string> seen;
  std::promise<void> go_on;
  ScriptedServer server([&](ScriptedConnection& connection) {
    seen.set_value(connection.read_request());
    connection.send(std::string{kChunkedHead}.insert(17, "X-Feed: 7\r\n"));
    go_on.get_future().wait();
    connection.send(chunk("{\"a\":1}\n"));
    connection.send(chunk("{\"a\":2}\n") + "0\r\n\r\n");
    connection.wait_for_close();
  });
  StreamThread reader;
  HttpRequest request;
  request.url = server.url("/feed?offset=7");
  request.headers = {{"Authorization", std::string{"Token "} + kSecretWord}};
  request.sensitive = true;
  reader.open(std::move(request));
  ASSERT_TRUE(reader.wait_opened());
  EXPECT_EQ(reader.head->status, 200);
  EXPECT_EQ(reader.head->header("x-feed"), "7");
  EXPECT_EQ(reader.received(), 0U);
  const std::string sent = seen.get_future().get();
  EXPECT_THAT(sent, StartsWith("GET /feed?offset=7 HTTP/1.1\r\n"));
  EXPECT_THAT(sent, HasSubstr(std::string{"Authorization: Token "} + kSecretWord));
  EXPECT_THAT(sent, HasSubstr("Accept-Encoding: identity\r\n"));
  go_on.set_value();
  EXPECT_EQ(reader.failure(), "");
  EXPECT_EQ(reader.bytes, "{\"a\":1}\n{\"a\":2}\n");
}

TEST(HttpStream, AnInterimAnswerIsNotTheHead) {
  ScriptedServer server([&](ScriptedConnection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
    connection.answer("x");
  });
  StreamThread reader;
  reader.open(server.url());
  EXPECT_EQ(reader.failure(), "");
  EXPECT_EQ(reader.head->status, 200);
  EXPECT_FALSE(reader.head->header("Link"));
  EXPECT_EQ(reader.bytes, "x");
}

TEST(HttpStream, AConnectionThatEndsInsideTheAnswerIsCut) {
  for (const bool reset : {false, true}) {
    SCOPED_TRACE(reset);
    StreamThread reader;
    ScriptedServer server([&](ScriptedConnection& connection) {
      connection.read_request();
      connection.send(kChunkedHead + chunk("{\"a\":1}\n{\"a\""));
      reader.wait_bytes(1);
      if (reset) connection.reset_on_close();
    });
    reader.open(server.url());
    EXPECT_EQ(reader.failure(), "net/cut") << reader.ended->error().sentence();
    EXPECT_EQ(reader.ended->error().verdict, Verdict::retry);
    EXPECT_EQ(reader.bytes, "{\"a\":1}\n{\"a\"") << "what came before is told first";
    EXPECT_THAT(reader.ended->error().sentence(), HasSubstr("what arrived before is kept"));
  }
}

TEST(HttpStream, ARefusalComesWithTheVendorsWords) {
  ScriptedServer server([&](ScriptedConnection& connection) {
    connection.read_request();
    connection.answer("{\"errors\":[{\"code\":401}]}", "X-Trace: 9\r\n", "401 Unauthorized");
  });
  StreamThread reader;
  reader.open(server.url());
  EXPECT_EQ(reader.failure(), "");
  EXPECT_EQ(reader.head->status, 401);
  EXPECT_EQ(reader.head->header("X-Trace"), "9");
  EXPECT_EQ(reader.head->body, "{\"errors\":[{\"code\":401}]}");
  EXPECT_EQ(reader.bytes, "") << "the words of a refusal are no stream";
}

TEST(HttpStream, ARefusalWithoutEndIsReadForSixtyFourKibibytes) {
  ScriptedServer server([&](ScriptedConnection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (connection.send(chunk(std::string(5000, 'w')))) {
    }
  });
  StreamThread reader;
  reader.open(server.url());
  EXPECT_EQ(reader.failure(), "");
  EXPECT_EQ(reader.head->status, 503);
  EXPECT_EQ(reader.head->body.size(), 64U * 1024);
}

TEST(HttpStream, ARedirectIsNotFollowed) {
  ScriptedServer elsewhere([](ScriptedConnection& connection) { connection.answer("secret?"); });
  ScriptedServer server([&](ScriptedConnection& connection) {
    connection.read_request();
    connection.answer("", "Location: " + elsewhere.url() + "\r\n", "302 Found");
  });
  StreamThread reader;
  reader.open(server.url());
  EXPECT_EQ(reader.failure(), "");
  EXPECT_EQ(reader.head->status, 302);
  EXPECT_EQ(elsewhere.connections(), 0U);
}

TEST(HttpStream, SilenceBeyondTheLimitEndsItAndNamesThePhase) {
  ScriptedServer server([&](ScriptedConnection& connection) {
    if (connection.read_request().find("/silent") == std::string::npos) {
      connection.send(kChunkedHead + chunk("\n"));
    }
    connection.wait_for_close();
  });
  StreamThread reader;
  reader.open(server.url("/"), milliseconds{200});
  EXPECT_EQ(reader.failure(), "net/timeout");
  EXPECT_THAT(reader.ended->error().cause,
              AllOf(HasSubstr("nothing came from http://127.0.0.1"), HasSubstr("after 1 bytes")));
  StreamThread other;
  other.open(server.url("/silent"), milliseconds{200});
  EXPECT_EQ(other.failure(), "net/timeout");
  EXPECT_FALSE(other.head.has_value());
  EXPECT_THAT(other.ended->error().cause, HasSubstr("while waiting for the answer"));
}

TEST(HttpStream, APausedStreamIsNotSilentAndItsSocketIsNotRead) {
  constexpr std::size_t kAll = 48U << 20;
  const std::string piece(64 << 10, 'p');
  std::promise<void> all_sent;
  ScriptedServer server([&](ScriptedConnection& connection) {
    connection.read_request();
    connection.send(kChunkedHead);
    for (std::size_t sent = 0; sent < kAll; sent += piece.size())
      if (!connection.send(chunk(piece))) return;
    all_sent.set_value();
    connection.send("0\r\n\r\n");
    connection.wait_for_close();
  });
  StreamThread reader;
  reader.open(server.url(), milliseconds{300});
  ASSERT_TRUE(reader.wait_bytes(1));
  reader.pause();
  const std::size_t at_pause = reader.received();
  // Longer than the idle limit; the system's own buffers hold a few megabytes.
  auto sent = all_sent.get_future();
  EXPECT_EQ(sent.wait_for(milliseconds{700}), std::future_status::timeout)
      << "the peer must have to wait";
  EXPECT_EQ(reader.received(), at_pause);
  EXPECT_FALSE(reader.ended.has_value());
  reader.resume();
  EXPECT_EQ(reader.failure(), "");
  EXPECT_EQ(reader.bytes.size(), kAll);
}

TEST(HttpStream, PausingInsideTheCallbackLosesNothing) {
  std::string all;
  for (int i = 0; i < 20000; ++i)
    all += "{\"n\":" + std::to_string(i) + "}\n";
  ScriptedServer server([&](ScriptedConnection& connection) {
    connection.read_request();
    connection.send(kChunkedHead);
    for (std::size_t at = 0; at < all.size(); at += 3000)
      connection.send(chunk(std::string_view{all}.substr(at, 3000)));
    connection.send("0\r\n\r\n");
    connection.wait_for_close();
  });
  StreamThread reader;
  std::atomic<int> pauses{0};
  const auto yield = [&] {
    // Runs on the loop: the stream stops here and goes on by a later task.
    ++pauses;
    reader.pause_here();
    reader.thread().loop().post([&] { reader.resume_here(); });
  };
  reader.in_opened = yield;
  reader.in_bytes = yield;
  reader.open(server.url());
  EXPECT_EQ(reader.failure(), "");
  EXPECT_EQ(reader.bytes, all);
  EXPECT_GT(pauses, 2);
}

TEST(HttpStream, CompressedEventsAreToldBeforeTheNextIsSent) {
  StreamThread reader;
  std::promise<std::string> seen;
  ScriptedServer server([&](ScriptedConnection& connection) {
    seen.set_value(connection.read_request());
    connection.send(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n");
    connection.send(chunk(codec::gzip("{\"a\":1}\n")));
    reader.wait_bytes(8);
    connection.send(chunk(codec::gzip(std::string(300000, 'x'))) + "0\r\n\r\n");
    connection.wait_for_close();
  });
  HttpRequest request;
  request.url = server.url();
  request.headers = {{"Accept-Encoding", "gzip"}};
  reader.open(std::move(request));
  EXPECT_EQ(reader.failure(), "");
  EXPECT_EQ(reader.bytes, "{\"a\":1}\n" + std::string(300000, 'x'));
  EXPECT_THAT(seen.get_future().get(), HasSubstr("Accept-Encoding: gzip\r\n"));
}

TEST(HttpStream, ACompressionBombWaitsForItsReader) {
  const std::string bomb = codec::gzip(std::string(64 << 20, '\0'));
  ASSERT_LT(bomb.size(), 100U << 10) << "it arrives whole before it is inflated";
  ScriptedServer server([&](ScriptedConnection& connection) {
    connection.read_request();
    connection.answer(bomb, "Content-Encoding: gzip\r\n");
    connection.wait_for_close();
  });
  StreamThread reader;
  reader.in_bytes = [&] { reader.pause_here(); };
  reader.open(server.url());
  ASSERT_TRUE(reader.wait_bytes(1));
  reader.thread().on_loop([] {});
  EXPECT_LE(reader.received(), 64U << 10) << "no more than one piece stands in memory";
  reader.thread().on_loop([&] { reader.in_bytes = [] {}; });
  reader.resume();
  EXPECT_EQ(reader.failure(), "");
  EXPECT_EQ(reader.bytes.size(), 64U << 20);
}

TEST(HttpStream, CutDamagedAndUnknownCompressionAreNamed) {
  const std::string packed = codec::gzip("{\"a\":1}\n");
  struct Case {
    std::string encoding;
    std::string body;
    std::string code;
  };
  for (const auto& one : {Case{"gzip", packed.substr(0, packed.size() - 4), "net/cut"},
                          Case{"gzip", "this is not gzip at all", "net/encoding"},
                          Case{"br", "xx", "net/encoding"}}) {
    SCOPED_TRACE(one.encoding + " " + one.code);
    ScriptedServer server([&](ScriptedConnection& connection) {
      connection.read_request();
      connection.answer(one.body, "Content-Encoding: " + one.encoding + "\r\n");
      connection.wait_for_close();
    });
    StreamThread reader;
    reader.open(server.url());
    EXPECT_EQ(reader.failure(), one.code);
  }
}

TEST(HttpStream, WhatCannotBeSentEndsLaterWithItsReason) {
  StreamThread reader;
  HttpRequest request;
  request.url = "http://vendor.example/feed";
  request.sensitive = true;
  request.headers = {{"Authorization", kSecretWord}};
  reader.open(std::move(request));
  EXPECT_EQ(reader.failure(), "net/url") << "a token is not sent without encryption";
  EXPECT_THAT(reader.ended->error().sentence(), Not(HasSubstr(kSecretWord)));
  StreamThread nobody;
  nobody.open("http://127.0.0.1:1/");
  EXPECT_EQ(nobody.failure(), "net/connect");
  EXPECT_FALSE(nobody.head.has_value());
}

TEST(HttpStream, AProxyIsUsedAndItsRefusalIsToldAsSuch) {
  std::promise<std::string> seen;
  ScriptedServer proxy([&](ScriptedConnection& connection) {
    seen.set_value(connection.read_request());
    connection.answer("who are you", "", "407 Proxy Authentication Required");
  });
  HttpClientOptions options;
  options.proxy = proxy.url("");
  StreamThread reader(options);
  reader.open("http://vendor.example/feed");
  EXPECT_EQ(reader.failure(), "net/proxy-password");
  EXPECT_FALSE(reader.head.has_value()) << "the proxy's answer is not the vendor's";
  EXPECT_THAT(seen.get_future().get(), StartsWith("GET http://vendor.example/feed HTTP/1.1\r\n"));
}

TEST(HttpStream, ACertificateIsAlwaysChecked) {
  const MadeCertificate certificate({});
  ScriptedServer server(
      [](ScriptedConnection& connection) {
        connection.read_request();
        connection.send(kChunkedHead + chunk("tls\n") + "0\r\n\r\n");
        connection.wait_for_close();
      },
      &certificate);
  StreamThread stranger;
  stranger.open(server.url());
  EXPECT_EQ(stranger.failure(), "net/tls");
  EXPECT_FALSE(stranger.head.has_value());

  std::string pattern = (std::filesystem::temp_directory_path() / "cistern-net-XXXXXX").string();
  const std::filesystem::path directory = mkdtemp(pattern.data());
  HttpClientOptions options;
  options.ca_file = directory / "ca.pem";
  std::ofstream(options.ca_file) << certificate.certificate_pem();
  {
    StreamThread friendly(options);
    friendly.open(server.url());
    EXPECT_EQ(friendly.failure(), "");
    EXPECT_EQ(friendly.bytes, "tls\n");
  }
  std::filesystem::remove_all(directory);
}

TEST(HttpStream, ItMayBeDroppedAtEveryMoment) {
  ScriptedServer server([&](ScriptedConnection& connection) {
    connection.read_request();
    connection.send(kChunkedHead + chunk("a") + chunk("b") + "0\r\n\r\n");
    connection.wait_for_close();
  });
  enum Moment { at_once, opened, bytes, ended };
  for (const Moment moment : {at_once, opened, bytes, ended}) {
    for (const bool client : {false, true}) {
      SCOPED_TRACE(static_cast<int>(moment) * 10 + client);
      std::promise<void> dropped;
      StreamThread reader;
      const auto drop = [&, done = false]() mutable {
        if (std::exchange(done, true)) return;
        if (client) reader.drop_client();
        reader.drop_stream();
        dropped.set_value();
      };
      if (moment == opened) reader.in_opened = drop;
      if (moment == bytes) reader.in_bytes = drop;
      if (moment == ended) reader.in_ended = drop;
      reader.open(server.url());
      if (moment == at_once) reader.thread().on_loop(drop);
      ASSERT_EQ(dropped.get_future().wait_for(kTestDeadline), std::future_status::ready);
      reader.thread().on_loop([] {});
      EXPECT_EQ(reader.ended.has_value(), moment == ended) << "nothing is told afterwards";
    }
  }
}

}  // namespace
}  // namespace cistern::net
