// What is refused with which cure, and what the values become.
#include "connectors/cisco_secure_endpoint/options.hpp"

#include "config/loader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::cisco_secure_endpoint::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

config::Loaded load(const std::string& options,
                    const std::string& client = "1ab1ab1ab1ab1ab1ab1a") {
  config::Schema schema;
  schema.connectors.push_back({.name = "cisco_secure_endpoint",
                               .summary = "test",
                               .options = option_table(),
                               .check = check_options});
  config::SecretSources sources;
  sources.environment = [](const std::string&) { return std::optional<std::string>{"key"}; };
  sources.read_file = [](const std::string& path) -> Result<std::string> {
    return "text of " + path;
  };
  return config::load("connectors:\n  amp:\n      type: cisco_secure_endpoint\n      client_id: " +
                          client + "\n      api_key: ${env:KEY}\n" + options,
                      "cistern.yaml", schema, sources);
}

std::vector<std::string> problems(const std::string& options,
                                  const std::string& client = "1ab1ab1ab1ab1ab1ab1a") {
  std::vector<std::string> out;
  for (const config::Problem& problem : load(options, client).problems)
    out.push_back((problem.severity == config::Problem::Severity::warning ? "warning " : "error ") +
                  problem.what);
  return out;
}

Settings settings(const std::string& options) {
  const config::Loaded loaded = load(options);
  EXPECT_TRUE(loaded.ok());
  return make_settings(loaded.configuration.connectors.at(0).values);
}

TEST(EndpointOptions, DefaultsCollectBothStreamsOfTheAmericanCloud) {
  EXPECT_THAT(problems(""), IsEmpty());
  const Settings made = settings("");
  EXPECT_EQ(made.machine.api_url, "https://api.amp.cisco.com");
  EXPECT_TRUE(made.machine.events);
  EXPECT_TRUE(made.machine.audit);
  EXPECT_EQ(made.machine.backfill, std::chrono::hours{720});
}

TEST(EndpointOptions, TheCloudDecidesTheAddressUnlessOneIsGiven) {
  EXPECT_EQ(settings("      cloud: apjc\n").machine.api_url, "https://api.apjc.amp.cisco.com");
  const Settings made = settings("      api_url: http://127.0.0.1:8080/\n      streams: [audit]\n");
  EXPECT_EQ(made.machine.api_url, "http://127.0.0.1:8080");
  EXPECT_FALSE(made.machine.events);
}

TEST(EndpointOptions, MistakesAreNamed) {
  EXPECT_THAT(problems("      api_url: http://api.example.com\n"),
              Contains(HasSubstr("without encryption")));
  EXPECT_THAT(problems("      api_url: https://api.example.com/v1\n"),
              Contains(HasSubstr("not an address of the form")));
  EXPECT_THAT(problems("      api_url: https://console.eu.amp.cisco.com\n"),
              Contains(HasSubstr("address of the console")));
  EXPECT_THAT(problems("      cloud: japan\n"), Contains(StartsWith("error")));
  EXPECT_THAT(problems("      streams: [event]\n"), Contains(StartsWith("error")));
  EXPECT_THAT(problems("", "1ab00000-0000-4000-8000-00000000ab1e"),
              Contains(HasSubstr("looks like an API key")));
  EXPECT_THAT(problems("", "'a:b'"), Contains(HasSubstr("colons")));
  EXPECT_THAT(problems("", "abc"), Contains(StartsWith("warning")));
  EXPECT_THAT(problems("      sweep: 10d\n"), Contains(StartsWith("error")));
}

TEST(EndpointOptions, ThePositionOfTheSameClientGoesOn) {
  const config::Loaded loaded = load("      cloud: eu\n");
  const config::Values& values = loaded.configuration.connectors.at(0).values;
  EXPECT_THAT(what_is_read(values),
              ElementsAre(HasSubstr("events of client 1ab1"), HasSubstr("audit log of client")));
  Position position{{"rest/cloud", "api.eu.amp.cisco.com"},
                    {"rest/client", "1ab1ab1ab1ab1ab1ab1a"}};
  EXPECT_TRUE(continues_position(values, position));
  position["rest/cloud"] = "api.amp.cisco.com";
  EXPECT_FALSE(continues_position(values, position));
}

TEST(EndpointOptions, ABundleMustHoldACertificate) {
  const config::Loaded loaded = load("      ca_file: /etc/bundle.pem\n");
  const config::Values& values = loaded.configuration.connectors.at(0).values;
  const Status status =
      verify_files(values, [](const std::string&) -> Result<std::string> { return "nothing"; });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, "cisco_secure_endpoint/ca-file");
}

}  // namespace
}  // namespace cistern::connectors::cisco_secure_endpoint::test
