#include "fake_journal.hpp"
#include "manual_loop.hpp"
#include "runtime/destination.hpp"
#include "runtime/pool.hpp"

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

namespace cistern::runtime {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// What a destination got, and what it answers.
struct Peer {
  std::vector<Sequence> delivered;
  std::vector<std::pair<Sequence, Sequence>> ranges;
  std::vector<std::string> opened;
  std::function<Status()> on_open = [] { return Status{}; };
  std::function<Result<std::string>(const Batch&)> on_deliver = [](const Batch& batch) {
    return Result<std::string>{"state after " + std::to_string(batch.last)};
  };
  bool exact = true;
  std::uint64_t most_events = 0;
  std::vector<MappingDrift> drift;
  std::atomic<int> closed{0};
  std::atomic<int> cancelled{0};
};

class FakeDestination final : public Destination {
 public:
  explicit FakeDestination(Peer& peer) : peer_(peer) {}
  Status open(const std::string& state) override {
    peer_.opened.push_back(state);
    return peer_.on_open();
  }
  Result<std::string> deliver(const Batch& batch) override {
    auto result = peer_.on_deliver(batch);
    if (result) {
      peer_.ranges.emplace_back(batch.first, batch.last);
      for (const auto& payload : batch.payloads)
        peer_.delivered.push_back(payload.sequence);
    }
    return result;
  }
  void close() override { ++peer_.closed; }
  void cancel() override { ++peer_.cancelled; }
  [[nodiscard]] bool exact() const override { return peer_.exact; }
  [[nodiscard]] std::uint64_t most_events() const override { return peer_.most_events; }
  std::vector<MappingDrift> take_drift() override { return std::exchange(peer_.drift, {}); }

 private:
  Peer& peer_;
};

class PlainFormat final : public Format {
 public:
  bool render(const journal::Envelope& envelope, std::string& out) override {
    out += envelope.raw;
    return envelope.raw.find("drop") == std::string_view::npos;
  }
};

class DeliveryTest : public ::testing::Test {
 protected:
  ~DeliveryTest() override { delivery.reset(); }

  void make(DeliveryOptions options = {}) {
    options.destination = "siem";
    if (options.start.empty() || options.start == "now") options.start = "oldest";
    status.add_destination("siem", "fake");
    delivery = make_delivery(options, std::make_unique<FakeDestination>(peer),
                             std::make_unique<PlainFormat>(), services);
  }
  void run() {
    for (int turns = 0; turns < 10'000; ++turns) {
      ASSERT_TRUE(loop.run());
      if (!pool.run_one()) return;
    }
    FAIL() << "it never comes to rest";
  }
  void start() {
    delivery->start();
    run();
  }
  void advance(Duration by) {
    for (Duration done{0}; done < by; done += seconds{1}) {
      ASSERT_TRUE(loop.advance(seconds{1}));
      run();
    }
  }
  static std::vector<Sequence> range(Sequence from, Sequence to) {
    std::vector<Sequence> all;
    for (Sequence i = from; i <= to; ++i)
      all.push_back(i);
    return all;
  }
  std::optional<journal::Cursor> cursor() { return *journal.cursor("siem"); }
  DestinationStatus state() { return status.destinations().at(0); }

