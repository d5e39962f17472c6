// What the machine reads, and that it reads it once, whatever happens.
#include "base/random.hpp"
#include "codec/compress.hpp"
#include "connectors/cisco_umbrella/machine_bench.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::cisco_umbrella::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(UmbrellaMachine, FirstStartReadsTheLookbackAndNothingOlder) {
  MachineBench bench;
  bench.bucket.put(key_at("2026-03-09-11-50"), rows("old", 2), at("2026-03-09T11:55:00Z"));
  bench.bucket.put(key_at("2026-03-09-12-10"), rows("first", 2), at("2026-03-09T12:15:00Z"));
  bench.bucket.put(key_at("2026-03-10-11-50"), codec::gzip(rows("new", 3)),
                   at("2026-03-10T11:55:00Z"));
  bench.start();
  bench.run_for(minutes{1});
  EXPECT_THAT(bench.raws, SizeIs(5));
  EXPECT_EQ(bench.repeated(), 0U);
  EXPECT_EQ(bench.row_of(key_at("2026-03-10-11-50"))->state, CoverageState::whole);
  EXPECT_EQ(bench.through(), at("2026-03-10T11:59:00Z"));
  // And the retention's sweep of the next days does not go behind the beginning either.
  bench.run_for(hours{30});
  EXPECT_THAT(bench.raws, SizeIs(5));
}

TEST(UmbrellaMachine, ALateUploadThatSortsBeforeOneThatWasReadIsFound) {
  MachineBench bench;
  bench.bucket.put(key_at("2026-03-10-11-50", "8fff"), rows("a", 1), at("2026-03-10T11:55:00Z"));
  bench.start();
  bench.run_for(minutes{1});
  ASSERT_THAT(bench.raws, SizeIs(1));
  // Of the same slot, a smaller name: a cursor that remembers the highest key passes over it.
  bench.bucket.put(key_at("2026-03-10-11-50", "0aaa"), rows("b", 1), bench.now);
  bench.run_for(minutes{6});
  EXPECT_THAT(bench.raws, SizeIs(2));
  // Five hours late: found within an hour.
  bench.bucket.put(key_at("2026-03-10-07-00", "0aaa"), rows("c", 1), bench.now);
  bench.run_for(minutes{70});
  EXPECT_THAT(bench.raws, SizeIs(3));
}

TEST(UmbrellaMachine, AnUploadThatIsDaysLateIsFoundByTheDailySweepAndNamedUntilThen) {
  MachineBench bench;
  bench.options.lookback = hours{24 * 7};
  bench.bucket.put(key_at("2026-03-10-11-50"), rows("a", 1), at("2026-03-10T11:55:00Z"));
  bench.start();
  bench.run_for(hours{1});
  bench.bucket.put(key_at("2026-03-05-07-00"), rows("late", 1), bench.now);
  bench.run_for(minutes{20});
  EXPECT_THAT(bench.raws, SizeIs(1));
  bench.run_for(hours{25});
  EXPECT_THAT(bench.raws, SizeIs(2));
  const auto named = std::any_of(bench.coverage.begin(), bench.coverage.end(), [](const auto& row) {
    return row.item == key_at("2026-03-05-07-00") && row.state == CoverageState::partial;
  });
  EXPECT_TRUE(named) << "the ledger called the hour whole while an object of it was missing";
  EXPECT_EQ(bench.row_of(key_at("2026-03-05-07-00"))->state, CoverageState::whole);
}

TEST(UmbrellaMachine, ListsInsideABudgetAndPagesByToken) {
  MachineBench bench;
  bench.bucket.page_size = 100;
  for (int i = 0; i < 1440; ++i) {
    const TimePoint slot = at("2026-03-09T12:00:00Z") + minutes{i};
    std::string text = format_time_seconds(slot).substr(0, 16);
    text[10] = text[13] = '-';
    bench.bucket.put(key_at(text), rows("n", 1), slot + seconds{10});
  }
  bench.start();
  bench.run_for(minutes{2});
  EXPECT_THAT(bench.raws, SizeIs(1440));
  EXPECT_GE(bench.bucket.count("token t/"), 14U);
  // A page behind a token names no start; the first one does.
  EXPECT_GE(bench.bucket.count("after dnslogs/2026-03-09/2026-03-09-12-00"), 1U);
  EXPECT_THAT(bench.bucket.broken_rules, IsEmpty());
  // From now on the newest hour is one page of 60 at each poll, and the day 15 pages an hour.
  const std::size_t before = bench.bucket.pages;
  bench.run_for(hours{2});
  EXPECT_LT(bench.bucket.pages - before, 24U + 2 * 16U + 2U + 6U);
  EXPECT_EQ(bench.bucket.count("GET "), 1440U);
}

