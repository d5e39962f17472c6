#include "base/time_zone.hpp"

#include "base/time.hpp"

#include <string>

#include <gtest/gtest.h>

namespace cistern {
namespace {

std::int64_t seconds(const char* text) {
  return unix_seconds(*parse_time(text));
}

/// A zone file without listed changes, only the rule that goes on for ever.
std::string zone_file(const std::string& rule) {
  const auto header = [](char version) {
    std::string bytes = "TZif";
    bytes += version;
    bytes.append(15 + 4 * 4 + 3, '\0');
    bytes += '\x01';                        // one kind
    bytes += std::string("\0\0\0\x04", 4);  // its letters
    return bytes;
  };
  std::string block(6, '\0');
  block += std::string("LMT\0", 4);
  return header('2') + block + header('2') + block + "\n" + rule + "\n";
}

TEST(TimeZone, UtcIsTheDefault) {
  const TimeZone utc;
  EXPECT_EQ(utc.at(0).offset, 0);
  EXPECT_EQ(utc.at(0).abbreviation, "UTC");
}

TEST(TimeZone, FollowsTheRuleBehindTheLastChange) {
  const auto zone = TimeZone::parse(zone_file("PST8PDT,M3.2.0,M11.1.0"), "x");
  ASSERT_TRUE(zone) << zone.error().sentence();
  EXPECT_EQ(zone->at(seconds("2040-01-15T00:00:00Z")).offset, -8 * 3600);
  EXPECT_EQ(zone->at(seconds("2040-07-15T00:00:00Z")).offset, -7 * 3600);
  EXPECT_EQ(zone->at(seconds("2026-03-08T09:59:59Z")).abbreviation, "PST");
  EXPECT_EQ(zone->at(seconds("2026-03-08T10:00:00Z")).abbreviation, "PDT");
  EXPECT_EQ(zone->at(seconds("2026-11-01T08:59:59Z")).abbreviation, "PDT");
  EXPECT_EQ(zone->at(seconds("2026-11-01T09:00:00Z")).abbreviation, "PST");
}

TEST(TimeZone, SummerMayLieAcrossTheTurnOfTheYear) {
  const auto zone = TimeZone::parse(zone_file("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"), "x");
  ASSERT_TRUE(zone);
  EXPECT_EQ(zone->at(seconds("2026-01-15T00:00:00Z")).offset, 11 * 3600);
  EXPECT_EQ(zone->at(seconds("2026-07-15T00:00:00Z")).offset, 10 * 3600 + 1800);
  EXPECT_EQ(zone->at(seconds("2026-07-15T00:00:00Z")).abbreviation, "+1030");
}

TEST(TimeZone, DaysOfTheYearAreCountedWithAndWithoutTheLeapDay) {
  const auto julian = TimeZone::parse(zone_file("AAA0BBB,J60/0,J300/0"), "x");
  ASSERT_TRUE(julian);
  EXPECT_EQ(julian->at(seconds("2028-02-29T12:00:00Z")).abbreviation, "AAA");
  EXPECT_EQ(julian->at(seconds("2028-03-01T12:00:00Z")).abbreviation, "BBB");
  const auto counted = TimeZone::parse(zone_file("AAA0BBB,59/0,300/0"), "x");
  ASSERT_TRUE(counted);
  EXPECT_EQ(counted->at(seconds("2028-02-29T12:00:00Z")).abbreviation, "BBB");
}

TEST(TimeZone, ReadsTheZonesOfThisMachine) {
  const auto zone = load_time_zone("Europe/Berlin");
  if (!zone) GTEST_SKIP() << "no zone files on this machine";
  EXPECT_EQ(zone->at(seconds("2026-01-15T00:00:00Z")).offset, 3600);
  EXPECT_EQ(zone->at(seconds("2026-07-15T00:00:00Z")).offset, 7200);
  EXPECT_EQ(zone->at(seconds("1980-01-15T00:00:00Z")).abbreviation, "CET");
  EXPECT_TRUE(load_time_zone("local"));
}

TEST(TimeZone, BadNamesAndFilesAreRefused) {
  EXPECT_FALSE(load_time_zone(""));
  EXPECT_FALSE(load_time_zone("Mars/Olympus"));
  EXPECT_FALSE(load_time_zone("/etc/passwd"));
  EXPECT_FALSE(load_time_zone("../../../etc/passwd"));
  EXPECT_FALSE(TimeZone::parse("", "x"));
  EXPECT_FALSE(TimeZone::parse("TZif1", "x"));
  const auto whole = zone_file("UTC0");
  for (std::size_t size = 0; size < whole.size() - 7; ++size)
    EXPECT_FALSE(TimeZone::parse(whole.substr(0, size), "x")) << size;
}

}  // namespace
}  // namespace cistern
