// Seven days and more of the protocol with a clock pushed by hand.
#include "connectors/microsoft_365/machine_bench.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::microsoft_365::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Contains;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Duration kWeek = hours{24 * 7};

FakeBlob blob(std::string id, TimePoint created, std::vector<std::string> records) {
  FakeBlob out;
  out.id = std::move(id);
  out.created = created;
  out.expires = created + kWeek;
  out.records = std::move(records);
  return out;
}

/// One blob of two records an hour, over the week before `now`.
void fill_week(MachineBench& bench, const std::string& type = "Audit.Exchange") {
  for (int hour = 1; hour < 24 * 7; ++hour) {
    const std::string name = type + "-" + std::to_string(hour);
    bench.vendor.add(
        type, blob(name, bench.now - hours{hour} + milliseconds{123}, {name + "a", name + "b"}));
  }
}

TEST(Machine, FirstStartStartsTheSubscriptionAndFetchesTheWholeWeek) {
  MachineBench bench;
  fill_week(bench);
  bench.start();
  bench.run_for(minutes{5});
  EXPECT_EQ(bench.vendor.starts["Audit.Exchange"], 1);
  EXPECT_THAT(bench.ids(), SizeIs(167 * 2));
  EXPECT_EQ(bench.store.repeated, 0U);
  EXPECT_GE(bench.watermark(), bench.now - minutes{2});
  EXPECT_THAT(bench.rows("blob", CoverageState::whole), SizeIs(167));
  EXPECT_THAT(bench.vendor.broken_rules, IsEmpty());
  EXPECT_EQ(bench.told(Report::Kind::working).back().through, bench.watermark());
}

TEST(Machine, TheLedgerNamesTheBeginningBeforeAnythingOfItIsStored) {
  MachineBench bench;
  fill_week(bench);
  bench.vendor.fault = [](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (request.url.find("/audit/") == std::string::npos) return std::nullopt;
    return answer(500, "broken", now);
  };
  bench.start();
  bench.run_for(minutes{10});
  ASSERT_THAT(bench.ids(), IsEmpty());
  const auto rows = bench.rows("window", CoverageState::partial);
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows.front().from, at("2026-03-03T12:05:00Z"));
  EXPECT_EQ(rows.front().to, at("2026-03-10T12:00:00Z"));
}

TEST(Machine, WindowRowsJoinWithoutGapOrOverlap) {
  MachineBench bench;
  fill_week(bench);
  bench.start();
  bench.run_for(hours{3});
  const auto rows = bench.rows("window", CoverageState::whole);
  ASSERT_FALSE(rows.empty());
  EXPECT_EQ(rows.front().from, at("2026-03-03T12:05:00Z"));
  for (std::size_t i = 1; i < rows.size(); ++i)
    EXPECT_EQ(rows[i].from, rows[i - 1].to);
  EXPECT_EQ(rows.back().to, bench.watermark());
}

TEST(Machine, ARestartAfterEachCommitLosesAndRepeatsNothing) {
  MachineBench whole;
  fill_week(whole);
  whole.start();
  whole.run_for(minutes{20});
  for (std::size_t commits = 0; commits < 40; ++commits) {
    MachineBench bench;
    fill_week(bench);
    bench.start();
    bench.die_after = commits * 5;
    bench.run_for(minutes{10});
    ASSERT_FALSE(bench.alive()) << commits;
    bench.start();
    bench.run_for(minutes{20} - (bench.now - at("2026-03-10T12:00:00Z")));
    EXPECT_EQ(bench.ids(), whole.ids()) << commits;
    EXPECT_EQ(bench.store.repeated, 0U) << commits;
    EXPECT_EQ(bench.watermark(), whole.watermark()) << commits;
    EXPECT_THAT(bench.rows("window", CoverageState::lost), IsEmpty()) << commits;
    EXPECT_EQ(bench.position, whole.position) << commits;
  }
}

TEST(Machine, AShortBackfillIsNotUndoneByOverlapOrSweep) {
  MachineBench bench;
  bench.options.backfill = hours{1};
  fill_week(bench);
  bench.start();
  bench.run_for(hours{30});
  EXPECT_THAT(bench.ids(), SizeIs(2));
}

TEST(Machine, AnEnabledSubscriptionIsNotStartedAgain) {
  MachineBench bench;
  bench.vendor.subscriptions["Audit.Exchange"] = "enabled";
  bench.start();
  bench.run_for(hours{1});
  EXPECT_EQ(bench.vendor.starts["Audit.Exchange"], 0);
}

