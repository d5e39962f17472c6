// Collecting: windows, pages, backfill, restarts. The clock is pushed by hand.
#include "connectors/cisco_duo/log_stream.hpp"
#include "connectors/cisco_duo/machine_bench.hpp"
#include "connectors/cisco_duo/wire.hpp"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::cisco_duo::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

std::vector<std::string> all_streams() {
  std::vector<std::string> out;
  for (const LogStream& stream : kLogStreams)
    out.emplace_back(stream.name);
  return out;
}

/// `count` rows, evenly from `back` before the bench's present until 10 minutes before it.
void spread(MachineBench& bench, std::string_view stream, std::size_t count, Duration back) {
  const bool plain = find_log_stream(stream)->paging == Paging::mintime;
  const Duration step = (back - minutes{10}) / static_cast<std::int64_t>(count);
  for (std::size_t i = 0; i < count; ++i) {
    const TimePoint time = bench.now - back + step * static_cast<std::int64_t>(i);
    if (plain) {
      bench.vendor.add_plain(stream, time, "n" + std::to_string(i));
    } else {
      bench.vendor.add(stream, time, "id-" + std::to_string(i));
    }
  }
}

std::size_t distinct(const std::vector<std::string>& rows) {
  return std::set<std::string>(rows.begin(), rows.end()).size();
}

