#include "codec/key_value.hpp"

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::codec {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr std::array<std::string_view, 5> kKnown = {"dst_port", "priority", "src_port",
                                                    "srczonetype", "tran_dst_port"};

Pairs read(std::string_view line) {
  Pairs pairs;
  for (KeyValueReader reader(line, kKnown); reader.next();)
    pairs.emplace_back(reader.key(), reader.value());
  return pairs;
}

TEST(KeyValue, MixesQuotedAndBareValues) {
  EXPECT_THAT(read(R"(device="SFW" date=2026-05-18 priority=Information)"),
              ElementsAre(Pair("device", "SFW"), Pair("date", "2026-05-18"),
                          Pair("priority", "Information")));
}

TEST(KeyValue, SplitsBeforeAKnownKeyThatFollowsDigits) {
  EXPECT_THAT(read(R"(tran_dst_port=0srczonetype="VPN" a=1)"),
              ElementsAre(Pair("tran_dst_port", "0"), Pair("srczonetype", "VPN"), Pair("a", "1")));
  EXPECT_THAT(read("ip=192.0.2.1src_port=7"),
              ElementsAre(Pair("ip", "192.0.2.1"), Pair("src_port", "7")));
}

TEST(KeyValue, SplitsBehindAClosingQuoteBeforeAKnownKey) {
  EXPECT_THAT(read(R"(zone="VPN"src_port=7)"),
              ElementsAre(Pair("zone", "VPN"), Pair("src_port", "7")));
}

TEST(KeyValue, KeepsUnknownWordsBehindDigitsInTheValue) {
  EXPECT_THAT(read("n=0unknown=1 b=2"), ElementsAre(Pair("n", "0unknown=1"), Pair("b", "2")));
}

TEST(KeyValue, FindsKnownKeysInAnyLetterCase) {
  EXPECT_THAT(read("a=5SRC_PORT=7"), ElementsAre(Pair("a", "5"), Pair("SRC_PORT", "7")));
}

TEST(KeyValue, DropsAStrayQuoteAtTheEnd) {
  EXPECT_THAT(read(R"(app_is_cloud=0")"), ElementsAre(Pair("app_is_cloud", "0")));
  EXPECT_THAT(read(R"(name=say "hi" x=1)"),
              ElementsAre(Pair("name", R"(say "hi")"), Pair("x", "1")));
}

TEST(KeyValue, TakesTheRestBehindAQuoteThatNothingCloses) {
  KeyValueReader reader(R"(destination="" subject="Invoice for a=b)");
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.value(), "");
  EXPECT_FALSE(reader.unterminated());
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.key(), "subject");
  EXPECT_EQ(reader.value(), "Invoice for a=b");
  EXPECT_TRUE(reader.unterminated());
  EXPECT_FALSE(reader.next());
}

TEST(KeyValue, TakesAQuoteAtTheVeryEndAsAnEmptyValue) {
  KeyValueReader reader(R"(subject=")");
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.value(), "");
  EXPECT_TRUE(reader.unterminated());
}

TEST(KeyValue, LetsBareValuesHoldBlanks) {
  EXPECT_THAT(read("branch_name=Ana Lopez site=Information Technology host=a. b.example"),
              ElementsAre(Pair("branch_name", "Ana Lopez"), Pair("site", "Information Technology"),
                          Pair("host", "a. b.example")));
}

TEST(KeyValue, StripsSingleQuotes) {
  EXPECT_THAT(read("SysLog_SERVER_NAME='Log stash' mode='appliance'"),
              ElementsAre(Pair("SysLog_SERVER_NAME", "Log stash"), Pair("mode", "appliance")));
}

TEST(KeyValue, KeepsAnApostropheThatClosesNothing) {
  EXPECT_THAT(read("who='s-Hertogenbosch a=1"),
              ElementsAre(Pair("who", "'s-Hertogenbosch"), Pair("a", "1")));
}

TEST(KeyValue, ReadsEmptyBareValues) {
  EXPECT_THAT(read(R"(src_mac= ep_uuid= execution_path="" last=)"),
              ElementsAre(Pair("src_mac", ""), Pair("ep_uuid", ""), Pair("execution_path", ""),
                          Pair("last", "")));
}

TEST(KeyValue, SkipsRepeatedBlanks) {
  EXPECT_THAT(read("  sent_pkts=6  recv_pkts=5\t x=1  "),
              ElementsAre(Pair("sent_pkts", "6"), Pair("recv_pkts", "5"), Pair("x", "1")));
}

TEST(KeyValue, NeverSplitsInsideQuotes) {
  EXPECT_THAT(read(R"(cookie="a=1;b=2 c=3" extra="Score: 7, SQLi=, XSS=): Last" z=9)"),
              ElementsAre(Pair("cookie", "a=1;b=2 c=3"),
                          Pair("extra", "Score: 7, SQLi=, XSS=): Last"), Pair("z", "9")));
}

TEST(KeyValue, ClosesAQuoteOnlyWhereAKeyOrTheEndFollows) {
  EXPECT_THAT(read(R"(subject="He said "no" to me" to="ana")"),
              ElementsAre(Pair("subject", R"(He said "no" to me)"), Pair("to", "ana")));
}

TEST(KeyValue, RunsBareValuesOverEqualsSigns) {
  EXPECT_THAT(read("querystring=?id=642ea@contoso.com&b=1 url=http://x.example/?a=b status=200"),
              ElementsAre(Pair("querystring", "?id=642ea@contoso.com&b=1"),
                          Pair("url", "http://x.example/?a=b"), Pair("status", "200")));
}

TEST(KeyValue, TrimsBlanksInsideQuotes) {
  EXPECT_THAT(read(R"(to=" ana@contoso.com" x=1)"),
              ElementsAre(Pair("to", "ana@contoso.com"), Pair("x", "1")));
}

TEST(KeyValue, KeepsUnits) {
  EXPECT_THAT(read("system=1.29% user=7.60%"),
              ElementsAre(Pair("system", "1.29%"), Pair("user", "7.60%")));
}

TEST(KeyValue, DropsCommasBetweenPairs) {
  EXPECT_THAT(read(R"(a="x, y", b=2, c=3; d="4")"),
              ElementsAre(Pair("a", "x, y"), Pair("b", "2"), Pair("c", "3"), Pair("d", "4")));
}

TEST(KeyValue, TellsWhatStandsBeforeTheFirstKey) {
  KeyValueReader reader("kernel: dropped IN=eth0 OUT= SRC=192.0.2.1\r\n");
  EXPECT_EQ(reader.head(), "kernel: dropped");
  EXPECT_THAT(read("kernel: dropped IN=eth0 OUT= SRC=192.0.2.1\r\n"),
              ElementsAre(Pair("IN", "eth0"), Pair("OUT", ""), Pair("SRC", "192.0.2.1")));
}

TEST(KeyValue, FindsNoPairsInPlainText) {
  EXPECT_THAT(read("just words, 1=2 and =3"), IsEmpty());
  EXPECT_THAT(read(""), IsEmpty());
}

TEST(KeyValue, TakesLinearTimeWhateverStandsThere) {
  // Each of these made an earlier form of such readers look at the whole rest for every pair.
  for (const std::string_view piece : {"a='x ", "a=\"b ", "a=1a=", "\" a", "= ", "a= \" \""}) {
    std::string line;
    while (line.size() < 1'000'000)
      line += piece;
    const auto began = std::chrono::steady_clock::now();
    read(line);
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{5}) << piece;
  }
}

}  // namespace
}  // namespace cistern::codec
