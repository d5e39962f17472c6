// The pieces of the machine: walking through pages, pace, clock, forecast.
#include "connectors/cisco_duo/backfill_forecast.hpp"
#include "connectors/cisco_duo/page_walk.hpp"
#include "connectors/cisco_duo/request_pace.hpp"
#include "connectors/cisco_duo/vendor_clock.hpp"
#include "connectors/cisco_duo/wire.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::cisco_duo {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr TimePoint kStart{seconds{1'767'600'000}};

const LogStream& log(std::string_view name) {
  return *find_log_stream(name);
}

PageFacts page(std::size_t rows, TimePoint oldest, TimePoint newest, std::string next = {}) {
  PageFacts out;
  out.rows = rows;
  out.oldest = oldest;
  out.newest = newest;
  out.next = std::move(next);
  return out;
}

// ---- v2 ----

TEST(DuoWalk, EndsWhenNoFurtherPageIsNamed) {
  PageWalk walk(log("activity"), kStart, kStart + hours{6});
  walk.advance(page(1000, kStart, kStart + minutes{5}, "a"));
  EXPECT_FALSE(walk.done());
  EXPECT_EQ(walk.token(), "a");
  EXPECT_EQ(walk.through(), kStart);
  walk.advance(page(3, kStart + minutes{5}, kStart + minutes{6}));
  EXPECT_TRUE(walk.done());
  EXPECT_EQ(walk.through(), kStart + hours{6});
}

TEST(DuoWalk, AnEmptyPageEndsTheChainWhateverItNames) {
  PageWalk walk(log("activity"), kStart, kStart + hours{6});
  walk.advance(page(0, {}, {}, "a"));
  EXPECT_TRUE(walk.done());
}

TEST(DuoWalk, APlaceThatNeverChangesIsLeftByTime) {
  PageWalk walk(log("activity"), kStart, kStart + hours{6});
  walk.advance(page(1000, kStart, kStart + minutes{5}, "same"));
  walk.advance(page(1000, kStart + minutes{5}, kStart + minutes{9}, "same"));
  EXPECT_FALSE(walk.done());
  EXPECT_EQ(walk.token(), "");
  EXPECT_EQ(walk.from(), kStart + minutes{9});
  EXPECT_EQ(walk.through(), kStart + minutes{9});
}

TEST(DuoWalk, AVendorThatAlwaysNamesTheSamePageEndsInAGap) {
  PageWalk walk(log("activity"), kStart, kStart + hours{6});
  std::vector<Stretch> gaps;
  int pages = 0;
  for (; pages < 100 && !walk.done(); ++pages) {
    walk.advance(page(1000, kStart, kStart, "same"));
    for (const Stretch& gap : walk.take_gaps())
      gaps.push_back(gap);
  }
  EXPECT_TRUE(walk.done());
  EXPECT_LT(pages, 40) << "the gaps grow";
  ASSERT_FALSE(gaps.empty());
  EXPECT_EQ(gaps.front(), (Stretch{kStart, kStart + seconds{2}}));
  EXPECT_EQ(gaps.back().to, walk.through());
}

TEST(DuoWalk, RowsOutOfOrderAreNotSkippedByTime) {
  PageWalk walk(log("trust_monitor"), kStart, kStart + hours{6});
  walk.advance(page(200, kStart, kStart + hours{5}, "200"));
  walk.go_on_by_time();
  EXPECT_EQ(walk.from(), kStart);
  EXPECT_EQ(walk.to(), kStart + hours{3});
}

TEST(DuoWalk, StandsInThePositionAndGoesOnFromThere) {
  PageWalk walk(log("authentication"), kStart, kStart + hours{6});
  walk.advance(page(1000, kStart, kStart + minutes{5}, "1767604101123,5bea"));
  const auto again = PageWalk::parse(log("authentication"), walk.text());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->token(), "1767604101123,5bea");
  EXPECT_EQ(again->text(), walk.text());
  EXPECT_FALSE(PageWalk::parse(log("authentication"), "17 16 0 up x"));
  EXPECT_FALSE(PageWalk::parse(log("authentication"), "nonsense"));
}

TEST(DuoWalk, WithRowsThatHaveNoIdTheChainBeginsAgain) {
  PageWalk walk(log("activity"), kStart, kStart + hours{6});
  PageFacts facts = page(1000, kStart, kStart + minutes{5}, "a");
  facts.counted = std::make_shared<const Occurrences>(Occurrences{{Identity{}, 1}});
  walk.advance(facts);
  const auto again = PageWalk::parse(log("activity"), walk.text());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->token(), "");
  EXPECT_EQ(again->from(), kStart);
}

// ---- v1 ----

