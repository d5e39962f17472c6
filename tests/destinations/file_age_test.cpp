// Rotated files that are deleted by their age.
#include "file_harness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::destinations {
namespace {

using namespace cistern::testing;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;

class FileAgeTest : public ::testing::Test {
 protected:
  FileAgeTest() {
    destination = std::make_unique<FileDestination>(
        settings,
        runtime::DestinationContext{.name = "siem", .files = files, .clock = clock, .log = log},
        std::make_unique<FreePlatform>());
    EXPECT_TRUE(destination->open({}));
  }
  /// Two batches: the first makes the file due, the second finds it renamed.
  void rotate() {
    for (int i = 0; i < 2; ++i) {
      EXPECT_TRUE(destination->deliver(batch(next, next)));
      ++next;
    }
  }
  std::vector<std::string> rotated() {
    std::vector<std::string> names;
    for (const auto& [name, bytes] : files.contents())
      names.push_back(split_path(name).name);
    return rotated_files(split_path(kPath).name, names);
  }

  FileSettings settings{.path = kPath, .rotate_size = 1, .keep_for = hours{24 * 2}};
  CrashFiles files;
  ManualClock clock{kNoon};
  RecordingLog log;
  std::unique_ptr<FileDestination> destination;
  Sequence next = 1;
};

TEST_F(FileAgeTest, AnOldRotatedFileGoesWithTheNextRotation) {
  rotate();
  ASSERT_EQ(rotated().size(), 1U);
  clock.advance(hours{48} + minutes{1});
  rotate();
  for (const auto& name : rotated())
    EXPECT_EQ(name.find("20260304"), std::string::npos) << name;
  EXPECT_FALSE(rotated().empty()) << "the new ones stay";
}

TEST_F(FileAgeTest, AnOldRotatedFileGoesWhileNothingIsWritten) {
  rotate();
  ASSERT_EQ(rotated().size(), 1U);
  const auto old = rotated().front();
  clock.advance(hours{47});
  ASSERT_TRUE(destination->tend());
  EXPECT_EQ(rotated().front(), old);
  clock.advance(hours{2});
  EXPECT_EQ(destination->due(), Duration{0});
  ASSERT_TRUE(destination->tend());
  EXPECT_TRUE(rotated().empty());
  EXPECT_EQ(destination->due(), hours{1}) << "then an hour later";
}

TEST(ExpiredFiles, AreThoseRotatedBeforeTheLimit) {
  const std::vector<std::string> all = {"a.20260301T000000Z-1", "a.20260303T115959Z-1",
                                        "a.20260303T120000Z-1"};
  EXPECT_THAT(expired_files("a", all, hours{24}, kNoon),
              ElementsAre("a.20260301T000000Z-1", "a.20260303T115959Z-1"));
}

}  // namespace
}  // namespace cistern::destinations
