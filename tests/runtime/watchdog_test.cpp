#include "runtime/watch/watchdog.hpp"

#include <functional>

#include <gtest/gtest.h>

namespace cistern::runtime {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class WatchdogTest : public ::testing::Test {
 protected:
  /// Looks each second for so long, and returns the last verdicts.
  Verdicts look(Duration time, const std::function<void(Progress&)>& change = {}) {
    Verdicts verdicts;
    for (const Duration end = progress.now + time; progress.now < end;) {
      progress.now += seconds{1};
      if (change) change(progress);
      verdicts = watchdog.look(progress);
    }
    return verdicts;
  }
  Progress::Destination& siem() {
    if (progress.destinations.empty()) {
      progress.destinations.push_back(
          {.name = "siem", .state = State::flowing, .backlog = 10, .passed = 5});
    }
    return progress.destinations.front();
  }

  Watchdog watchdog{minutes{5}};
  Progress progress = [] {
    Progress facts;
    facts.now = seconds{100};
    return facts;
  }();
};

TEST_F(WatchdogTest, WhatHasNothingToDoDoesNotStand) {
  siem().backlog = 0;
  const auto verdicts = look(minutes{30});
  EXPECT_TRUE(verdicts.stages.empty());
  EXPECT_TRUE(verdicts.destinations.empty());
}

TEST_F(WatchdogTest, AWriterWithCommitsAndWithoutGroupsStandsAfterTheLimit) {
  progress.commits_waiting = 3;
  EXPECT_TRUE(look(minutes{4} + seconds{59}).stages.empty());
  const auto verdicts = look(seconds{2});
  ASSERT_EQ(verdicts.stages.size(), 1U);
  EXPECT_EQ(verdicts.stages[0].stage, kStageWriter);
  EXPECT_NE(verdicts.stages[0].failure.cause.find("for 5 min; 3 commits wait"), std::string::npos)
      << verdicts.stages[0].failure.cause;
  EXPECT_FALSE(verdicts.stages[0].failure.next_step.empty());
  ++progress.groups_written;
  EXPECT_TRUE(look(seconds{1}).stages.empty()) << "it moves again";
}

TEST_F(WatchdogTest, AWriterThatWritesDoesNotStandHoweverLongTheQueue) {
  progress.commits_waiting = 100;
  EXPECT_TRUE(look(minutes{30}, [](Progress& facts) {
                if (facts.now % minutes{1} == Duration{0}) ++facts.groups_written;
              }).stages.empty());
}

TEST_F(WatchdogTest, AFullDiskIsNoStandingStage) {
  progress.commits_waiting = 3;
  progress.store_writing = false;
  siem();
  const auto verdicts = look(minutes{30});
  EXPECT_TRUE(verdicts.stages.empty());
  EXPECT_TRUE(verdicts.destinations.empty());
}

TEST_F(WatchdogTest, WorkersThatNeverComeFreeStand) {
  progress.decoding_since = progress.now;
  EXPECT_TRUE(look(minutes{4}).stages.empty());
  const auto verdicts = look(minutes{1});
  ASSERT_EQ(verdicts.stages.size(), 1U);
  EXPECT_EQ(verdicts.stages[0].stage, kStageDecoding);
}

TEST_F(WatchdogTest, ADestinationThatHangsStandsAndIsNamed) {
  siem();
  const auto verdicts = look(minutes{5} + seconds{2});
  EXPECT_TRUE(verdicts.stages.empty()) << "no reason to restart the process";
  ASSERT_TRUE(verdicts.destinations.contains("siem"));
  EXPECT_NE(verdicts.destinations.at("siem").cause.find("although 10 events wait"),
            std::string::npos);
  ++siem().passed;
  EXPECT_TRUE(look(seconds{1}).destinations.empty());
}

TEST_F(WatchdogTest, ADestinationThatSaysWhyItWaitsDoesNotStand) {
  for (const State state : {State::retrying, State::stopped}) {
    siem().state = state;
    EXPECT_TRUE(look(minutes{30}).destinations.empty());
  }
}

}  // namespace
}  // namespace cistern::runtime
