// What is refused with which cure, and what the values become: data paths in every way they are
// pasted.
#include "connectors/cisco_umbrella/options.hpp"

#include "config/loader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::cisco_umbrella::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kSecret(40, 's');

config::Loaded load(const std::string& options, std::string secret = kSecret) {
  config::Schema schema;
  schema.connectors.push_back({.name = "cisco_umbrella",
                               .summary = "test",
                               .options = option_table(),
                               .check = check_options});
  config::SecretSources sources;
  sources.environment = [secret](const std::string&) { return std::optional{secret}; };
  sources.read_file = [](const std::string& path) -> Result<std::string> {
    return "text of " + path;
  };
  return config::load(
      "connectors:\n  u:\n      type: cisco_umbrella\n"
      "      access_key_id: AKIAIOSFODNN7EXAMPLE\n"
      "      secret_access_key: ${env:SECRET}\n" +
          options,
      "cistern.yaml", schema, sources);
}

std::vector<std::string> problems(const std::string& options, std::string secret = kSecret) {
  std::vector<std::string> out;
  for (const config::Problem& problem : load(options, std::move(secret)).problems)
    out.push_back((problem.severity == config::Problem::Severity::warning ? "warning " : "error ") +
                  problem.what + " -> " + problem.next_step);
  return out;
}

Settings settings(const std::string& options) {
  const config::Loaded loaded = load(options);
  EXPECT_TRUE(loaded.ok());
  return make_settings(loaded.configuration.connectors.at(0).values).value();
}

const std::string kManaged = "      data_path: s3://cisco-managed-eu-west-1/2003477_0a1b2c\n";

TEST(UmbrellaOptions, ADataPathIsTakenHoweverItIsPasted) {
  for (const auto* text :
       {"s3://cisco-managed-eu-west-1/2003477_0a1b", "s3://cisco-managed-eu-west-1/2003477_0a1b/",
        "  S3://cisco-managed-eu-west-1//2003477_0a1b//  ", "cisco-managed-eu-west-1/2003477_0a1b",
        "/cisco-managed-eu-west-1/2003477_0a1b/", "\"s3://cisco-managed-eu-west-1/2003477_0a1b\"\n",
        "arn:aws:s3:::cisco-managed-eu-west-1/2003477_0a1b",
        "https://cisco-managed-eu-west-1.s3.eu-west-1.amazonaws.com/2003477_0a1b/?x=1",
        "https://s3.eu-west-1.amazonaws.com/cisco-managed-eu-west-1/2003477_0a1b"}) {
    const auto path = parse_data_path(text);
    ASSERT_TRUE(path) << text;
    EXPECT_EQ(path->bucket, "cisco-managed-eu-west-1") << text;
    EXPECT_EQ(path->folder, "2003477_0a1b") << text;
    EXPECT_EQ(path->log, "") << text;
  }
  EXPECT_FALSE(parse_data_path("  "));
  EXPECT_FALSE(parse_data_path("s3://"));
}

TEST(UmbrellaOptions, ATrailingLogFolderIsExplainedAndNeverDoubled) {
  const auto path = parse_data_path("s3://cisco-managed-eu-west-1/2003477_0a/dnslogs/2026-01-05/");
  ASSERT_TRUE(path);
  EXPECT_EQ(path->folder, "2003477_0a");
  EXPECT_EQ(path->log, "dnslogs/2026-01-05");
  const auto found =
      problems("      data_path: s3://cisco-managed-eu-west-1/2003477_0a/dnslogs/\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0], HasSubstr("folder of one log"));
  EXPECT_THAT(found[0], HasSubstr("s3://cisco-managed-eu-west-1/2003477_0a`"));
  EXPECT_THAT(found[0], HasSubstr("logs: [dnslogs]"));
}

TEST(UmbrellaOptions, AManagedBucketNeedsNothingButPathAndKey) {
  EXPECT_THAT(problems(kManaged), IsEmpty());
  const Settings made = settings(kManaged);
  EXPECT_EQ(made.machine.endpoint.origin,
            "https://cisco-managed-eu-west-1.s3.eu-west-1.amazonaws.com");
  EXPECT_EQ(made.machine.prefix(), "2003477_0a1b2c/");
  EXPECT_TRUE(made.machine.managed);
  EXPECT_THAT(problems("      data_path: s3://cisco-managed-eu-west-1\n"),
              ElementsAre(HasSubstr("no folder")));
  EXPECT_THAT(problems(kManaged + "      region: us-west-1\n"),
              ElementsAre(HasSubstr("'region' differs")));
  EXPECT_THAT(problems(kManaged + "      queue_url: https://sqs.eu-west-1.amazonaws.com/1/q\n"),
              ElementsAre(HasSubstr("sends no notifications")));
}

TEST(UmbrellaOptions, AClippedSecretIsSeenBeforeAnyRequest) {
  const auto found = problems(kManaged, std::string(39, 's'));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0], HasSubstr("39 characters"));
  EXPECT_THAT(found[0], testing::Not(HasSubstr("sss")));
}

