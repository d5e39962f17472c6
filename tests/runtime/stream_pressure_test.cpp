// Back-pressure, and everything that ends a stream before its time.
#include "stream_fixture.hpp"

#include <stdexcept>

namespace cistern::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Strings = std::vector<std::string>;

std::string line(int number) {
  return "{\"n\":" + std::to_string(number) + "}\n";
}

TEST_F(StreamDriverTest, ReadingStopsWhileTheStoreIsSlowAndGoesOnWhenHalfIsDurable) {
  journal.hold_commits = true;
  start({.max_unstored = 4U << 20, .group_bytes = 512U << 10});
  const std::string chunk = "\"" + std::string(65536 - 3, 'x') + "\"\n";
  std::size_t sent_chunks = 0;
  while (!played[0]->paused && sent_chunks < 1000) {
    send(chunk);
    run_all();
    ++sent_chunks;
  }
  EXPECT_EQ(sent_chunks, 64U) << "exactly the bound is read and not durable";
  EXPECT_LE(memory.used(), 10U << 20) << "and memory is bounded";
  EXPECT_EQ(facts().pauses, 1U);
  ASSERT_EQ(journal.waiting_commits.size(), 4U) << "the others wait behind these";
  store_one();
  run_all();
  EXPECT_TRUE(played[0]->paused) << "not for every byte";
  while (played[0]->paused) {
    ASSERT_FALSE(journal.waiting_commits.empty()) << "a stream that pauses must go on some time";
    store_one();
    run_all();
  }
  send(chunk);
  while (!journal.waiting_commits.empty()) {
    store_all();
    run_all();
  }
  ASSERT_TRUE(loop.advance(seconds{1}));
  run_all();
  EXPECT_EQ(seen.values.size(), 65U);
}

TEST_F(StreamDriverTest, OneValueLargerThanTheBoundIsReadToItsEnd) {
  start({.max_unstored = 1000});
  send("{\"a\":\"");
  for (int i = 0; i < 100; ++i)
    send(std::string(100, 'x'));
  EXPECT_FALSE(played[0]->paused) << "waiting for the beginning of a value to go would never end";
  send("\"}\n");
  run_all();
  EXPECT_EQ(seen.values.size(), 1U);
}

TEST_F(StreamDriverTest, AStreamWaitsForTheSharedMemoryAndGoesOn) {
  start();
  memory.add(64ULL << 20);
  send(line(1));
  EXPECT_TRUE(played[0]->paused);
  EXPECT_EQ(facts().pauses, 1U);
  ASSERT_TRUE(loop.advance(seconds{10}));
  EXPECT_TRUE(played[0]->paused);
  memory.remove(64ULL << 20);
  run();
  EXPECT_FALSE(played[0]->paused);
  run_all();
  EXPECT_EQ(seen.values.size(), 1U) << "what had come was not kept waiting";
}

TEST_F(StreamDriverTest, MemoryThatIsFullForLongIsNamedByTheWatchdog) {
  start({.poll = {.progress_limit = std::chrono::minutes{10}}});
  memory.add(64ULL << 20);
  send("{\"half");
  EXPECT_FALSE(played[0]->paused) << "of a value that has begun the end is needed";
  send("\":1}\n");
  EXPECT_TRUE(played[0]->paused);
  run_all();
  ASSERT_TRUE(loop.advance(std::chrono::minutes{13}));
  EXPECT_NE(words().find("memory"), std::string::npos) << words();
  memory.remove(64ULL << 20);
  run_all();
}

TEST_F(StreamDriverTest, AFailedCommitIsToldAndItsBytesAreReleased) {
  journal.hold_commits = true;
  start();
  send(line(1));
  run_all();
  journal.commits.at(0) = Commit{};
  journal.answer_commit(fail_stop("journal/closed", "the store is closed", "x"));
  run_all();
  ASSERT_EQ(seen.commits.size(), 1U);
  EXPECT_FALSE(seen.commits[0].second);
  EXPECT_EQ(words(), "stopped: the store is closed");
  EXPECT_EQ(memory.used(), 0U);
}

// ---- stopping ----

TEST_F(StreamDriverTest, StopAtEveryPointOfAStreamIsSafe) {
  enum Point { opening_it, reading, gathering, decoding, posted_back, committing, ended_before };
  journal.hold_commits = true;
  for (int point = opening_it; point <= ended_before; ++point) {
    SCOPED_TRACE(point);
    seen = {};
    played.clear();
    journal.commits.clear();
    answered = 0;
    status.remove_connector("falcon");
    start({}, point != opening_it);
    if (point == reading) send("{\"half");
    if (point >= gathering) send(line(1));
    if (point == posted_back) pool.run_one();
    if (point >= committing) run_all();
    if (point == ended_before) {
      send(line(2) + "{\"half");
      end(fail_retry("net/cut", "cut"));
    }
    bool stopped = false;
    connector->stop([&] { stopped = true; });
    EXPECT_TRUE(played[0]->dropped);
    run_all();
    EXPECT_EQ(stopped, point < committing) << "what was handed to the journal is waited for";
    store_all();
    run_all();
    EXPECT_TRUE(stopped);
    EXPECT_EQ(seen.values.size(), point < committing ? 0U : 1U);
    EXPECT_EQ(status.connectors().at(0).events, point < committing ? 0U : 1U)
        << "what became durable is counted";
    connector.reset();
    run_all();
    EXPECT_EQ(memory.used(), 0U);
    EXPECT_EQ(loop.timers(), 0U) << "no timer is left behind";
  }
}

