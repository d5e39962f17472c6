// When a file of a watched folder may be taken.
#include "connectors/cisco_secure_email/watch_table.hpp"

#include "connectors/cisco_secure_email/watch_folder.hpp"
#include "intake_support.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cistern::connectors::cisco_secure_email {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kName = "mail_logs.@20250211T070000.s";

WatchedEntry entry(std::uint64_t size, bool ends = false) {
  WatchedEntry entry;
  entry.name = kName;
  entry.inode = 7;
  entry.size = size;
  entry.ends = ends;
  return entry;
}

TEST(WatchTable, TakesAFileThatSaysItsEndAtOnceAndOnce) {
  WatchTable table{seconds{30}, {}};
  const auto ready = table.scan({entry(100, true)}, seconds{1}).ready;
  ASSERT_THAT(ready, SizeIs(1));
  EXPECT_TRUE(ready[0].complete);
  table.took(ready[0]);
  EXPECT_THAT(table.scan({entry(100, true)}, minutes{2}).ready, IsEmpty());
}

TEST(WatchTable, WaitsUntilAFileHasNotChangedForTheTime) {
  WatchTable table{seconds{30}, {}};
  EXPECT_THAT(table.scan({entry(100)}, seconds{0}).ready, IsEmpty());
  EXPECT_THAT(table.scan({entry(200)}, seconds{25}).ready, IsEmpty()) << "it grew";
  EXPECT_THAT(table.scan({entry(200)}, seconds{50}).ready, IsEmpty());
  auto ready = table.scan({entry(200)}, seconds{55}).ready;
  ASSERT_THAT(ready, SizeIs(1));
  EXPECT_FALSE(ready[0].complete) << "it may still grow";
  table.took(ready[0]);
  EXPECT_THAT(table.scan({entry(200)}, seconds{90}).ready, IsEmpty());
  // It grows after all, and is looked at again.
  EXPECT_THAT(table.scan({entry(300)}, seconds{100}).ready, IsEmpty());
  ready = table.scan({entry(300)}, seconds{131}).ready;
  ASSERT_THAT(ready, SizeIs(1));
  table.took(ready[0]);
  ready = table.scan({entry(300)}, minutes{62}).ready;
  ASSERT_THAT(ready, SizeIs(1)) << "after an hour nobody writes to it any more";
  EXPECT_TRUE(ready[0].complete);
}

TEST(WatchTable, ALongPauseBetweenTwoScansIsNoProofByItself) {
  WatchTable table{seconds{30}, {}};
  EXPECT_THAT(table.scan({entry(100)}, seconds{0}).ready, IsEmpty());
  EXPECT_THAT(table.scan({entry(100)}, seconds{40}).ready, SizeIs(1));
  WatchTable fresh{seconds{0}, {}};
  EXPECT_THAT(fresh.scan({entry(100)}, seconds{0}).ready, IsEmpty()) << "one scan is not enough";
}

TEST(WatchTable, RemembersWhatTheStoreSaysAndForgetsWhatIsGone) {
  WatchTable table{seconds{30}, {{kName, entry(100, true).state()}, {"gone", "1 2 3"}}};
  auto decision = table.scan({entry(100, true)}, seconds{1});
  EXPECT_THAT(decision.ready, IsEmpty());
  EXPECT_THAT(decision.gone, ElementsAre("gone"));
  decision = table.scan({entry(150, true)}, seconds{2});
  EXPECT_THAT(decision.ready, SizeIs(1)) << "another file of that name";
}

TEST(WatchTable, NamesWhatItDoesNotReadOnce) {
  WatchTable table{seconds{30}, {}};
  WatchedEntry link = entry(10);
  link.regular = false;
  WatchedEntry odd;
  odd.name = "notes.txt";
  EXPECT_THAT(table.scan({link, odd}, seconds{1}).refused, SizeIs(2));
  EXPECT_THAT(table.scan({link, odd}, seconds{2}).refused, IsEmpty());
}

TEST(WatchFolder, FollowsNoLinksAndReadsOnlyWhatItSaw) {
  std::string pattern = (std::filesystem::temp_directory_path() / "watch-XXXXXX").string();
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  const std::filesystem::path folder{pattern};
  const std::string file = log_file(3);
  std::ofstream{folder / kName} << file;
  std::filesystem::create_directory(folder / "sub.@20250211T070000.s");
  std::filesystem::create_symlink("/etc/passwd", folder / "link.@20250211T070000.s");
  ASSERT_EQ(::mkfifo((folder / "pipe.@20250211T070000.s").c_str(), 0600), 0);
  const auto listing = list_watched(folder);
  ASSERT_TRUE(listing.has_value());
  ASSERT_THAT(listing->entries, SizeIs(4));
  for (const WatchedEntry& seen : listing->entries) {
    EXPECT_EQ(seen.regular, seen.name == kName) << seen.name;
    if (!seen.regular) {
      EXPECT_FALSE(open_watched(folder, seen).has_value()) << seen.name;
      continue;
    }
    EXPECT_TRUE(seen.ends);
    auto source = open_watched(folder, seen);
    ASSERT_TRUE(source.has_value());
    std::ofstream{folder / kName, std::ios::app} << "more";
    EXPECT_EQ(*(*source)->read(0, 1'000'000), file);
    EXPECT_FALSE(remove_watched(folder, seen).has_value()) << "it has changed";
    EXPECT_TRUE(std::filesystem::exists(folder / kName));
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace cistern::connectors::cisco_secure_email
