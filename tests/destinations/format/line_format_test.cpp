#include "codec/cef.hpp"
#include "codec/leef.hpp"
#include "format_fixture.hpp"

#include <filesystem>
#include <fstream>
#include <random>

#include <gmock/gmock.h>

namespace cistern::destinations::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

codec::cef::Message cef_of(std::string_view line) {
  std::string_view problem;
  auto message = codec::cef::read(line, problem);
  EXPECT_TRUE(message) << problem << ": " << line;
  return message.value_or(codec::cef::Message{});
}

codec::leef::Message leef_of(std::string_view line) {
  std::string_view problem;
  auto message = codec::leef::read(line, problem);
  EXPECT_TRUE(message) << problem << ": " << line;
  return message.value_or(codec::leef::Message{});
}

std::string cef_value(std::string_view raw, std::string_view key) {
  const auto format = format_of({{"format", "cef"}});
  const auto message = cef_of(line_of(*format, raw));
  const auto* value = message.find(key);
  return value == nullptr ? "(none)" : *value;
}

constexpr std::string_view kConnection =
    R"({"@timestamp":"2026-11-22T02:13:08.422Z",)"
    R"("event":{"module":"o365","code":"Sign-in",)"
    R"("action":"UserLoggedIn","category":["web","authentication"],)"
    R"("outcome":"success","type":["start"]},)"
    R"("source":{"ip":"203.0.113.7","port":65535},)"
    R"("user":{"name":"ana","email":"ana@contoso.example"},)"
    R"("cistern":{"id":"00112233445566778899aabbccddeeff",)"
    R"("sequence":18446744073709551615}})";

TEST(CefFormat, GivesTheFieldsOfTheDocument) {
  const auto format = format_of({{"format", "cef"}});
  EXPECT_EQ(line_of(*format, kConnection),
            "CEF:0|Microsoft|Microsoft 365|1.0|Sign-in|UserLoggedIn|3|rt=1795313588422 "
            "externalId=00112233445566778899aabbccddeeff cat=web, authentication act=UserLoggedIn "
            "outcome=success src=203.0.113.7 spt=65535 suser=ana@contoso.example "
            "cn1=18446744073709551615 cn1Label=Sequence");
}

TEST(LeefFormat, GivesTheFieldsOfTheDocument) {
  const auto second = format_of({{"format", "leef"}});
  const std::string pairs =
      "sev=3\tcat=web, authentication\tdevTime=1795313588422\t"
      "externalId=00112233445566778899aabbccddeeff\tsrc=203.0.113.7\tsrcPort=65535\t"
      "usrName=ana@contoso.example\tisLoginEvent=true\taction=UserLoggedIn\toutcome=success\t"
      "eventCode=Sign-in\tsequence=18446744073709551615";
  EXPECT_EQ(line_of(*second, kConnection),
            "LEEF:2.0|Microsoft|Microsoft 365|1.0|UserLoggedIn|x09|" + pairs);
  const auto first = format_of({{"format", "leef"}, {"leef_version", "1.0"}});
  EXPECT_EQ(line_of(*first, kConnection),
            "LEEF:1.0|Microsoft|Microsoft 365|1.0|UserLoggedIn|" + pairs);
  const auto caret = format_of({{"format", "leef"}, {"leef_delimiter", "^"}});
  EXPECT_THAT(line_of(*caret, kConnection), HasSubstr("|^|sev=3^cat=web, authentication^"));
}

TEST(CefFormat, AddressesGoWhereTheirVersionBelongs) {
  const std::string_view six =
      R"({"source":{"ip":"2001:db8::7"},"destination":{"ip":"192.0.2.1"}})";
  EXPECT_EQ(cef_value(six, "src"), "(none)");
  EXPECT_EQ(cef_value(six, "c6a2"), "2001:db8::7");
  EXPECT_EQ(cef_value(six, "c6a2Label"), "Source IPv6 Address");
  EXPECT_EQ(cef_value(six, "dst"), "192.0.2.1");
  EXPECT_EQ(cef_value(six, "c6a3"), "(none)");
  EXPECT_EQ(cef_value(six, "c6a3Label"), "(none)");
  EXPECT_EQ(cef_value(R"({"source":{"ip":"a.host.example"}})", "src"), "(none)");
  EXPECT_EQ(cef_value(R"({"host":{"ip":["fe80::1","192.0.2.9"]}})", "dvc"), "192.0.2.9");
}

TEST(LeefFormat, TakesAddressesOfBothVersions) {
  const auto format = format_of({{"format", "leef"}});
  EXPECT_EQ(*leef_of(line_of(*format, R"({"source":{"ip":"2001:db8::7"}})")).find("src"),
            "2001:db8::7");
}

