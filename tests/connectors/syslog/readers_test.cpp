// What readers do beyond the cases of mappings/tests.
#include "connectors/syslog/functions_country.hpp"
#include "connectors/syslog/readers_flow.hpp"
#include "connectors/syslog/readers_sophos_keys.hpp"
#include "connectors/syslog/readers_sophos_names.hpp"
#include "syslog_view.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::syslog {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(SophosLogId, TellsTypeComponentSubtypePriorityAndMessage) {
  const auto id = decode_log_id("020804407002");
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(id->type, "IDP");
  EXPECT_EQ(id->component, "Signatures");
  EXPECT_EQ(id->subtype, "Drop");
  EXPECT_EQ(id->priority, "Warning");
  EXPECT_EQ(id->message, "07002");
}

TEST(SophosLogId, LeavesUnknownNumbersWithoutNames) {
  const auto id = decode_log_id("999999900001");
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(id->type, "");
  EXPECT_EQ(id->component, "");
  EXPECT_EQ(id->subtype, "");
  EXPECT_EQ(id->priority, "");
  EXPECT_FALSE(decode_log_id("02080440700").has_value());
  EXPECT_FALSE(decode_log_id("02080440700x").has_value());
}

TEST(CommunityId, IsTheSameInBothDirectionsAndThatOfTheSpecification) {
  const std::string known = "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=";
  EXPECT_EQ(community_id({.source_ip = "192.168.0.89",
                          .destination_ip = "192.168.0.1",
                          .protocol = "ICMP",
                          .source_port = "",
                          .destination_port = "",
                          .icmp_type = "8",
                          .icmp_code = "0"}),
            known);
  EXPECT_EQ(community_id({.source_ip = "192.168.0.1",
                          .destination_ip = "192.168.0.89",
                          .protocol = "1",
                          .source_port = "",
                          .destination_port = "",
                          .icmp_type = "0",
                          .icmp_code = "0"}),
            known);
  const Flow there{"198.51.100.1", "203.0.113.1", "TCP", "4711", "443", "", ""};
  const Flow back{"203.0.113.1", "198.51.100.1", "6", "443", "4711", "", ""};
  EXPECT_EQ(community_id(there), community_id(back));
}

TEST(CommunityId, NeedsWholeFacts) {
  EXPECT_FALSE(community_id({"198.51.100.1", "", "TCP", "1", "2", "", ""}).has_value());
  EXPECT_FALSE(community_id({"198.51.100.1", "2001:db8::1", "TCP", "1", "2", "", ""}).has_value());
  EXPECT_FALSE(community_id({"198.51.100.1", "203.0.113.1", "TCP", "1", "", "", ""}).has_value());
  EXPECT_FALSE(community_id({"198.51.100.1", "203.0.113.1", "0", "1", "2", "", ""}).has_value());
  EXPECT_FALSE(
      community_id({"198.51.100.1", "203.0.113.1", "TCP", "1", "65536", "", ""}).has_value());
  EXPECT_FALSE(
      community_id({std::string(5000, '1'), "203.0.113.1", "TCP", "1", "2", "", ""}).has_value());
}

TEST(Country, GivesTwoLettersForThree) {
  EXPECT_EQ(country_alpha2("DEU"), "DE");
  EXPECT_EQ(country_alpha2("ABW"), "AW");
  EXPECT_EQ(country_alpha2("ZWE"), "ZW");
  EXPECT_EQ(country_alpha2("R1"), "");
  EXPECT_EQ(country_alpha2(""), "");
}