TEST(UmbrellaMachine, FindsFoldersAlsoUnknownOnesAndLeavesForeignKeysAlone) {
  MachineBench bench;
  const TimePoint when = at("2026-03-10T11:55:00Z");
  bench.bucket.put("README_FROM_UMBRELLA.txt", "token", when);
  bench.bucket.put("dnslogs/", "", when);
  bench.bucket.put("dnslogs/2026-03-10/", "", when);
  bench.bucket.put(key_at("2026-03-10-11-50"), rows("a", 1), when);
  bench.bucket.put(key_at("2026-03-10-11-50", "1f0c", "quantumlogs"), rows("q", 1), when);
  bench.bucket.put(key_at("2026-03-10-11-50", "", "ztaenrolment"), rows("z", 1), when);
  bench.bucket.put("pictures/2026-03-10/cat.jpg", "meow", when);
  bench.bucket.put("dnslogs/2026-03-10/2026-03-10-11-50-1f0c.csv.gz.parquet", "?", when);
  bench.start();
  bench.run_for(minutes{10});
  EXPECT_THAT(bench.raws, SizeIs(3));
  EXPECT_EQ(bench.bucket.count("GET "), 3U);
  EXPECT_TRUE(bench.told_code("cisco_umbrella/foreign-keys"));
  // A log that begins later is found as well.
  bench.bucket.put(key_at("2026-03-10-12-00", "1f0c", "auditlogs"), rows("au", 1), bench.now);
  bench.run_for(minutes{61});
  EXPECT_THAT(bench.raws, SizeIs(4));
}

TEST(UmbrellaMachine, NeverLeavesTheFolderOfACiscoManagedBucket) {
  MachineBench bench;
  bench.options.folder = bench.bucket.required_prefix = "2003477_0a1b";
  bench.options.managed = true;
  bench.bucket.required_prefix += "/";
  bench.bucket.put("2003477_0a1b/" + key_at("2026-03-10-11-50"), rows("a", 1),
                   at("2026-03-10T11:55:00Z"));
  bench.bucket.put("99_ffff/" + key_at("2026-03-10-11-50"), rows("b", 1),
                   at("2026-03-10T11:55:00Z"));
  bench.start();
  bench.run_for(minutes{10});
  EXPECT_THAT(bench.raws, SizeIs(1));
  EXPECT_THAT(bench.bucket.broken_rules, IsEmpty());
  for (const HttpRequest& request : bench.sent)
    EXPECT_THAT(request.url, testing::Not(HasSubstr("_0a1b//")));
}

TEST(UmbrellaMachine, AKillAtAnyCommitLosesNothingAndRepeatsNothing) {
  for (std::size_t kill = 0; kill < 40; ++kill) {
    MachineBench bench;
    std::size_t expected = 0;
    for (int i = 0; i < 6; ++i) {
      bench.bucket.put(key_at("2026-03-10-11-" + std::to_string(10 + i * 6)),
                       rows("k" + std::to_string(i), 7), at("2026-03-10T11:55:00Z"));
      expected += 7;
    }
    bench.die_after = kill;
    bench.start();
    bench.run_for(minutes{5});
    bench.start();
    bench.run_for(minutes{20});
    EXPECT_EQ(bench.raws.size(), expected) << "killed after " << kill;
    EXPECT_EQ(bench.repeated(), 0U) << "killed after " << kill;
  }
}

