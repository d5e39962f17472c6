#include "codec/syslog_message.hpp"

#include <gtest/gtest.h>

namespace cistern::codec {
namespace {

using Form = SyslogMessage::Form;
using namespace std::chrono_literals;

TimePoint at(std::string_view text) {
  return parse_time(text).value();
}
const TimePoint kNow = at("2026-11-22T02:13:10Z");

SyslogMessage read(std::string_view text, TimePoint now = kNow, const char* zone = "UTC") {
  return read_syslog_message(text, now, WallClock(load_time_zone(zone).value()));
}

TEST(SyslogMessage, Rfc5424WithStructuredData) {
  const auto message = read(
      "<134>1 2026-11-22T02:13:08.123456Z fw1.contoso.com cistern 4711 EVT "
      R"([meta sequenceId="42"][a@32473 id="a\"1\]" x="C:\dir"] )"
      "\xEF\xBB\xBFtext");
  EXPECT_EQ(message.form, Form::rfc5424);
  EXPECT_EQ(message.facility, 16);
  EXPECT_EQ(message.severity, 6);
  EXPECT_EQ(message.time, at("2026-11-22T02:13:08.123456Z"));
  EXPECT_EQ(message.host, "fw1.contoso.com");
  EXPECT_EQ(message.app, "cistern");
  EXPECT_EQ(message.process, "4711");
  EXPECT_EQ(message.message_id, "EVT");
  EXPECT_EQ(message.text, "text");
  SyslogParams params(message.structured_data);
  std::string seen;
  while (const auto param = params.next()) {
    seen.append(param->element).append(":").append(param->name).append("=");
    append_unescaped_param(seen, param->value);
    seen += ";";
  }
  EXPECT_EQ(seen, R"(meta:sequenceId=42;a@32473:id=a"1];a@32473:x=C:\dir;)");
}

TEST(SyslogMessage, Rfc5424WithNilsAndBrokenParts) {
  const auto nil = read("<13>1 - - - - - - hello");
  EXPECT_EQ(nil.form, Form::rfc5424);
  EXPECT_EQ(nil.time, TimePoint{});
  EXPECT_EQ(nil.host, "");
  EXPECT_EQ(nil.text, "hello");
  EXPECT_EQ(read("<13>1 2026-11-22T02:13:08Z h a - - [open x=\"1 text").text, "[open x=\"1 text");
  EXPECT_EQ(read("<13>1 2026-11-22T02:13:08.123456789+0100 h a - - - t").time,
            at("2026-11-22T01:13:08.123456789Z"));
  EXPECT_EQ(read("<13>1 2026-11-22T02:13:08Z").text, "");
}

struct Shape {
  std::string_view raw;
  std::string_view time;
  std::string_view host;
  std::string_view app;
  std::string_view text;
};

TEST(SyslogMessage, Rfc3164InItsRealShapes) {
  const Shape shapes[] = {
      {"<34>Nov 22 02:13:08 fw1 su[12]: text", "2026-11-22T02:13:08Z", "fw1", "su", "text"},
      {"<34>Nov  2 02:13:08 fw1 su: text", "2026-11-02T02:13:08Z", "fw1", "su", "text"},
      {"<34>Nov 02 2:13:08 fw1 su: text", "2026-11-02T02:13:08Z", "fw1", "su", "text"},
      {"<34>2 Nov 02:13:08 fw1 su: text", "2026-11-02T02:13:08Z", "fw1", "su", "text"},
      {"<34>Nov 22 2025 02:13:08 fw1 su: text", "2025-11-22T02:13:08Z", "fw1", "su", "text"},
      {"<34>Nov 22 02:13:08 2025 fw1 su: text", "2025-11-22T02:13:08Z", "fw1", "su", "text"},
      {"<34>2026-11-22T02:13:08+01:00 fw1 su: t", "2026-11-22T01:13:08Z", "fw1", "su", "t"},
      {"<34>Nov 22 02:13:08.123 fw1 su: text", "2026-11-22T02:13:08.123Z", "fw1", "su", "text"},
      {"<34>Nov 22 02:13:08,5 fw1 su: text", "2026-11-22T02:13:08.5Z", "fw1", "su", "text"},
      {"<34>Nov 22 02:13:08 CEST fw1 su: text", "2026-11-22T00:13:08Z", "fw1", "su", "text"},
      {"<34>Nov 22 02:13:08 hello world", "2026-11-22T02:13:08Z", "hello", "", "world"},
      {"<189>1234: *Nov 22 02:13:08.001: %SYS-5-CONFIG_I: done", "2026-11-22T02:13:08.001Z", "",
       "%SYS-5-CONFIG_I", "done"},
      {"<166>Nov 22 2026 02:13:08 fw1 : %ASA-6-302013: Built", "2026-11-22T02:13:08Z", "fw1",
       "%ASA-6-302013", "Built"},
      {"<34>Nov 22 02:13:08 2001:db8::7 su: text", "2026-11-22T02:13:08Z", "2001:db8::7", "su",
       "text"},
      {"<34>Nov 22 02:13:08 su[12]: text", "2026-11-22T02:13:08Z", "", "su", "text"},
      {"<34>Nov 22 02:13:08 CEF:0|V|P|1|1|n|5|", "2026-11-22T02:13:08Z", "", "",
       "CEF:0|V|P|1|1|n|5|"},
      {"<34>Nov 22 02:13:08 fw1 CEF:0|V|P|1|1|n|5|", "2026-11-22T02:13:08Z", "fw1", "",
       "CEF:0|V|P|1|1|n|5|"},
      {"Nov 22 02:13:08 fw1 su: no priority", "2026-11-22T02:13:08Z", "fw1", "su", "no priority"},
      {"<30>device=\"SFW\" date=2026-11-22", "", "", "", "device=\"SFW\" date=2026-11-22"},
      {"<13>app: text", "", "", "app", "text"},
      {"<30>2026:11:22-02:13:08 utm httpproxy[7]: x", "2026-11-22T02:13:08Z", "utm", "httpproxy",
       "x"},
      {"", "", "", "", ""},
  };
  for (const auto& shape : shapes) {
    SCOPED_TRACE(shape.raw);
    const auto message = read(shape.raw);
    EXPECT_EQ(message.time, shape.time.empty() ? TimePoint{} : at(shape.time));
    EXPECT_EQ(message.host, shape.host);
    EXPECT_EQ(message.app, shape.app);
    EXPECT_EQ(message.text, shape.text);
  }
}