TEST(DuoMachine, EveryLogIsCollectedOnce) {
  MachineBench bench(all_streams());
  bench.options.lookback = hours{24 * 3};
  for (const std::string& stream : all_streams())
    spread(bench, stream, 2'500, hours{70});
  bench.run(hours{2});
  for (const std::string& stream : all_streams()) {
    EXPECT_EQ(bench.stored(stream), 2'500U) << stream;
    EXPECT_EQ(distinct(bench.records[stream]), 2'500U) << stream;
    EXPECT_GT(bench.watermark(stream), bench.now - minutes{6}) << stream;
  }
  EXPECT_THAT(bench.vendor.broken_rules, testing::IsEmpty());
  EXPECT_EQ(bench.vendor.refused_429, 0U);
}

TEST(DuoMachine, WhatHappensMeanwhileIsReadWithinMinutes) {
  MachineBench bench({"authentication"});
  bench.options.lookback = hours{1};
  bench.run(minutes{10});
  const TimePoint happened = bench.now;
  bench.vendor.add("authentication", happened, "fresh");
  ASSERT_TRUE(bench.run_until([&] { return bench.stored("authentication") == 1; }, minutes{10}));
  EXPECT_LE(bench.now - happened, minutes{5});
}

TEST(DuoMachine, NoWindowEndsNearTheVendorsPresent) {
  // A clock that is almost as far ahead as the vendor accepts: before the first answer nobody
  // knows.
  MachineBench bench({"activity", "authentication"});
  bench.vendor.skew = -minutes{4};
  bench.options.lookback = hours{2};
  bench.run(hours{1});
  EXPECT_GT(bench.vendor.requests.size(), 20U);
  EXPECT_THAT(bench.vendor.broken_rules, testing::IsEmpty());
  EXPECT_LE(bench.watermark("activity"), bench.now + bench.vendor.skew - minutes{2});
}

TEST(DuoMachine, AClockThatIsADayOffIsCorrectedByTheAnswers) {
  for (const Duration skew : {Duration{hours{24}}, -Duration{hours{24}}}) {
    MachineBench bench({"authentication"});
    bench.vendor.skew = skew;
    bench.options.lookback = hours{2};
    const TimePoint vendors_now = bench.now + skew;
    bench.vendor.add("authentication", vendors_now - hours{1}, "x");
    // As the vendor does: a Date that is more than 5 minutes off is refused.
    bench.vendor.fault = [&](const HttpRequest&, TimePoint server) -> std::optional<Answer> {
      const TimePoint dated = bench.now + bench.options.clock->vendor_ahead;
      if (std::chrono::abs(dated - server) < minutes{5}) return std::nullopt;
      return answer(401, fail_body(40105, "Bad request timestamp"), server);
    };
    bench.run(minutes{20});
    EXPECT_EQ(bench.stored("authentication"), 1U);
    EXPECT_TRUE(bench.reported(Report::Kind::notice, "cisco_duo/clock"));
    EXPECT_FALSE(bench.reported(Report::Kind::refused, "cisco_duo/clock-refused"));
    EXPECT_THAT(bench.vendor.broken_rules, testing::IsEmpty());
  }
}

TEST(DuoMachine, ABackfillUsesTheRateAndReadsEachRecordOnce) {
  MachineBench bench({"authentication"});
  spread(bench, "authentication", 120'000, hours{24 * 178});
  const TimePoint began = bench.now;
  ASSERT_TRUE(
      bench.run_until([&] { return bench.stored("authentication") == 120'000; }, hours{24 * 7}));
  EXPECT_EQ(distinct(bench.records["authentication"]), 120'000U);
  const double minutes_taken =
      std::chrono::duration<double, std::ratio<60>>(bench.now - began).count();
  const auto requests = static_cast<double>(bench.vendor.requests.size());
  EXPECT_GE(requests, 0.9 * 2.0 * minutes_taken) << requests << " in " << minutes_taken;
  EXPECT_LT(static_cast<double>(bench.vendor.refused_429), 0.01 * requests);
  EXPECT_THAT(bench.vendor.broken_rules, testing::IsEmpty());
  EXPECT_TRUE(bench.reported(Report::Kind::notice, "cisco_duo/backfill"));
  EXPECT_TRUE(bench.reported(Report::Kind::catching_up, ""));
}

TEST(DuoMachine, ABackfillOfV1LogsReadsEachRecordOnce) {
  MachineBench bench({"administrator", "offline_enrollment"});
  spread(bench, "administrator", 30'000, hours{24 * 178});
  spread(bench, "offline_enrollment", 5, hours{24 * 100});
  ASSERT_TRUE(bench.run_until(
      [&] { return bench.watermark("administrator") > bench.now - minutes{10}; }, hours{24}));
  EXPECT_EQ(bench.stored("administrator"), 30'000U);
  EXPECT_EQ(bench.stored("offline_enrollment"), 5U);
  EXPECT_LT(bench.vendor.count("administrator"), 40U);
  EXPECT_TRUE(bench.lost().empty());
}

TEST(DuoMachine, TheForecastNamesTheEnd) {
  MachineBench bench({"authentication"});
  spread(bench, "authentication", 100'000, hours{24 * 178});
  bench.run(minutes{30});
  const auto forecast =
      std::find_if(bench.reports.rbegin(), bench.reports.rend(),
                   [](auto& report) { return report.failure.code == "cisco_duo/backfill"; });
  ASSERT_NE(forecast, bench.reports.rend());
  EXPECT_THAT(forecast->failure.cause, HasSubstr("authentication is at 20"));
  EXPECT_THAT(forecast->failure.cause, HasSubstr("more (until 20"));
  bench.run(hours{2});
  EXPECT_EQ(bench.reports.back().kind == Report::Kind::catching_up, false);
  const bool ended = std::any_of(bench.reports.begin(), bench.reports.end(), [](auto& report) {
    return report.failure.code == "cisco_duo/backfill" && report.failure.next_step.empty();
  });
  EXPECT_TRUE(ended);
}

TEST(DuoMachine, AQuietTenantsPastIsReadInFewRequests) {
  MachineBench bench({"authentication"});
  spread(bench, "authentication", 50, hours{24 * 178});
  bench.run(minutes{30});
  EXPECT_EQ(bench.stored("authentication"), 50U);
  EXPECT_LT(bench.vendor.requests.size(), 60U);
}

TEST(DuoMachine, ARestartAtAnyMomentLosesAndRepeatsNothing) {
  MachineBench bench(all_streams());
  bench.options.lookback = hours{24 * 10};
  for (const std::string& stream : all_streams())
    spread(bench, stream, 6'000, hours{239});
  // Equal rows around a page border of a log without ids.
  for (int i = 0; i < 700; ++i)
    bench.vendor.add_plain("administrator", bench.now - minutes{9}, "equal");
  SeededRandom random(3);
  for (int i = 0; i < 60; ++i) {
    bench.run(milliseconds{static_cast<std::int64_t>(random.next() % 90'000)});
    bench.restart();
  }
  bench.run(hours{3});
  for (const std::string& stream : all_streams()) {
    const std::size_t expected = stream == "administrator" ? 6'700 : 6'000;
    EXPECT_EQ(bench.stored(stream), expected) << stream;
  }
  EXPECT_TRUE(bench.lost().empty());
}

TEST(DuoMachine, APageBorderThroughEqualRowsKeepsEachOfThem) {
  MachineBench bench({"administrator"});
  bench.options.lookback = hours{24};
  for (int i = 0; i < 600; ++i)
    bench.vendor.add_plain("administrator", bench.now - hours{3}, "a" + std::to_string(i));
  for (int i = 0; i < 900; ++i)
    bench.vendor.add_plain("administrator", bench.now - hours{2}, "equal");
  bench.run(minutes{30});
  EXPECT_EQ(bench.stored("administrator"), 1'500U);
  EXPECT_TRUE(bench.lost().empty());
}

TEST(DuoMachine, MoreThanAThousandRowsInOneSecondAreANamedGap) {
  MachineBench bench({"administrator"});
  bench.options.lookback = hours{24};
  const TimePoint dense = floor_to(bench.now - hours{2}, seconds{1});
  for (int i = 0; i < 1'500; ++i)
    bench.vendor.add_plain("administrator", dense, "n" + std::to_string(i));
  for (int i = 0; i < 10; ++i)
    bench.vendor.add_plain("administrator", dense + minutes{i + 1}, "after");
  bench.run(minutes{30});
  EXPECT_EQ(bench.stored("administrator"), 1'010U);
  ASSERT_FALSE(bench.lost().empty());
  // Reading the last 24 hours again meets it again: the same row, told once.
  for (const Coverage& row : bench.lost()) {
    EXPECT_EQ(row.from, dense);
    EXPECT_EQ(row.to, dense + seconds{1});
    EXPECT_THAT(row.reason, HasSubstr("1,000"));
  }
  EXPECT_EQ(std::count_if(bench.reports.begin(), bench.reports.end(),
                          [](const Report& one) { return one.kind == Report::Kind::lost; }),
            1);
}

TEST(DuoMachine, TheLedgersWindowsTouchAndReachTheWatermark) {
  MachineBench bench({"telephony", "administrator"});
  bench.options.lookback = hours{24};
  spread(bench, "telephony", 2'500, hours{23});
  spread(bench, "administrator", 2'500, hours{23});
  bench.run(hours{1});
  for (const char* stream : {"telephony", "administrator"}) {
    TimePoint reached = bench.now - hours{25};
    std::uint64_t offered = 0;
    bool first = true;
    for (const Coverage& row : bench.ledger) {
      if (row.stream != stream) continue;
      offered += row.offered;
      EXPECT_EQ(row.kind, "window");
      if (row.state != CoverageState::whole) continue;
      EXPECT_TRUE(first || row.from <= reached) << stream;
      first = false;
      reached = std::max(reached, row.to);
    }
    EXPECT_EQ(reached, bench.watermark(stream));
    EXPECT_GE(offered, 2'500U);
  }
}

TEST(DuoMachine, EventsThatComeLateAreFoundByTheOverlap) {
  MachineBench bench({"activity"});
  bench.options.lookback = hours{2};
  bench.run(hours{1});
  bench.vendor.add("activity", bench.now - minutes{6}, "four minutes late");
  bench.vendor.rows.begin()->second.back().visible = bench.now;
  bench.run(minutes{5});
  EXPECT_EQ(bench.stored("activity"), 1U);
  // An offline logon that was synchronised hours later.
  FakeRow late{bench.now - hours{5}, bench.now,
               R"({"activity_id":"hours late","ts":")" + format_time(bench.now - hours{5}) + "\"}"};
  auto& rows = bench.vendor.rows.begin()->second;
  rows.insert(rows.begin(), late);
  bench.run(hours{1});
  EXPECT_EQ(bench.stored("activity"), 1U);
  bench.run(hours{24});
  EXPECT_EQ(bench.stored("activity"), 1U) << "older than what was ever to be read";
}

TEST(DuoMachine, WhatComesUpToTwelveHoursLateIsReadAgain) {
  MachineBench bench({"activity"});
  bench.options.lookback = hours{24 * 3};
  bench.run(hours{1});
  auto& rows = bench.vendor.rows["/admin/v2/logs/activity"];
  rows.insert(rows.begin(), {bench.now - hours{5}, bench.now,
                             R"({"activity_id":"hours late","ts":")" +
                                 format_time(bench.now - hours{5}) + "\"}"});
  EXPECT_EQ(bench.stored("activity"), 0U);
  bench.run(hours{13});
  EXPECT_EQ(bench.stored("activity"), 1U);
}

TEST(DuoMachine, AfterAQuietPeriodNoEmptyWindowIsAskedFor) {
  MachineBench bench({"authentication", "trust_monitor"});
  bench.options.lookback = minutes{1};
  bench.run(hours{12});
  // The clock is set back by an hour, and the stored watermark lies ahead.
  bench.restart();
  bench.now -= hours{1};
  bench.vendor.skew = Duration{0};
  bench.run(minutes{30});
  EXPECT_THAT(bench.vendor.broken_rules, testing::IsEmpty());
}

TEST(DuoMachine, ARestartNearThePresentAsksAtOnce) {
  for (const char* log : {"authentication", "administrator"}) {
    MachineBench bench({log});
    bench.options.lookback = hours{1};
    bench.run(hours{2});
    bench.restart();
    const auto before = bench.vendor.requests.size();
    bench.run(minutes{1});
    EXPECT_GT(bench.vendor.requests.size(), before)
        << log << ": only an answer tells the vendor's clock";
    EXPECT_THAT(bench.vendor.broken_rules, testing::IsEmpty());
  }
}

TEST(DuoMachine, PagesRepeatTheWindowUnchanged) {
  MachineBench bench({"authentication"});
  bench.options.lookback = hours{5};
  spread(bench, "authentication", 3'500, hours{4});
  bench.run(minutes{3});
  ASSERT_GE(bench.vendor.requests.size(), 3U);
  const auto& first = bench.vendor.requests[0].query;
  for (std::size_t i = 1; i < 3; ++i) {
    const auto& query = bench.vendor.requests[i].query;
    EXPECT_TRUE(query.contains("next_offset"));
    for (const char* name : {"mintime", "maxtime", "limit", "sort"})
      EXPECT_EQ(query.at(name), first.at(name)) << name;
  }
}

TEST(DuoMachine, TheLogsOfOneAccountDoNotStartTogether) {
  MachineBench bench({"authentication", "activity", "telephony"});
  bench.options.lookback = hours{1};
  bench.run(seconds{14});
  EXPECT_EQ(bench.vendor.count("activity"), 0U);
  bench.run(seconds{10});
  EXPECT_GE(bench.vendor.count("activity"), 1U);
  EXPECT_EQ(bench.vendor.count("telephony"), 0U);
}

TEST(DuoMachine, WhatTheVendorNoLongerKeepsIsInTheLedger) {
  MachineBench bench({"authentication"});
  bench.options.lookback = hours{1};
  bench.run(minutes{30});
  bench.now += hours{24 * 200};
  bench.restart();
  bench.run(hours{4});
  ASSERT_EQ(bench.lost().size(), 1U);
  EXPECT_GT(bench.lost()[0].to - bench.lost()[0].from, hours{24 * 19});
  EXPECT_TRUE(bench.reported(Report::Kind::lost, "cisco_duo/expired"));
  // Before the first answer nobody knows whether our clock is right, so nothing is given up.
  EXPECT_LE(bench.vendor.broken_rules.size(), 1U);
  EXPECT_GT(bench.watermark("authentication"), bench.now - minutes{10});
}

TEST(DuoMachine, AnotherAccountUnderTheSameNameIsReadFromItsBeginning) {
  MachineBench bench({"authentication"});
  bench.options.lookback = hours{1};
  bench.run(hours{3});
  bench.options.api.account_id = "DAR0DBBUCZQDB8DSDRBX";
  bench.options.lookback = hours{20};
  bench.restart();
  bench.run(minutes{10});
  EXPECT_TRUE(bench.reported(Report::Kind::notice, "cisco_duo/other-account"));
  EXPECT_EQ(bench.position.at("account"), "api-1a2b3c4d.duosecurity.com|dar0dbbuczqdb8dsdrbx");
  EXPECT_LT(parse_time(bench.position.at("began/authentication")).value(), bench.now - hours{19});
}

TEST(DuoMachine, LargePagesAreCommittedInPartsOfEightMebibytes) {
  MachineBench bench({"activity"});
  bench.options.lookback = hours{1};
  const std::string filler(40'000, 'x');
  for (int i = 0; i < 600; ++i) {
    const TimePoint time = bench.now - minutes{30} + seconds{i};
    bench.vendor.add("activity", time, filler + std::to_string(i));
  }
  bench.run(minutes{20});
  EXPECT_EQ(bench.stored("activity"), 600U);
  EXPECT_LE(bench.largest_commit, kMaxCommitBytes);
  EXPECT_GT(bench.largest_commit, kMaxCommitBytes / 2);
}

TEST(DuoMachine, WhatTheStoreLostIsAskedForAgain) {
  MachineBench bench({"activity"});
  bench.options.lookback = hours{24 * 3};
  spread(bench, "activity", 100, hours{48});
  bench.run(hours{2});
  const std::size_t asked = bench.vendor.requests.size();
  StoreDamage damage;
  damage.through = 9;
  Coverage hole;
  hole.kind = kMendedKind;
  hole.item = "5-9";
  hole.state = CoverageState::damaged;
  damage.items.push_back(hole);
  bench.perform(bench.machine().on_damage(damage, bench.now));
  bench.run(minutes{10});
  EXPECT_GT(bench.vendor.requests.size(), asked);
  const bool mended = std::any_of(bench.ledger.begin(), bench.ledger.end(), [](const auto& row) {
    return row.kind == kMendedKind && row.item == "5-9" && row.stream == "activity" &&
           row.state == CoverageState::whole;
  });
  EXPECT_TRUE(mended);
  EXPECT_EQ(bench.stored("activity"), 100U);
}

}  // namespace
}  // namespace cistern::connectors::cisco_duo::test