TEST(CefFormat, ValuesHaveTheFormOfTheirKey) {
  EXPECT_EQ(cef_value(R"({"source":{"port":"443"}})", "spt"), "443");
  EXPECT_EQ(cef_value(R"({"source":{"port":"https"}})", "spt"), "(none)");
  EXPECT_EQ(cef_value(R"({"source":{"port":{"a":1}}})", "spt"), "(none)");
  EXPECT_EQ(cef_value(R"({"host":{"mac":["00-0C-29-00-00-09"]}})", "dvcmac"), "00:0C:29:00:00:09");
  EXPECT_EQ(cef_value(R"({"event":{"start":"2026-11-22T02:13:08Z"}})", "start"), "1795313588000");
  EXPECT_EQ(cef_value(R"({"event":{"start":"1969-12-31T23:59:59.999Z"}})", "start"), "-1");
  EXPECT_EQ(cef_value(R"({"event":{"start":"yesterday"}})", "start"), "(none)");
  EXPECT_EQ(cef_value(R"({"message":"caf\u00e9 \"x\"\n\ud83d\ude00 a=b"})", "msg"),
            "caf\xC3\xA9 \"x\"\n\xF0\x9F\x98\x80 a=b");
  EXPECT_EQ(cef_value(R"({"message":{"a":[1,"x"]}})", "msg"), R"({"a":[1,"x"]})");
  EXPECT_EQ(cef_value(R"({"message":null})", "msg"), "(none)");
  EXPECT_EQ(cef_value(R"({"network":{"direction":"Outbound"}})", "deviceDirection"), "1");
}

TEST(CefFormat, SeverityFollowsTheVendorsScale) {
  const auto severity = [](std::string_view raw) {
    const auto format = format_of({{"format", "cef"}});
    return cef_of(line_of(*format, raw)).severity;
  };
  EXPECT_EQ(severity(R"({"event":{"module":"o365","severity":4}})"), "8");
  EXPECT_EQ(severity(R"({"event":{"module":"o365","severity":1}})"), "1");
  EXPECT_EQ(severity(R"({"event":{"module":"crowdstrike","severity":70}})"), "8");
  EXPECT_EQ(severity(R"({"event":{"module":"crowdstrike","severity":5}})"), "10");
  EXPECT_EQ(severity(R"({"event":{"severity":99}})"), "3");
  EXPECT_EQ(severity(R"({"event":{"kind":"alert"}})"), "7");
  EXPECT_EQ(severity(R"({"event":{"outcome":"failure"}})"), "5");
  EXPECT_EQ(severity(R"({"log":{"level":"Critical"}})"), "10");
  EXPECT_EQ(severity("{}"), "3");
}

TEST(CefFormat, TheHeaderMayNameAnotherDevice) {
  const auto format = format_of({{"format", "cef"},
                                 {"device_vendor", "Contoso|Labs"},
                                 {"device_product", "SIEM feed"},
                                 {"device_version", "9"}});
  EXPECT_THAT(line_of(*format, kConnection),
              StartsWith("CEF:0|Contoso\\|Labs|SIEM feed|9|Sign-in|"));
}

TEST(CefFormat, AnEventOfAConnectorThatIsGoneIsDeliveredWithTheReason) {
  const auto format = format_of({{"format", "cef"}});
  auto event = event_of(R"({"a":1})");
  event.connector = "removed";
  std::string out;
  ASSERT_TRUE(format->render(event, out));
  const auto message = cef_of(out);
  EXPECT_EQ(*message.find("externalId"), event.id);
  EXPECT_THAT(*message.find("reason"), HasSubstr("'removed' is not configured"));
}

TEST(CefFormat, WhatTheMappingDropsIsNotDelivered) {
  const auto format = format_of({{"format", "cef"}});
  auto event = event_of("{}");
  event.stream = "dropped";
  std::string out;
  EXPECT_FALSE(format->render(event, out));
  EXPECT_EQ(out, "");
}

TEST(CefFormat, LossesAreCountedByStreamAndKey) {
  const auto format = format_of({{"format", "cef"}});
  line_of(*format, R"({"event":{"action":")" + std::string(100, 'a') + R"("},"message":"\u0000"})");
  line_of(*format, R"({"message":"sound"})");
  const auto drift = format->take_drift();
  ASSERT_EQ(drift.size(), 1U);
  EXPECT_EQ(drift[0].connector, "contoso");
  EXPECT_EQ(drift[0].stream, "audit.general");
  EXPECT_EQ(drift[0].cut_values, 1U);
  EXPECT_EQ(drift[0].mended_values, 1U);
  EXPECT_THAT(drift[0].format_keys, ElementsAre("act", "msg"));
  EXPECT_TRUE(format->take_drift().empty());
}

TEST(CefFormat, TellsATransportSeverityAndHost) {
  const std::string raw =
      R"({"event":{"kind":"alert","module":"crowdstrike","severity":90},"host":{"name":"WS-0042"}})";
  for (const std::string_view name : {"cef", "leef", "ecs", "raw", "envelope"}) {
    const auto format = format_of({{"format", name}});
    std::string out;
    const auto event = event_of(raw);
    ASSERT_TRUE(format->render(event, out));
    runtime::EventFacts facts;
    format->describe(event, out, facts);
    EXPECT_EQ(facts.severity, 1) << name;
    EXPECT_EQ(facts.host, "WS-0042") << name;
  }
}

