// A destination that hangs, one that is dead for an hour, one that has work of its own while
// nothing comes, and events that were set aside and are tried again.
#include "fake_journal.hpp"
#include "manual_loop.hpp"
#include "runtime/destination.hpp"
#include "runtime/pool.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::runtime {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class Scripted final : public Destination {
 public:
  struct Script {
    std::function<Result<std::string>(const Batch&)> deliver = [](const Batch&) {
      return Result<std::string>{"delivered"};
    };
    std::function<void()> cancel = [] {};
    std::optional<Duration> due;
    std::function<std::optional<std::string>()> tend = [] { return std::nullopt; };
  };
  explicit Scripted(Script& script) : script_(script) {}
  Status open(const std::string&) override { return {}; }
  Result<std::string> deliver(const Batch& batch) override { return script_.deliver(batch); }
  void close() override {}
  void cancel() override { script_.cancel(); }
  std::optional<Duration> due() override { return script_.due; }
  Result<std::optional<std::string>> tend() override { return script_.tend(); }
  [[nodiscard]] bool exact() const override { return true; }

 private:
  Script& script_;
};

class PlainFormat final : public Format {
 public:
  bool render(const journal::Envelope& envelope, std::string& out) override {
    out += envelope.raw;
    return true;
  }
};

class QuietDeliveryTest : public ::testing::Test {
 protected:
  ~QuietDeliveryTest() override { delivery.reset(); }
  void make() {
    status.add_destination("siem", "scripted");
    delivery = make_delivery({.destination = "siem", .start = "oldest"},
                             std::make_unique<Scripted>(script), std::make_unique<PlainFormat>(),
                             services(pool));
    delivery->start();
    run();
  }
  Services services(Executor& executor) {
    return {loop, executor, journal, clock, random, log, status, budgets, memory};
  }
  void run() {
    for (int turns = 0; turns < 10'000; ++turns) {
      ASSERT_TRUE(loop.run());
      if (!pool.run_one()) return;
    }
    FAIL() << "it never comes to rest";
  }
  void advance(Duration by, Duration step = seconds{1}) {
    for (Duration done{0}; done < by; done += step) {
      ASSERT_TRUE(loop.advance(step));
      run();
    }
  }
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
  Scripted::Script script;
  std::unique_ptr<Delivery> delivery;
};

TEST_F(QuietDeliveryTest, DeadForAnHourItKeepsOneBatchAndOneTask) {
  std::size_t attempts = 0;
  bool dead = true;
  std::vector<Sequence> taken;
  script.deliver = [&](const Batch& batch) -> Result<std::string> {
    ++attempts;
    if (dead) return fail_retry("fake/down", "connection refused", "start it");
    for (const auto& payload : batch.payloads)
      taken.push_back(payload.sequence);
    return std::string{"ok"};
  };
  make();
  for (int minute = 0; minute < 60; ++minute) {
    journal.append(10);
    run();
    advance(minutes{1}, seconds{10});
    EXPECT_LE(pool.size(), 1U);
    EXPECT_LE(loop.timers(), 1U);
  }
  EXPECT_GT(attempts, 10U);
  EXPECT_LT(attempts, 125U) << "the pauses grow to a minute, less a random part";
  EXPECT_EQ(state().state, State::retrying);
  EXPECT_THAT(state().words, testing::HasSubstr("connection refused"));
  EXPECT_EQ(state().backlog, 600U);
  dead = false;
  advance(minutes{6}, seconds{10});
  ASSERT_EQ(taken.size(), 600U);
  for (std::size_t i = 0; i < taken.size(); ++i)
    ASSERT_EQ(taken[i], i + 1);
  EXPECT_EQ(state().backlog, 0U);
  EXPECT_FALSE(state().failure);
}

