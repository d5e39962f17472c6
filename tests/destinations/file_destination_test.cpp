#include "file_harness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::destinations {
namespace {

using namespace cistern::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FileDestinationTest : public ::testing::Test {
 protected:
  void start() {
    if (destination) destination->close();
    destination = std::make_unique<FileDestination>(
        settings,
        runtime::DestinationContext{.name = "siem", .files = files, .clock = clock, .log = log},
        std::make_unique<FreePlatform>());
    const auto opened = destination->open(state);
    ASSERT_TRUE(opened) << opened.error().sentence();
  }
  void deliver(Sequence first, Sequence last) {
    auto delivered = destination->deliver(batch(first, last));
    ASSERT_TRUE(delivered) << delivered.error().sentence();
    state = std::move(*delivered);
  }
  std::string content(const std::string& path = kPath) {
    const auto* const found = files.content(path);
    return found == nullptr ? "(missing)" : *found;
  }
  std::vector<std::string> paths() const {
    std::vector<std::string> all;
    for (const auto& [path, bytes] : files.contents()) {
      all.push_back(path);
    }
    return all;
  }

  FileSettings settings{.path = kPath};
  CrashFiles files;
  ManualClock clock{kNoon};
  RecordingLog log;
  std::unique_ptr<FileDestination> destination;
  std::string state;
};

TEST_F(FileDestinationTest, AppendsBatchesAndGoesOnAfterARestart) {
  start();
  deliver(1, 3);
  deliver(4, 4);
  start();
  deliver(5, 9);
  EXPECT_EQ(content(), lines(1, 9));
  EXPECT_THAT(log.warnings, IsEmpty());
  EXPECT_TRUE(destination->exact());
}

TEST_F(FileDestinationTest, AnEmptyBatchChangesNothing) {
  start();
  deliver(1, 3);
  const std::string before = state;
  EXPECT_EQ(destination->deliver(runtime::Batch{}), before);
  EXPECT_EQ(content(), lines(1, 3));
}

TEST_F(FileDestinationTest, EqualBytesOfAnUnconfirmedBatchStayAlsoWithOtherBorders) {
  start();
  deliver(1, 3);
  const std::string confirmed = state;
  deliver(4, 9);
  state = confirmed;  // the cursor was not stored before the crash
  start();
  deliver(4, 5);
  EXPECT_EQ(content(), lines(1, 9)) << "nothing is cut while it is equal";
  deliver(6, 20);
  EXPECT_EQ(content(), lines(1, 20));
  EXPECT_THAT(log.warnings, IsEmpty());
}

TEST_F(FileDestinationTest, UnequalBytesAreCutWithAWarning) {
  start();
  deliver(1, 3);
  *files.content(kPath) += "something else\n";
  deliver(4, 5);
  EXPECT_EQ(content(), lines(1, 5));
  EXPECT_THAT(log.warnings, ElementsAre(HasSubstr("cut_bytes=15")));
}

TEST_F(FileDestinationTest, ACompressedBatchWithOtherBordersIsWrittenAgain) {
  settings.compression = Compression::zstd;
  start();
  deliver(1, 3);
  const std::string confirmed = state;
  deliver(4, 9);
  state = confirmed;
  start();
  deliver(4, 5);
  deliver(6, 9);
  EXPECT_EQ(decode(Compression::zstd, content()), lines(1, 9));
  EXPECT_EQ(log.warnings.size(), 1U);
}

TEST_F(FileDestinationTest, EveryBatchIsAWholeMember) {
  settings.compression = Compression::gzip;
  start();
  deliver(1, 3);
  EXPECT_EQ(decode(Compression::gzip, content()), lines(1, 3));
  deliver(4, 6);
  EXPECT_EQ(decode(Compression::gzip, content()), lines(1, 6));
}

TEST_F(FileDestinationTest, RotatesBySizeOnABatchBorder) {
  settings.rotate_size = lines(1, 5).size();
  start();
  deliver(1, 4);
  deliver(5, 8);
  EXPECT_THAT(paths(), ElementsAre(kPath)) << "recorded now, done before the next batch";
  deliver(9, 9);
  EXPECT_EQ(content(), lines(9, 9));
  EXPECT_EQ(content(kPath + ".20260304T120000Z-1"), lines(1, 8));
}

TEST_F(FileDestinationTest, RotatesByAgeAlsoAcrossARestart) {
  settings.rotate_every = std::chrono::hours{24};
  start();
  deliver(1, 2);
  clock.advance(std::chrono::hours{23});
  deliver(3, 4);
  start();
  clock.advance(std::chrono::hours{1});
  deliver(5, 6);
  start();
  deliver(7, 8);
  EXPECT_EQ(content(), lines(7, 8));
  EXPECT_EQ(content(kPath + ".20260305T120000Z-1"), lines(1, 6));
}

TEST_F(FileDestinationTest, RotatedFilesOfOneSecondAreNumbered) {
  settings.rotate_size = 1;
  start();
  for (Sequence i = 1; i <= 12; ++i) {
    deliver(i, i);
  }
  EXPECT_EQ(content(kPath + ".20260304T120000Z-11"), lines(11, 11));
  EXPECT_EQ(read_all(files, Compression::none), lines(1, 12));
}

TEST_F(FileDestinationTest, KeepsOnlyTheNewestRotatedFilesAndTouchesNoOthers) {
  settings.rotate_size = 1;
  settings.keep_files = 2;
  files.put(kPath + ".backup", "mine");
  files.put(kPath + ".20260304T120000Z-x", "mine");
  files.put("/logs/other.ndjson.20260101T000000Z-1", "mine");
  start();
  for (Sequence i = 1; i <= 5; ++i) {
    deliver(i, i);
  }
  EXPECT_THAT(paths(), ElementsAre(kPath, kPath + ".20260304T120000Z-3",
                                   kPath + ".20260304T120000Z-4", kPath + ".20260304T120000Z-x",
                                   kPath + ".backup", "/logs/other.ndjson.20260101T000000Z-1"));
}

TEST_F(FileDestinationTest, AClockThatIsSetBackDoesNotDisorderTheFiles) {
  settings.rotate_size = 1;
  settings.keep_files = 3;
  start();
  for (Sequence i = 1; i <= 9; ++i) {
    deliver(i, i);
    clock.jump(-std::chrono::hours{24});
  }
  EXPECT_EQ(read_all(files, Compression::none), lines(6, 9));
}

TEST_F(FileDestinationTest, ARotatedNameThatSomebodyTookIsNotOverwritten) {
  settings.rotate_size = 1;
  start();
  deliver(1, 1);
  files.put(kPath + ".20260304T120000Z-1", "mine");
  deliver(2, 2);
  EXPECT_EQ(content(kPath + ".20260304T120000Z-1"), "mine");
  EXPECT_EQ(content(kPath + ".20260304T120000Z-2"), lines(1, 1));
}

TEST_F(FileDestinationTest, AFileThatIsMovedUnderneathIsLeftAndANewOneBegun) {
  start();
  deliver(1, 3);
  files.move(kPath, kPath + ".1");  // as logrotate does
  deliver(4, 5);
  EXPECT_EQ(content(kPath + ".1"), lines(1, 3));
  EXPECT_EQ(content(), lines(4, 5));
  EXPECT_THAT(log.warnings, ElementsAre(HasSubstr("moved or deleted")));
}

TEST_F(FileDestinationTest, AnEmptyFileThatLogrotateCreatedIsReplaced) {
  start();
  deliver(1, 3);
  files.move(kPath, kPath + ".1");
  files.put(kPath, "");
  deliver(4, 5);
  EXPECT_EQ(content(), lines(4, 5));
  EXPECT_THAT(paths(), ElementsAre(kPath, kPath + ".1"));
}

TEST_F(FileDestinationTest, AMissingFileIsReportedAndOldEventsAreNotWrittenAgain) {
  start();
  deliver(1, 3);
  ASSERT_TRUE(files.remove(kPath));
  start();
  deliver(4, 5);
  EXPECT_EQ(content(), lines(4, 5));
  EXPECT_THAT(log.warnings,
              ElementsAre(HasSubstr("missing_bytes=" + std::to_string(lines(1, 3).size()))));
}

TEST_F(FileDestinationTest, AShorterFileIsReportedAndKeptAside) {
  start();
  deliver(1, 3);
  files.content(kPath)->resize(10);
  const std::string rest = content();
  start();
  deliver(4, 5);
  EXPECT_EQ(content(), lines(4, 5));
  EXPECT_EQ(content(kPath + ".aside-20260304T120000Z-1"), rest);
  EXPECT_THAT(log.warnings.front(),
              HasSubstr("missing_bytes=" + std::to_string(lines(1, 3).size() - 10)));
}

TEST_F(FileDestinationTest, AFileTruncatedWhileRunningIsNoticed) {
  start();
  deliver(1, 3);
  files.content(kPath)->clear();  // as copytruncate does
  deliver(4, 5);
  EXPECT_EQ(content(), lines(4, 5));
  EXPECT_THAT(log.warnings, ElementsAre(HasSubstr("copytruncate")));
}

TEST_F(FileDestinationTest, AFileWithOtherContentIsNeverContinued) {
  start();
  deliver(1, 3);
  (*files.content(kPath))[2] ^= 1;
  start();
  deliver(4, 5);
  EXPECT_EQ(content(), lines(4, 5));
  EXPECT_THAT(log.warnings.front(), HasSubstr("other bytes"));
}

TEST_F(FileDestinationTest, AnExistingFileOfSomebodyElseIsMovedAsideUnchanged) {
  files.put(kPath, "precious\n");
  start();
  deliver(1, 3);
  EXPECT_EQ(content(), lines(1, 3));
  EXPECT_EQ(content(kPath + ".aside-20260304T120000Z-1"), "precious\n");
  EXPECT_THAT(log.warnings, ElementsAre(HasSubstr("moved aside")));
}

TEST_F(FileDestinationTest, OnAFullDiskTheFileKeepsWholeBatchesAndTheBatchIsRetried) {
  start();
  deliver(1, 3);
  files.space = 10;
  const auto refused = destination->deliver(batch(4, 5));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().verdict, Verdict::retry);
  EXPECT_EQ(refused.error().code, "file/no-space");
  EXPECT_GT(refused.error().wait.count(), 0);
  EXPECT_THAT(refused.error().sentence(), HasSubstr("events wait in the store"));
  EXPECT_EQ(content(), lines(1, 3));
  files.space = UINT64_MAX;
  deliver(4, 5);
  EXPECT_EQ(content(), lines(1, 5));
  EXPECT_THAT(log.warnings, IsEmpty());
}

