#include "destinations/syslog/message.hpp"

#include <cstdlib>
#include <ctime>

#include <gtest/gtest.h>

namespace cistern::destinations::syslog {
namespace {

runtime::EventFacts facts() {
  return {.time = *parse_time("2026-11-22T02:13:08.25Z"),
          .id = "00112233445566778899aabbccddeeff",
          .connector = "contoso",
          .stream = "audit",
          .severity = 3};
}

MessageSettings settings() {
  MessageSettings made;
  made.host = "node1";
  return made;
}

TEST(SyslogMessage, CarriesTheEventsIdentityTimeAndSeverity) {
  MessageWriter writer{settings()};
  EXPECT_EQ(writer.write(facts(), "{\"a\":1}"),
            "<131>1 2026-11-22T02:13:08.250Z node1 cistern - - "
            "[cistern@32473 id=\"00112233445566778899aabbccddeeff\"] {\"a\":1}");
}

TEST(SyslogMessage, TheSameEventIsTheSameMessageAgain) {
  MessageWriter first{settings()};
  const std::string once{first.write(facts(), "event")};
  first.write({}, "another");
  MessageWriter second{settings()};
  EXPECT_EQ(first.write(facts(), "event"), once);
  EXPECT_EQ(second.write(facts(), "event"), once);
}

TEST(SyslogMessage, SeverityIsFixedOrTheEventsOrInfo) {
  auto fixed = settings();
  fixed.severity = 1;
  fixed.facility = 4;
  EXPECT_TRUE(MessageWriter{fixed}.write(facts(), "x").starts_with("<33>1 "));
  auto of_the_event = settings();
  of_the_event.facility.reset();
  auto came_by_syslog = facts();
  came_by_syslog.facility = 10;
  EXPECT_TRUE(MessageWriter{of_the_event}.write(came_by_syslog, "x").starts_with("<83>1 "));
  EXPECT_TRUE(MessageWriter{of_the_event}.write(facts(), "x").starts_with("<131>1 "));
  EXPECT_TRUE(MessageWriter{settings()}.write(came_by_syslog, "x").starts_with("<131>1 "));
  auto unknown = facts();
  unknown.severity.reset();
  EXPECT_TRUE(MessageWriter{settings()}.write(unknown, "x").starts_with("<134>1 "));
}

TEST(SyslogMessage, StructuredDataCanBeLeftOutAndNamedByOnesOwnNumber) {
  auto without = settings();
  without.structured_data = false;
  EXPECT_TRUE(MessageWriter{without}.write(facts(), "x").ends_with(" cistern - - - x"));
  auto own = settings();
  own.enterprise_id = 4294967295U;
  MessageWriter writer{own};
  EXPECT_NE(writer.write(facts(), "x").find("[cistern@4294967295 id="), std::string_view::npos);
}

TEST(SyslogMessage, WithoutAHeaderItIsTheEventAlone) {
  auto none = settings();
  none.header = HeaderKind::none;
  EXPECT_EQ(MessageWriter{none}.write(facts(), "CEF:0|a"), "CEF:0|a");
}

TEST(SyslogMessage, TheOldHeaderHasTheMachinesLocalTime) {
  ::setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
  ::tzset();
  auto old = settings();
  old.header = HeaderKind::rfc3164;
  MessageWriter writer{old};
  EXPECT_EQ(writer.write(facts(), "x"), "<131>Nov 22 03:13:08 node1 cistern: x");
  auto summer = facts();
  summer.time = *parse_time("2026-07-01T02:13:08Z");
  EXPECT_EQ(writer.write(summer, "x"), "<131>Jul  1 04:13:08 node1 cistern: x");
  ::unsetenv("TZ");
  ::tzset();
}

TEST(SyslogMessage, WhatIsTooLongIsCutAndCountedByStream) {
  auto small = settings();
  small.header = HeaderKind::none;
  small.max_message = 5;
  MessageWriter writer{small};
  EXPECT_EQ(writer.write(facts(), "12345"), "12345");
  EXPECT_TRUE(writer.take_cuts().empty());
  EXPECT_EQ(writer.write(facts(), "1234\xc3\xa4"), "1234");
  EXPECT_EQ(writer.write(facts(), "123456"), "12345");
  const auto cuts = writer.take_cuts();
  ASSERT_EQ(cuts.size(), 1U);
  EXPECT_EQ(cuts[0].connector, "contoso");
  EXPECT_EQ(cuts[0].stream, "audit");
  EXPECT_EQ(cuts[0].cut_values, 2U);
  EXPECT_TRUE(writer.take_cuts().empty());
}

TEST(SyslogMessage, EachLineOfAPayloadIsTaken) {
  std::string_view bytes = "\none\n\ntwo\n";
  std::string_view line;
  ASSERT_TRUE(take_line(bytes, line));
  EXPECT_EQ(line, "one");
  ASSERT_TRUE(take_line(bytes, line));
  EXPECT_EQ(line, "two");
  EXPECT_FALSE(take_line(bytes, line));
}

}  // namespace
}  // namespace cistern::destinations::syslog
