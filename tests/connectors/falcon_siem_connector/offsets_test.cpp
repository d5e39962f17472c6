#include "connectors/crowdstrike_falcon/siem_connector/offsets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::crowdstrike_falcon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(Offsets, JsonOfEveryKnownForm) {
  EXPECT_THAT(
      parse_offsets(
          R"({"https://firehose.example.com/sensors/entities/datafeed/v1/0a1?appId=x": 7})"),
      ElementsAre(Pair("0a1", 7)));
  EXPECT_THAT(parse_offsets(R"({"0": 12, "1": 0})"), ElementsAre(Pair("0", 12), Pair("1", 0)));
  EXPECT_THAT(parse_offsets(R"({"0": {"offset": 12, "time": 1784584040}})"),
              ElementsAre(Pair("0", 12)));
  EXPECT_THAT(parse_offsets(R"({"feeds": {"0": {"Offset": "18446744073709551615"}}})"),
              ElementsAre(Pair("0", 18446744073709551615ULL)));
  EXPECT_THAT(parse_offsets(R"({"offset": 5})"), ElementsAre(Pair("", 5)));
  EXPECT_THAT(parse_offsets(R"({"version": 3, "offset": 5})"), ElementsAre(Pair("", 5)));
}

TEST(Offsets, LinesOfKeyAndNumber) {
  EXPECT_THAT(parse_offsets("0 = 12\npartition_1: 13\n2\t14\r\n"),
              ElementsAre(Pair("0", 12), Pair("1", 13), Pair("2", 14)));
  EXPECT_THAT(parse_offsets("https://h/sensors/entities/datafeed/v1/0?appId=a1 99\n"),
              ElementsAre(Pair("0", 99)));
  EXPECT_THAT(parse_offsets("42"), ElementsAre(Pair("", 42)));
}

TEST(Offsets, OfTwoForOneFeedTheLowerCounts) {
  EXPECT_THAT(parse_offsets("0=12\n0=9\n0=11\n"), ElementsAre(Pair("0", 9)));
}

TEST(Offsets, WhatIsNoOffsetFileGivesNone) {
  EXPECT_THAT(parse_offsets(""), IsEmpty());
  EXPECT_THAT(parse_offsets("nothing here\nversion2\n-\n"), IsEmpty());
  EXPECT_THAT(parse_offsets(R"({"0": )"), IsEmpty());
  EXPECT_THAT(parse_offsets(R"({"0": -3, "1": 1.5, "2": "x"})"), IsEmpty());
  EXPECT_THAT(parse_offsets("0=99999999999999999999999\n"), IsEmpty());
}

TEST(Offsets, TheHighestInTheOldOutput) {
  const std::string marks[] = {"cn3=", "\"offset\": "};
  EXPECT_EQ(highest_offset("a cn3=5 b\nc cn3=17 d\ne cn3=9 f\n", marks), 17U);
  EXPECT_EQ(highest_offset("{\n    \"offset\": 23,\n", marks), 23U);
  EXPECT_EQ(highest_offset("cn3=5 cn3=17", marks), 5U) << "the last number may be cut";
  EXPECT_EQ(highest_offset("nothing", marks), std::nullopt);
}

}  // namespace
}  // namespace cistern::connectors::crowdstrike_falcon