TEST(Machine, AlreadyEnabledIsSuccess) {
  MachineBench bench;
  bench.vendor.subscriptions["Audit.Exchange"] = "enabled";
  bench.vendor.list_lags = true;
  bench.vendor.add("Audit.Exchange", blob("b", bench.now - hours{1}, {"r"}));
  bench.start();
  bench.run_for(minutes{2});
  EXPECT_EQ(bench.vendor.starts["Audit.Exchange"], 1);
  EXPECT_THAT(bench.ids(), Contains("r"));
  EXPECT_FALSE(bench.told_code("microsoft_365/already-enabled"));
}

TEST(Machine, ADisabledTypeIsStartedEvery15MinutesAndStopsNoOther) {
  MachineBench bench({"Audit.Exchange", "Audit.General"});
  const TimePoint begin = bench.now;
  bench.vendor.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    const bool exchange = request.url.find("contentType=Audit.Exchange") != std::string::npos;
    if (!exchange || now > begin + hours{1}) return std::nullopt;
    if (request.method == "POST") ++bench.vendor.starts["refused"];
    return answer(400, error_body("AF20023", "The subscription was disabled."), now);
  };
  bench.vendor.add("Audit.General", blob("g", bench.now - hours{1}, {"general"}));
  bench.vendor.add("Audit.Exchange", blob("e", bench.now - hours{1}, {"exchange"}));
  bench.start();
  bench.run_for(minutes{59});
  EXPECT_THAT(bench.ids(), Contains("general"));
  EXPECT_LE(bench.vendor.starts["refused"], 5);
  EXPECT_TRUE(bench.told_code("microsoft_365/subscription-disabled"));
  bench.run_for(minutes{30});
  EXPECT_THAT(bench.ids(), Contains("exchange"));
}

TEST(Machine, ContentThatIsNotSubscribedIsStarted) {
  MachineBench bench;
  bench.vendor.subscriptions["Audit.Exchange"] = "enabled";
  bench.start();
  bench.run_for(hours{1});
  bench.vendor.subscriptions.erase("Audit.Exchange");  // Somebody stopped it.
  bench.run_for(minutes{5});
  EXPECT_EQ(bench.vendor.starts["Audit.Exchange"], 1);
  bench.vendor.add("Audit.Exchange", blob("b", bench.now, {"r"}));
  bench.run_for(minutes{5});
  EXPECT_THAT(bench.ids(), Contains("r"));
}

TEST(Machine, AuditingOffIsSaidAndCheckedEvery15Minutes) {
  MachineBench bench;
  bench.vendor.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (request.method != "POST" || now > at("2026-03-10T12:40:00Z")) return std::nullopt;
    ++bench.vendor.starts["refused"];
    return answer(
        400,
        error_body("StartSubscription [CorrId=0d3c] failed",
                   "Microsoft.Office.Compliance.Audit.DataServiceException: Tenant 1111 does "
                   "not exist."),
        now);
  };
  bench.start();
  bench.run_for(minutes{39});
  EXPECT_EQ(bench.vendor.starts["refused"], 3);
  EXPECT_TRUE(bench.told_code("microsoft_365/auditing-off"));
  bench.run_for(minutes{30});
  EXPECT_EQ(bench.vendor.starts["Audit.Exchange"], 1);
  EXPECT_FALSE(bench.told(Report::Kind::working).empty());
}

TEST(Machine, ATenantNamedByDomainIsResolvedOnce) {
  MachineBench bench;
  bench.options.tenant = "Contoso.onmicrosoft.com";
  bench.start();
  bench.run_for(minutes{2});
  EXPECT_EQ(bench.position["tenant"], kTenant);
  EXPECT_EQ(bench.position["domain"], "contoso.onmicrosoft.com");
  EXPECT_EQ(bench.vendor.count("openid-configuration"), 1U);
  EXPECT_GT(bench.vendor.count(std::string(kTenant) + "/activity/feed"), 1U);
  bench.start();
  bench.run_for(minutes{2});
  EXPECT_EQ(bench.vendor.count("openid-configuration"), 1U);
}

TEST(Machine, AnotherTenantDoesNotInheritThePosition) {
  MachineBench bench;
  bench.vendor.add("Audit.Exchange", blob("b", bench.now - hours{30}, {"r"}));
  bench.start();
  bench.run_for(minutes{5});
  bench.position["tenant"] = "99999999-2222-4333-8444-555555555555";
  bench.store = {};
  bench.start();
  bench.run_for(minutes{5});
  EXPECT_TRUE(bench.told_code("microsoft_365/other-tenant"));
  EXPECT_THAT(bench.ids(), Contains("r"));
  EXPECT_EQ(bench.position["tenant"], kTenant);
}

