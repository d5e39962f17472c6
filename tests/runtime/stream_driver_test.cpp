#include "runtime/status/metrics.hpp"
#include "runtime/status/status_json.hpp"
#include "stream_fixture.hpp"

#include <algorithm>
#include <stdexcept>

namespace cistern::runtime {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Strings = std::vector<std::string>;

std::string line(int number) {
  return "{\"n\":" + std::to_string(number) + "}\n";
}

TEST_F(StreamDriverTest, OpensWhatTheMachineOrdersAndTellsHowItWent) {
  start({}, false);
  ASSERT_EQ(played.size(), 1U);
  EXPECT_EQ(played[0]->request.url, "https://vendor.example/feed/1");
  EXPECT_EQ(played[0]->idle_limit, seconds{75});
  EXPECT_EQ(authorizer.authorized, 0U) << "the machine's own token is the only one";
  EXPECT_EQ(facts().open, 0U);
  answer_with(200);
  EXPECT_EQ(facts().open, 1U);
  EXPECT_EQ(facts().openings, 1U);
  send(line(1) + line(2) + "{\"n\":");
  run_all();
  EXPECT_EQ(committed(), (Strings{"{\"n\":1}", "{\"n\":2}"}));
  EXPECT_EQ(journal.commits.at(0).connector, "falcon");
  end();
  EXPECT_EQ(seen.news, (Strings{"opened 1 200", "values 1", "ended 1 in order +5"}));
  EXPECT_EQ(facts().open, 0U);
  EXPECT_EQ(facts().bytes, 21U);
}

TEST_F(StreamDriverTest, ARefusedStreamIsToldWithTheVendorsWords) {
  start({}, false);
  answer_with(401, "{\"errors\":[]}");
  end();
  EXPECT_EQ(seen.news, (Strings{"opened 1 401", "ended 1 in order +0"}));
  EXPECT_EQ(seen.refusal, "{\"errors\":[]}");
  EXPECT_EQ(facts().openings, 0U);
}

TEST_F(StreamDriverTest, AnEndComesBehindAllValuesThatCameBefore) {
  start();
  send(line(1));
  send(line(2) + "{\"cut");
  end(fail_retry("net/cut", "the exchange was cut"));
  EXPECT_EQ(seen.news, (Strings{"opened 1 200"})) << "the values are not decoded yet";
  run_all();
  EXPECT_EQ(seen.news, (Strings{"opened 1 200", "values 1", "values 1", "ended 1 net/cut +5"}));
  EXPECT_EQ(seen.values.size(), 2U);
  EXPECT_EQ(status.connectors().at(0).failed_requests.at("net/cut"), 1U);
}

TEST_F(StreamDriverTest, AnEndAlsoWaitsForValuesThatWaitForTheStore) {
  journal.hold_commits = true;
  start({.max_groups = 1});
  send(line(1));
  run_all();
  send(line(2));
  end();
  run_all();
  EXPECT_EQ(seen.news, (Strings{"opened 1 200", "values 1"}));
  store_one();
  run_all();
  EXPECT_EQ(seen.news, (Strings{"opened 1 200", "values 1", "values 1", "ended 1 in order +0"}));
}

TEST_F(StreamDriverTest, AFailureToOpenIsToldAsItsEnd) {
  start({}, false);
  end(fail_retry("net/connect", "no connection"));
  EXPECT_EQ(seen.news, (Strings{"ended 1 net/connect +0"}));
  EXPECT_TRUE(played[0]->dropped);
}

TEST_F(StreamDriverTest, AStreamIsExchangedForAnotherInOneStep) {
  script.ended = [](std::uint64_t id) {
    Step step;
    if (id == 1) step.streams.open.push_back(opening(2));
    return step;
  };
  start();
  end();
  ASSERT_EQ(played.size(), 2U);
  answer_with(200);
  send(line(7), 1);
  run_all();
  EXPECT_EQ(seen.news.back(), "values 2");
  EXPECT_EQ(facts().openings, 2U);
}

TEST_F(StreamDriverTest, OfAClosedStreamNothingMoreIsToldButItsCommitsCount) {
  journal.hold_commits = true;
  script.wake = [] {
    Step step;
    step.streams.close = {1};
    return step;
  };
  scripted = true;
  script.start = [this] {
    Step step = opening_streams({1});
    step.wake = clock.now() + seconds{10};
    return step;
  };
  start();
  send(line(1));
  run_all();
  send(line(2));
  ASSERT_TRUE(loop.advance(seconds{9}));
  ASSERT_EQ(pool.size(), 1U) << "the second is being decoded";
  ASSERT_TRUE(loop.advance(seconds{1}));
  EXPECT_TRUE(played[0]->dropped);
  run_all();
  EXPECT_EQ(seen.values.size(), 1U);
  store_all();
  EXPECT_EQ(seen.commits.size(), 1U);
  EXPECT_EQ(facts().open, 0U);
  EXPECT_EQ(memory.used(), 0U);
}

TEST_F(StreamDriverTest, AQuietStreamCommitsNothingAndCountsItsKeepAlives) {
  start();
  for (int i = 0; i < 20; ++i) {
    send("\r\n");
    run_all();
    ASSERT_TRUE(loop.advance(seconds{30}));
  }
  EXPECT_EQ(journal.commits.size(), 0U);
  EXPECT_EQ(seen.keep_alives, 20U);
  EXPECT_EQ(facts().keep_alives, 20U);
  EXPECT_EQ(seen.news.back(), "values 1") << "the machine hears that the stream lives";
}

TEST_F(StreamDriverTest, TheMetricsSayWhatIsRead) {
  start();
  send("\n" + line(1));
  run_all();
  const std::string text = render_metrics(status, journal, memory, clock.now());
  for (const std::string metric :
       {"streams_open{connector=\"falcon\"} 1", "stream_openings_total{connector=\"falcon\"} 1",
        "stream_keep_alives_total{connector=\"falcon\"} 1",
        "stream_pauses_total{connector=\"falcon\"} 0",
        "stream_read_bytes_total{connector=\"falcon\"} 9"}) {
    EXPECT_NE(text.find("\ncistern_connector_" + metric + "\n"), std::string::npos) << metric;
  }
  const std::string json = status_json(status, journal, clock.now());
  EXPECT_NE(json.find("\"reading\":{\"open\":1,\"openings\":1,\"keep_alives\":1"),
            std::string::npos)
      << json;
}

TEST_F(StreamDriverTest, TheWatchdogIsSilentWhileAStreamIsOpen) {
  start({.poll = {.progress_limit = minutes{10}}});
  ASSERT_TRUE(loop.advance(hours{3}));
  EXPECT_EQ(words(), "starting");
}

TEST_F(StreamDriverTest, TheWatchdogNamesTheStageThatStandsStill) {
  start({.poll = {.progress_limit = minutes{10}}}, false);
  ASSERT_TRUE(loop.advance(minutes{13}));
  EXPECT_NE(words().find("a request waits for its answer"), std::string::npos) << words();
  answer_with(200);
  send(line(1));
  ASSERT_TRUE(loop.advance(minutes{13}));
  EXPECT_NE(words().find("an answer waits to be decoded"), std::string::npos) << words();
}

// ---- time ----

TEST_F(StreamDriverTest, AFirstValueIsHandedOverAtOnceAndLaterOnesGather) {
  journal.hold_commits = true;
  start();
  send(line(1));
  EXPECT_EQ(pool.size(), 1U) << "nothing of the stream is under way, so it does not wait";
  run_all();
  ASSERT_EQ(journal.commits.size(), 1U);
  for (int i = 2; i <= 50; ++i) {
    send(line(i));
    ASSERT_TRUE(loop.advance(milliseconds{1}));
  }
  EXPECT_EQ(pool.size(), 0U) << "they gather while the first is committed";
  ASSERT_TRUE(loop.advance(milliseconds{51}));
  EXPECT_EQ(pool.size(), 1U) << "100 ms after the first of them";
  run_all();
  ASSERT_EQ(journal.commits.size(), 2U);
  EXPECT_EQ(journal.commits[1].records.size(), 49U);
  send(line(51));
  store_all();
  EXPECT_EQ(pool.size(), 1U) << "as soon as nothing is under way";
}

TEST_F(StreamDriverTest, AThousandValuesInASecondAreCommittedWithinTheDelay) {
  // Commits take 40 ms each; the hand-over of every value is to stay below 100 ms.
  journal.hold_commits = true;
  start();
  std::vector<TimePoint> came;
  bool answering = false;
  for (int i = 0; i < 1000; ++i) {
    send(line(i));
    came.push_back(clock.now());
    run_all();
    if (!journal.waiting_commits.empty() && !answering) {
      answering = true;
      loop.call_after(milliseconds{40}, [this, &answering] {
        answering = false;
        while (!journal.waiting_commits.empty()) {
          journal.commits.at(answered++) = Commit{};
          journal.answer_commit(CommitResult{});
        }
      });
    }
    ASSERT_TRUE(loop.advance(milliseconds{1}));
    run_all();
  }
  ASSERT_TRUE(loop.advance(milliseconds{200}));
  run_all();
  ASSERT_EQ(seen.values.size(), 1000U);
  for (std::size_t i = 0; i < 1000; ++i) {
    ASSERT_EQ(seen.values[i] + "\n", line(static_cast<int>(i)));
    ASSERT_LE(seen.value_times[i] - came[i], milliseconds{100}) << i;
  }
  EXPECT_LE(journal.commits.size(), 60U) << "they gather into groups";
}

TEST_F(StreamDriverTest, SlowCommitsDelayNeitherTheWakeNorSmallRequests) {
  journal.hold_commits = true;
  scripted = true;
  script.start = [this] {
    Step step = opening_streams({1});
    step.wake = clock.now() + seconds{5};
    return step;
  };
  script.wake = [] {
    Step step;
    step.requests.push_back(
        {.id = 9, .http = {}, .authorize = true, .not_before = {}, .decode = {}, .urgent = true});
    step.requests.back().http.url = "https://vendor.example/refresh";
    step.requests.back().http.max_body = 64U << 10;
    return step;
  };
  start();
  // The store takes nothing, and the memory is full with what waits for it.
  memory.add(64ULL << 20);
  send(line(1));
  run_all();
  ASSERT_TRUE(loop.advance(seconds{5}));
  run_all();
  ASSERT_EQ(seen.wakes.size(), 1U);
  ASSERT_EQ(sent.size(), 1U) << "what keeps the session alive does not wait for the store";
  EXPECT_EQ(sent[0].request.url, "https://vendor.example/refresh");
  memory.remove(64ULL << 20);
}

// ---- order ----

TEST_F(StreamDriverTest, NoByteIsLostOrDoubledHoweverBytesDecodingAndCommitsInterleave) {
  journal.hold_commits = true;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom dice{seed};
    script = {};
    seen = {};
    played.clear();
    journal.commits.clear();
    answered = 0;
    status.remove_connector("falcon");
    StreamDriverOptions options;
    options.max_unstored = 600;
    options.group_bytes = 1 + dice.next() % 200;
    options.max_groups = 1 + dice.next() % 4;
    start(options);
    Strings expected;
    std::string text;
    for (int i = 0; i < 300; ++i) {
      expected.push_back("{\"n\":" + std::to_string(i) + ",\"s\":\"" +
                         std::string(dice.next() % 90, '}') + "\"}");
      text += expected.back() + (dice.next() % 4 == 0   ? ""
                                 : dice.next() % 3 == 0 ? "\r\n\n"
                                                        : "\n");
    }
    text += "\n";
    const std::uint64_t empty_lines = decode_values({.bytes = text})->keep_alives;
    std::size_t at = 0;
    for (int turn = 0; turn < 200000 && (at < text.size() || seen.values.size() < expected.size());
         ++turn) {
      switch (dice.next() % 5) {
        case 0:
        case 1:
          if (at < text.size() && !played[0]->paused) {
            const std::size_t size = std::min<std::size_t>(1 + dice.next() % 80, text.size() - at);
            send(std::string_view{text}.substr(at, size));
            at += size;
          }
          break;
        case 2:
          pool.run_one();
          EXPECT_LE(pool.size(), 1U) << "one group is decoded at a time";
          run();
          break;
        case 3:
          if (!journal.waiting_commits.empty()) store_one();
          break;
        default:
          ASSERT_TRUE(loop.advance(milliseconds{static_cast<long>(dice.next() % 60)}));
      }
    }
    run_all();
    store_all();
    ASSERT_TRUE(loop.advance(seconds{1}));
    run_all();
    store_all();
    ASSERT_EQ(seen.values, expected);
    ASSERT_EQ(seen.keep_alives, empty_lines);
    ASSERT_EQ(at, text.size());
    ASSERT_GT(played[0]->pauses, 0U);
    connector.reset();
    run_all();
    ASSERT_EQ(memory.used(), 0U) << "all that was held has been given back";
  }
}