TEST(LineFormats, NoRecordBreaksALine) {
  std::mt19937 random(11);
  const std::vector<std::unique_ptr<runtime::Format>> formats = [] {
    std::vector<std::unique_ptr<runtime::Format>> all;
    all.push_back(format_of({{"format", "cef"}, {"include_original", "true"}}));
    all.push_back(format_of({{"format", "leef"}}));
    all.push_back(format_of({{"format", "cef"}, {"max_length", "480"}}));
    all.push_back(format_of({{"format", "leef"}, {"max_length", "480"}}));
    return all;
  }();
  const auto text = [&] {
    constexpr std::array<std::string_view, 14> kParts = {
        "=",       "|", "\\\\", "\\n",  "\\r",      "\\t",     "\\u0000",
        "\\u001b", " ", "a=b",  "cs1=", "\xC3\xA9", "\\ud800", "plain"};
    std::string out = "\"";
    while (random() % 12 != 0)
      out += kParts[random() % kParts.size()];
    return out + "\"";
  };
  for (int round = 0; round < 1500; ++round) {
    const std::string raw = R"({"event":{"action":)" + text() + R"(,"code":)" + text() +
                            R"(,"reason":)" + text() + R"(},"message":)" + text() +
                            R"(,"user":{"name":)" + text() + R"(},"file":{"path":)" + text() +
                            R"(,"hash":{"md5":)" + text() + R"(}},"rule":{"name":[)" + text() +
                            "," + text() + R"(]},"process":{"command_line":)" + text() + "}}";
    for (const auto& format : formats) {
      const std::string line = line_of(*format, raw);
      ASSERT_EQ(line.find_first_of("\n\r"), std::string::npos) << raw;
      if (line.starts_with("CEF:")) {
        const auto message = cef_of(line);
        ASSERT_TRUE(codec::cef::is_key(message.extension.front().key));
        for (const auto& pair : message.extension)
          ASSERT_TRUE(codec::cef::find_key(pair.key)) << pair.key << " in " << line;
      } else {
        ASSERT_FALSE(leef_of(line).attributes.empty());
      }
    }
  }
}

TEST(LineFormats, EveryFalconDocumentGivesASoundLine) {
  const auto folder = std::filesystem::path(CISTERN_SOURCE_DIR) /
                      "src/connectors/crowdstrike_falcon/mappings/tests";
  const auto cef = format_of({{"format", "cef"}});
  const auto leef = format_of({{"format", "leef"}});
  std::size_t alerts = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.path().string().ends_with(".expected.json")) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::string body{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    std::vector<codec::Element> elements;
    codec::JsonSplitter splitter;
    splitter.split(body, elements);
    for (const auto& element : elements) {
      const auto line = cef_of(line_of(*cef, element.raw));
      EXPECT_EQ(line.vendor, "CrowdStrike") << element.raw;
      EXPECT_EQ(line.product, "Falcon");
      ASSERT_NE(line.find("externalId"), nullptr);
      const auto second = leef_of(line_of(*leef, element.raw));
      EXPECT_EQ(second.vendor, "CrowdStrike");
      EXPECT_EQ(*second.find("externalId"), *line.find("externalId"));
      if (line.event_class.find("Detection") == std::string::npos) continue;
      ++alerts;
      EXPECT_EQ(second.event_id, line.event_class);
      EXPECT_NE(line.severity, "0");
    }
  }
  EXPECT_GT(alerts, 3U);
}

class GoldenLines : public ::testing::TestWithParam<std::string> {};

std::filesystem::path cases_folder() {
  return std::filesystem::path(CISTERN_SOURCE_DIR) / "src/connectors/microsoft_365/mappings/tests";
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// UPDATE_GOLDEN=1 rewrites the expectations; the difference is to be read by a human.
TEST_P(GoldenLines, OfMicrosoft365) {
  static const auto views = microsoft_365_views();
  std::string body = read(cases_folder() / (GetParam() + ".in.json"));
  std::vector<codec::Element> elements;
  codec::JsonSplitter splitter;
  splitter.split(body, elements);
  ASSERT_FALSE(elements.empty());
  for (const std::string_view name : {"cef", "leef"}) {
    const auto format = format_of({{"format", name}}, views);
    std::string lines;
    for (const auto& element : elements) {
      if (element.form != RawForm::json) continue;
      auto event = event_of(element.raw);
      if (!format->render(event, lines)) continue;
      lines += '\n';
    }
    const auto path = std::filesystem::path(CISTERN_SOURCE_DIR) /
                      "tests/destinations/format/golden" / (GetParam() + "." + std::string{name});
    if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << lines;
    EXPECT_EQ(lines, read(path)) << path;
  }
}

INSTANTIATE_TEST_SUITE_P(Lines, GoldenLines,
                         ::testing::Values("entra_sign_in", "exchange_admin", "exchange_mailbox",
                                           "security_alert", "sharepoint", "dlp", "teams",
                                           "errors"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace cistern::destinations::test
