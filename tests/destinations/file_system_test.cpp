// The file destination on a real file system: what the one in memory cannot show.
#include "destinations/file/file_destination.hpp"
#include "file_harness.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cistern::destinations {
namespace {

using namespace cistern::testing;
using ::testing::HasSubstr;

class FileSystemTest : public ::testing::Test {
 protected:
  FileSystemTest() {
    std::string pattern = ::testing::TempDir() + "cistern-file-XXXXXX";
    folder = ::mkdtemp(pattern.data());
  }
  ~FileSystemTest() override {
    std::error_code ignored;
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(folder, ignored);
  }
  std::unique_ptr<FileDestination> make(const std::string& path, unsigned mode = 0600) {
    FileSettings settings;
    settings.path = path;
    settings.mode = mode;
    return std::make_unique<FileDestination>(
        settings,
        runtime::DestinationContext{.name = "siem", .files = *files, .clock = clock, .log = log},
        make_system_platform());
  }
  static std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static unsigned mode_of(const std::string& path) {
    struct stat facts {};
    ::stat(path.c_str(), &facts);
    return facts.st_mode & 0777;
  }

  std::string folder;
  std::unique_ptr<Files> files = make_system_files();
  ManualClock clock{kNoon};
  RecordingLog log;
};

TEST_F(FileSystemTest, CreatesTheFolderAndAFileThatOnlyItsOwnerMayRead) {
  const std::string path = folder + "/new/deep/events.ndjson";
  auto destination = make(path);
  ASSERT_TRUE(destination->open(""));
  ASSERT_TRUE(destination->deliver(batch(1, 5)));
  EXPECT_EQ(read(path), lines(1, 5));
  EXPECT_EQ(mode_of(path), 0600U);
  EXPECT_EQ(mode_of(folder + "/new"), 0700U);
}

TEST_F(FileSystemTest, GivesTheModeThatIsAskedFor) {
  auto destination = make(folder + "/events", 0640);
  ASSERT_TRUE(destination->open(""));
  ASSERT_TRUE(destination->deliver(batch(1, 1)));
  EXPECT_EQ(mode_of(folder + "/events"), 0640U);
}

TEST_F(FileSystemTest, ASecondDestinationOnTheSameFileIsRefused) {
  auto first = make(folder + "/events");
  ASSERT_TRUE(first->open(""));
  const auto state = first->deliver(batch(1, 1));
  ASSERT_TRUE(state);
  auto second = make(folder + "/events");
  const auto resumed = second->open(*state);
  ASSERT_FALSE(resumed);
  EXPECT_EQ(resumed.error().code, "file/locked");
  EXPECT_EQ(resumed.error().verdict, Verdict::retry);
  ASSERT_TRUE(second->open(""));
  const auto fresh = second->deliver(batch(7, 8));
  ASSERT_FALSE(fresh) << "nor may it move the other's file aside";
  EXPECT_EQ(fresh.error().code, "file/locked");
  first->close();
  EXPECT_TRUE(second->open(*state));
}

TEST_F(FileSystemTest, FollowsASymbolicLinkInsteadOfReplacingIt) {
  std::filesystem::create_directory(folder + "/real");
  std::ofstream(folder + "/real/events").close();
  std::filesystem::create_symlink(folder + "/real/events", folder + "/link");
  auto destination = make(folder + "/link");
  ASSERT_TRUE(destination->open(""));
  ASSERT_TRUE(destination->deliver(batch(1, 2)));
  EXPECT_TRUE(std::filesystem::is_symlink(folder + "/link"));
  EXPECT_EQ(read(folder + "/real/events"), lines(1, 2));
}

TEST_F(FileSystemTest, RefusesWhatIsNoRegularFile) {
  for (const std::string& path : {std::string{"/dev/null"}, folder}) {
    const auto opened = make(path)->open("");
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, "file/not-regular");
    EXPECT_THAT(opened.error().next_step, HasSubstr("path"));
  }
}

TEST_F(FileSystemTest, AMissingPermissionNamesTheCure) {
  if (::geteuid() == 0) GTEST_SKIP() << "the superuser may write everywhere";
  std::filesystem::permissions(
      folder, std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  auto destination = make(folder + "/events");
  ASSERT_TRUE(destination->open(""));
  const auto refused = destination->deliver(batch(1, 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "file/permission");
  EXPECT_THAT(refused.error().next_step, HasSubstr("access"));
}

TEST_F(FileSystemTest, APathThroughAFileNamesTheCure) {
  std::ofstream(folder + "/events").close();
  const auto opened = make(folder + "/events/deeper")->open("");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().verdict, Verdict::stop);
  EXPECT_THAT(opened.error().next_step, HasSubstr("path"));
}

}  // namespace
}  // namespace cistern::destinations
