#include "connectors/syslog/readers_time.hpp"

#include <gtest/gtest.h>

namespace cistern::connectors::syslog {
namespace {

std::string resolved(std::string_view local, std::string_view written, std::string_view setting,
                     ZoneFrom* from = nullptr) {
  Zones zones;
  const ZonedTime time = resolve_time(parse_time(local).value(), written, setting, zones);
  if (from != nullptr) *from = time.from;
  return format_time_seconds(time.time);
}

TEST(DeviceTime, AnOffsetOfTheDeviceCountsMost) {
  ZoneFrom from{};
  EXPECT_EQ(resolved("2026-07-01T00:10:00", "+0530", "Europe/Dublin", &from),
            "2026-06-30T18:40:00");
  EXPECT_EQ(from, ZoneFrom::offset);
  EXPECT_EQ(resolved("2026-07-01T00:10:00", "-06:00", ""), "2026-07-01T06:10:00");
  EXPECT_EQ(resolved("2026-07-01T00:10:00", "+11", ""), "2026-06-30T13:10:00");
}

TEST(DeviceTime, TheSettingOfTheSenderOverridesAnAbbreviation) {
  ZoneFrom from{};
  EXPECT_EQ(resolved("2026-07-01T00:10:00", "IST", "Europe/Dublin", &from), "2026-06-30T23:10:00");
  EXPECT_EQ(from, ZoneFrom::setting);
  EXPECT_EQ(resolved("2026-12-01T00:10:00", "IST", "Europe/Dublin"), "2026-12-01T00:10:00");
}

TEST(DeviceTime, AnAbbreviationWithOneMeaningIsTaken) {
  ZoneFrom from{};
  EXPECT_EQ(resolved("2026-07-01T00:10:00", "CEST", "", &from), "2026-06-30T22:10:00");
  EXPECT_EQ(from, ZoneFrom::abbreviation);
}

TEST(DeviceTime, AnAbbreviationWithSeveralMeaningsIsMarked) {
  ZoneFrom from{};
  EXPECT_EQ(resolved("2026-07-01T05:40:00", "IST", "", &from), "2026-07-01T00:10:00");
  EXPECT_EQ(from, ZoneFrom::ambiguous);
}

TEST(DeviceTime, WithoutAnyZoneItIsUtcAndMarked) {
  ZoneFrom from{};
  EXPECT_EQ(resolved("2026-07-01T00:10:00", "QQQ", "", &from), "2026-07-01T00:10:00");
  EXPECT_EQ(from, ZoneFrom::assumed);
  EXPECT_EQ(resolved("2026-07-01T00:10:00", "", "No/Such_Zone", &from), "2026-07-01T00:10:00");
  EXPECT_EQ(from, ZoneFrom::assumed);
}

TEST(DeviceTime, TheEdgesOfSummerTimeAreDefined) {
  // Berlin: forward at 2026-03-29 02:00, back at 2026-10-25 03:00.
  EXPECT_EQ(resolved("2026-03-29T01:59:59", "", "Europe/Berlin"), "2026-03-29T00:59:59");
  EXPECT_EQ(resolved("2026-03-29T03:00:00", "", "Europe/Berlin"), "2026-03-29T01:00:00");
  EXPECT_EQ(resolved("2026-03-29T02:30:00", "", "Europe/Berlin"), "2026-03-29T01:30:00");
  EXPECT_EQ(resolved("2026-10-25T02:30:00", "", "Europe/Berlin"), "2026-10-25T00:30:00")
      << "of an hour that came twice the first";
  EXPECT_EQ(resolved("2026-10-25T03:30:00", "", "Europe/Berlin"), "2026-10-25T02:30:00");
}

TEST(DeviceTime, OffsetsAreReadStrictly) {
  EXPECT_EQ(parse_offset("+05:30"), 19800);
  EXPECT_EQ(parse_offset("-0330"), -12600);
  EXPECT_EQ(parse_offset("Z"), 0);
  for (const auto* text : {"", "+", "+1", "+123", "+12345", "0530", "+05:3", "+15", "+0560", "+ab"})
    EXPECT_FALSE(parse_offset(text).has_value()) << text;
}

}  // namespace
}  // namespace cistern::connectors::syslog
