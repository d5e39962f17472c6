#include "codec/syslog_header.hpp"

#include "base/bytes.hpp"

#include <gtest/gtest.h>

namespace cistern::codec {
namespace {

std::string rfc5424(const SyslogHeader& header) {
  std::string out;
  append_rfc5424(out, header);
  return out;
}

std::string rfc3164(const SyslogHeader& header, std::chrono::seconds offset = {}) {
  std::string out;
  append_rfc3164(out, header, offset);
  return out;
}

SyslogHeader at(const char* time) {
  return {.facility = 16,
          .severity = 6,
          .time = *parse_time(time),
          .host = "fw1.example.com",
          .app = "cistern"};
}

TEST(SyslogHeader, Rfc5424SaysTheTimeWithUpToMicroseconds) {
  struct Case {
    const char* time;
    const char* written;
  };
  for (const Case& one : {Case{"2026-11-22T02:13:08Z", "2026-11-22T02:13:08.000Z"},
                          Case{"2026-11-22T02:13:08.5+01:00", "2026-11-22T01:13:08.500Z"},
                          Case{"2026-11-22T02:13:08.123456Z", "2026-11-22T02:13:08.123456Z"},
                          Case{"2026-11-22T02:13:08.123456789Z", "2026-11-22T02:13:08.123456Z"}}) {
    EXPECT_EQ(rfc5424(at(one.time)),
              std::string{"<134>1 "} + one.written + " fw1.example.com cistern - - - ");
  }
}

TEST(SyslogHeader, Rfc5424WithoutATimeHasADash) {
  SyslogHeader header;
  header.facility = 0;
  header.severity = 0;
  EXPECT_EQ(rfc5424(header), "<0>1 - - - - - - ");
}

TEST(SyslogHeader, Rfc5424CarriesStructuredData) {
  std::string data;
  begin_structured_element(data, "cistern@32473");
  append_structured_param(data, "id", "a1");
  append_structured_param(data, "odd", R"(a"b\c]d)");
  end_structured_element(data);
  EXPECT_EQ(data, R"([cistern@32473 id="a1" odd="a\"b\\c\]d"])");
  auto header = at("2026-11-22T02:13:08Z");
  header.structured_data = data;
  EXPECT_EQ(rfc5424(header),
            "<134>1 2026-11-22T02:13:08.000Z fw1.example.com cistern - - " + data + " ");
}

TEST(SyslogHeader, Rfc3164PadsTheDayWithABlank) {
  EXPECT_EQ(rfc3164(at("2026-11-02T02:13:08Z")), "<134>Nov  2 02:13:08 fw1.example.com cistern: ");
  EXPECT_EQ(rfc3164(at("2026-11-22T12:13:08Z")), "<134>Nov 22 12:13:08 fw1.example.com cistern: ");
}

TEST(SyslogHeader, Rfc3164SaysTheLocalTime) {
  using std::chrono::hours;
  EXPECT_EQ(rfc3164(at("2026-12-31T23:30:00Z"), hours{1}),
            "<134>Jan  1 00:30:00 fw1.example.com cistern: ");
  EXPECT_EQ(rfc3164(at("2026-03-01T01:30:00Z"), -hours{5}),
            "<134>Feb 28 20:30:00 fw1.example.com cistern: ");
}

TEST(SyslogHeader, Rfc3164LeavesOutTimeAndHostTogether) {
  auto header = at("2026-12-31T23:30:00Z");
  header.time = {};
  EXPECT_EQ(rfc3164(header), "<134>cistern: ");
}

TEST(SyslogHeader, ATagHasOnlyWhatReceiversTake) {
  auto header = at("2026-11-22T12:13:08Z");
  header.app = "a.b:c[7]_d-e";
  EXPECT_TRUE(rfc3164(header).ends_with(" abc7_d-e: "));
  header.app = "...";
  EXPECT_TRUE(rfc3164(header).ends_with(" cistern: "));
}

TEST(SyslogHeader, FacilitiesAndSeveritiesByNameAndNumber) {
  EXPECT_EQ(syslog_facility("kern"), 0);
  EXPECT_EQ(syslog_facility("authpriv"), 10);
  EXPECT_EQ(syslog_facility("local7"), 23);
  EXPECT_EQ(syslog_facility("16"), 16);
  EXPECT_FALSE(syslog_facility("24"));
  EXPECT_FALSE(syslog_facility("local8"));
  EXPECT_FALSE(syslog_facility(""));
  EXPECT_EQ(syslog_severity("emerg"), 0);
  EXPECT_EQ(syslog_severity("error"), 3);
  EXPECT_EQ(syslog_severity("err"), 3);
  EXPECT_EQ(syslog_severity("7"), 7);
  EXPECT_FALSE(syslog_severity("8"));
  EXPECT_FALSE(syslog_severity("loud"));
}

TEST(SyslogHeader, FieldsArePrintableAndBounded) {
  EXPECT_EQ(syslog_field("", 10), "-");
  EXPECT_EQ(syslog_field("two words", 48), "two?words");
  EXPECT_EQ(syslog_field("a\x01\xc3\xa4\x7f", 48), "a????");
  EXPECT_EQ(syslog_field("abcdef", 3), "abc");
}

TEST(SafeCut, NeverInsideACharacter) {
  const std::string text =
      "ab\xc3\xa4"
      "c\xe2\x82\xac"
      "d\xf0\x9f\x98\x80";
  for (std::size_t limit = 0; limit <= text.size(); ++limit) {
    const auto cut = safe_cut(text, limit);
    EXPECT_LE(cut.size(), limit);
    EXPECT_GE(cut.size() + 3, limit);
    EXPECT_TRUE(is_utf8(cut)) << limit;
  }
}

TEST(SafeCut, NeverBehindABackslashThatBeginsAnEscape) {
  EXPECT_EQ(safe_cut(R"(ab\=c)", 3), "ab");
  EXPECT_EQ(safe_cut(R"(ab\\c)", 3), "ab");
  EXPECT_EQ(safe_cut(R"(ab\\c)", 4), R"(ab\\)");
  EXPECT_EQ(safe_cut(R"(ab\\\=)", 5), R"(ab\\)");
  EXPECT_EQ(safe_cut(R"(\\\\)", 3), R"(\\)");
  EXPECT_EQ(safe_cut("short", 100), "short");
}

TEST(SafeCut, WhatIsNoUtf8IsCutAtTheLimit) {
  const std::string bytes(20, '\x80');
  EXPECT_EQ(safe_cut(bytes, 10).size(), 10U);
}

}  // namespace
}  // namespace cistern::codec
