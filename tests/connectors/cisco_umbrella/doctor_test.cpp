// The doctor tells a wrong region, a wrong prefix, a wrong key, an expired key and a wrong clock
// apart, each with its cure.
#include "connectors/cisco_umbrella/doctor_decisions.hpp"
#include "connectors/cisco_umbrella/fake_bucket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::cisco_umbrella::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;
using Outcome = runtime::ProbeResult::Outcome;

const TimePoint kNow = parse_time("2026-03-10T12:00:00Z").value();

Examination patient() {
  Settings settings;
  settings.machine.endpoint =
      codec::aws::aws_bucket("cisco-managed-eu-west-1", "eu-west-1").value();
  settings.machine.folder = "2003477_0a1b";
  settings.machine.managed = true;
  return {.settings = std::move(settings), .now = kNow};
}

std::string listing(std::string_view contents) {
  return R"(<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>b</Name>)"
         "<IsTruncated>false</IsTruncated><KeyCount>1</KeyCount>" +
         std::string{contents} + "</ListBucketResult>";
}

struct Story {
  runtime::ProbeResult host, clock, region, key, path;
};

/// Asks in the order of the table; what the signed listing is answered with decides.
Story ask(Examination& at, const Answer& signed_answer, Duration server_ahead = Duration{0}) {
  Story out;
  out.host = doctor::bucket_host(at, refusal(403, "AccessDenied", kNow + server_ahead));
  out.clock = doctor::clock(at);
  out.region = doctor::region(at, signed_answer);
  out.key = doctor::access_key(at);
  out.path = doctor::data_path(at);
  return out;
}

TEST(UmbrellaDoctor, AllIsWell) {
  Examination at = patient();
  const Story story = ask(
      at, answer(200,
                 listing("<CommonPrefixes><Prefix>2003477_0a1b/dnslogs/</Prefix></CommonPrefixes>"),
                 kNow));
  for (const auto* probe : {&story.host, &story.clock, &story.region, &story.key, &story.path})
    EXPECT_EQ(probe->outcome, Outcome::passed) << probe->meaning;
  EXPECT_THAT(doctor::logs(at).seen, HasSubstr("dnslogs"));
}

TEST(UmbrellaDoctor, AWrongRegion) {
  Examination at = patient();
  Answer moved = refusal(301, "PermanentRedirect", kNow);
  moved->headers.push_back({"x-amz-bucket-region", "eu-central-1"});
  const Story story = ask(at, moved);
  EXPECT_EQ(story.host.outcome, Outcome::passed);
  EXPECT_EQ(story.region.outcome, Outcome::failed);
  EXPECT_THAT(story.region.next_step, HasSubstr("region: eu-central-1"));
}

TEST(UmbrellaDoctor, AWrongPrefix) {
  Examination at = patient();
  const Story story = ask(at, refusal(403, "AccessDenied", kNow));
  EXPECT_EQ(story.region.outcome, Outcome::passed);
  EXPECT_EQ(story.key.outcome, Outcome::passed);
  EXPECT_EQ(story.path.outcome, Outcome::failed);
  EXPECT_THAT(story.path.next_step, HasSubstr("data_path"));
}

TEST(UmbrellaDoctor, AWrongSecretAndAnUnknownKey) {
  Examination at = patient();
  Story story = ask(at, refusal(403, "SignatureDoesNotMatch", kNow));
  EXPECT_EQ(story.key.outcome, Outcome::failed);
  EXPECT_THAT(story.key.next_step, HasSubstr("exactly 40 characters"));
  at = patient();
  story = ask(at, refusal(403, "InvalidAccessKeyId", kNow));
  EXPECT_EQ(story.key.outcome, Outcome::failed);
  EXPECT_THAT(story.key.next_step, HasSubstr("was rotated"));
}

TEST(UmbrellaDoctor, AnExpiredKeyWhateverCodeTheVendorChooses) {
  for (const auto* code : {"AccessDenied", "InvalidAccessKeyId"}) {
    Examination at = patient();
    at.settings->machine.key_created = kNow - hours{24 * 95};
    const Story story = ask(at, refusal(403, code, kNow));
    EXPECT_EQ(story.key.outcome, Outcome::failed) << code;
    EXPECT_EQ(story.key.code, "cisco_umbrella/key-expired") << code;
    EXPECT_THAT(story.key.next_step, HasSubstr("rotate the key")) << code;
  }
}

TEST(UmbrellaDoctor, AWrongClock) {
  Examination at = patient();
  const Story story = ask(at, refusal(403, "RequestTimeTooSkewed", kNow + hours{1}), hours{1});
  EXPECT_EQ(story.host.outcome, Outcome::passed);
  EXPECT_EQ(story.clock.outcome, Outcome::failed);
  EXPECT_THAT(story.clock.next_step, HasSubstr("timedatectl"));
  Examination slow = patient();
  slow.clock_ahead = minutes{3};
  EXPECT_EQ(doctor::clock(slow).outcome, Outcome::warning);
}

TEST(UmbrellaDoctor, TheAgeOfAKey) {
  Examination at = patient();
  EXPECT_EQ(doctor::key_age(at).outcome, Outcome::skipped);
  at.settings->machine.key_created = kNow - hours{24 * 10};
  EXPECT_EQ(doctor::key_age(at).outcome, Outcome::passed);
  at.settings->machine.key_created = kNow - hours{24 * 76};
  EXPECT_EQ(doctor::key_age(at).outcome, Outcome::warning);
  at.settings->machine.key_created = kNow - hours{24 * 89};
  EXPECT_EQ(doctor::key_age(at).outcome, Outcome::failed);
}

TEST(UmbrellaDoctor, FoldersOfOrganisationsAndAHostThatIsNoS3) {
  Examination at = patient();
  at.others = {"2003477", "2003488"};
  EXPECT_THAT(doctor::logs(at).next_step, HasSubstr("2003477, 2003488"));
  Examination portal = patient();
  HttpResponse page;
  page.status = 403;
  page.body = "<html>sign in</html>";
  EXPECT_EQ(doctor::bucket_host(portal, page).outcome, Outcome::failed);
}

TEST(UmbrellaDoctor, StaleExportsAndUnreadableObjects) {
  Examination at = patient();
  at.logs = {"dnslogs"};
  const auto object = [](std::string_view slot) {
    return listing("<Contents><Key>2003477_0a1b/dnslogs/2026-03-10/2026-03-10-" +
                   std::string{slot} +
                   "-1f0c.csv.gz</Key><LastModified>2026-03-10T10:05:00.000Z</LastModified>"
                   "<ETag>\"e\"</ETag><Size>5</Size></Contents>");
  };
  const Answer fresh = answer(200, object("11-50"), kNow);
  EXPECT_EQ(doctor::newest_objects(at, &fresh).outcome, Outcome::passed);
  const Answer stale = answer(200, object("10-00"), kNow);
  EXPECT_EQ(doctor::newest_objects(at, &stale).outcome, Outcome::warning);
  const Answer denied = refusal(403, "AccessDenied", kNow);
  EXPECT_THAT(doctor::reading(at, &denied).next_step, HasSubstr("kms:Decrypt"));
}

}  // namespace
}  // namespace cistern::connectors::cisco_umbrella::test