TEST(Machine, PagesAreFollowedToTheEndAndEmptyPagesEndNothing) {
  MachineBench bench;
  bench.vendor.page_size = 3;
  for (int i = 0; i < 20; ++i) {
    const std::string name = "b" + std::to_string(i);
    bench.vendor.add("Audit.Exchange", blob(name, bench.now - minutes{30} + seconds{i}, {name}));
  }
  bench.start();
  bench.run_for(minutes{2});
  EXPECT_THAT(bench.ids(), SizeIs(20));
  EXPECT_THAT(bench.vendor.broken_rules, IsEmpty());
}

TEST(Machine, APagingLoopIsLeftAndTheWindowListedAgain) {
  MachineBench bench;
  int loops = 0;
  bench.vendor.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (request.url.find("/subscriptions/content") == std::string::npos || loops >= 6)
      return std::nullopt;
    ++loops;
    HttpResponse out = answer(200, "[]", now);
    out.headers.push_back(
        {"NextPageUri",
         std::string(kManage) + "/api/v1/x/activity/feed/subscriptions/content?again=1"});
    return out;
  };
  bench.options.backfill = hours{2};
  bench.vendor.add("Audit.Exchange", blob("b", bench.now - hours{1}, {"r"}));
  bench.start();
  bench.run_for(minutes{30});
  EXPECT_TRUE(bench.told_code("microsoft_365/paging-loop"));
  EXPECT_THAT(bench.ids(), Contains("r"));
  EXPECT_GE(bench.watermark(), bench.now - minutes{2});
}

TEST(Machine, AForeignNextLinkIsNotFollowedAndHoldsTheWatermark) {
  MachineBench bench;
  bench.options.backfill = hours{2};
  bool hostile = true;
  bench.vendor.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (request.url.find("/subscriptions/content") == std::string::npos || !hostile)
      return std::nullopt;
    HttpResponse out = answer(200, "[]", now);
    out.headers.push_back({"NextPageUri", "https://manage.office.com.evil.example/next"});
    return out;
  };
  bench.start();
  const TimePoint first = bench.now - hours{2};
  bench.run_for(minutes{30});
  EXPECT_EQ(bench.vendor.count("evil.example"), 0U);
  EXPECT_TRUE(bench.told_code("microsoft_365/foreign-link"));
  EXPECT_EQ(bench.watermark(), first);
  hostile = false;
  bench.run_for(minutes{30});
  EXPECT_GE(bench.watermark(), bench.now - minutes{2});
}

TEST(Machine, ALateBlobIsFoundByTheOverlap) {
  MachineBench bench;
  bench.start();
  bench.run_for(hours{3});
  FakeBlob late = blob("late", bench.now - minutes{100}, {"late"});
  late.visible = bench.now + minutes{10};
  bench.vendor.add("Audit.Exchange", late);
  bench.run_for(minutes{15});
  EXPECT_THAT(bench.ids(), Contains("late"));
}

TEST(Machine, AVeryLateBlobIsFoundByTheSweepAlsoAcrossARestart) {
  MachineBench bench;
  bench.start();
  bench.run_for(hours{24});
  FakeBlob late = blob("late", bench.now - hours{20}, {"late"});
  late.visible = bench.now;
  bench.vendor.add("Audit.Exchange", late);
  bench.start();
  bench.run_for(hours{13});
  EXPECT_THAT(bench.ids(), Contains("late"));
}

TEST(Machine, DuplicatesInOtherBlobsAreStoredOnce) {
  MachineBench bench;
  bench.vendor.add("Audit.Exchange", blob("one", bench.now - hours{30}, {"r", "s"}));
  bench.vendor.add("Audit.Exchange", blob("two", bench.now - hours{2}, {"R", "t", "t"}));
  bench.start();
  bench.run_for(minutes{5});
  EXPECT_THAT(bench.store.records, SizeIs(3));
  EXPECT_EQ(bench.store.repeated, 2U);
}

TEST(Machine, ABlobWithoutRecordsIsDoneToo) {
  MachineBench bench;
  FakeBlob empty = blob("empty", bench.now - hours{2}, {});
  empty.body = "[ ]";
  bench.vendor.add("Audit.Exchange", empty);
  bench.start();
  bench.run_for(minutes{10});
  EXPECT_EQ(bench.vendor.count("/audit/empty"), 1U);
  EXPECT_THAT(bench.rows("blob", CoverageState::whole), SizeIs(1));
}