TEST(UmbrellaOptions, AnOwnBucketNeedsItsRegion) {
  const std::string own = "      bucket: contoso-umbrella\n";
  EXPECT_THAT(problems(own), ElementsAre(HasSubstr("region is not known")));
  EXPECT_THAT(problems(own + "      region: eu-west-1\n"), IsEmpty());
  EXPECT_THAT(problems("      region: eu-west-1\n"),
              ElementsAre(HasSubstr("neither 'data_path' nor 'bucket'")));
  const Settings made = settings(
      own + "      folder: /2003477/\n      region: eu-west-1\n      logs: [dns, auditlogs]\n");
  EXPECT_EQ(made.machine.prefix(), "2003477/");
  EXPECT_FALSE(made.machine.managed);
  EXPECT_THAT(made.machine.logs, ElementsAre("dnslogs", "auditlogs"));
}

TEST(UmbrellaOptions, AnotherServerAndAQueueOnOneAddress) {
  const Settings made = settings(
      "      bucket: contoso-umbrella\n      endpoint: http://127.0.0.1:9000\n"
      "      queue_url: http://127.0.0.1:9000/111122223333/umbrella-logs\n      poll_every: 1s\n");
  EXPECT_EQ(made.machine.endpoint.origin, "http://127.0.0.1:9000");
  EXPECT_TRUE(made.machine.endpoint.in_path);
  ASSERT_TRUE(made.machine.queue);
  EXPECT_EQ(made.scopes().size(), 2U);
  EXPECT_THAT(
      problems("      bucket: contoso-umbrella\n      endpoint: http://minio.example.com\n"),
      Contains(HasSubstr("endpoint")));
  EXPECT_THAT(problems(kManaged + "      poll_every: 10s\n"),
              ElementsAre(HasSubstr("less than a minute")));
}

TEST(UmbrellaOptions, TheFirstStartNeverReachesBehindTheRetention) {
  const Settings made = settings(kManaged + "      retention: 7d\n      lookback: 30d\n");
  EXPECT_EQ(made.machine.lookback, std::chrono::hours{24 * 7});
  EXPECT_THAT(problems(kManaged + "      key_created: soon\n"),
              ElementsAre(HasSubstr("not a day")));
  EXPECT_EQ(settings(kManaged + "      key_created: 2026-09-01\n").machine.key_created,
            parse_time("2026-09-01"));
}

TEST(UmbrellaOptions, TwoConnectorsOnOneFolderAreSeen) {
  const auto loaded = load(kManaged);
  const auto& values = loaded.configuration.connectors.at(0).values;
  EXPECT_THAT(what_is_read(values), ElementsAre("bucket cisco-managed-eu-west-1/2003477_0a1b2c"));
  EXPECT_TRUE(continues_position(values, {{"source", "cisco-managed-eu-west-1/2003477_0a1b2c"}}));
  EXPECT_FALSE(continues_position(values, {{"source", "cisco-managed-eu-west-1/other"}}));
}

}  // namespace
}  // namespace cistern::connectors::cisco_umbrella::test
