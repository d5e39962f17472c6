// The stream driver on a real socket: what a slow store means for the vendor's server.
#include "codec/value_stream.hpp"
#include "net/io_loop.hpp"
#include "net/scripted_server.hpp"
#include "runtime/pool.hpp"
#include "stream_fixture.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

namespace cistern::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kDeadline{60};

/// Everything as in the program, except a journal whose commits the test answers.
class StreamSocketTest : public ::testing::Test {
 protected:
  StreamSocketTest() : thread([this] { loop->run(); }) {
    journal.hold_commits = true;
    status.add_connector("falcon", "test");
  }
  ~StreamSocketTest() override {
    on_loop([&] { connector.reset(); });
    loop->stop();
    thread.join();
  }
  template <class F>
  void on_loop(F function) {
    std::promise<void> done;
    loop->post([&] {
      function();
      done.set_value();
    });
    done.get_future().wait();
  }
  bool wait(const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + kDeadline;
    while (std::chrono::steady_clock::now() < end) {
      bool held = false;
      on_loop([&] { held = holds(); });
      if (held) return true;
      std::this_thread::yield();
    }
    return false;
  }
  void start(const std::string& url, StreamDriverOptions options) {
    options.poll.connector = "falcon";
    script.start = [url] {
      Step step;
      StreamOpening opening;
      opening.id = 1;
      opening.http.url = url;
      opening.framer = [] { return codec::json_value_framer(); };
      opening.decode = decode_values;
      step.streams.open.push_back(std::move(opening));
      return step;
    };
    on_loop([&] {
      connector = make_stream_connector(options, std::make_unique<PlayedMachine>(script, seen),
                                        std::make_unique<FakeAuthorizer>(*loop, authorizer),
                                        std::make_unique<FakeHttp>(sent),
                                        net::make_http_stream_client(*loop, {}), services);
      connector->start();
    });
  }
  void answer_commits() {
    while (!journal.waiting_commits.empty()) {
      journal.commits.at(answered++) = Commit{};
      journal.answer_commit(CommitResult{});
    }
  }

  std::unique_ptr<net::IoLoop> loop = net::make_io_loop();
  SystemClock clock;
  std::unique_ptr<Pool> pool = make_pool(2);
  test::FakeJournal journal;
  SeededRandom random{1};
  test::RecordingLog log;
  StatusBoard status{clock, log};
  RateBudgets budgets;
  MemoryBudget memory{64ULL << 20};
  Services services{*loop, *pool, journal, clock, random, log, status, budgets, memory};
  PlayedMachine::Script script;
  StreamSeen seen;
  std::vector<Sent> sent;
  FakeAuthorizer::State authorizer;
  std::size_t answered = 0;
  std::unique_ptr<Connector> connector;
  std::thread thread;
};

TEST_F(StreamSocketTest, TheVendorWaitsWhileTheStoreIsSlowAndNothingIsLost) {
  constexpr std::uint64_t kBound = 2U << 20;
  constexpr std::size_t kValues = 24000;
  const std::string filler(2000, 'x');
  std::promise<void> all_sent;
  net::ScriptedServer server([&](net::ScriptedConnection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\n\r\n");
    for (std::size_t i = 0; i < kValues; ++i) {
      if (!connection.send("{\"n\":" + std::to_string(i) + ",\"x\":\"" + filler + "\"}\n")) return;
    }
    all_sent.set_value();
  });
  start(server.url(), {.max_unstored = kBound});
  ASSERT_TRUE(wait([&] { return status.connectors().at(0).reading->pauses > 0; }));
  // What is sent and not read stands in the system's buffers, which hold a few megabytes.
  EXPECT_EQ(all_sent.get_future().wait_for(milliseconds{500}), std::future_status::timeout);
  on_loop([&] {
    EXPECT_LE(status.connectors().at(0).reading->bytes, kBound + (128U << 10));
    EXPECT_LE(memory.used(), 4 * kBound) << "bytes, records and room for growth";
  });
  ASSERT_TRUE(wait([&] {
    answer_commits();
    return !seen.news.empty() && seen.news.back().starts_with("ended");
  }));
  on_loop([&] {
    EXPECT_EQ(seen.news.back(), "ended 1 in order +0");
    ASSERT_EQ(seen.values.size(), kValues);
    for (std::size_t i = 0; i < kValues; ++i)
      ASSERT_TRUE(seen.values[i].starts_with("{\"n\":" + std::to_string(i) + ",")) << i;
  });
}

TEST_F(StreamSocketTest, StopClosesTheConnection) {
  std::promise<void> closed;
  net::ScriptedServer server([&](net::ScriptedConnection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\n\r\n{\"n\":1}\n");
    connection.wait_for_close();
    closed.set_value();
  });
  start(server.url(), {});
  ASSERT_TRUE(wait([&] { return !seen.values.empty(); }));
  std::promise<void> stopped;
  on_loop([&] { connector->stop([&] { stopped.set_value(); }); });
  EXPECT_EQ(closed.get_future().wait_for(kDeadline), std::future_status::ready);
  auto ended = stopped.get_future();
  EXPECT_EQ(ended.wait_for(milliseconds{0}), std::future_status::timeout)
      << "the commit is waited for";
  on_loop([&] { answer_commits(); });
  EXPECT_EQ(ended.wait_for(kDeadline), std::future_status::ready);
}

}  // namespace
}  // namespace cistern::runtime
