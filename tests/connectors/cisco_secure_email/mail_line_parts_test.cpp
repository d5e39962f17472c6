// Headers of lines, quoted values, and kinds of logs.
#include "base/time.hpp"
#include "connectors/cisco_secure_email/log_kind.hpp"
#include "connectors/cisco_secure_email/mail_line_header.hpp"
#include "connectors/cisco_secure_email/mail_line_value.hpp"

#include <gtest/gtest.h>

namespace cistern::connectors::cisco_secure_email {
namespace {

std::string wall(std::int64_t seconds) {
  return format_time_seconds(TimePoint{std::chrono::seconds{seconds}});
}

TEST(LineHeader, OfALineInAFile) {
  const auto header = read_line_header("Mon Mar 18 08:12:01 2024 Info: MID 7 queued\r\n");
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(wall(header->wall_seconds), "2024-03-18T08:12:01");
  EXPECT_TRUE(header->has_year);
  EXPECT_EQ(header->level, Level::info);
  EXPECT_EQ(header->text, "MID 7 queued");
  EXPECT_EQ(header->priority, -1);
}

TEST(LineHeader, DaysMayBePaddedOrNot) {
  for (const char* const line :
       {"Fri Mar  1 08:12:01 2024 Critical: x", "Fri Mar 1 08:12:01 2024 Critical: x",
        "Fri Mar 01 08:12:01 2024 Critical: x"}) {
    const auto header = read_line_header(line);
    ASSERT_TRUE(header.has_value()) << line;
    EXPECT_EQ(wall(header->wall_seconds), "2024-03-01T08:12:01") << line;
    EXPECT_EQ(header->level, Level::critical);
    EXPECT_EQ(header->text, "x");
  }
}

TEST(LineHeader, OfConsolidatedLines) {
  const auto header = read_line_header("Tue Aug 13 15:15:49 2019: CEF:0|Cisco|x");
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(wall(header->wall_seconds), "2019-08-13T15:15:49");
  EXPECT_EQ(header->level, Level::none);
  EXPECT_EQ(header->text, "CEF:0|Cisco|x");
}

TEST(LineHeader, ThroughSyslog) {
  const auto header = read_line_header("<166>Mar 17 18:31:14 mail_logs: Warning: text: more");
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->priority, 166);
  EXPECT_EQ(header->log, "mail_logs");
  EXPECT_EQ(header->host, "");
  EXPECT_EQ(header->level, Level::warning);
  EXPECT_EQ(header->text, "text: more");
  EXPECT_FALSE(header->has_year);
  const auto named = read_line_header("<22>Mar  7 18:31:14 esa1.example amp: Info: x");
  ASSERT_TRUE(named.has_value());
  EXPECT_EQ(named->host, "esa1.example");
  EXPECT_EQ(named->log, "amp");
  const auto cef = read_line_header("<166>Mar 17 18:24:37 consolidated_event: CEF:0|Cisco");
  ASSERT_TRUE(cef.has_value());
  EXPECT_EQ(cef->level, Level::none);
  EXPECT_EQ(cef->text, "CEF:0|Cisco");
}

TEST(LineHeader, WhatIsNoHeaderContinuesTheLineBefore) {
  for (const char* const line :
       {"", "\t<b@c.example>", "Mon Mar 18 08:12:01 2024", "Mon Mar 18 08:12:01 2024 Info x",
        "Mon Mar 32 08:12:01 2024 Info: x", "Mon Feb 30 08:12:01 2024 Info: x",
        "Mon Mar 18 24:12:01 2024 Info: x", "Mon Mar 18 08:12:01 24 Info: x",
        "Mon Mar 18 08:12:01 4048 Info: x", "Mon Mar 18 08:12:01 1969 Info: x",
        "Mon Mar 18 08:12:01 2024 Notice: x", "mon Mar 18 08:12:01 2024 Info: x",
        "<166>Mar 17 18:31:14 mail_logs", "<999>Mar 17 18:31:14 mail_logs: Info: x",
        "<166>Mar 17 18:31:14 a b c: Info: x"}) {
    EXPECT_FALSE(read_line_header(line).has_value()) << line;
    EXPECT_FALSE(begins_entry(line)) << line;
  }
  EXPECT_TRUE(begins_entry("Mon Mar 18 08:12:01 2024 Info: "));
  // A stranger's line break in a subject must not look like syslog's shape within a file.
  EXPECT_FALSE(begins_entry("Mar 17 18:31:14 mail_logs: Info: MID 5 queued for delivery"));
}

TEST(LineHeader, ContinuationLinesBelongToTheText) {
  const auto header = read_line_header("Mon Mar 18 08:12:01 2024 Info: MID 7 Subject 'a\n b'\n");
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->text, "MID 7 Subject 'a\n b'");
}

