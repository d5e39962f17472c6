#include "codec/time_pattern.hpp"

#include <gtest/gtest.h>

namespace cistern::codec {
namespace {

std::string formatted(std::string_view pattern, std::int64_t milliseconds,
                      const TimeZone& zone = {}) {
  const auto parsed = TimePattern::parse(pattern);
  EXPECT_TRUE(parsed) << parsed.error().sentence();
  std::string out;
  if (parsed) parsed->append(out, milliseconds, zone);
  return out;
}

constexpr std::int64_t kMoment = 1'772'600'767'089;  // 2026-03-04T05:06:07.089Z

TEST(TimePattern, WritesWhatItsLettersMean) {
  EXPECT_EQ(formatted("MMM dd yyyy HH:mm:ss", kMoment), "Mar 04 2026 05:06:07");
  EXPECT_EQ(formatted("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", kMoment), "2026-03-04T05:06:07.089Z");
  EXPECT_EQ(formatted("EEE, d MMMM yy h:m a", kMoment), "Wed, 4 March 26 5:6 AM");
  EXPECT_EQ(formatted("EEEE DDD 'o''clock' '' k K", kMoment), "Wednesday 063 o'clock ' 5 5");
  EXPECT_EQ(formatted("HH h k K a", 0), "00 12 24 0 AM");
  EXPECT_EQ(formatted("HH h k K a", 43'200'000), "12 12 12 0 PM");
  EXPECT_EQ(formatted("yyyy-MM-dd HH:mm:ss", -1), "1969-12-31 23:59:59");
  EXPECT_EQ(formatted("z Z X XX XXX", kMoment), "UTC +0000 Z Z Z");
}

TEST(TimePattern, FollowsAZone) {
  const auto zone = load_time_zone("America/New_York");
  if (!zone) GTEST_SKIP() << "no zone files on this machine";
  EXPECT_EQ(formatted("MMM dd HH:mm z Z XXX", kMoment, *zone), "Mar 04 00:06 EST -0500 -05:00");
  EXPECT_EQ(formatted("MMM dd HH:mm z", 1'783'000'000'000, *zone), "Jul 02 09:46 EDT");
}

TEST(TimePattern, RefusesWhatItDoesNotKnow) {
  EXPECT_FALSE(TimePattern::parse("yyyy QQ"));
  EXPECT_FALSE(TimePattern::parse("yyyy 'open"));
  EXPECT_FALSE(TimePattern::parse(std::string(201, 'y')));
}

TEST(TimeUnits, AreToldByMagnitude) {
  EXPECT_EQ(milliseconds_by_magnitude(0), 0);
  EXPECT_EQ(milliseconds_by_magnitude(99'999'999'999), 99'999'999'999'000);
  EXPECT_EQ(milliseconds_by_magnitude(100'000'000'000), 100'000'000'000);
  EXPECT_EQ(milliseconds_by_magnitude(9'999'999'999'999'999), 9'999'999'999'999'999);
  EXPECT_EQ(milliseconds_by_magnitude(116'444'736'000'000'000), 0) << "1970 as FILETIME";
  EXPECT_FALSE(is_writable_time(9'999'999'999'999'999));
  EXPECT_TRUE(is_writable_time(kMoment));
  EXPECT_EQ(milliseconds_by_magnitude(INT64_MIN), INT64_MIN) << "no overflow";
}

}  // namespace
}  // namespace cistern::codec
