#include "runtime/watch/rhythm.hpp"

#include "base/clock.hpp"

#include <functional>
#include <random>

#include <gtest/gtest.h>

namespace cistern::runtime {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const TimePoint kMonday = *parse_time("2026-03-02T00:00:00Z");

/// A stream whose usual pause depends on the hour of the week; nothing comes where it says so.
struct Pattern {
  std::string name;
  std::function<std::optional<Duration>(std::size_t hour_of_week)> pause;
};

/// Lives through a pattern with a clock pushed by hand, as the status board would.
class Stream {
 public:
  Stream(Pattern pattern, std::uint64_t seed) : pattern_(std::move(pattern)), draw_(seed) {}

  /// Arrivals until then. Silences are judged each minute; says how many minutes were unusual.
  std::uint64_t live_until(TimePoint end) {
    std::uint64_t unusual = 0;
    while (clock.now() < end) {
      clock.advance(minutes{1});
      if (comes()) {
        if (last_) rhythm.learn(clock.now(), clock.now() - *last_);
        last_ = clock.now();
      }
      if (judge().unusual) ++unusual;
    }
    return unusual;
  }
  /// Nothing comes any more; how long until that is called unusual.
  std::optional<Duration> break_and_wait(Duration longest) {
    const TimePoint broken = clock.now();
    while (clock.now() - broken < longest) {
      clock.advance(minutes{1});
      if (judge().unusual) return clock.now() - broken;
    }
    return std::nullopt;
  }
  Rhythm::Judgement judge() {
    return last_ ? rhythm.judge(clock.now(), clock.now() - *last_) : Rhythm::Judgement{};
  }

  ManualClock clock{kMonday};
  Rhythm rhythm;

 private:
  bool comes() {
    const auto hour = static_cast<std::size_t>((clock.now() - kMonday) / hours{1}) % 168;
    const auto pause = pattern_.pause(hour);
    if (!pause) return false;
    const double share = std::chrono::duration<double>(minutes{1}) / *pause;
    return std::uniform_real_distribution<double>{0, 1}(draw_) < share;
  }

