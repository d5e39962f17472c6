// Rotation by time while no event comes.
#include "file_harness.hpp"

#include <gtest/gtest.h>

namespace cistern::destinations {
namespace {

using namespace cistern::testing;
using std::chrono::hours;

class QuietRotationTest : public ::testing::Test {
 protected:
  void start() {
    if (destination) destination->close();
    destination = std::make_unique<FileDestination>(
        settings,
        runtime::DestinationContext{.name = "siem", .files = files, .clock = clock, .log = log},
        std::make_unique<FreePlatform>());
    ASSERT_TRUE(destination->open(state));
  }
  void deliver(Sequence first, Sequence last) {
    auto delivered = destination->deliver(batch(first, last));
    ASSERT_TRUE(delivered) << delivered.error().sentence();
    state = std::move(*delivered);
  }
  /// One turn of the delivery; what comes back is stored.
  void tend() {
    auto tended = destination->tend();
    ASSERT_TRUE(tended) << tended.error().sentence();
    if (*tended) state = **tended;
  }
  std::string content(const std::string& path) {
    const auto* const found = files.content(path);
    return found == nullptr ? "(missing)" : *found;
  }

  FileSettings settings{.path = kPath, .rotate_every = hours{24}};
  CrashFiles files;
  ManualClock clock{kNoon};
  RecordingLog log;
  std::unique_ptr<FileDestination> destination;
  std::string state;
  const std::string rotated = kPath + ".20260305T120000Z-1";
};

TEST_F(QuietRotationTest, TheFileIsRotatedWhenItsTimeHasComeAndNoBatchDoes) {
  start();
  EXPECT_FALSE(destination->due()) << "no file, nothing to rotate";
  deliver(1, 3);
  EXPECT_EQ(destination->due(), hours{24});
  clock.advance(hours{24});
  EXPECT_EQ(destination->due(), Duration{0});
  tend();
  EXPECT_EQ(content(kPath), lines(1, 3)) << "first the new name is recorded";
  EXPECT_EQ(destination->due(), Duration{0});
  tend();
  EXPECT_EQ(content(kPath), "(missing)");
  EXPECT_EQ(content(rotated), lines(1, 3));
  EXPECT_FALSE(destination->due());
  deliver(4, 5);
  EXPECT_EQ(content(kPath), lines(4, 5));
}

TEST_F(QuietRotationTest, ARestartBetweenTheStepsNeitherLosesNorRepeats) {
  for (int steps = 0; steps <= 2; ++steps) {
    files = CrashFiles{};
    state.clear();
    destination.reset();
    start();
    deliver(1, 3);
    clock.advance(hours{25});
    for (int step = 0; step < steps; ++step)
      tend();
    start();
    deliver(4, 6);
    EXPECT_EQ(read_all(files, Compression::none), lines(1, 6)) << steps;
  }
}

}  // namespace
}  // namespace cistern::destinations
