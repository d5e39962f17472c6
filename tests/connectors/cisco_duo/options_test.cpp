// What is refused with which cure, and what the values become.
#include "connectors/cisco_duo/options.hpp"

#include "config/loader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::cisco_duo::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view kSecretKey = "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep";

struct Keys {
  std::string host = "api-1a2b3c4d.duosecurity.com";
  std::string integration = "DIWJ8X6AEYOR5OMC6TQ1";
  std::string secret{kSecretKey};
};

config::Loaded load(const Keys& keys, const std::string& options = {}) {
  config::Schema schema;
  schema.connectors.push_back(
      {.name = "cisco_duo", .summary = "test", .options = option_table(), .check = check_options});
  config::SecretSources sources;
  sources.environment = [secret = keys.secret](const std::string&) {
    return std::optional{secret};
  };
  sources.read_file = [](const std::string& path) -> Result<std::string> {
    return "text of " + path;
  };
  return config::load("connectors:\n  duo:\n      type: cisco_duo\n      host: " + keys.host +
                          "\n      integration_key: " + keys.integration +
                          "\n      secret_key: ${env:SECRET}\n" + options,
                      "cistern.yaml", schema, sources);
}

std::vector<std::string> problems(const config::Loaded& loaded) {
  std::vector<std::string> out;
  for (const config::Problem& problem : loaded.problems)
    out.push_back((problem.severity == config::Problem::Severity::warning ? "warning " : "error ") +
                  problem.what + " " + problem.source_line);
  return out;
}

const config::Values& values(const config::Loaded& loaded) {
  return loaded.configuration.connectors.at(0).values;
}

TEST(DuoOptions, DefaultsCollectAllLogsOf179DaysAtTheVendorsRate) {
  const auto loaded = load({});
  EXPECT_THAT(problems(loaded), IsEmpty());
  const auto settings = make_settings(values(loaded));
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->machine.api.origin, "https://api-1a2b3c4d.duosecurity.com");
  EXPECT_EQ(settings->machine.streams.size(), kLogStreams.size());
  EXPECT_EQ(settings->machine.lookback, std::chrono::hours{24 * 179});
  EXPECT_EQ(settings->machine.requests_per_minute, 2.0);
  EXPECT_EQ(settings->machine.burst, 2U);
  EXPECT_EQ(settings->credential.version, SignatureVersion::v5);
  EXPECT_EQ(settings->credential.origin, settings->machine.api.origin);
}

TEST(DuoOptions, AHostIsTakenAsPasted) {
  const auto loaded = load({.host = "HTTPS://API-1A2B3C4D.duosecurity.com/"});
  EXPECT_THAT(problems(loaded), IsEmpty());
  EXPECT_EQ(make_settings(values(loaded))->machine.api.origin,
            "https://api-1a2b3c4d.duosecurity.com");
  EXPECT_THAT(problems(load({.host = "admin-1a2b3c4d.duosecurity.com"})),
              ElementsAre(HasSubstr("Admin Panel")));
}

TEST(DuoOptions, ExchangedKeysAreFoundAndNeverShown) {
  Keys swapped;
  std::swap(swapped.integration, swapped.secret);
  const auto loaded = load(swapped);
  EXPECT_THAT(problems(loaded), Contains(HasSubstr("exchanged")));
  EXPECT_THAT(problems(loaded), Not(Contains(HasSubstr(kSecretKey))));
  const Status verified =
      verify_files(values(loaded), [](const std::string&) { return Result<std::string>{""}; });
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, "cisco_duo/keys-swapped");
  EXPECT_THAT(verified.error().sentence(), Not(HasSubstr(kSecretKey)));
}

TEST(DuoOptions, ValuesThatCannotWorkAreRefused) {
  EXPECT_FALSE(load({}, "      lookback: 180d\n").ok());
  EXPECT_FALSE(load({}, "      streams: [auth]\n").ok());
  EXPECT_FALSE(load({}, "      streams: []\n").ok());
  EXPECT_FALSE(load({}, "      account_id: 'a b'\n").ok());
  EXPECT_FALSE(load({}, "      signature: v1\n").ok());
  EXPECT_FALSE(load({}, "      requests_per_minute: 0\n").ok());
}

TEST(DuoOptions, TheSignatureMayBeForced) {
  const auto loaded = load({}, "      signature: v2-sha1\n");
  EXPECT_EQ(make_settings(values(loaded))->credential.version, SignatureVersion::v2_sha1);
}

TEST(DuoOptions, TwoConnectorsOfOneAccountHaveALogInCommon) {
  const auto all = load({});
  const auto some = load({}, "      streams: [telephony]\n");
  const auto child = load({}, "      streams: [telephony]\n      account_id: DAR0DBB\n");
  EXPECT_THAT(what_is_read(values(some)),
              ElementsAre("host api-1a2b3c4d.duosecurity.com, telephony"));
  EXPECT_THAT(what_is_read(values(all)), Contains(what_is_read(values(some)).front()));
  EXPECT_NE(what_is_read(values(some)), what_is_read(values(child)));
  EXPECT_TRUE(continues_position(values(some), {{"account", "api-1a2b3c4d.duosecurity.com"}}));
  EXPECT_FALSE(continues_position(values(child), {{"account", "api-1a2b3c4d.duosecurity.com"}}));
}

}  // namespace
}  // namespace cistern::connectors::cisco_duo::test