TEST(LineHeader, TheNearestYear) {
  const auto at = [](const char* text) { return unix_seconds(*parse_time(text)); };
  const auto of = [&at](const char* line, const char* now) {
    return wall(with_nearest_year(read_line_header(line)->wall_seconds, at(now)));
  };
  EXPECT_EQ(of("Dec 31 23:59:59 mail_logs: Info: x", "2026-01-01T00:00:05Z"),
            "2025-12-31T23:59:59");
  EXPECT_EQ(of("Jan  1 00:00:05 mail_logs: Info: x", "2025-12-31T23:59:59Z"),
            "2026-01-01T00:00:05");
  EXPECT_EQ(of("Feb 29 12:00:00 mail_logs: Info: x", "2024-03-02T00:00:00Z"),
            "2024-02-29T12:00:00");
}

TEST(LineHeader, TimesWithinATextAreReadWhole) {
  EXPECT_EQ(wall(read_wall_time("Thu Nov  3 14:05:44 2022").value()), "2022-11-03T14:05:44");
  EXPECT_FALSE(read_wall_time("Thu Nov  3 14:05:44 2022 ").has_value());
  EXPECT_FALSE(read_wall_time("").has_value());
}

std::string decoded(std::string_view text) {
  std::string scratch;
  return std::string(decode_quoted(text, scratch));
}

