#include "codec/json_pretty.hpp"
#include "format_fixture.hpp"

#include <random>

#include <boost/json.hpp>
#include <gmock/gmock.h>

namespace cistern::destinations::test {
namespace {

std::string pretty(std::string_view json) {
  std::string out;
  codec::append_pretty_json(out, json);
  return out;
}

TEST(PrettyJson, WritesFourSpacesALevel) {
  EXPECT_EQ(pretty(R"({"b":{"y":[1,{"z":"a, {b}: \"c\""}],"e":{},"l":[ ]},"a":-1.50e+3,"n":null})"),
            "{\n"
            "    \"b\": {\n"
            "        \"y\": [\n"
            "            1,\n"
            "            {\n"
            "                \"z\": \"a, {b}: \\\"c\\\"\"\n"
            "            }\n"
            "        ],\n"
            "        \"e\": {},\n"
            "        \"l\": []\n"
            "    },\n"
            "    \"a\": -1.50e+3,\n"
            "    \"n\": null\n"
            "}");
  EXPECT_EQ(pretty("[]"), "[]");
  EXPECT_EQ(pretty("\"text\\u00e9\\n\""), "\"text\\u00e9\\n\"");
  EXPECT_EQ(pretty("18446744073709551615"), "18446744073709551615");
}

TEST(PrettyJson, WhatWouldGrowTooMuchStaysOnOneLine) {
  std::string deep(100, '[');
  for (int i = 0; i < 20000; ++i)
    deep += "1,";
  deep += "1" + std::string(100, ']');
  EXPECT_EQ(pretty(deep), deep);
}

TEST(PrettyJson, DamagedTextDoesNoHarm) {
  std::mt19937 random(3);
  for (int round = 0; round < 20000; ++round) {
    std::string text(random() % 40, ' ');
    for (char& c : text)
      c = "{}[]\",:\\ 1a\n"[random() % 12];
    pretty(text);
  }
}

TEST(FalconPretty, IsTheVendorsJsonAndNothingElse) {
  const auto format = format_of({{"format", "falcon-pretty"}});
  const std::string raw =
      R"({"metadata":{"offset":18446744073709551615,"eventType":"AuthActivityAuditEvent"},)"
      R"("event":{"UTCTimestamp":1.0,"Big":12345678901234567890123,"Success":true}})";
  const std::string text = line_of(*format, raw);
  EXPECT_EQ(text,
            "{\n"
            "    \"metadata\": {\n"
            "        \"offset\": 18446744073709551615,\n"
            "        \"eventType\": \"AuthActivityAuditEvent\"\n"
            "    },\n"
            "    \"event\": {\n"
            "        \"UTCTimestamp\": 1.0,\n"
            "        \"Big\": 12345678901234567890123,\n"
            "        \"Success\": true\n"
            "    }\n"
            "}");
  auto event = event_of(R"(not \"json\")");
  event.form = RawForm::text;
  std::string out;
  EXPECT_TRUE(format->render(event, out));
  EXPECT_EQ(out, "not \"json\"");
}

}  // namespace
}  // namespace cistern::destinations::test