TEST(DuoWalk, AFullPageIsFollowedByItsNewestSecondNotTheNext) {
  PageWalk walk(log("administrator"), kStart, kStart + hours{6});
  walk.advance(page(1000, kStart, kStart + seconds{90} + milliseconds{500}));
  EXPECT_FALSE(walk.done());
  EXPECT_EQ(walk.from(), kStart + seconds{90});
  EXPECT_EQ(walk.through(), kStart + seconds{90});
  EXPECT_TRUE(walk.take_gaps().empty());
}

TEST(DuoWalk, ASecondThatFillsAPageIsANamedGap) {
  PageWalk walk(log("administrator"), kStart, kStart + hours{6});
  walk.advance(page(1000, kStart, kStart));
  EXPECT_FALSE(walk.done());
  EXPECT_EQ(walk.from(), kStart + seconds{1});
  EXPECT_EQ(walk.take_gaps(), (std::vector<Stretch>{{kStart, kStart + seconds{1}}}));
}

TEST(DuoWalk, AShortPageIsTheLast) {
  PageWalk walk(log("administrator"), kStart, kStart + hours{6});
  walk.advance(page(3, kStart, kStart + hours{7}));
  EXPECT_TRUE(walk.done());
  EXPECT_EQ(walk.through(), kStart + hours{6});
}

TEST(DuoWalk, SomewhatFewerThanAThousandRowsMayNotBeAll) {
  PageWalk walk(log("administrator"), kStart, kStart + hours{6});
  walk.advance(page(998, kStart, kStart + seconds{60}));
  EXPECT_FALSE(walk.done());
  walk.advance(page(998, kStart + seconds{60}, kStart + seconds{60}));
  EXPECT_TRUE(walk.done());
  EXPECT_TRUE(walk.take_gaps().empty());
}

TEST(DuoWalk, RowsYoungerThanTheWindowDoNotMoveItsEnd) {
  PageWalk walk(log("administrator"), kStart, kStart + hours{6});
  walk.advance(page(1000, kStart, kStart + hours{6} + seconds{100}));
  EXPECT_TRUE(walk.done());
  EXPECT_EQ(walk.through(), kStart + hours{6});
}

// ---- pace ----

TEST(DuoPace, NeverMoreThanTheBurstInAnyStretchAndStillTheWholeRate) {
  RequestPace pace(2, 2);
  EXPECT_EQ(pace.stretch(), minutes{1});
  TimePoint now = kStart;
  std::vector<TimePoint> sent;
  while (now < kStart + hours{1}) {
    now = pace.next(now);
    sent.push_back(now);
    pace.sent(now);
  }
  for (std::size_t i = 2; i < sent.size(); ++i)
    EXPECT_GE(sent[i] - sent[i - 2], minutes{1});
  EXPECT_GE(sent.size(), 120U);
}

TEST(DuoPace, WaitsAsLongAsItIsTold) {
  RequestPace pace(2, 2);
  pace.hold(kStart + minutes{5});
  EXPECT_EQ(pace.next(kStart), kStart + minutes{5});
}

// ---- clock ----

TEST(DuoClock, UntilAnAnswerCameTheVendorMayBeFiveMinutesBehind) {
  const auto offset = std::make_shared<ClockOffset>();
  VendorClock clock(offset);
  clock.tick(kStart);
  EXPECT_EQ(clock.vendor_surely(), kStart - minutes{5});
  EXPECT_FALSE(clock.observe(kStart + seconds{1}));
  EXPECT_EQ(clock.vendor_surely(), kStart);
}

TEST(DuoClock, RequestsAreDatedByTheVendorsClock) {
  const auto offset = std::make_shared<ClockOffset>();
  VendorClock clock(offset);
  clock.tick(kStart);
  const auto news = clock.observe(kStart - hours{24});
  ASSERT_TRUE(news);
  EXPECT_EQ(*news, hours{24});
  EXPECT_EQ(offset->vendor_ahead, -hours{24});
  EXPECT_EQ(clock.vendor_now(), kStart - hours{24});
  clock.tick(kStart - hours{24});
  EXPECT_EQ(clock.observe(kStart - hours{24}), Duration{0});
  EXPECT_EQ(clock.now(), kStart) << "scheduling never runs backwards";
}

// ---- forecast ----

TEST(DuoForecast, IsMeasured) {
  BackfillForecast forecast;
  const TimePoint present = kStart + hours{24 * 100};
  forecast.note(kStart, present, kStart);
  EXPECT_TRUE(forecast.behind());
  EXPECT_FALSE(forecast.remaining(kStart));
  // 25 days of log an hour: the other 75 take about 3 hours.
  const TimePoint later = kStart + hours{1};
  forecast.note(kStart + hours{24 * 25}, present + hours{1}, later);
  ASSERT_TRUE(forecast.remaining(later));
  EXPECT_GT(*forecast.remaining(later), hours{3});
  EXPECT_LT(*forecast.remaining(later), hours{3} + minutes{5});
  forecast.note(present, present, later);
  EXPECT_FALSE(forecast.behind());
}

}  // namespace
}  // namespace cistern::connectors::cisco_duo
