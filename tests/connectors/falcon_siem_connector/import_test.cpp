#include "codec/text_template.hpp"
#include "connectors/crowdstrike_falcon/siem_connector/configuration_of.hpp"
#include "connectors/crowdstrike_falcon/siem_connector/imported.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::crowdstrike_falcon {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kSecret = "PlantedClientSecret1234";

/// A file with what every test needs; `more` follows, sections and keys alike.
std::string file_text(const std::string& settings = {}, const std::string& more = {}) {
  return "[Settings]\nversion = 3\nclient_id = 0000000000000000000000000000c11e\nclient_secret = " +
         std::string{kSecret} +
         "\napi_url = https://api.eu-1.crowdstrike.com/sensors/entities/datafeed/v2\n"
         "request_token_url = https://api.eu-1.crowdstrike.com/oauth2/token\napp_id = ours01\n"
         "output_path = /var/log/test/output\n" +
         settings + "\n" + more;
}

ImportResult import(const std::string& text, std::map<std::string, std::string> choices = {}) {
  const auto file = codec::parse_ini(text, "x.cfg");
  EXPECT_TRUE(file) << file.error().sentence();
  return import_connector(*file, {.name = "falcon", .choices = std::move(choices)});
}

/// "warning x.cfg:7 words"
std::vector<std::string> said(const ImportResult& result) {
  std::vector<std::string> out;
  for (const auto& finding : result.findings)
    out.push_back(std::string{to_string(finding.severity)} + " " + finding.place() + " " +
                  finding.what);
  return out;
}

bool broken(const ImportResult& result) {
  for (const auto& finding : result.findings)
    if (finding.severity == Finding::Severity::error) return true;
  return false;
}

TEST(ImportConnector, TheCloudComesFromTheHost) {
  const auto cloud = [](const std::string& host) {
    return import(file_text("api_url = https://" + host +
                            "/sensors/entities/datafeed/v2\n"
                            "request_token_url = https://" +
                            host + "/oauth2/token"));
  };
  EXPECT_EQ(cloud("api.crowdstrike.com").connector.cloud, "us-1");
  EXPECT_EQ(cloud("api.us-2.crowdstrike.com").connector.cloud, "us-2");
  EXPECT_EQ(cloud("api.laggar.gcw.crowdstrike.com").connector.cloud, "us-gov-1");
  const auto misspelt = cloud("api.lagger.gcw.crowdstrike.com");
  EXPECT_EQ(misspelt.connector.cloud, "us-gov-1");
  EXPECT_THAT(said(misspelt), Contains(HasSubstr("spelt laggar")));
  const auto own = cloud("falcon.example.org:8443");
  EXPECT_EQ(own.connector.cloud, "");
  EXPECT_EQ(own.connector.api_url, "https://falcon.example.org:8443");
  EXPECT_THAT(said(own), Contains(HasSubstr("no cloud of the vendor")));
}

TEST(ImportConnector, ATokenFromAnotherHostIsAnError) {
  const auto result =
      import(file_text("request_token_url = https://api.crowdstrike.com/oauth2/token"));
  EXPECT_TRUE(broken(result));
  EXPECT_THAT(said(result), Contains(HasSubstr("error x.cfg:9 the token would come from")));
}

TEST(ImportConnector, AProxyPasswordMayHoldASlash) {
  const auto result =
      import(file_text("http_proxy = http://me:Proxy/Word9@proxy.example.org:3128", ""));
  EXPECT_EQ(result.connector.proxy, "http://proxy.example.org:3128");
  EXPECT_TRUE(result.connector.proxy_password.use(
      [](std::string_view text) { return text == "Proxy/Word9"; }));
}

TEST(ImportConnector, NoFindingHoldsASecret) {
  const auto result = import(
      file_text("client_secret = " + std::string{kSecret} +
                    "\nhttp_proxy = http://me:ProxyPassword9@proxy.example.org:3128\nodd = 1",
                "[Syslog]\nclient_secret = " + std::string{kSecret} + "\n"));
  for (const auto& line : said(result)) {
    EXPECT_THAT(line, Not(HasSubstr(kSecret)));
    EXPECT_THAT(line, Not(HasSubstr("ProxyPassword9")));
  }
  EXPECT_EQ(result.connector.proxy, "http://proxy.example.org:3128");
  EXPECT_EQ(result.connector.proxy_user, "me");
  EXPECT_TRUE(result.connector.proxy_password.use(
      [](std::string_view text) { return text == "ProxyPassword9"; }));
  const auto configuration = configuration_of(
      {&result.connector, 1}, std::vector<ImportedParts>{{"${file:a}", "${file:b}", ""}}, "/s");
  EXPECT_THAT(configuration, Not(HasSubstr(kSecret)));
  EXPECT_THAT(configuration, Not(HasSubstr("ProxyPassword9")));
  EXPECT_THAT(configuration, HasSubstr("proxy_password: \"${file:b}\""));
}

