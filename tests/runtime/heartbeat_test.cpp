#include "runtime/watch/heartbeat.hpp"

#include "manual_loop.hpp"

#include <gtest/gtest.h>

namespace cistern::runtime {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class HeartbeatTest : public ::testing::Test {
 protected:
  void pass(Heartbeat& heartbeat, Duration time) {
    for (const Duration end = clock.steady() + time; clock.steady() < end;) {
      clock.advance(seconds{1});
      heartbeat.tick();
    }
  }
  ManualClock clock{*parse_time("2026-03-02T09:00:00Z")};
  test::RecordingLog log;
  StatusBoard status{clock, log};
};

TEST_F(HeartbeatTest, SaysThatItRunsAsOftenAsAsked) {
  Heartbeat heartbeat{status, clock, log, minutes{1}};
  pass(heartbeat, minutes{10});
  EXPECT_EQ(log.count("heartbeat"), 10U);
}

TEST_F(HeartbeatTest, IsSilentUnlessAskedFor) {
  Heartbeat heartbeat{status, clock, log, Duration{0}};
  pass(heartbeat, minutes{10});
  EXPECT_EQ(log.count("heartbeat"), 0U);
}

}  // namespace
}  // namespace cistern::runtime
