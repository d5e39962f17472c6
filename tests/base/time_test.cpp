#include "base/time.hpp"

#include <gtest/gtest.h>

namespace cistern {
namespace {

using namespace std::chrono_literals;

TimePoint at(std::int64_t seconds, std::int64_t nanos = 0) {
  return TimePoint{std::chrono::seconds{seconds} + std::chrono::nanoseconds{nanos}};
}

TEST(ParseTime, ReadsTheFormsVendorsUse) {
  const std::pair<const char*, TimePoint> cases[] = {
      {"2026-03-04T05:06:07Z", at(1772600767)},
      {"2026-03-04T05:06:07", at(1772600767)},
      {"2026-03-04 05:06:07", at(1772600767)},
      {"2026-03-04t05:06:07z", at(1772600767)},
      {"2026-03-04T05:06Z", at(1772600760)},
      {"2026-03-04", at(1772582400)},
      {"2026-03-04T05:06:07.5Z", at(1772600767, 500'000'000)},
      {"2026-03-04T05:06:07.1234567Z", at(1772600767, 123'456'700)},
      {"2026-03-04T05:06:07.123456789Z", at(1772600767, 123'456'789)},
      {"2026-03-04T07:06:07+02:00", at(1772600767)},
      {"2026-03-04T07:06:07+0200", at(1772600767)},
      {"2026-03-04T07:06:07+02", at(1772600767)},
      {"2026-03-03T23:36:07.25-05:30", at(1772600767, 250'000'000)},
      {"1969-12-31T23:59:59.5Z", at(-1, 500'000'000)},
      {"2024-02-29T00:00:00Z", at(1709164800)},
      {"2016-12-31T23:59:60Z", at(1483228800)},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(parse_time(text), expected) << text;
}

TEST(ParseTime, RefusesEverythingElse) {
  for (const char* bad : {"",
                          "2026",
                          "2026-3-4",
                          "2026-02-29",
                          "2026-13-01",
                          "2026-00-01",
                          "2026-01-00",
                          "2026-01-32",
                          "2026-03-04T24:00:00Z",
                          "2026-03-04T05:60:00Z",
                          "2026-03-04T05:06:61Z",
                          "2026-03-04T05:06:60Z",
                          "2026-03-04T05:06:07.Z",
                          "2026-03-04T05:06:07.1234567890Z",
                          "2026-03-04T05:06:07Z ",
                          "2026-03-04T05:06:07+2",
                          "2026-03-04T05:06:07+24:00",
                          "2026-03-04T05:06:07+02:",
                          "2026-03-04T05:06:07+02:60",
                          "2026-03-04T05",
                          "2026-03-04T",
                          "2026-03-04Z",
                          "+2026-03-04",
                          "20260304T050607Z",
                          "2026-03-04T05:06:07ZZ",
                          "2026-03-04X05:06:07",
                          "1600-01-01T00:00:00Z",
                          "2263-01-01T00:00:00Z",
                          "9999-12-31T23:59:59Z"})
    EXPECT_FALSE(parse_time(bad)) << bad;
}

TEST(FormatTime, ShowsMillisecondsAndMoreOnlyWhereThereIsMore) {
  EXPECT_EQ(format_time(at(1772600767)), "2026-03-04T05:06:07.000Z");
  EXPECT_EQ(format_time(at(1772600767, 120'000'000)), "2026-03-04T05:06:07.120Z");
  EXPECT_EQ(format_time(at(1772600767, 123'400'000)), "2026-03-04T05:06:07.123400Z");
  EXPECT_EQ(format_time(at(1772600767, 100)), "2026-03-04T05:06:07.000000100Z");
  EXPECT_EQ(format_time(at(-1, 999'000'000)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_time_seconds(at(-1, 999'000'000)), "1969-12-31T23:59:59");
  std::string out = "at ";
  append_time(out, at(0));
  EXPECT_EQ(out, "at 1970-01-01T00:00:00.000Z");
}

TEST(FormatTime, IsReadBackExactlyOverTheWholeRange) {
  for (const TimePoint time :
       {TimePoint::min(), TimePoint::max(), at(0), at(951782400, 1), at(-2208988800, 7)})
    EXPECT_EQ(parse_time(format_time(time)), time) << format_time(time);
  for (std::int64_t day = -100'000; day <= 100'000; day += 37) {
    const TimePoint time = at(day * 86400 + 86399, 999'999'999);
    ASSERT_EQ(parse_time(format_time(time)), time) << format_time(time);
  }
}

TEST(FormatDuration, SpeaksToPeople) {
  const std::pair<Duration, const char*> cases[] = {{0ns, "0 s"},
                                                    {10us, "<1 ms"},
                                                    {850ms, "850 ms"},
                                                    {12s + 900ms, "12 s"},
                                                    {4min + 30s, "4 min"},
                                                    {3h + 20min, "3 h 20 min"},
                                                    {3h, "3 h"},
                                                    {53h, "2 d 5 h"},
                                                    {48h, "2 d"},
                                                    {-90s, "-1 min"},
                                                    {Duration::min(), "-106751 d 23 h"}};
  for (const auto& [duration, text] : cases)
    EXPECT_EQ(format_duration(duration), text);
}

TEST(UnixSeconds, RoundsDown) {
  EXPECT_EQ(unix_seconds(at(5, 999)), 5);
  EXPECT_EQ(unix_seconds(at(-1, 1)), -1);
}

}  // namespace
}  // namespace cistern