TEST_F(QuietDeliveryTest, OneThatAcceptsAndHangsHoldsUpNobodyAndLetsGoWhenCancelled) {
  std::mutex mutex;
  std::condition_variable wake;
  bool let_go = false;
  std::atomic<bool> hangs{false};
  script.deliver = [&](const Batch&) -> Result<std::string> {
    std::unique_lock lock(mutex);
    hangs = true;
    wake.wait(lock, [&] { return let_go; });
    return fail_retry("fake/hung", "no answer", "look at it");
  };
  script.cancel = [&] {
    const std::lock_guard lock(mutex);
    let_go = true;
    wake.notify_all();
  };
  Scripted::Script sound;
  std::atomic<std::size_t> delivered{0};
  sound.deliver = [&](const Batch& batch) -> Result<std::string> {
    delivered += batch.payloads.size();
    return std::string{};
  };
  const auto threads = make_pool(2);
  status.add_destination("hung", "scripted");
  status.add_destination("sound", "scripted");
  auto hung =
      make_delivery({.destination = "hung", .start = "oldest"}, std::make_unique<Scripted>(script),
                    std::make_unique<PlainFormat>(), services(*threads));
  auto other =
      make_delivery({.destination = "sound", .start = "oldest"}, std::make_unique<Scripted>(sound),
                    std::make_unique<PlainFormat>(), services(*threads));
  journal.append(1);
  hung->start();
  while (!hangs)
    std::this_thread::yield();
  other->start();
  for (int i = 0; i < 100; ++i)
    journal.append(10);
  const auto deadline = std::chrono::steady_clock::now() + seconds{30};
  while (delivered < 1001 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_EQ(delivered, 1001U);
  EXPECT_EQ(status.destinations().at(0).backlog, 1001U) << "nothing of the hung one moved";
  std::atomic<bool> ended{false};
  hung->stop(0, [&] { ended = true; });
  while (!ended && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_TRUE(ended);
  hung.reset();
  other.reset();
}

TEST_F(QuietDeliveryTest, WhatIsDueIsDoneAlthoughNoEventComes) {
  std::size_t tended = 0;
  script.due = hours{1};
  script.tend = [&]() -> std::optional<std::string> {
    ++tended;
    script.due.reset();
    return "tended";
  };
  make();
  advance(minutes{30}, minutes{1});
  EXPECT_EQ(tended, 0U);
  script.due = Duration{0};
  advance(minutes{2}, seconds{10});
  EXPECT_EQ(tended, 1U);
  EXPECT_EQ((*journal.cursor("siem"))->state, "tended") << "what comes back is stored";
  advance(minutes{10}, minutes{1});
  EXPECT_EQ(tended, 1U);
}

TEST_F(QuietDeliveryTest, AnEventThatWasSetAsideIsDeliveredWhenAskedFor) {
  bool refuses = true;
  std::vector<Sequence> taken;
  script.deliver = [&](const Batch& batch) -> Result<std::string> {
    for (const auto& payload : batch.payloads) {
      if (payload.sequence == 2 && refuses) {
        return fail({.verdict = Verdict::set_aside,
                     .code = "fake/too-long",
                     .cause = "too long",
                     .consequence = {},
                     .next_step = {}});
      }
    }
    for (const auto& payload : batch.payloads)
      taken.push_back(payload.sequence);
    return std::string{"ok"};
  };
  journal.append(3);
  make();
  EXPECT_THAT(taken, ElementsAre(1, 3));
  ASSERT_EQ(journal.aside.size(), 1U);
  Status outcome;
  delivery->retry(2, [&](const Status& status) { outcome = status; });
  run();
  EXPECT_FALSE(outcome) << "still refused, so it stays";
  refuses = false;
  outcome = fail_stop("test/unset", "", "");
  delivery->retry(2, [&](const Status& status) { outcome = status; });
  run();
  EXPECT_TRUE(outcome);
  EXPECT_THAT(taken, ElementsAre(1, 3, 2));
  EXPECT_EQ((*journal.cursor("siem"))->next, 4U) << "the place does not move back";
  delivery->retry(99, [&](const Status& status) { outcome = status; });
  run();
  EXPECT_FALSE(outcome);
}

}  // namespace
}  // namespace cistern::runtime