TEST(SophosReader, TellsOfALineThatWasCut) {
  Renderer renderer;
  const auto document = renderer.render(
      R"(<30>device="SFW" date=2026-11-22 time=14:38:37 timezone="CET" log_id=050901616001 log_type="Content Filtering" url="https://www.exam)");
  EXPECT_THAT(document, HasSubstr(R"("truncated":true)"));
  EXPECT_THAT(document, HasSubstr(R"("original":"https://www.exam")"));
}

TEST(SophosReader, ReadsAnIdInQuotesOnlyByItself) {
  Renderer renderer;
  const auto document = renderer.render(
      R"(<30>device="SFW" date=2026-11-22 time=14:38:37 timezone="CET" log_id="020804407002" log_type="")",
      {.stream = "sophos.firewall"});
  EXPECT_THAT(document, HasSubstr(R"("log_type":"IDP")"));
  EXPECT_THAT(document, HasSubstr(R"("kind":"alert")"));
  EXPECT_THAT(document, HasSubstr(R"("severity":4)"));
}

TEST(SophosReader, BoundsThePairs) {
  std::string line = R"(<30>device="SFW" log_id=010101600001 log_type="Firewall")";
  for (int i = 0; i < 600; ++i)
    line += " k" + std::to_string(i) + "=1";
  Renderer renderer;
  const auto document = renderer.render(line);
  EXPECT_THAT(document, HasSubstr("pipeline_error"));
  EXPECT_THAT(document, HasSubstr("more than 512 pairs"));
}

TEST(SophosReader, UsesTheHeadersTimeWithoutItsOwn) {
  Renderer renderer;
  EXPECT_THAT(
      renderer.render(
          R"(<30>Nov 22 10:00:00 fw1 device="SFW" log_id=010101600001 log_type="Firewall")"),
      HasSubstr(R"("@timestamp":"2026-11-22T10:00:00.000Z")"));
}

TEST(SophosKeys, StandSorted) {
  const auto keys = sophos_keys();
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
}

TEST(SyslogReaders, ReadBytesThatAreNoUtf8) {
  Renderer renderer;
  const auto document =
      renderer.render("<13>Nov 22 02:13:08 h app: M\xFCnchen", {.original = true});
  EXPECT_THAT(document, HasSubstr("M\xEF\xBF\xBDnchen"));
  EXPECT_THAT(document, HasSubstr(R"("original_encoding":"base64")"));
}

TEST(SyslogReaders, KeepWordForWordWhatCame) {
  Renderer renderer;
  EXPECT_THAT(renderer.render(R"(<13>Nov 22 02:13:08 h app: say "hi" \ there)", {.original = true}),
              HasSubstr(R"("original":"<13>Nov 22 02:13:08 h app: say \"hi\" \\ there")"));
}

TEST(SyslogReaders, GiveNamesThatOpenNoObjects) {
  Renderer renderer;
  const auto document = renderer.render("<13>Nov 22 02:13:08 h app: User.Name=ana b=2 c=3");
  EXPECT_THAT(document, HasSubstr(R"("user_name":"ana")"));
  EXPECT_THAT(document, Not(HasSubstr("User.Name\"")));
}

TEST(SyslogReaders, MayRunOnSeveralThreads) {
  const auto readers = mapping_readers();
  const auto& reader = readers.at("sophos_firewall");
  const std::vector<std::string> metas = {"", R"({"zone":"Europe/Berlin"})",
                                          R"({"zone":"Asia/Kolkata"})", R"({"zone":"No/Where"})"};
  const auto read = [&](const std::string& meta) {
    std::string json;
    EXPECT_TRUE(reader(
        {.raw =
             R"(<30>device="SFW" date=2026-07-01 time=00:10:00 timezone="IST" log_id=010101600001)",
         .meta = meta,
         .stream = "sophos.firewall",
         .received = "2026-07-01T00:00:00.000Z",
         .time = {}},
        json));
    return json;
  };
  std::vector<std::string> alone;
  for (const auto& meta : metas)
    alone.push_back(read(meta));
  EXPECT_NE(alone[1], alone[2]);
  std::atomic<int> different = 0;
  std::vector<std::thread> threads;
  for (std::size_t first = 0; first < 4; ++first) {
    threads.emplace_back([&, first] {
      for (std::size_t i = first; i < first + 200; ++i) {
        if (read(metas[i % metas.size()]) != alone[i % metas.size()]) ++different;
      }
    });
  }
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(different, 0);
}

TEST(SyslogReaders, SenderNamesOfTheUserStandFirst) {
  Renderer renderer;
  EXPECT_THAT(renderer.render("<13>Nov 22 02:13:08 X0001ABCDEFGHIJ app: words"),
              HasSubstr(R"("name":"branch-7")"));
}

}  // namespace
}  // namespace cistern::connectors::syslog