TEST_F(StreamDriverTest, DestructionWithoutStopDropsWhatComesLater) {
  journal.hold_commits = true;
  start();
  send(line(1));
  run_all();
  send(line(2));
  connector.reset();
  EXPECT_TRUE(played[0]->dropped);
  store_all();
  run_all();
  EXPECT_EQ(seen.commits.size(), 0U);
  EXPECT_EQ(memory.used(), 0U);
}

// ---- bugs of ours ----

/// The connector stops with these words, and another one goes on.
class StreamBugTest : public StreamDriverTest {
 protected:
  void expect_stopped(const std::string& why) {
    run_all();
    EXPECT_EQ(words(), "stopped: bug: " + why);
    EXPECT_TRUE(played.empty() || played[0]->dropped);
    PlayedMachine::Script sound;
    sound.start = [] { return opening_streams({1}); };
    StreamSeen told;
    std::vector<std::unique_ptr<PlayedStream>> streams;
    const auto other = build("other", sound, told, streams);
    other->start();
    run();
    streams.at(0)->events.opened(answer_of(200));
    streams.at(0)->events.bytes(line(5));
    run_all();
    EXPECT_EQ(told.values, (Strings{"{\"n\":5}"}));
    bool stopped = false;
    connector->stop([&] { stopped = true; });
    run_all();
    EXPECT_TRUE(stopped);
  }
  void start_with(const std::function<void(StreamOpening&)>& change) {
    scripted = true;
    script.start = [change] {
      Step step = opening_streams({1});
      change(step.streams.open[0]);
      return step;
    };
    start();
  }
};

TEST_F(StreamBugTest, OfTheMachine) {
  script.values = [](Step&) { throw std::logic_error("index out of range"); };
  start();
  send(line(1));
  expect_stopped("index out of range");
}

TEST_F(StreamBugTest, OfADecoderThatThrows) {
  start_with([](StreamOpening& opening) {
    opening.decode = [](StreamValues) -> std::shared_ptr<const StreamBatch> {
      throw std::runtime_error("decoder");
    };
  });
  send(line(1));
  expect_stopped("stream 1: decoder");
}

TEST_F(StreamBugTest, OfADecoderThatReturnsNothing) {
  start_with([](StreamOpening& opening) { opening.decode = [](StreamValues) { return nullptr; }; });
  send(line(1));
  expect_stopped("stream 1: the decoder returned nothing");
}

TEST_F(StreamBugTest, OfADecoderThatForgetsOffsets) {
  start_with([](StreamOpening& opening) {
    opening.decode = [](StreamValues values) {
      auto batch = std::make_shared<StreamBatch>(*decode_values(std::move(values)));
      batch->offsets.clear();
      return batch;
    };
  });
  send(line(1));
  expect_stopped("stream 1: the decoder returned records without their offsets");
}

struct OddFramer final : StreamFramer {
  explicit OddFramer(Found found) : found(found) {}
  Found advance(std::string_view) override { return found; }
  Found found;
};

TEST_F(StreamBugTest, OfAFramerThatSeesMoreThanItIsShown) {
  start_with([](StreamOpening& opening) {
    opening.framer = [] {
      return std::make_unique<OddFramer>(StreamFramer::Found{.whole = 99, .severed = false});
    };
  });
  send("abc");
  expect_stopped("stream 1: the framer named the end of a value where no bytes are");
}

TEST_F(StreamBugTest, OfAFramerThatSeversNothing) {
  start_with([](StreamOpening& opening) {
    opening.framer = [] {
      return std::make_unique<OddFramer>(StreamFramer::Found{.whole = 0, .severed = true});
    };
  });
  send("abc");
  expect_stopped("stream 1: the framer named the end of a value where no bytes are");
}

TEST_F(StreamBugTest, OfAnOrderThatCannotBePerformed) {
  scripted = true;
  script.start = [] { return opening_streams({1, 1}); };
  start({}, false);
  expect_stopped("stream 1 was opened twice");
}

TEST_F(StreamBugTest, OfAnOpeningWithoutDecoder) {
  scripted = true;
  script.start = [] {
    Step step = opening_streams({1});
    step.streams.open[0].decode = nullptr;
    return step;
  };
  start({}, false);
  expect_stopped("stream 1 has no framer or no decoder");
}

TEST_F(PollDriverTest, AMachineWithoutStreamsCannotOrderOne) {
  script.start = [] {
    Step step;
    step.streams.close = {1};
    return step;
  };
  make();
  start();
  EXPECT_EQ(words(), "stopped: bug: a machine without streams ordered one");
}

}  // namespace
}  // namespace cistern::runtime
