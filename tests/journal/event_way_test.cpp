// When destinations passed an event, as the log tells it.
#include "journal/event_way.hpp"

#include "journal_fixture.hpp"

#include <map>

namespace cistern::test {
namespace {

using journal::EventWay;
using journal::Passing;
using std::chrono::minutes;

class EventWayTest : public JournalTest {
 protected:
  void move(const std::string& name, Sequence next, std::uint64_t delivered = 1) {
    clock_.advance(minutes{1});
    const auto moved = move_and_wait(
        *journal_, name, {.next = next, .state = {}, .delivered = delivered, .skipped = 0});
    ASSERT_TRUE(moved) << moved.error().sentence();
    at_[name] = clock_.now();
  }
  EventWay way(Sequence sequence, const std::vector<std::string>& readers) {
    auto found = journal::event_way(options_.path, *files_, sequence, "contoso", readers);
    EXPECT_TRUE(found) << found.error().sentence();
    return found ? std::move(*found) : EventWay{};
  }
  std::map<std::string, TimePoint> at_;
};

TEST_F(EventWayTest, NamesTheCommitAndTheFirstMoveBeyondTheEvent) {
  open();
  commit_numbers("contoso", 1, 3);
  const TimePoint committed = clock_.now();
  move("siem", 2);
  move("siem", 4);
  const TimePoint passed = at_["siem"];
  commit_numbers("contoso", 4, 3);
  move("siem", 7);
  move("archive", 7);
  const auto found = way(3, {"siem", "archive"});
  ASSERT_TRUE(found.commit);
  EXPECT_EQ(found.commit->first, 1U);
  EXPECT_EQ(found.commit->last, 3U);
  EXPECT_EQ(found.commit->written, committed);
  EXPECT_EQ(found.commit->segment, "00000000000000000001.ndjson.zst");
  ASSERT_EQ(found.passings.size(), 2U);
  EXPECT_EQ(found.passings[0].reader, "siem");
  EXPECT_EQ(found.passings[0].how, Passing::How::moved);
  EXPECT_EQ(found.passings[0].at, passed);
  EXPECT_EQ(found.passings[1].at, at_["archive"]);
}

TEST_F(EventWayTest, TheLedgerRowsOfTheCommitAreThere) {
  open();
  CommitMaker maker{"contoso"};
  maker.record(R"({"n":1})", "1");
  maker.coverage({.stream = "audit",
                  .kind = "blob",
                  .item = "blob-1",
                  .from = clock_.now(),
                  .to = clock_.now(),
                  .state = CoverageState::whole,
                  .reason = {},
                  .expires = {},
                  .offered = 1});
  ASSERT_TRUE(commit_and_wait(*journal_, maker.take()));
  const auto found = way(1, {});
  ASSERT_TRUE(found.commit);
  ASSERT_EQ(found.commit->coverage.size(), 1U);
  EXPECT_EQ(found.commit->coverage[0].coverage.item, "blob-1");
  EXPECT_EQ(found.commit->coverage[0].stored, 1U);
}

TEST_F(EventWayTest, AReaderThatBeganBehindTheEventNeverHadIt) {
  open();
  commit_numbers("contoso", 1, 3);
  move("late", 4, 0);
  const auto found = way(2, {"late"});
  ASSERT_EQ(found.passings.size(), 1U);
  EXPECT_EQ(found.passings[0].how, Passing::How::behind);
}

TEST_F(EventWayTest, FollowsMovesThroughLaterSegments) {
  options_.segment_size = 2000;
  open();
  for (std::uint64_t n = 1; n <= 40; ++n)
    commit_numbers("contoso", n * 10, 10);
  ASSERT_GT(segments().size(), 3U);
  move("siem", 401);
  const auto found = way(5, {"siem"});
  ASSERT_EQ(found.passings.size(), 1U);
  EXPECT_EQ(found.passings[0].how, Passing::How::moved);
  EXPECT_EQ(found.passings[0].at, at_["siem"]);
}

TEST_F(EventWayTest, AMoveThatDamageTookIsKnownFromTheNextSnapshot) {
  options_.segment_size = 4000;
  open();
  commit_numbers("contoso", 1, 3);
  const std::string path = segments().back();
  const auto before = slurp(path).size();
  move("siem", 4);
  const auto after = slurp(path).size();
  ASSERT_GT(after, before);
  for (std::uint64_t n = 1; segments().size() < 2; ++n) {
    ASSERT_LT(n, 1000U);
    commit_numbers("contoso", n * 10, 10);
  }
  auto bytes = slurp(path);
  for (std::size_t i = before; i < after; ++i)
    bytes[i] = static_cast<char>(bytes[i] ^ 0x5a);
  spit(path, bytes);
  const auto found = way(2, {"siem"});
  ASSERT_EQ(found.passings.size(), 1U);
  EXPECT_EQ(found.passings[0].how, Passing::How::by);
  EXPECT_GE(found.passings[0].at, at_["siem"]);
}

TEST_F(EventWayTest, WhoHasNotPassedIsNotNamed) {
  open();
  commit_numbers("contoso", 1, 3);
  move("siem", 2);
  EXPECT_TRUE(way(3, {"siem", "unknown"}).passings.empty());
}

}  // namespace
}  // namespace cistern::test
