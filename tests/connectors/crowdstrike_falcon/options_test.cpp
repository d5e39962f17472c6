// What is refused with which cure, and what the values become.
#include "connectors/crowdstrike_falcon/options.hpp"

#include "config/loader.hpp"
#include "connectors/crowdstrike_falcon/feed_cursor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::crowdstrike_falcon::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kGood = R"(
      client_id: 0a1b2c3d4e5f60718293a4b5c6d7e8f9
      client_secret: ${env:SECRET}
)";

config::Loaded load(const std::string& options, std::string secret = "example") {
  config::Schema schema;
  schema.connectors.push_back({.name = "crowdstrike_falcon",
                               .summary = "test",
                               .options = option_table(),
                               .check = check_options});
  config::SecretSources sources;
  sources.environment = [secret](const std::string&) { return std::optional{secret}; };
  sources.read_file = [](const std::string& path) -> Result<std::string> {
    return "text of " + path;
  };
  return config::load(
      "connectors:\n  falcon:\n      type: crowdstrike_falcon" + std::string{kGood} + options,
      "cistern.yaml", schema, sources);
}

std::vector<std::string> problems(const std::string& options) {
  std::vector<std::string> out;
  for (const config::Problem& problem : load(options).problems)
    out.push_back((problem.severity == config::Problem::Severity::warning ? "warning " : "error ") +
                  problem.what);
  return out;
}

Settings settings(const std::string& options) {
  const config::Loaded loaded = load(options);
  EXPECT_TRUE(loaded.ok());
  return make_settings(loaded.configuration.connectors.at(0).values);
}

const std::string kLabel = "      app_id: cistern01\n";

TEST(FalconOptions, DefaultsCollectEverythingFromTheCloudThatTheLoginNames) {
  EXPECT_THAT(problems(kLabel), IsEmpty());
  const Settings made = settings(kLabel);
  EXPECT_EQ(made.machine.api_url, "https://api.crowdstrike.com");
  EXPECT_TRUE(made.machine.follow_region);
  EXPECT_TRUE(made.token.follow_region);
  EXPECT_EQ(made.token.token_url, made.machine.api_url);
  EXPECT_EQ(made.machine.start, FirstStart::oldest);
  EXPECT_TRUE(made.machine.filter->keeps_all());
  EXPECT_THAT(made.machine.partitions, IsEmpty());
}

TEST(FalconOptions, ANamedCloudIsHeldTo) {
  const Settings made = settings(kLabel + "      cloud: us-gov-1\n");
  EXPECT_EQ(made.machine.api_url, "https://api.laggar.gcw.crowdstrike.com");
  EXPECT_FALSE(made.machine.follow_region);
  EXPECT_EQ(made.token.cloud, "us-gov-1");
  const Settings relay = settings(kLabel + "      api_url: http://127.0.0.1:9/\n");
  EXPECT_EQ(relay.token.token_url, "http://127.0.0.1:9");
  EXPECT_FALSE(relay.machine.follow_region);
}

TEST(FalconOptions, LabelsOutsideTheDocumentationAreTakenWithAWarning) {
  EXPECT_THAT(problems("      app_id: SIEM-Connector-v2.0.0\n"),
              ElementsAre(HasSubstr("warning 'app_id' is not letters and digits only")));
  EXPECT_THAT(problems("      app_id: " + std::string(33, 'a') + "\n"),
              ElementsAre(HasSubstr("warning 'app_id' is longer than 32")));
  EXPECT_THAT(problems("      app_id: \"a b\"\n"), ElementsAre(HasSubstr("error 'app_id'")));
  EXPECT_THAT(problems(kLabel + "      app_id_fallback: cistern01\n"),
              ElementsAre(HasSubstr("error 'app_id_fallback' is the same")));
}

TEST(FalconOptions, AddressesGiveNothingAway) {
  EXPECT_THAT(problems(kLabel + "      api_url: http://api.example.com\n"),
              ElementsAre(HasSubstr("without encryption")));
  EXPECT_THAT(problems(kLabel + "      token_url: https://api.example.com/oauth2/token\n"),
              ElementsAre(HasSubstr("is not an address")));
  EXPECT_THAT(problems(kLabel + "      api_url: https://api.lagger.gcw.crowdstrike.com\n"),
              ElementsAre(HasSubstr("lagger")));
}

TEST(FalconOptions, WhereToStart) {
  EXPECT_EQ(settings(kLabel + "      start: now\n").machine.start, FirstStart::now);
  const Settings given = settings(kLabel + "      start: 18446744073709551615\n" +
                                  "      start_offsets: {0: 70689, \"*\": 5}\n");
  EXPECT_EQ(given.machine.start, FirstStart::offset);
  EXPECT_EQ(given.machine.start_offset, 18446744073709551615ULL);
  EXPECT_EQ(given.machine.start_offsets.at("0"), 70689U);
  EXPECT_EQ(given.machine.start_offsets.at("*"), 5U);
  EXPECT_THAT(problems(kLabel + "      start: yesterday\n"), ElementsAre(HasSubstr("'start'")));
  EXPECT_THAT(problems(kLabel + "      start_offsets: {0: x}\n"),
              ElementsAre(HasSubstr("'start_offsets'")));
}

TEST(FalconOptions, FiltersCompareWithoutCaseAndKeepWhatHasNoType) {
  const auto filter = settings(kLabel + "      event_types: [EppDetectionSummaryEvent, A]\n" +
                               "      exclude_event_types: [a]\n")
                          .machine.filter;
  EXPECT_TRUE(filter->keeps("EPPDetectionSummaryEvent"));
  EXPECT_FALSE(filter->keeps("A"));
  EXPECT_FALSE(filter->keeps("B"));
  EXPECT_TRUE(filter->keeps(""));
  EXPECT_THAT(problems(kLabel + "      event_types: []\n"), Contains(HasSubstr("empty list")));
  EXPECT_THAT(problems(kLabel + "      partitions: [\"a b\"]\n"), Contains(HasSubstr("no name")));
}

TEST(FalconOptions, TwoConnectorsThatTakeEachOthersStreamsAreKnown) {
  const auto reads = [](const std::string& options) {
    return what_is_read(load(options).configuration.connectors.at(0).values);
  };
  EXPECT_EQ(reads(kLabel), reads(kLabel + "      start: now\n"));
  EXPECT_NE(reads(kLabel), reads("      app_id: cistern02\n"));
  EXPECT_THAT(reads(kLabel + "      partitions: [0, 1]\n"), testing::SizeIs(2));
}

TEST(FalconOptions, APositionIsKnownByItsClient) {
  const config::Loaded loaded = load(kLabel);
  const config::Values& values = loaded.configuration.connectors.at(0).values;
  EXPECT_TRUE(
      continues_position(values, {{std::string{kClientKey}, "0a1b2c3d4e5f60718293a4b5c6d7e8f9"}}));
  EXPECT_FALSE(continues_position(values, {{std::string{kClientKey}, "other"}}));
  EXPECT_FALSE(continues_position(values, {}));
}

TEST(FalconOptions, FilesAreLookedInto) {
  const auto file = [](const std::string& path) -> Result<std::string> {
    return "text of " + path;
  };
  const config::Loaded loaded = load(kLabel + "      ca_file: /x.pem\n");
  EXPECT_EQ(verify_files(loaded.configuration.connectors.at(0).values, file).error().code,
            "crowdstrike_falcon/ca-file");
  const config::Loaded plain = load(kLabel);
  EXPECT_TRUE(verify_files(plain.configuration.connectors.at(0).values, file));
}

}  // namespace
}  // namespace cistern::connectors::crowdstrike_falcon::test