TEST_F(StreamDriverTest, AGroupBeyondOneCommitIsHandedOverInParts) {
  start({.group_bytes = kMaxCommitBytes});
  // A decoder may make more of its bytes than they were.
  const std::string piece = "\"" + std::string(3U << 20, 'x') + "\"";
  std::string text;
  for (int i = 0; i < 5; ++i)
    text += piece + "\n";
  text += "\"" + std::string(9U << 20, 'y') + "\"\n\n" + line(1);
  send(text);
  run_all();
  ASSERT_EQ(seen.values.size(), 7U);
  for (const auto& commit : journal.commits) {
    std::uint64_t raw = 0;
    for (const auto& record : commit.records)
      raw += record.raw.size();
    EXPECT_TRUE(raw <= kMaxCommitBytes || commit.records.size() == 1) << raw;
  }
  EXPECT_EQ(seen.values[5].size(), (9U << 20) + 2);
  EXPECT_EQ(seen.keep_alives, 1U) << "counted with one part only";
}

TEST_F(StreamDriverTest, AValueBeyondTheFramersBoundGoesInPartsThatAreNamedSo) {
  scripted = true;
  script.start = [] {
    Step step = opening_streams({1});
    step.streams.open[0].framer = [] { return codec::json_value_framer(10); };
    return step;
  };
  start();
  send("{\"a\":1}");
  send("\n{\"long\":[");
  for (const std::string piece : {"{\"n\":1}", ",{\"n\":2},", "{\"n\":3}]}", "\n{\"b\":2}\n"})
    send(piece);
  while (seen.values.size() < 6 && loop.advance(milliseconds{100}))
    run_all();
  EXPECT_EQ(seen.values, (Strings{"{\"a\":1}", "severed {\"long\":[{", "severed \"n\":1},{\"n",
                                  "severed \":2},{\"n\":", "severed 3}]}", "{\"b\":2}"}))
      << "an inner object must not pass for an event";
  EXPECT_EQ(seen.keep_alives, 0U);
}

TEST_F(StreamDriverTest, StreamsOfOneConnectorDoNotWaitForEachOther) {
  journal.hold_commits = true;
  scripted = true;
  script.start = [] { return opening_streams({1, 2}); };
  start({.max_unstored = 100}, false);
  for (auto& stream : played)
    stream->events.opened(answer_of(200));
  send(std::string(10, '\n') + line(1) + std::string(200, '\n'), 0);
  run_all();
  EXPECT_TRUE(played[0]->paused);
  send(line(2), 1);
  run_all();
  EXPECT_FALSE(played[1]->paused);
  EXPECT_EQ(seen.values, (Strings{"{\"n\":1}", "{\"n\":2}"}));
  EXPECT_EQ(facts().open, 2U);
}

}  // namespace
}  // namespace cistern::runtime