TEST(ImportConnector, FiltersAreThoseSwitchedOff) {
  const std::string collection = "[EventTypeCollection]\nA = true\nB = false\nC = TRUE\n";
  auto result = import(file_text("", collection));
  EXPECT_THAT(result.connector.exclude_event_types, ElementsAre("B"));
  EXPECT_TRUE(result.connector.event_types.empty());
  result = import(file_text("", collection), {{"unlisted-switch", "off"}});
  EXPECT_TRUE(result.connector.exclude_event_types.empty());
  EXPECT_THAT(result.connector.event_types, ElementsAre("A", "C"));
}

TEST(ImportConnector, OutputsAsTheConnectorHasThem) {
  const auto outputs = [](const std::string& format, bool file, bool syslog) {
    const auto result = import(
        file_text("output_format = " + format + "\noutput_to_file = " + (file ? "true" : "false"),
                  std::string{"[Syslog]\nhost = siem.example.org\nport = 6514\nprotocol = tcp\n"} +
                      "send_to_syslog_server = " + (syslog ? "true" : "false") + "\n"));
    return result.connector.file_path + "|" + result.connector.syslog;
  };
  EXPECT_EQ(outputs("syslog", true, true), "/var/log/test/output|tcp://siem.example.org:6514");
  EXPECT_EQ(outputs("syslog", false, true), "|tcp://siem.example.org:6514");
  EXPECT_EQ(outputs("syslog", false, false), "/var/log/test/output|") << "forced on";
  EXPECT_EQ(outputs("json", false, true), "/var/log/test/output|") << "no JSON to syslog";
  EXPECT_EQ(import(file_text("output_path = /dev/stdout")).connector.file_path, "-");
  EXPECT_TRUE(broken(import(file_text("output_format = xml"))));
  EXPECT_EQ(import(file_text("output_format = syslog",
                             "[Syslog]\nsend_to_syslog_server = true\nhost = 2001:db8::1\n"))
                .connector.syslog,
            "udp://[2001:db8::1]:514");
}

TEST(ImportConnector, RotationPartitionAndTimeouts) {
  auto result = import(file_text("partition = 3\nconnection_timeout = 25",
                                 "[Output_File_Rotation]\nrotate_file = true\nmax_size = 20\n"
                                 "max_backups = 4\nmax_age = 9\n"));
  EXPECT_EQ(result.connector.rotate_megabytes, 20U);
  EXPECT_EQ(result.connector.keep_files, 4U);
  EXPECT_EQ(result.connector.keep_days, 9U);
  EXPECT_EQ(result.connector.partition, "3");
  EXPECT_EQ(result.connector.connect_seconds, 25U);
  result = import(file_text("", "[Output_File_Rotation]\nrotate_file = false\n"));
  EXPECT_EQ(result.connector.rotate_megabytes, 0U);
  EXPECT_TRUE(broken(import(file_text("partition = first"))));
  EXPECT_THAT(said(import(file_text("", "[Output_File_Rotation]\nmax_size = lots\n"))),
              Contains(HasSubstr("'max_size' is no whole number")));
}

TEST(ImportConnector, OddNamesAreKeptAndSaid) {
  const auto result = import(file_text("app_id = " + std::string(33, 'a') + "\nclient_idd = x",
                                       "[Something]\nx = 1\n[Settings]\nversion = 2\n"));
  const auto lines = said(result);
  EXPECT_EQ(result.connector.app_id.size(), 33U);
  EXPECT_THAT(lines, Contains(HasSubstr("is kept; the vendor documents")));
  EXPECT_THAT(lines, Contains(HasSubstr("knows no key 'client_idd'")));
  EXPECT_THAT(lines, Contains(HasSubstr("[Something] is no section")));
  EXPECT_THAT(lines, Contains(HasSubstr("version 2")));
}

TEST(ImportConnector, AnEmptySecretIsAnError) {
  EXPECT_TRUE(broken(import(file_text("client_secret ="))));
  EXPECT_TRUE(broken(import(file_text("client_id ="))));
  EXPECT_FALSE(broken(import(file_text())));
}

std::string rendered(const ImportResult& result, std::string_view event) {
  const auto file = codec::parse_ini(result.connector.template_text, "template");
  EXPECT_TRUE(file);
  std::vector<codec::IniNote> notes;
  const auto compiled = codec::TextTemplate::compile(*file, load_time_zone, notes);
  EXPECT_TRUE(compiled) << compiled.error().sentence();
  if (!compiled) return {};
  codec::TemplateRenderer renderer{*compiled};
  std::string out;
  return renderer.render(event, "id", out) ? out : "(no line)";
}