/// 24 MiB of rows that pack badly: several pieces of 4 MiB, several commits of 8 MiB.
std::string large_object(int count) {
  SeededRandom random{3};
  std::string out;
  for (int i = 0; i < count; ++i) {
    out += R"x("2026-03-10 11:50:01","LT","LT","10.0.0.1","203.0.113.7","Allowed","1 (A)",)x"
           R"x("NOERROR",")x";
    for (int j = 0; j < 20; ++j)
      out += std::to_string(random.next());
    out += ".example.com.\",\"x\"\n";
  }
  return out;
}

TEST(UmbrellaMachine, ALargeObjectComesInPiecesAndAKillInTheMiddleResumesAtTheNextRow) {
  const std::string body = codec::gzip(large_object(50'000), 1);
  ASSERT_GT(body.size(), 2 * kPieceBytes);
  std::size_t whole = 0;
  int resumed = 0;
  for (const std::size_t kill : {std::size_t{1000}, std::size_t{4}, std::size_t{5}}) {
    MachineBench bench;
    bench.bucket.put(key_at("2026-03-10-11-50"), body, at("2026-03-10T11:55:00Z"));
    bench.die_after = kill;
    bench.start();
    bench.run_for(minutes{2});
    if (!bench.alive()) {
      if (bench.position.contains("object/" + key_at("2026-03-10-11-50"))) ++resumed;
      EXPECT_LT(bench.raws.size(), 50'000U);
      bench.start();
      bench.run_for(minutes{2});
    } else {
      whole = bench.commits;
    }
    EXPECT_EQ(bench.raws.size(), 50'000U);
    EXPECT_EQ(bench.repeated(), 0U);
    EXPECT_LE(bench.largest_commit, kMaxCommitBytes);
    EXPECT_FALSE(bench.position.contains("object/" + key_at("2026-03-10-11-50")));
    EXPECT_EQ(bench.row_of(key_at("2026-03-10-11-50"))->state, CoverageState::whole);
    for (const HttpRequest& request : bench.sent)
      EXPECT_LE(request.max_body, std::max<std::uint64_t>(kPieceBytes + 1024, 8ULL << 20));
  }
  EXPECT_GT(whole, 3U);
  EXPECT_GE(resumed, 1) << "no kill fell between two parts";
}

TEST(UmbrellaMachine, AnObjectThatIsReplacedWhileItIsReadBecomesANewVersion) {
  const std::string longer = large_object(30'000);
  const std::string body =
      codec::gzip(std::string_view{longer}.substr(0, longer.size() / 6 * 5), 1);
  for (const bool alike : {true, false}) {
    MachineBench bench;
    const std::string key = key_at("2026-03-10-11-50");
    bench.bucket.put(key, body, at("2026-03-10T11:55:00Z"));
    bool replaced = false;
    bench.bucket.fault = [&](const HttpRequest&, TimePoint) -> std::optional<Answer> {
      if (!replaced && bench.raws.size() > 1000) {
        replaced = true;
        bench.bucket.put(key, codec::gzip(alike ? longer : rows("other", 100), 1),
                         at("2026-03-10T11:55:00Z"));
      }
      return std::nullopt;
    };
    bench.start();
    bench.run_for(minutes{5});
    ASSERT_TRUE(replaced);
    EXPECT_TRUE(bench.told_code("cisco_umbrella/object-replaced"));
    EXPECT_EQ(bench.told_code("cisco_umbrella/object-rewritten"), !alike);
    if (alike) {
      EXPECT_EQ(bench.raws.size(), 30'000U);
    } else {
      EXPECT_EQ(bench.identities.size(), bench.raws.size());
      EXPECT_THAT(bench.raws.back(), HasSubstr("other-99"));
    }
    EXPECT_EQ(bench.repeated(), 0U);
    EXPECT_EQ(bench.row_of(key)->state, CoverageState::whole);
  }
}

TEST(UmbrellaMachine, OfAnObjectThatGrewAfterItWasReadOnlyTheNewRowsAreStored) {
  MachineBench bench;
  const std::string key = key_at("2026-03-10-11-50");
  bench.bucket.put(key, rows("a", 10), at("2026-03-10T11:55:00Z"));
  bench.start();
  bench.run_for(minutes{1});
  bench.bucket.put(key, rows("a", 15), bench.now);
  bench.run_for(minutes{10});
  EXPECT_THAT(bench.raws, SizeIs(15));
  EXPECT_EQ(bench.repeated(), 0U);
  // Copied by somebody: another ETag, the same bytes. Nothing is new, and nobody is woken.
  bench.bucket.put(key, rows("a", 15), bench.now);
  bench.run_for(minutes{10});
  EXPECT_THAT(bench.raws, SizeIs(15));
  EXPECT_FALSE(bench.told_code("cisco_umbrella/object-rewritten"));
}

TEST(UmbrellaMachine, EmptyObjectsAreWholeWithoutARow) {
  MachineBench bench;
  const TimePoint when = at("2026-03-10T11:55:00Z");
  bench.bucket.put(key_at("2026-03-10-11-10"), "", when);
  bench.bucket.put(key_at("2026-03-10-11-20"), codec::gzip(""), when);
  bench.bucket.put(key_at("2026-03-10-11-30"),
                   codec::gzip("\"Timestamp\",\"Most Granular Identity\",\"Identities\"\n"), when);
  bench.start();
  bench.run_for(minutes{30});
  EXPECT_THAT(bench.raws, IsEmpty());
  for (const auto* slot : {"2026-03-10-11-10", "2026-03-10-11-20", "2026-03-10-11-30"}) {
    ASSERT_TRUE(bench.row_of(key_at(slot))) << slot;
    EXPECT_EQ(bench.row_of(key_at(slot))->state, CoverageState::whole) << slot;
    EXPECT_EQ(bench.row_of(key_at(slot))->offered, 0U);
  }
  EXPECT_LE(bench.bucket.count("GET "), 2U);
}

TEST(UmbrellaMachine, ACommitThatCannotBeMadeLosesNothing) {
  MachineBench bench;
  for (int i = 10; i < 60; ++i) {
    bench.bucket.put(key_at("2026-03-10-11-" + std::to_string(i)), rows("c" + std::to_string(i), 3),
                     at("2026-03-10T11:59:30Z"));
  }
  int refused = 0;
  // Every fifth commit with rows fails; those handed over behind it hold the same hour's names.
  bench.refuse_commit = [&](const Commit& commit) {
    return !commit.records.empty() && refused < 6 && ++refused % 2 == 0;
  };
  bench.start();
  bench.run_for(seconds{30});
  EXPECT_LT(bench.raws.size(), 150U) << "what failed is not tried again yet";
  // A new process knows only what is durable: a name in it whose rows are not would be a loss.
  bench.refuse_commit = nullptr;
  bench.start();
  bench.run_for(minutes{30});
  EXPECT_THAT(bench.raws, SizeIs(150));
  EXPECT_EQ(bench.repeated(), 0U);
  EXPECT_LE(bench.largest_state, 4096U);
}

TEST(UmbrellaMachine, WhatTheStoreLostWholeIsReadAgain) {
  MachineBench bench;
  const std::string key = key_at("2026-03-10-11-50");
  bench.bucket.put(key, rows("a", 10), at("2026-03-10T11:55:00Z"));
  bench.start();
  bench.run_for(minutes{1});
  bench.raws.clear();
  bench.identities.clear();
  Coverage lost = *bench.row_of(key);
  lost.state = CoverageState::damaged;
  bench.damage({.through = 10, .items = {lost}});
  bench.run_for(minutes{1});
  EXPECT_THAT(bench.raws, SizeIs(10));
  EXPECT_EQ(bench.row_of(key)->state, CoverageState::whole);
}

TEST(UmbrellaMachine, AnotherFolderBeginsAnew) {
  MachineBench bench;
  bench.bucket.put(key_at("2026-03-10-11-50"), rows("a", 1), at("2026-03-10T11:55:00Z"));
  bench.start();
  bench.run_for(minutes{1});
  bench.options.folder = "77";
  bench.bucket.put("77/" + key_at("2026-03-10-11-50"), rows("b", 1), at("2026-03-10T11:55:00Z"));
  bench.start();
  bench.run_for(minutes{1});
  EXPECT_TRUE(bench.told_code("cisco_umbrella/other-source"));
  EXPECT_THAT(bench.raws, SizeIs(2));
}

}  // namespace
}  // namespace cistern::connectors::cisco_umbrella::test