TEST(Machine, SeenBlobsAreForgottenWhenTheyCanNoLongerBeListed) {
  MachineBench bench;
  bench.vendor.add("Audit.Exchange", blob("b", bench.now - hours{1}, {"r"}));
  bench.start();
  const auto seen = [&] {
    return std::count_if(bench.position.begin(), bench.position.end(),
                         [](const auto& entry) { return entry.first.starts_with("seen/"); });
  };
  bench.run_for(hours{24 * 7});
  EXPECT_EQ(seen(), 1);
  EXPECT_EQ(bench.vendor.count("/audit/b"), 1U);
  bench.run_for(hours{24 * 2});
  EXPECT_EQ(seen(), 0);
}

TEST(Machine, AnOutageOfNineDaysNamesExactlyTheLostInterval) {
  MachineBench bench;
  bench.start();
  bench.run_for(hours{1});
  const TimePoint before = bench.watermark();
  bench.now += hours{24 * 9};
  const TimePoint lost_to = bench.now - kWeek + minutes{5};
  bench.vendor.add("Audit.Exchange", blob("kept", lost_to + seconds{1}, {"kept"}));
  bench.start();
  bench.run_for(minutes{10});
  const auto lost = bench.rows("window", CoverageState::lost);
  ASSERT_THAT(lost, SizeIs(1));
  EXPECT_EQ(lost[0].from, before);
  EXPECT_EQ(lost[0].to, lost_to);
  EXPECT_THAT(bench.told(Report::Kind::lost), SizeIs(1));
  EXPECT_TRUE(bench.told_code("microsoft_365/window-lost"));
  EXPECT_THAT(bench.ids(), Contains("kept"));
  EXPECT_GE(bench.watermark(), bench.now - minutes{2});
  EXPECT_THAT(bench.vendor.broken_rules, IsEmpty());
}

TEST(Machine, AClockTwentyMinutesOffFollowsTheVendor) {
  for (const Duration skew : {Duration{minutes{20}}, Duration{minutes{-20}}}) {
    MachineBench bench;
    bench.vendor.skew = skew;
    bench.vendor.add("Audit.Exchange", blob("b", bench.now + skew - minutes{1}, {"r"}));
    bench.start();
    bench.run_for(minutes{10});
    EXPECT_THAT(bench.ids(), Contains("r"));
    EXPECT_THAT(bench.vendor.broken_rules, IsEmpty());
    EXPECT_TRUE(bench.told_code("microsoft_365/clock-skew"));
    EXPECT_LE(bench.watermark(), bench.now + skew);
    EXPECT_GE(bench.watermark(), bench.now + skew - minutes{2});
  }
}

TEST(Machine, AClockThatJumpsLosesNothingAndGoesOnPolling) {
  for (const Duration jump :
       {Duration{hours{24 * 10}}, Duration{-hours{24}}, Duration{hours{24}}}) {
    MachineBench bench;
    bench.start();
    bench.run_for(hours{2});
    bench.jump_clock(jump);
    bench.run_for(minutes{2});
    bench.vendor.add("Audit.Exchange", blob("b", bench.now + bench.vendor.skew, {"r"}));
    bench.run_for(minutes{5});
    EXPECT_THAT(bench.ids(), Contains("r")) << format_duration(jump);
    EXPECT_THAT(bench.rows("window", CoverageState::lost), IsEmpty()) << format_duration(jump);
    EXPECT_LE(bench.watermark(), bench.now + bench.vendor.skew) << format_duration(jump);
  }
}

TEST(Machine, ARefusedWindowNeverMovesTheWatermark) {
  MachineBench bench;
  bool refusing = true;
  bench.options.backfill = hours{2};
  bench.vendor.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (request.url.find("/subscriptions/content") == std::string::npos || !refusing)
      return std::nullopt;
    return answer(400, error_body("AF20055", "StartTime:2026, EndTime:2026"), now);
  };
  bench.vendor.add("Audit.Exchange", blob("b", bench.now - hours{1}, {"r"}));
  bench.start();
  const TimePoint first = bench.now - hours{2};
  bench.run_for(minutes{30});
  EXPECT_EQ(bench.watermark(), first);
  refusing = false;
  bench.run_for(minutes{10});
  EXPECT_THAT(bench.ids(), Contains("r"));
}

}  // namespace
}  // namespace cistern::connectors::microsoft_365::test
