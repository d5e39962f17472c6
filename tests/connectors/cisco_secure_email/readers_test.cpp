// Lines of logs as the JSON objects that mappings work on: what strangers write cannot become a
// field of the appliance's, and no line is refused.
#include "connectors/cisco_secure_email/readers.hpp"

#include "codec/json.hpp"
#include "connectors/cisco_secure_email/readers_consolidated.hpp"
#include "connectors/cisco_secure_email/readers_patterns.hpp"
#include "connectors/cisco_secure_email/readers_python.hpp"
#include "ecs/function_values.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace cistern::connectors::cisco_secure_email {
namespace {

std::string read(std::string_view reader, std::string_view raw, std::string_view meta = {}) {
  std::string json;
  const ecs::ReaderInput input{
      .raw = raw, .meta = meta, .stream = "x", .received = "2026-01-05T00:00:00.000Z", .time = {}};
  EXPECT_TRUE(record_readers().find(reader)->second(input, json));
  EXPECT_TRUE(codec::JsonSplitter().why_invalid(json).empty()) << json;
  EXPECT_EQ(json.find('\n'), std::string::npos);
  return json;
}

std::string text(std::string_view json, std::string_view name) {
  return ecs::scalar_of_json(ecs::member_of_json(json, name));
}

TEST(RecordTime, IsTheAppliancesClockMinusItsOffset) {
  const std::string line = "Mon Mar 18 08:12:01 2024 Info: x";
  EXPECT_EQ(text(read("line", line), "time"), "2024-03-18T08:12:01.000Z");
  EXPECT_EQ(text(read("line", line), "timezone"), "UTC");
  const std::string west = read("line", line, R"({"offset_seconds":-25200})");
  EXPECT_EQ(text(west, "time"), "2024-03-18T15:12:01.000Z");
  EXPECT_EQ(text(west, "timezone"), "-07:00");
  EXPECT_EQ(text(read("line", line, R"({"offset_seconds":20700})"), "timezone"), "+05:45");
  EXPECT_EQ(text(read("line", line, R"({"offset_seconds":99999999})"), "timezone"), "UTC");
}

TEST(RecordTime, WithoutYearIsNearTheArrival) {
  const std::string json = read("mail", "<22>Dec 31 23:00:00 mail_logs: Info: ICID 3 close");
  EXPECT_EQ(text(json, "time"), "2025-12-31T23:00:00.000Z");
  EXPECT_EQ(text(json, "log"), "mail_logs");
  EXPECT_EQ(text(json, "priority"), "22");
  EXPECT_EQ(text(json, "facility"), "2");
  EXPECT_EQ(text(json, "syslog_severity"), "6");
}

TEST(MailRecord, ASubjectCannotNameAMessage) {
  const std::string json = read(
      "mail", "Mon Mar 18 08:12:01 2024 Info: MID 7 Subject 'MID 5 ICID 6 From: <x@y.example>'");
  EXPECT_EQ(text(json, "mid"), "7");
  EXPECT_EQ(text(json, "icid"), "");
  EXPECT_EQ(text(json, "sender"), "");
  EXPECT_EQ(text(json, "subject"), "MID 5 ICID 6 From: <x@y.example>");
}

TEST(MailRecord, LinesWithoutHeaderKeepTheirText) {
  const std::string json = read("mail", "just a piece\n of text");
  EXPECT_EQ(text(json, "form"), "other");
  EXPECT_EQ(text(json, "message"), "just a piece\n of text");
  EXPECT_EQ(text(json, "time"), "");
}

TEST(MailRecord, HostileBytesBecomeAValidObject) {
  std::string line = "Mon Mar 18 08:12:01 2024 Info: MID 7 Subject 'a";
  line.push_back('\0');
  line += "\x1b[31m\\xff\\x00'";
  const std::string json = read("mail", line);
  EXPECT_EQ(text(json, "subject").size(), 10U);  // \xff is two bytes of UTF-8.
  std::string longest = "Mon Mar 18 08:12:01 2024 Info: MID 7 Custom Log Entry: ";
  longest.append(64 * 1024, '\\');
  EXPECT_EQ(text(read("mail", longest), "custom_entry").size(), 64U * 1024);
}

std::vector<std::pair<std::string, std::string>> pairs_of(std::string_view extension) {
  std::vector<std::pair<std::string, std::string>> pairs;
  ExtensionCursor cursor(extension);
  std::string_view key;
  for (std::string_view value; cursor.next(key, value);)
    pairs.emplace_back(key, extension_text(value));
  return pairs;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST(Extension, PairsEndWhereTheNextKeyBegins) {
  EXPECT_EQ(pairs_of("ESAMID=7 act=DELIVERED  duser=a@b.example"),
            (Pairs{{"ESAMID", "7"}, {"act", "DELIVERED"}, {"duser", "a@b.example"}}));
  EXPECT_EQ(pairs_of("ESAFinalActionDetails=To POLICY msg='' x=1"),
            (Pairs{{"ESAFinalActionDetails", "To POLICY"}, {"msg", ""}, {"x", "1"}}));
  EXPECT_EQ(pairs_of("ESADKIMVerdict= act=x"), (Pairs{{"ESADKIMVerdict", ""}, {"act", "x"}}));
  EXPECT_EQ(pairs_of("no pair at all"), Pairs{});
  EXPECT_EQ(pairs_of(""), Pairs{});
}

TEST(Extension, QuotedValuesHoldKeysAndQuotes) {
  EXPECT_EQ(pairs_of("msg='x act=DROPPED y' act=DELIVERED"),
            (Pairs{{"msg", "x act=DROPPED y"}, {"act", "DELIVERED"}}));
  EXPECT_EQ(pairs_of(R"(msg="Demande d'achat,  ref: x")"),
            (Pairs{{"msg", "Demande d'achat,  ref: x"}}));
  EXPECT_EQ(pairs_of(R"(msg=\"quoted\" act=x)"), (Pairs{{"msg", "quoted"}, {"act", "x"}}));
  EXPECT_EQ(pairs_of(R"(msg='it\'s' act=x)"), (Pairs{{"msg", "it's"}, {"act", "x"}}));
  EXPECT_EQ(pairs_of("msg='it's here' act=x"), (Pairs{{"msg", "it's here"}, {"act", "x"}}));
  EXPECT_EQ(pairs_of(R"(msg='say "no" now' act=x)"),
            (Pairs{{"msg", R"(say "no" now)"}, {"act", "x"}}));
}

TEST(Extension, EqualSignsAreEscapedInBothWays) {
  EXPECT_EQ(pairs_of(R"(cs4='<a\=b\\=c>' act=x)"), (Pairs{{"cs4", "<a=b=c>"}, {"act", "x"}}));
  EXPECT_EQ(pairs_of(R"(ESAFriendlyFrom=x act\=DELIVERED <a@b> act=DROPPED)"),
            (Pairs{{"ESAFriendlyFrom", "x act=DELIVERED <a@b>"}, {"act", "DROPPED"}}));
}

TEST(Extension, WhatIsNotClosedEndsAtAKeyOfTheVendors) {
  EXPECT_EQ(pairs_of("msg='open other=1 act=x"), (Pairs{{"msg", "'open other=1"}, {"act", "x"}}));
  EXPECT_EQ(pairs_of("ESAURLDetails={'a': act=x"),
            (Pairs{{"ESAURLDetails", "{'a':"}, {"act", "x"}}));
}

TEST(Extension, DictionariesMayHoldAnything) {
  const std::string json = read(
      "consolidated",
      "Mon Mar 18 08:12:09 2024: CEF:0|Cisco|x|1|C|N|5|ESAAttachmentDetails={'a} act=x.txt': "
      "{'AMP': {'Verdict': 'FILE UNKNOWN'}}, 'b': {}} act=DELIVERED ESASPFVerdict={'broken': ");
  EXPECT_EQ(ecs::member_of_json(json, "ESAAttachmentDetails"),
            R"([{"name":"a} act=x.txt","AMP":{"Verdict":"FILE UNKNOWN"}},{"name":"b"}])");
  EXPECT_EQ(text(json, "act"), "DELIVERED");
  EXPECT_EQ(text(json, "ESASPFVerdict"), "{'broken':");
}

TEST(Extension, CustomFieldsCountByTheirLabel) {
  const std::string json =
      read("consolidated",
           "Mon Mar 18 08:12:09 2024: CEF:0|Cisco|x|1|C|N|5|cs2Label=MailPolicy "
           "cs2=Staff cs3=alone cs4Label=not/a/name cs4=x cs5Label=time cs5=now");
  EXPECT_EQ(text(json, "MailPolicy"), "Staff");
  EXPECT_EQ(text(json, "cs3"), "alone");
  EXPECT_EQ(text(json, "cs4"), "x");
  EXPECT_EQ(text(json, "time"), "2024-03-18T08:12:09.000Z");
}

TEST(Extension, RepeatedKeysAreWrittenOnce) {
  const std::string json =
      read("consolidated",
           "Mon Mar 18 08:12:09 2024: CEF:0|Cisco|x|1|C|N|5|act=A act=B cs1Label=act cs1=C");
  EXPECT_EQ(json.find("\"act\""), json.rfind("\"act\""));
  EXPECT_EQ(text(json, "act"), "A");
}

TEST(Extension, HostileLinesCostLittle) {
  const auto cost = [](std::string_view piece) {
    std::string line = "Mon Mar 18 08:12:09 2024: CEF:0|Cisco|x|1|C|N|5|";
    while (line.size() < 64 * 1024)
      line += piece;
    const auto begin = std::chrono::steady_clock::now();
    read("consolidated", line);
    read("amp", "Mon Mar 18 08:12:09 2024 Info: File uploaded for analysis " + line);
    return std::chrono::steady_clock::now() - begin;
  };
  for (const char* const piece : {"a='", "a={'", "msg=\" ", "MID='x ", "{", "' ", "a=b "}) {
    EXPECT_LT(cost(piece), std::chrono::seconds(5)) << piece;
  }
}

std::string python(std::string_view literal) {
  std::string json = "before:";
  if (!append_python_literal(json, literal)) return json == "before:" ? "none" : "not undone";
  return json.substr(7);
}

TEST(PythonLiteral, BecomesJson) {
  EXPECT_EQ(python("{'a': 1, \"b's\": [True, False, None], 'c': (-2.5, 'x')}"),
            R"({"a":1,"b's":[true,false,null],"c":[-2.5,"x"]})");
  EXPECT_EQ(python("{'action':'<>';'n'='<>'}"), R"({"action":"<>","n":"<>"})");
  EXPECT_EQ(python("{}"), "{}");
  EXPECT_EQ(python(R"({'\xe9': 'a\nb'})"), "{\"\xc3\xa9\":\"a\\nb\"}");
  EXPECT_EQ(python("{'a': 524666183436709L, 'b': 007}"), R"({"a":"524666183436709L","b":"007"})");
  for (const char* const bad : {"{", "{'a'}", "{'a': }", "{1: 2}", "['a'", "{'a': 'b}", "{} x", ""})
    EXPECT_EQ(python(bad), "none") << bad;
}

TEST(PythonLiteral, DepthAndSizeAreBounded) {
  EXPECT_EQ(python(std::string(9, '[') + std::string(9, ']')),
            std::string(9, '[') + std::string(9, ']'));
  EXPECT_EQ(python(std::string(10, '[') + std::string(10, ']')), "none");
  EXPECT_EQ(python(std::string(100'000, '[')), "none");
  EXPECT_EQ(python("'" + std::string(300 * 1024, 'x') + "'"), "none");
}

TEST(AmpRecord, AFilesNameCannotNameAnotherMessage) {
  const std::string json =
      read("amp",
           "Mon Mar 18 08:12:01 2024 Info: File reputation query initiating. File Name = "
           "'x, MID = 9, File Size = 1 bytes', MID = 5, File Size = 20 bytes, File Type = a/b");
  EXPECT_EQ(text(json, "mid"), "5");
  EXPECT_EQ(text(json, "file_name"), "x, MID = 9, File Size = 1 bytes");
  EXPECT_EQ(text(json, "file_size"), "20");
  EXPECT_EQ(text(json, "file_type"), "a/b");
  const std::string quote = read("amp",
                                 "Mon Mar 18 08:12:01 2024 Info: File reputation query initiating. "
                                 "File Name = 'it's MID = 9', MID = 5");
  EXPECT_EQ(text(quote, "mid"), "5");
  EXPECT_EQ(text(quote, "file_name"), "it's MID = 9");
}

TEST(AuthenticationRecord, AUsersNameCannotNameAnotherAddress) {
  const std::string json =
      read("authentication",
           "Mon Mar 18 08:12:01 2024 Info: An authentication attempt by the user a from 192.0.2.1 "
           "failed using an X connection. from 203.0.113.5 failed using an SSH connection.");
  EXPECT_EQ(text(json, "form"), "logon_failed");
  EXPECT_EQ(text(json, "client_ip"), "203.0.113.5");
}

TEST(Patterns, HaveRoomForTheirFieldsAndWordsBetweenThem) {
  for (const auto patterns : {file_patterns(), authentication_patterns(), web_patterns(),
                              system_patterns(), command_patterns(), antivirus_patterns(),
                              antispam_patterns(), content_scanner_patterns(), error_patterns()}) {
    for (const Pattern& pattern : patterns) {
      std::string line;
      for (std::size_t at = 0; at < pattern.text.size(); ++at) {
        if (pattern.text[at] != '{') {
          line += pattern.text[at];
          continue;
        }
        EXPECT_EQ(pattern.text.substr(at).find("}{"), std::string_view::npos) << pattern.text;
        at = pattern.text.find('}', at);
        line += "7";
      }
      Captures captures;
      EXPECT_TRUE(match_pattern(pattern.text, line, captures)) << pattern.text;
    }
  }
}

TEST(StreamOf, IsToldByTheLogsNameOrTheLine) {
  EXPECT_EQ(stream_of("<166>Mar 17 18:31:14 gui_logs: Info: x"), "gui");
  EXPECT_EQ(stream_of("<166>Mar 17 18:24:37 siem: CEF:0|Cisco|x"), "consolidated");
  EXPECT_EQ(stream_of("Mon Mar 18 08:12:01 2024 Info: MID 7 queued for delivery"), "mail");
  EXPECT_EQ(stream_of("<166>Mar 17 18:31:14 delivery_logs: Info: x"), "other");
  EXPECT_EQ(stream_of("anything"), "other");
}

}  // namespace
}  // namespace cistern::connectors::cisco_secure_email