TEST_F(FileDestinationTest, AFullDiskAtTheFirstBatchLeavesNoHalfFile) {
  start();
  files.space = 10;
  EXPECT_FALSE(destination->deliver(batch(1, 2)));
  EXPECT_EQ(content(), "(missing)");
  files.space = UINT64_MAX;
  deliver(1, 2);
  EXPECT_EQ(content(), lines(1, 2));
}

TEST_F(FileDestinationTest, AStateOfAnotherVersionStopsWithTheNextStep) {
  destination = std::make_unique<FileDestination>(
      settings,
      runtime::DestinationContext{.name = "siem", .files = files, .clock = clock, .log = log},
      std::make_unique<FreePlatform>());
  for (const char* bad : {R"({"version":2,"inode":1,"length":1,"mark":1,"opened":"2026-03-04"})",
                          "not json", "[]", R"({"version":1,"inode":-1})"}) {
    const auto opened = destination->open(bad);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, "file/bad-state");
    EXPECT_EQ(opened.error().verdict, Verdict::stop);
    EXPECT_THAT(opened.error().next_step, HasSubstr("forget"));
  }
}

TEST(FileState, SurvivesItsTextForm) {
  const FileState state{.inode = UINT64_MAX,
                        .length = 1ULL << 53,
                        .mark = 0xfedcba98,
                        .opened = kNoon,
                        .rotate_to = "a \"name\""};
  const auto parsed = parse_state(render_state(state));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->inode, state.inode);
  EXPECT_EQ(parsed->length, state.length);
  EXPECT_EQ(parsed->mark, state.mark);
  EXPECT_EQ(parsed->opened, state.opened);
  EXPECT_EQ(parsed->rotate_to, state.rotate_to);
}

TEST(FileNames, ACompressionsEndingStaysTheEnding) {
  EXPECT_EQ(rotated_name("a.ndjson.zst", kNoon, {}), "a.ndjson.20260304T120000Z-1.zst");
  EXPECT_EQ(rotated_name("a.gz", kNoon, {"a.20260304T120000Z-1.gz"}), "a.20260304T120000Z-2.gz");
  EXPECT_THAT(rotated_files("a.gz", {"a.20260304T120000Z-10.gz", "a.20260304T120000Z-9.gz",
                                     "a.20260304T120000Z-9", "b.20260304T120000Z-9.gz",
                                     "a.20260304T120000Z-.gz", "a.20260304 120000Z-1.gz"}),
              ElementsAre("a.20260304T120000Z-9.gz", "a.20260304T120000Z-10.gz"));
  EXPECT_EQ(split_path("/a").directory, "/");
  EXPECT_EQ(split_path("a").directory, ".");
}

}  // namespace
}  // namespace cistern::destinations
