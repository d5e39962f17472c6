#include "connectors/syslog/detect.hpp"

#include <string>

#include <gtest/gtest.h>

namespace cistern::connectors::syslog {
namespace {

TEST(DetectStream, KnowsSophosFirewallInBothFormatsAndBehindARelay) {
  EXPECT_EQ(
      detect_stream(
          R"(<30>device="SFW" date=2026-11-22 time=14:38:37 log_id=010101600001 log_type="Firewall")"),
      "sophos.firewall");
  EXPECT_EQ(
      detect_stream(
          R"(Nov 22 14:38:37 relay1 device_name="SFW" timestamp="2026-11-22T14:38:37+0100" log_id="010101600001" log_type="Firewall")"),
      "sophos.firewall");
  EXPECT_EQ(
      detect_stream(
          R"(date=2026-11-22 time=10:00:00 device_id=C4 log_id=010101600001 log_component="Firewall Rule")"),
      "sophos.firewall");
}

TEST(DetectStream, TakesNoOtherLogIdForSophos) {
  EXPECT_EQ(detect_stream("<30>Nov 22 14:38:37 h app: log_id=17 log_type=x a=1 b=2"), "key_value");
  EXPECT_EQ(detect_stream("date=2026-11-22 time=10:00:00 logid=0101016000 type=traffic"),
            "key_value");
}

TEST(DetectStream, KnowsSophosUtm) {
  EXPECT_EQ(
      detect_stream(
          R"(<30>2026:11:22-14:38:37 utm1 ulogd[1]: id="2001" severity="info" sys="SecureNet" sub="packetfilter")"),
      "sophos.utm");
  EXPECT_EQ(detect_stream("2026:11:22-14:38:37 utm1 named[8]: words"), "sophos.utm");
  EXPECT_EQ(detect_stream(
                R"(<30>Nov 22 14:38:37 utm1 ulogd[1]: id="2001" severity="info" sys="SecureNet")"),
            "sophos.utm");
}

TEST(DetectStream, KnowsTheLineFormats) {
  EXPECT_EQ(detect_stream("CEF:0|v|p|1|2|n|3|src=192.0.2.1"), "cef");
  EXPECT_EQ(detect_stream("<134>Nov 22 02:13:08 fw9 CEF: 1|v|p|1|2|n|3|"), "cef");
  EXPECT_EQ(detect_stream("<13>1 2026-11-22T02:13:08Z h - - - - LEEF:2.0|v|p|1|e|x09|a=b"), "leef");
}

TEST(DetectStream, TakesNoWordWithinATextForAFormat) {
  EXPECT_EQ(detect_stream("<13>Nov 22 02:13:08 h app: XCEF:0|a|b"), "message");
  EXPECT_EQ(detect_stream("<13>Nov 22 02:13:08 h app: sends CEF:0 to the SIEM"), "message");
}

TEST(DetectStream, KnowsObjectsWithAndWithoutCookie) {
  EXPECT_EQ(detect_stream(R"(<13>Nov 22 02:13:08 h app: {"a":1})"), "json");
  EXPECT_EQ(detect_stream(R"(<13>Nov 22 02:13:08 h app: @cee: {"a":1})"), "json");
  EXPECT_EQ(detect_stream("{}\n"), "json");
  EXPECT_EQ(detect_stream("<13>Nov 22 02:13:08 h app: {not json}"), "message");
}

TEST(DetectStream, WantsThreePairs) {
  EXPECT_EQ(detect_stream("<13>Nov 22 02:13:08 h app: a=1 b=2 c=3"), "key_value");
  EXPECT_EQ(detect_stream("<13>Nov 22 02:13:08 h app: a=1 b=2"), "message");
}

TEST(DetectStream, TakesNoStructuredDataForPairs) {
  EXPECT_EQ(detect_stream(R"(<134>1 2026-11-22T02:13:08Z h app - - [a b="1" c="2" d="3"] words)"),
            "message");
}

TEST(DetectStream, AnswersForAnything) {
  EXPECT_EQ(detect_stream(""), "message");
  EXPECT_EQ(detect_stream("<"), "message");
  EXPECT_EQ(detect_stream("<30>"), "message");
  EXPECT_EQ(detect_stream(std::string(1'000'000, '<')), "message");
  EXPECT_EQ(detect_stream(std::string(100, '\0')), "message");
}

}  // namespace
}  // namespace cistern::connectors::syslog
