// Times that vendors write as numbers: each unit at its borders, and what is no time.
#include "ecs/numeric_time.hpp"

#include <string>

#include <gtest/gtest.h>

namespace cistern::ecs {
namespace {

std::string shown(std::string_view digits) {
  const auto time = time_of_number(digits);
  return time ? format_time(*time) : "none";
}

TEST(NumericTime, TheMagnitudeTellsTheUnit) {
  EXPECT_EQ(shown("1784698003"), "2026-07-22T05:26:43.000Z");
  EXPECT_EQ(shown("1784698003422"), "2026-07-22T05:26:43.422Z");
  EXPECT_EQ(shown("1784698003422001"), "2026-07-22T05:26:43.422001Z");
  EXPECT_EQ(shown("134291716034220010"), "2026-07-22T05:26:43.422001Z") << "FILETIME";
  EXPECT_EQ(shown("1784698003422001002"), "2026-07-22T05:26:43.422001002Z");
}

TEST(NumericTime, TheSmallestOfEachUnit) {
  EXPECT_EQ(shown("99999999"), "none");
  EXPECT_EQ(shown("100000000"), "1973-03-03T09:46:40.000Z");
  EXPECT_EQ(shown("99999999999"), "none") << "seconds of the year 5138";
  EXPECT_EQ(shown("100000000000"), "1973-03-03T09:46:40.000Z");
  EXPECT_EQ(shown("100000000000000"), "1973-03-03T09:46:40.000Z");
  EXPECT_EQ(shown("100000000000000000"), "none") << "FILETIME of 1917";
  EXPECT_EQ(shown("116444736000000000"), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(shown("1000000000000000000"), "2001-09-09T01:46:40.000Z");
}

TEST(NumericTime, FractionsOfSecondsAndMilliseconds) {
  EXPECT_EQ(shown("1784698003.5"), "2026-07-22T05:26:43.500Z");
  EXPECT_EQ(shown("1784698003.123456789999"), "2026-07-22T05:26:43.123456789Z");
  EXPECT_EQ(shown("1784698003422.25"), "2026-07-22T05:26:43.422250Z");
  EXPECT_EQ(shown("1784698003422001.5"), "none");
  EXPECT_EQ(shown("1784698003."), "none");
  EXPECT_EQ(shown("1784698003.x"), "none");
}

TEST(NumericTime, WhatIsNoTime) {
  for (const char* text : {"", "0", "7", "-1784698003", "+1784698003", "1.7e9", "1784698003 ", "x",
                           "9300000000", "9223372036854775807", "18446744073709551615",
                           "184467440737095516160", "300000000000000000"}) {
    EXPECT_EQ(shown(text), "none") << text;
  }
}

TEST(NumericTime, ZeroIsNoTimeRatherThanAWrongOne) {
  EXPECT_TRUE(is_zero_time("0"));
  EXPECT_TRUE(is_zero_time(R"("0")"));
  EXPECT_TRUE(is_zero_time(R"("0001-01-01T00:00:00Z")"));
  EXPECT_FALSE(is_zero_time("10"));
  EXPECT_FALSE(is_zero_time(R"("0002-01-01T00:00:00Z")"));
}

}  // namespace
}  // namespace cistern::ecs