TEST(SyslogMessage, PriorityIsUserNoticeWhereThereIsNone) {
  const auto none = read("hello");
  EXPECT_FALSE(none.has_priority);
  EXPECT_EQ(none.facility * 8 + none.severity, 13);
  EXPECT_FALSE(read("<192>x").has_priority);
  EXPECT_FALSE(read("<>x").has_priority);
  EXPECT_EQ(read("<192>x").text, "<192>x");
  EXPECT_EQ(read("<191>x").facility, 23);
}

TEST(SyslogMessage, AMissingYearIsNeverMoreThanADayAhead) {
  const auto in_january = at("2027-01-01T00:00:30Z");
  EXPECT_EQ(read("<13>Dec 31 23:59:59 h a: t", in_january).time, at("2026-12-31T23:59:59Z"));
  EXPECT_EQ(read("<13>Jan  1 12:00:00 h a: t", at("2026-12-31T23:00:00Z")).time,
            at("2027-01-01T12:00:00Z"));
  EXPECT_EQ(read("<13>Nov 23 12:00:00 h a: t", at("2026-11-22T02:00:00Z")).time,
            at("2025-11-23T12:00:00Z"));
  EXPECT_EQ(read("<13>Feb 29 12:00:00 h a: t", at("2027-03-01T02:00:00Z")).time,
            at("2024-02-29T12:00:00Z"));
  EXPECT_EQ(read("<13>Feb 30 12:00:00 h a: t").time, TimePoint{});
}

TEST(SyslogMessage, AMissingZoneIsTheConfiguredOne) {
  EXPECT_EQ(read("<13>Nov 22 02:13:08 h a: t", kNow, "Europe/Berlin").time,
            at("2026-11-22T01:13:08Z"));
  EXPECT_EQ(read("<13>Jul 22 02:13:08 h a: t", kNow, "Europe/Berlin").time,
            at("2026-07-22T00:13:08Z"));
  EXPECT_EQ(read("<13>1 2026-11-22T02:13:08Z h a - - - t", kNow, "Europe/Berlin").time,
            at("2026-11-22T02:13:08Z"));
  // The hour that comes twice counts as its first.
  EXPECT_EQ(read("<13>Oct 25 02:30:00 h a: t", kNow, "Europe/Berlin").time,
            at("2026-10-25T00:30:00Z"));
}

TEST(SyslogMessage, ARelaysHeaderIsPeeledOnce) {
  const auto message = read("<13>Nov 22 02:13:08 relay <30>device=\"SFW\"");
  EXPECT_EQ(message.facility, 3);
  EXPECT_EQ(message.severity, 6);
  EXPECT_EQ(message.host, "relay");
  EXPECT_EQ(message.text, "device=\"SFW\"");
  ASSERT_TRUE(message.relay);
  EXPECT_EQ(message.relay->host, "relay");
  EXPECT_EQ(message.relay->facility, 1);
  EXPECT_FALSE(read("<13>Nov 22 02:13:08 h a: <html>").relay);
}

}  // namespace
}  // namespace cistern::codec