  Pattern pattern_;
  std::mt19937_64 draw_;
  std::optional<TimePoint> last_;
};

bool office_hours(std::size_t hour_of_week) {
  return hour_of_week < 5 * 24 && hour_of_week % 24 >= 8 && hour_of_week % 24 < 18;
}

const Pattern kBusy{"busy", [](std::size_t) { return std::optional<Duration>{minutes{2}}; }};
const Pattern kOffice{"office", [](std::size_t hour) {
                        return office_hours(hour) ? std::optional<Duration>{minutes{3}}
                                                  : std::nullopt;
                      }};
const Pattern kSparse{"sparse", [](std::size_t) { return std::optional<Duration>{hours{5}}; }};

TEST(Rhythm, IsUnknownBeforeSevenDays) {
  Stream stream{kBusy, 1};
  stream.live_until(kMonday + hours{24 * 7 - 1});
  EXPECT_FALSE(stream.judge().known);
  stream.live_until(kMonday + hours{24 * 7 + 1});
  EXPECT_TRUE(stream.judge().known);
}

TEST(Rhythm, SilenceOfABusyStreamIsUnusualAfterHalfAnHour) {
  Stream stream{kBusy, 2};
  EXPECT_LE(stream.live_until(kMonday + hours{24 * 21}), 10U);
  const auto noticed = stream.break_and_wait(hours{3});
  ASSERT_TRUE(noticed);
  EXPECT_GE(*noticed, minutes{20}) << "some minutes had passed since the last arrival";
  EXPECT_LE(*noticed, minutes{31});
  const auto judgement = stream.judge();
  EXPECT_EQ(judgement.usual_most, minutes{15});
  EXPECT_LE(judgement.since, stream.clock.now());
  EXPECT_GE(judgement.since, stream.clock.now() - minutes{2});
}

TEST(Rhythm, NightsAndWeekendsAreQuietAsUsualAndABrokenMorningIsNot) {
  Stream stream{kOffice, 3};
  stream.live_until(kMonday + hours{24 * 28});
  // Four more weeks: whatever is called unusual now is a false alarm.
  EXPECT_LE(stream.live_until(kMonday + hours{24 * 56}), 60U);
  // Friday evening; nothing comes on Monday any more.
  stream.live_until(kMonday + hours{24 * 60 + 19});
  const auto noticed = stream.break_and_wait(hours{24 * 4});
  ASSERT_TRUE(noticed);
  const TimePoint monday_morning = kMonday + hours{24 * 63 + 8};
  EXPECT_GE(stream.clock.now(), monday_morning) << "the weekend is always silent";
  EXPECT_LE(stream.clock.now(), monday_morning + hours{3});
}

TEST(Rhythm, WhatWasUnusualStaysSoThroughTheNight) {
  Stream stream{kOffice, 4};
  stream.live_until(kMonday + hours{24 * 36 + 12});  // Tuesday noon.
  ASSERT_TRUE(stream.break_and_wait(hours{6}));
  const auto since = stream.judge().since;
  stream.clock.advance(hours{12});
  EXPECT_TRUE(stream.judge().unusual) << "a silent night is no proof that all is well";
  EXPECT_EQ(stream.judge().since, since);
}

TEST(Rhythm, ASparseStreamHasItsOwnPatience) {
  Stream stream{kSparse, 5};
  EXPECT_LE(stream.live_until(kMonday + hours{24 * 70}), 24U * 60U);
  const auto noticed = stream.break_and_wait(hours{24 * 14});
  ASSERT_TRUE(noticed);
  EXPECT_GE(*noticed, hours{6});
  EXPECT_LE(*noticed, hours{72});
}

TEST(Rhythm, AnOutageOfLongAgoIsForgotten) {
  Rhythm rhythm;
  rhythm.learn(kMonday + hours{24 * 6}, hours{24 * 6});
  TimePoint at = kMonday + hours{24 * 6};
  const auto patience = [&] { return rhythm.judge(at, Duration{0}).usual_most; };
  for (int i = 0; i < 6 * 24; ++i) {
    at += minutes{10};
    rhythm.learn(at, minutes{10});
  }
  EXPECT_GT(patience(), hours{24}) << "one of a few pauses";
  for (int i = 0; i < 6 * 24 * 7 * 14; ++i) {
    at += minutes{10};
    rhythm.learn(at, minutes{10});
  }
  EXPECT_EQ(patience(), minutes{15});
}

TEST(Rhythm, AClockThatWasSetBackForgetsNothing) {
  Rhythm rhythm;
  TimePoint at = kMonday;
  for (int i = 0; i < 8 * 24 * 6; ++i) {
    at += minutes{10};
    rhythm.learn(at, minutes{10});
  }
  ASSERT_TRUE(rhythm.judge(at, Duration{0}).known);
  rhythm.learn(at - hours{24 * 7 * 20}, minutes{10});
  EXPECT_TRUE(rhythm.judge(at, Duration{0}).known);
}

TEST(Rhythm, SurvivesAsText) {
  Stream stream{kOffice, 6};
  stream.live_until(kMonday + hours{24 * 20});
  const std::string text = stream.rhythm.text();
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const auto read = Rhythm::from_text(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->text(), text);
  for (int hour = 0; hour < 168; ++hour) {
    const TimePoint at = kMonday + hours{24 * 21 + hour};
    EXPECT_EQ(read->judge(at, hours{3}).unusual, stream.rhythm.judge(at, hours{3}).unusual);
  }
}

TEST(Rhythm, RefusesTextThatIsNone) {
  for (const char* text : {"", "x", "-1", "5 168,1", "5 1,2,16,3", "5 1,2,3", "5 1,2,3,",
                           "5 1,2,3,x", "99999999999999999999", "5 1,70000", "5 1,2,3,70000"}) {
    EXPECT_FALSE(Rhythm::from_text(text)) << text;
  }
  EXPECT_TRUE(Rhythm::from_text("0"));
}

}  // namespace
}  // namespace cistern::runtime