  ManualClock clock{*parse_time("2026-03-02T09:00:00Z")};
  test::ManualLoop loop{clock};
  test::ManualPool pool;
  test::FakeJournal journal;
  SeededRandom random{1};
  test::RecordingLog log;
  StatusBoard status{clock, log};
  RateBudgets budgets;
  MemoryBudget memory{1 << 20};
  Services services{loop, pool, journal, clock, random, log, status, budgets, memory};
  Peer peer;
  std::unique_ptr<Delivery> delivery;
};

Result<std::string> refuse(Verdict verdict, const std::string& cause) {
  Failure failure;
  failure.verdict = verdict;
  failure.code = "fake/refused";
  failure.cause = cause;
  return fail(std::move(failure));
}

TEST_F(DeliveryTest, DeliversWhatIsThereAndWhatComes) {
  journal.append(3);
  make();
  start();
  EXPECT_EQ(peer.delivered, range(1, 3));
  journal.append(2);
  run();
  EXPECT_EQ(peer.delivered, range(1, 5));
  EXPECT_EQ(cursor()->next, 6U);
  EXPECT_EQ(cursor()->delivered, 5U);
  EXPECT_EQ(cursor()->state, "state after 5");
  EXPECT_EQ(state().backlog, 0U);
  EXPECT_EQ(state().delivered, 5U);
}

TEST_F(DeliveryTest, ADestinationMayBoundItsBatches) {
  peer.most_events = 2;
  journal.append(5);
  make();
  start();
  const std::vector<std::pair<Sequence, Sequence>> expected = {{1, 2}, {3, 4}, {5, 5}};
  EXPECT_EQ(peer.ranges, expected);
}

TEST_F(DeliveryTest, WhatADestinationShortenedStandsInItsStatus) {
  MappingDrift cut;
  cut.connector = "contoso";
  cut.stream = "audit";
  cut.cut_values = 3;
  peer.drift = {cut};
  journal.append(1);
  make();
  start();
  advance(seconds{11});
  journal.append(1);
  run();
  ASSERT_EQ(state().drift.size(), 1U);
  EXPECT_EQ(state().drift[0].stream, "audit");
  EXPECT_EQ(state().drift[0].cut_values, 3U);
}

TEST_F(DeliveryTest, ANewPlaceIsStoredBeforeAnythingIsDelivered) {
  journal.append(3);
  journal.hold_moves = true;
  make({.start = "24h"});
  start();
  EXPECT_TRUE(peer.opened.empty());
  ASSERT_EQ(journal.waiting_moves.size(), 1U);
  EXPECT_TRUE(journal.waiting_moves[0].urgent);
  EXPECT_EQ(journal.waiting_moves[0].cursor.next, 3U) << "what sequence_at() says for the duration";
  journal.answer_move();
  run();
  EXPECT_EQ(peer.delivered, range(3, 3));
}

TEST_F(DeliveryTest, GoesOnWhereItWasWithTheStateOfItsDestination) {
  journal.append(5);
  journal.move_cursor("siem", {.next = 4, .state = "kept", .delivered = 3, .skipped = 0}, true,
                      [](const Status&) {});
  make();
  start();
  EXPECT_EQ(peer.opened, (std::vector<std::string>{"kept"}));
  EXPECT_EQ(peer.delivered, range(4, 5));
  EXPECT_EQ(cursor()->delivered, 5U);
}

TEST_F(DeliveryTest, AnUnknownStartStopsWithTheCure) {
  make({.start = "yesterday"});
  start();
  EXPECT_NE(state().words.find("stopped: 'yesterday'"), std::string::npos) << state().words;
}

TEST_F(DeliveryTest, TheCursorMovesOnlyAfterDeliveryAndNothingFollowsBeforeIt) {
  journal.append(2);
  make({.batch_events = 1});
  start();
  EXPECT_EQ(peer.delivered, range(1, 2));
  journal.hold_moves = true;
  journal.append(2);
  run();
  EXPECT_EQ(peer.delivered, range(1, 3)) << "the second batch waits for the first one's cursor";
  EXPECT_EQ(cursor()->next, 3U);
  journal.answer_move();
  run();
  EXPECT_EQ(peer.delivered, range(1, 4));
}

TEST_F(DeliveryTest, ACrashBetweenDeliveryAndCursorRepeatsThatBatchOnly) {
  journal.append(4);
  make({.batch_events = 2});
  peer.on_deliver = [this](const Batch& batch) {
    if (batch.last == 4) journal.hold_moves = true;
    return Result<std::string>{"state after " + std::to_string(batch.last)};
  };
  start();
  EXPECT_EQ(peer.delivered, range(1, 4));
  delivery.reset();  // The crash: the second cursor never became durable.
  journal.waiting_moves.clear();
  journal.hold_moves = false;
  peer.delivered.clear();
  peer.on_deliver = [](const Batch&) { return Result<std::string>{"again"}; };
  make();
  start();
  EXPECT_EQ(peer.opened.back(), "state after 2");
  EXPECT_EQ(peer.delivered, range(3, 4));
}

TEST_F(DeliveryTest, ACursorThatIsRefusedIsMovedAgainWithoutDeliveringTwice) {
  journal.append(1);
  make();
  start();
  journal.hold_moves = true;
  journal.append(1);
  run();
  journal.answer_move(fail_retry("file/no-space", "the disk is full"));
  run();
  EXPECT_EQ(state().state, State::retrying);
  journal.hold_moves = false;
  advance(minutes{1});
  EXPECT_EQ(cursor()->next, 3U);
  EXPECT_EQ(peer.delivered, range(1, 2));
}

TEST_F(DeliveryTest, AtLeastOnceDestinationsDoNotWaitForTheirCursor) {
  peer.exact = false;
  journal.append(1);
  make({.batch_events = 1});
  start();
  journal.hold_moves = true;
  journal.append(5);
  run();
  EXPECT_EQ(peer.delivered, range(1, 6));
  EXPECT_EQ(journal.waiting_moves.size(), 1U) << "one move at a time is under way";
  while (!journal.waiting_moves.empty()) {
    EXPECT_FALSE(journal.waiting_moves[0].urgent);
    journal.answer_move();
    run();
  }
  EXPECT_EQ(cursor()->next, 7U) << "the newest place follows";
}

TEST_F(DeliveryTest, RespectsBatchLimits) {
  journal.append(10);
  make({.batch_events = 4});
  start();
  EXPECT_EQ(peer.ranges, (std::vector<std::pair<Sequence, Sequence>>{{1, 4}, {5, 8}, {9, 10}}));
  peer.ranges.clear();
  delivery.reset();
  journal.append_raw({std::string(3000, 'a'), std::string(3000, 'b'), std::string(3000, 'c')});
  make({.batch_bytes = 4096});
  start();
  EXPECT_EQ(peer.ranges, (std::vector<std::pair<Sequence, Sequence>>{{11, 12}, {13, 13}}));
}

TEST_F(DeliveryTest, PayloadsAreExactlyWhatTheFormatRendered) {
  std::vector<std::string> payloads;
  std::string bytes;
  peer.on_deliver = [&](const Batch& batch) {
    bytes = batch.bytes;
    for (const auto& payload : batch.payloads)
      payloads.emplace_back(payload.bytes);
    return Result<std::string>{""};
  };
  journal.append_raw({"1", "22"});
  make();
  start();
  EXPECT_EQ(payloads, (std::vector<std::string>{"1", "22"}));
  EXPECT_EQ(bytes, "1\n22\n");
}

TEST_F(DeliveryTest, OtherConnectorsAndDroppedEventsAreSkippedAndCounted) {
  journal.append(2, "wanted");
  journal.append(3, "other");
  journal.append_raw({R"("drop")", "1"}, "wanted");
  make({.connectors = {"wanted"}});
  start();
  EXPECT_EQ(peer.delivered, (std::vector<Sequence>{1, 2, 7}));
  EXPECT_EQ(cursor()->delivered, 3U);
  EXPECT_EQ(cursor()->skipped, 4U);
}

TEST_F(DeliveryTest, NothingForThisDestinationStillMovesTheCursor) {
  journal.append(3, "other");
  make({.connectors = {"wanted"}});
  start();
  EXPECT_TRUE(peer.delivered.empty());
  EXPECT_EQ(cursor()->next, 4U);
  EXPECT_FALSE(journal.moves.back().urgent);
}

TEST_F(DeliveryTest, AHoleInTheStoreIsCrossedCountedAndSaid) {
  journal.append(2);
  journal.add_hole(3, 5, "checksum");
  journal.append(2);
  make();
  start();
  EXPECT_EQ(peer.delivered, (std::vector<Sequence>{1, 2, 6, 7}));
  EXPECT_EQ(cursor()->skipped, 3U);
  EXPECT_EQ(log.count("sequences 3 to 5 are missing in the store (checksum)", LogLevel::warning),
            1U);
}

TEST_F(DeliveryTest, RetriesTheSameBatchAfterAGrowingWait) {
  int refusals = 3;
  std::vector<std::pair<Sequence, Sequence>> tried;
  peer.on_deliver = [&](const Batch& batch) {
    tried.emplace_back(batch.first, batch.last);
    if (refusals-- > 0) return refuse(Verdict::retry, "connection refused");
    return Result<std::string>{""};
  };
  journal.append(2);
  make();
  start();
  EXPECT_EQ(tried.size(), 1U);
  EXPECT_NE(state().words.find("retrying at 09:00:0"), std::string::npos) << state().words;
  EXPECT_NE(state().words.find("connection refused"), std::string::npos);
  journal.append(1);
  run();
  EXPECT_EQ(tried.size(), 1U) << "new events do not cut the wait short";
  advance(minutes{1});
  EXPECT_EQ(peer.delivered, range(1, 3));
  EXPECT_EQ(tried[3], tried[0]);
  EXPECT_EQ(state().words, "flowing");
}

TEST_F(DeliveryTest, AReceiverThatWasAwayForLongWaitsAMinuteAtMost) {
  bool away = true;
  std::size_t attempts = 0;
  peer.on_deliver = [&](const Batch&) {
    ++attempts;
    if (away) return refuse(Verdict::retry, "connection refused");
    return Result<std::string>{""};
  };
  journal.append(2);
  make();
  start();
  advance(minutes{30});
  const auto tried = attempts;
  advance(minutes{10});
  EXPECT_GE(attempts - tried, 9U);
  EXPECT_LE(attempts - tried, 21U) << "and it is not hammered";
  away = false;
  advance(minutes{1});
  EXPECT_EQ(peer.delivered, range(1, 2));
}

TEST_F(DeliveryTest, OpenIsRepeatedUntilItSucceeds) {
  int refusals = 2;
  peer.on_open = [&]() -> Status {
    if (refusals-- > 0) return fail_retry("fake/busy", "busy");
    return {};
  };
  journal.append(1);
  make();
  start();
  EXPECT_TRUE(peer.delivered.empty());
  advance(minutes{1});
  EXPECT_EQ(peer.opened.size(), 3U);
  EXPECT_EQ(peer.delivered, range(1, 1));
}

TEST_F(DeliveryTest, AVerdictOfStopEndsItInWordsAndKeepsThePlace) {
  peer.on_deliver = [](const Batch&) { return refuse(Verdict::stop, "no permission"); };
  journal.append(3);
  make();
  start();
  EXPECT_EQ(state().words, "stopped: no permission");
  EXPECT_EQ(cursor()->next, 1U);
  EXPECT_EQ(state().backlog, 3U);
}

TEST_F(DeliveryTest, ABadEventIsFoundSetAsideAndTheOthersArrive) {
  peer.on_deliver = [](const Batch& batch) {
    for (const auto& payload : batch.payloads) {
      if (payload.sequence == 6) return refuse(Verdict::set_aside, "field too long");
    }
    return Result<std::string>{""};
  };
  journal.append(9);
  make();
  start();
  EXPECT_EQ(peer.delivered, (std::vector<Sequence>{1, 2, 3, 4, 5, 7, 8, 9}));
  ASSERT_EQ(journal.aside.size(), 1U);
  EXPECT_EQ(journal.aside[0].owner, "destination/siem");
  EXPECT_EQ(journal.aside[0].sequence, 6U);
  EXPECT_EQ(cursor()->next, 10U);
  EXPECT_EQ(cursor()->delivered + cursor()->skipped + journal.aside.size(), 9U);
}

TEST_F(DeliveryTest, AnEventThatIsOnTheListAlreadyIsNotListedTwice) {
  journal::SetAside known;
  known.owner = "destination/siem";
  known.sequence = 1;
  journal.aside.push_back(known);
  peer.on_deliver = [](const Batch& batch) {
    if (batch.first == 1) return refuse(Verdict::set_aside, "field too long");
    return Result<std::string>{""};
  };
  journal.append(2);
  make();
  start();
  EXPECT_EQ(journal.aside.size(), 1U);
  EXPECT_EQ(peer.delivered, range(2, 2));
}

TEST_F(DeliveryTest, ABugOfADestinationEndsOnlyThisDelivery) {
  peer.on_deliver = [](const Batch&) -> Result<std::string> { throw std::logic_error("oops"); };
  journal.append(1);
  make();
  start();
  EXPECT_EQ(state().words, "stopped: bug: oops");
  bool stopped = false;
  delivery->stop(1, [&] { stopped = true; });
  run();
  EXPECT_TRUE(stopped);
}

TEST_F(DeliveryTest, StopDeliversUpToTheGivenSequenceThenCloses) {
  make({.batch_events = 2});
  start();
  journal.append(5);
  bool stopped = false;
  delivery->stop(3, [&] { stopped = true; });
  run();
  EXPECT_TRUE(stopped);
  EXPECT_GE(peer.delivered.size(), 3U);
  EXPECT_EQ(cursor()->next, peer.delivered.back() + 1);
  EXPECT_EQ(peer.closed, 1);
  const auto before = peer.delivered.size();
  journal.append(1);
  run();
  EXPECT_EQ(peer.delivered.size(), before);
}

TEST_F(DeliveryTest, StopStoresAPlaceThatWasNotStoredYet) {
  peer.exact = false;
  journal.append(1);
  make();
  start();
  journal.hold_moves = true;
  journal.append(3);
  run();
  journal.append(1);
  run();
  bool stopped = false;
  delivery->stop(5, [&] { stopped = true; });
  run();
  EXPECT_FALSE(stopped);
  while (!journal.waiting_moves.empty()) {
    journal.answer_move();
    run();
  }
  EXPECT_TRUE(stopped);
  EXPECT_EQ(cursor()->next, 6U);
}

TEST_F(DeliveryTest, StopAtOnceGivesUpARetry) {
  peer.on_deliver = [](const Batch&) { return refuse(Verdict::retry, "down"); };
  journal.append(1);
  make();
  start();
  bool drained = false;
  bool stopped = false;
  delivery->stop(1, [&] { drained = true; });
  run();
  EXPECT_FALSE(drained) << "it would still try to deliver";
  delivery->stop(0, [&] { stopped = true; });
  run();
  EXPECT_TRUE(drained);
  EXPECT_TRUE(stopped);
  EXPECT_EQ(peer.cancelled, 1);
  EXPECT_EQ(peer.closed, 1);
}

TEST_F(DeliveryTest, StopBeforeStartAndTwiceIsSafe) {
  make();
  int stopped = 0;
  delivery->stop(5, [&] { ++stopped; });
  delivery->stop(0, [&] { ++stopped; });
  run();
  EXPECT_EQ(stopped, 2);
  EXPECT_TRUE(peer.opened.empty());
}

TEST(DeliveryThreads, AppendsFromAnotherThreadAllArriveInOrder) {
  const SystemClock clock;
  ManualClock still{TimePoint{}};
  test::ManualLoop loop{still};
  test::FakeJournal journal;
  SeededRandom random{1};
  test::RecordingLog log;
  StatusBoard status{clock, log};
  RateBudgets budgets;
  MemoryBudget memory{1 << 20};
  const auto pool = make_pool(4);
  Services services{loop, *pool, journal, clock, random, log, status, budgets, memory};
  Peer peer;
  status.add_destination("siem", "fake");
  DeliveryOptions options;
  options.destination = "siem";
  options.start = "oldest";
  auto delivery = make_delivery(options, std::make_unique<FakeDestination>(peer),
                                std::make_unique<PlainFormat>(), services);
  delivery->start();
  std::thread writer([&] {
    for (int i = 0; i < 200; ++i)
      journal.append(5);
  });
  writer.join();
  std::atomic<bool> stopped{false};
  delivery->stop(1000, [&] { stopped = true; });
  const auto deadline = std::chrono::steady_clock::now() + seconds{60};
  while (!stopped && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  ASSERT_TRUE(stopped);
  ASSERT_EQ(peer.delivered.size(), 1000U);
  for (Sequence i = 0; i < 1000; ++i)
    EXPECT_EQ(peer.delivered[i], i + 1);
}

}  // namespace
}  // namespace cistern::runtime