TEST(QuotedValue, IsDecoded) {
  EXPECT_EQ(decoded("'plain'"), "plain");
  EXPECT_EQ(decoded(R"("It's March")"), "It's March");
  EXPECT_EQ(decoded("bare words"), "bare words");
  EXPECT_EQ(decoded("''"), "");
  EXPECT_EQ(decoded("'"), "'");
  EXPECT_EQ(decoded(R"('a\r\n\tb\\c\'d')"), "a\r\n\tb\\c'd");
  EXPECT_EQ(decoded(R"('caf\xc3\xa9')"), "caf\xc3\xa9");
  EXPECT_EQ(decoded(R"('caf\xe9')"), "caf\xc3\xa9");
  EXPECT_EQ(decoded(R"('one\015\012two')"), "one\r\ntwo");
  EXPECT_EQ(decoded(R"('\x4')"), R"(\x4)");
  EXPECT_EQ(decoded(R"('open)"), R"('open)");
  EXPECT_EQ(decoded(R"('escaped\')"), R"('escaped\')");
  EXPECT_EQ(decoded(R"('it's')"), "it's");
  EXPECT_EQ(decoded(R"(bare \x41)"), R"(bare \x41)");
}

TEST(Reply, OfAnotherServer) {
  const Reply reply = read_reply(R"(('550', ['5.1.1 <a@b> "no"', "it's gone"]))");
  EXPECT_EQ(reply.code, "550");
  EXPECT_EQ(reply.text, R"(5.1.1 <a@b> "no" it's gone)");
  EXPECT_EQ(read_reply(R"(('550', ['it\'s', 'gone']))").text, "it's gone");
  EXPECT_EQ(read_reply("'2.0.0 OK'").text, "2.0.0 OK");
  EXPECT_EQ(read_reply("('550").text, "('550");
  EXPECT_EQ(read_reply("('550', [").code, "550");
}

TEST(Pairs, OfLoggedHeaders) {
  PairCursor pairs(R"([('from', 'A, (b)'), ('x-mailer', "it's")])");
  std::string_view name;
  std::string_view value;
  ASSERT_TRUE(pairs.next(name, value));
  EXPECT_EQ(name, "'from'");
  EXPECT_EQ(value, "'A, (b)'");
  ASSERT_TRUE(pairs.next(name, value));
  EXPECT_EQ(value, R"("it's")");
  EXPECT_FALSE(pairs.next(name, value));
  PairCursor broken("[('from', 'a'");
  EXPECT_FALSE(broken.next(name, value));
}

TEST(LogKinds, HaveNamesBothWays) {
  for (int i = 0; i <= static_cast<int>(LogKind::archive); ++i) {
    const auto kind = static_cast<LogKind>(i);
    EXPECT_EQ(log_kind_named(name_of(kind)), kind);
  }
  EXPECT_FALSE(log_kind_named("mails").has_value());
  EXPECT_FALSE(why_refused(LogKind::archive).empty());
  EXPECT_TRUE(why_refused(LogKind::mail).empty());
}

TEST(LogKinds, ByBaseName) {
  EXPECT_EQ(log_kind_of_name("mail_logs"), LogKind::mail);
  EXPECT_EQ(log_kind_of_name("mail_logs_siem"), LogKind::mail);
  EXPECT_EQ(log_kind_of_name("authentication.contoso.example"), LogKind::authentication);
  EXPECT_EQ(log_kind_of_name("Consolidated_Event"), LogKind::consolidated);
  EXPECT_EQ(log_kind_of_name("amparchive"), LogKind::archive);
  EXPECT_EQ(log_kind_of_name("delivery_logs"), LogKind::binary);
  EXPECT_EQ(log_kind_of_name("reportd_logs"), LogKind::other);
  EXPECT_FALSE(log_kind_of_name("amplifier").has_value());
  EXPECT_FALSE(log_kind_of_name("siem").has_value());
}

constexpr std::string_view kBanner =
    "Mon Mar 18 08:12:00 2024 Info: Begin Logfile\n"
    "Mon Mar 18 08:12:00 2024 Info: Version: 15.0.1-030 SN: 4212-F80C\n"
    "Mon Mar 18 08:12:00 2024 Info: Time offset from UTC: -25200 seconds\n";

std::optional<LogKind> sniffed(std::string_view line) {
  return sniff_log_kind(std::string(kBanner) + std::string(line) + "\n");
}

TEST(LogKinds, ByContent) {
  const std::string at = "Mon Mar 18 08:12:01 2024 Info: ";
  EXPECT_EQ(sniffed(at + "New SMTP ICID 3 interface In address 203.0.113.9"), LogKind::mail);
  EXPECT_EQ(sniffed(at + "Bounced: DCID 8 MID 7 to RID 1 - 5.1.0 - x"), LogKind::mail);
  EXPECT_EQ(sniffed(at + "Bounced: 7:1 From:<a> To:<b> Reason: \"x\""), LogKind::bounce);
  EXPECT_EQ(sniffed("Mon Mar 18 08:12:09 2024: CEF:0|Cisco|x"), LogKind::consolidated);
  EXPECT_EQ(sniffed(at + "The user nora successfully logged on from 203.0.113.9"),
            LogKind::authentication);
  EXPECT_EQ(sniffed(at + "User nora failed authentication."), LogKind::authentication);
  EXPECT_EQ(sniffed(at + "File reputation query initiating. File Name = 'x'"), LogKind::amp);
  EXPECT_EQ(sniffed(at + "req:203.0.113.9 user:- id:x 200 GET / HTTP/1.1 -"), LogKind::gui);
  EXPECT_EQ(sniffed(at + "PID 12: User nora commit changes: x"), LogKind::system);
  EXPECT_EQ(sniffed(at + "PID 12: User nora executed version"), LogKind::cli);
  EXPECT_EQ(sniffed(at + "Status: CPULd 0"), LogKind::status);
  EXPECT_EQ(sniffed(at + "PF: Starting"), LogKind::content_scanner);
  EXPECT_EQ(sniffed(at + "case antispam - engine (5) : case-daemon: x"), LogKind::antispam);
  EXPECT_EQ(sniffed(at + "sophos antivirus - MID 7 - Result 'CLEAN' ()"), LogKind::antivirus);
  EXPECT_FALSE(sniffed(at + "words").has_value());
  EXPECT_EQ(sniff_log_kind(std::string_view("\x01\x00\x02", 3)), LogKind::binary);
  EXPECT_EQ(sniff_log_kind("From nora@fabrikam.example Mon Mar 18\n"), LogKind::archive);
}

TEST(LogKinds, AStrangersZeroByteRefusesNoFile) {
  std::string line = "Mon Mar 18 08:12:01 2024 Info: MID 7 Subject 'a";
  line.push_back('\0');
  EXPECT_EQ(sniffed(line), LogKind::mail);
}

TEST(LogKinds, ConfigurationBeforeNameBeforeContent) {
  const std::string mail = std::string(kBanner) + "Mon Mar 18 08:12:01 2024 Info: ICID 3 close\n";
  const auto choice = [&mail](std::optional<LogKind> configured, std::string_view name) {
    return choose_log_kind(configured, name, mail);
  };
  EXPECT_EQ(choice(LogKind::error, "mail_logs").kind, LogKind::error);
  EXPECT_EQ(choice(std::nullopt, "error_logs").evidence, KindEvidence::base_name);
  EXPECT_EQ(choice(std::nullopt, "siem").kind, LogKind::mail);
  EXPECT_EQ(choice(std::nullopt, "siem").evidence, KindEvidence::content);
  EXPECT_EQ(choose_log_kind(std::nullopt, "siem", kBanner).kind, LogKind::other);
  EXPECT_EQ(choose_log_kind(std::nullopt, "siem", kBanner).evidence, KindEvidence::none);
  const auto private_mail = choose_log_kind(LogKind::mail, "mail_logs", "From nora\n");
  EXPECT_EQ(private_mail.kind, LogKind::archive);
}

}  // namespace
}  // namespace cistern::connectors::cisco_secure_email