constexpr std::string_view kMapping =
    "[Syslog]\nmax_length = 200\n[EventSubTypeCollection]\nEppDetectionSummaryEvent_Off = false\n"
    "[EppDetectionSummaryEvent]\n__header.0 = metadata.eventType\n__header.1 = event.Name\n"
    "msg = event.Description\nscore = event.Score\ndeviceCustomDate1Label = 'Timestamp'\n"
    "deviceCustomDate1 = event.Time\n"
    "[EppDetectionSummaryEvent_On]\n__header.0 = event.subType\nv = event.On.v\n"
    "[EppDetectionSummaryEvent_Off]\n__header.0 = event.subType\n";

constexpr std::string_view kEvent =
    R"({"metadata":{"eventType":"EPPDetectionSummaryEvent"},"event":{"Name":"a|b","Description":)"
    R"("x=y","Score":8.5,"Time":1772600767,"On":[{"v":1}],"Off":[{}]}})";

TEST(ImportTemplate, GivesTheLinesOfTheConnector) {
  const auto result =
      import(file_text("output_format = syslog", std::string{kMapping}), {{"zone", "UTC"}});
  EXPECT_EQ(rendered(result, kEvent),
            "CEF:0|CrowdStrike|FalconHost|1.0|EPPDetectionSummaryEvent|a\\|b|msg=x\\=y "
            "score=8.5e+00 deviceCustomDate1Label=Timestamp "
            "deviceCustomDate1=Mar 04 2026 05:06:07\n"
            "CEF:0|CrowdStrike|FalconHost|1.0|On|v=1")
      << "also under the other spelling of the type's name";
}

TEST(ImportTemplate, SettingsChangeTheLines) {
  const auto result =
      import(file_text("output_format = syslog\nformat_floats_as_scientific = false\n"
                       "enable_correlation_id = true",
                       "[Syslog]\nheader_prefix = LEEF:1.0|\nfield_delim = \t\ntime_fields =\n"
                       "event_type_field = metadata.eventType\n" +
                           std::string{kMapping}),
             {{"zone", "UTC"}});
  EXPECT_EQ(rendered(result, kEvent),
            "LEEF:1.0|EPPDetectionSummaryEvent|a\\|b|msg=x\\=y\tscore=8.5\t"
            "deviceCustomDate1Label=Timestamp\tdeviceCustomDate1=1772600767\tcorrelationId=id\n"
            "LEEF:1.0|On|v=1\tcorrelationId=id");
  EXPECT_THAT(said(result), Contains(HasSubstr("correlation id is not documented")));
}

TEST(ImportTemplate, NamesSwitchesWithoutSectionAndSectionsWithoutSwitch) {
  const auto lines =
      said(import(file_text("output_format = syslog",
                            "[EventTypeCollection]\nGone = true\n[Unlisted]\n__header.0 = 'u'\n")));
  EXPECT_THAT(lines, Contains(HasSubstr("'Gone' is switched on and has no mapping section")));
  EXPECT_THAT(lines, Contains(HasSubstr("[Unlisted] has no switch")));
}

TEST(ImportConnector, OnlyAKeyThatAlwaysHoldsTheOffsetMarksIt) {
  const auto marks = [](const std::string& more) {
    return import(file_text("output_format = syslog",
                            "[A]\n__header.0 = 'a'\ncn3 = metadata.offset\n"
                            "off = metadata.offset\n" +
                                more))
        .connector.offset_marks;
  };
  EXPECT_THAT(marks(""), ElementsAre(" cn3=", " off="));
  EXPECT_THAT(marks("[B]\n__header.0 = 'b'\ncn3 = event.Port\n"), ElementsAre(" off="));
  EXPECT_THAT(marks("[B]\n__header.0 = 'b'\ncn3Label = 'Port'\ncn3 = event.Port\n"
                    "[C]\n__header.0 = 'c'\ncn3Label = 'Offset'\ncn3 = metadata.offset\n"),
              ElementsAre(" cn3=", " cn3Label=Offset cn3=", " off="));
  EXPECT_THAT(marks("[Syslog]\nfield_delim = \t\nval_enclosure = \"\n"),
              ElementsAre("\tcn3=\"", "\toff=\""));
}

TEST(ImportTemplate, MappingsAreCopiedInOrderWithTheirDuplicates) {
  const auto result = import(file_text("output_format = syslog",
                                       "[T]\n__header.0 = 'h'\nb = event.b\na = event.a\n"
                                       "b = event.c\n"));
  EXPECT_THAT(result.connector.template_text,
              HasSubstr("[T]\n__header.0 = 'h'\nb = event.b\na = event.a\nb = event.c\n"));
}

}  // namespace
}  // namespace cistern::connectors::crowdstrike_falcon
