// What the machine does when the vendor refuses, throttles, purges, or sends rubbish.
#include "codec/compress.hpp"
#include "connectors/cisco_umbrella/machine_bench.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::cisco_umbrella::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::SizeIs;

const std::string kKey = key_at("2026-03-10-11-50");

MachineBench with_one_object() {
  MachineBench bench;
  bench.bucket.put(kKey, rows("a", 5), at("2026-03-10T11:55:00Z"));
  return bench;
}

bool is_get(const HttpRequest& request) {
  return request.url.find("list-type") == std::string::npos &&
         request.url.find(".csv.gz") != std::string::npos;
}

/// Answers every request, or every GET of an object, so for a while.
void refuse(MachineBench& bench, int status, std::string code, std::string more = {},
            bool gets = false) {
  bench.bucket.fault = [=](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (gets && !is_get(request)) return std::nullopt;
    return refusal(status, code, now, more);
  };
}

TEST(UmbrellaTrouble, PurgedBetweenListingAndReadingIsLostWithItsReason) {
  MachineBench bench = with_one_object();
  bench.bucket.put(key_at("2026-03-10-11-40"), rows("b", 5), at("2026-03-10T11:45:00Z"));
  bench.bucket.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (request.url.find("11-40") == std::string::npos || !is_get(request)) return std::nullopt;
    bench.bucket.objects.erase(key_at("2026-03-10-11-40"));
    return refusal(404, "NoSuchKey", now);
  };
  bench.start();
  bench.run_for(minutes{10});
  const auto row = bench.row_of(key_at("2026-03-10-11-40"));
  ASSERT_TRUE(row);
  EXPECT_EQ(row->state, CoverageState::lost);
  EXPECT_THAT(row->reason, HasSubstr("purged before it could be read"));
  const auto lost = bench.told(Report::Kind::lost);
  ASSERT_EQ(lost.size(), 1U) << lost.back().failure.cause;
  EXPECT_THAT(bench.raws, SizeIs(5));
  EXPECT_GT(bench.through(), at("2026-03-10T11:59:00Z"));
}

TEST(UmbrellaTrouble, AnObjectThatCannotBeReadIsKeptAsItCameAfterThreeTries) {
  MachineBench bench = with_one_object();
  std::string body = codec::gzip(rows("p", 100));
  body[body.size() / 2] = static_cast<char>(body[body.size() / 2] ^ 0x55);
  body.resize(body.size() - 12);
  bench.bucket.put(key_at("2026-03-10-11-40"), body, at("2026-03-10T11:45:00Z"));
  bench.start();
  bench.run_for(minutes{5});
  EXPECT_FALSE(bench.told_code("cisco_umbrella/object-poisoned"));
  EXPECT_LT(bench.through(), at("2026-03-10T11:46:00Z")) << "it holds what counts as complete";
  bench.run_for(minutes{31});
  EXPECT_TRUE(bench.told_code("cisco_umbrella/object-poisoned"));
  EXPECT_THAT(bench.failure_of("cisco_umbrella/object-poisoned").cause,
              HasSubstr("2026-03-10-11-40"));
  EXPECT_EQ(bench.bucket.count("GET " + key_at("2026-03-10-11-40")), 4U);
  ASSERT_FALSE(bench.raws.empty());
  EXPECT_THAT(bench.raws, testing::Contains(body));
  EXPECT_THAT(bench.problems, testing::Not(testing::IsEmpty()));
  EXPECT_GT(bench.through(), at("2026-03-10T12:20:00Z"));
  // It is not fetched again, and the other object was not held up.
  bench.run_for(hours{25});
  EXPECT_EQ(bench.bucket.count("GET " + key_at("2026-03-10-11-40")), 4U);
}

TEST(UmbrellaTrouble, ACutBodyIsFetchedAgainAndStoredOnce) {
  MachineBench bench = with_one_object();
  int cuts = 3;
  bench.bucket.fault = [&](const HttpRequest& request, TimePoint) -> std::optional<Answer> {
    if (!is_get(request) || cuts-- <= 0) return std::nullopt;
    return fail_retry("net/cut", "fewer bytes than announced");
  };
  bench.start();
  bench.run_for(minutes{5});
  EXPECT_THAT(bench.raws, SizeIs(5));
  EXPECT_EQ(bench.repeated(), 0U);
}

TEST(UmbrellaTrouble, AdoptsTheRegionOnceAndThenAsksForIt) {
  MachineBench bench = with_one_object();
  bench.options.endpoint = codec::aws::aws_bucket("contoso-umbrella", "us-east-1").value();
  bench.bucket.fault = [](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (request.url.find("eu-west-1") != std::string::npos) return std::nullopt;
    Answer out = refusal(301, "PermanentRedirect", now,
                         "<Endpoint>evil.example.com</Endpoint><Bucket>contoso-umbrella</Bucket>");
    out->headers.push_back({"x-amz-bucket-region", "eu-west-1"});
    return out;
  };
  bench.start();
  bench.run_for(minutes{5});
  EXPECT_THAT(bench.raws, SizeIs(5));
  EXPECT_THAT(bench.failure_of("cisco_umbrella/other-region").next_step,
              HasSubstr("region: eu-west-1"));
  EXPECT_NE(bench.terms->scope_of("https://contoso-umbrella.s3.eu-west-1.amazonaws.com", "s3"),
            nullptr);
  EXPECT_EQ(bench.told_times("cisco_umbrella/other-region"), 1U);
  for (const HttpRequest& request : bench.sent)
    EXPECT_THAT(request.url, testing::Not(HasSubstr("evil")));
}

TEST(UmbrellaTrouble, ARegionThatLeadsNowhereEndsAsRefusedAndNotInALoop) {
  MachineBench bench = with_one_object();
  bench.options.endpoint = codec::aws::aws_bucket("contoso-umbrella", "us-east-1").value();
  int asked = 0;
  bench.bucket.fault = [&](const HttpRequest&, TimePoint now) -> std::optional<Answer> {
    Answer out = refusal(301, "PermanentRedirect", now);
    out->headers.push_back({"x-amz-bucket-region", ++asked % 2 == 0 ? "us-east-1" : "eu-west-1"});
    return out;
  };
  bench.start();
  bench.run_for(minutes{10});
  EXPECT_LE(asked, 3);
  EXPECT_THAT(bench.told(Report::Kind::refused), testing::Not(testing::IsEmpty()));
}

TEST(UmbrellaTrouble, AWrongClockIsCorrectedOnceForSignatures) {
  MachineBench bench = with_one_object();
  bench.bucket.skew = hours{2};
  bool right = false;
  bench.bucket.fault = [&](const HttpRequest&, TimePoint now) -> std::optional<Answer> {
    const Duration off = bench.terms->clock_offset() - hours{2};
    if (off < minutes{15} && off > minutes{-15}) {
      right = true;
      return std::nullopt;
    }
    return refusal(403, "RequestTimeTooSkewed", now,
                   "<ServerTime>" + format_time_seconds(now) + "Z</ServerTime>");
  };
  bench.start();
  bench.run_for(minutes{5});
  EXPECT_TRUE(right);
  EXPECT_THAT(bench.raws, SizeIs(5));
  EXPECT_EQ(bench.told_times("cisco_umbrella/clock-skew"), 1U);
  EXPECT_THAT(bench.failure_of("cisco_umbrella/clock-skew").cause, HasSubstr("2 h behind"));
}

TEST(UmbrellaTrouble, ARotatedKeyIsSaidToBeOneAndEverythingComesOnceItIsRight) {
  MachineBench bench = with_one_object();
  bench.options.managed = true;
  refuse(bench, 403, "InvalidAccessKeyId");
  bench.start();
  bench.run_for(minutes{30});
  ASSERT_THAT(bench.told(Report::Kind::refused), testing::Not(testing::IsEmpty()));
  const Failure failure = bench.told(Report::Kind::refused).front().failure;
  EXPECT_THAT(failure.next_step, HasSubstr("rotate the key"));
  // A key that was just made may not be known everywhere: asked often at first, then seldom.
  EXPECT_GT(bench.bucket.requests.size(), 8U);
  EXPECT_LT(bench.bucket.requests.size(), 40U);
  bench.bucket.fault = nullptr;
  bench.run_for(minutes{16});
  EXPECT_THAT(bench.raws, SizeIs(5));
}

TEST(UmbrellaTrouble, ADeniedListingNamesThePathAndTheAgeOfTheKey) {
  MachineBench bench = with_one_object();
  bench.options.managed = true;
  bench.options.logs = {"dnslogs"};
  refuse(bench, 403, "AccessDenied");
  bench.start();
  bench.run_for(minutes{20});
  ASSERT_THAT(bench.told(Report::Kind::denied), testing::Not(testing::IsEmpty()));
  const Failure failure = bench.told(Report::Kind::denied).front().failure;
  EXPECT_THAT(failure.next_step, HasSubstr("data_path"));
  EXPECT_THAT(failure.next_step, HasSubstr("90 days"));
  EXPECT_LE(bench.bucket.requests.size(), 4U) << "re-checked every 15 minutes";
}

TEST(UmbrellaTrouble, OneObjectThatMayNotBeReadStandsInNobodysWay) {
  MachineBench bench = with_one_object();
  bench.bucket.put(key_at("2026-03-10-11-40"), rows("b", 5), at("2026-03-10T11:45:00Z"));
  bench.bucket.fault = [](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (!is_get(request) || request.url.find("11-40") == std::string::npos) return std::nullopt;
    return refusal(403, "AccessDenied", now);
  };
  bench.start();
  bench.run_for(minutes{10});
  EXPECT_THAT(bench.raws, SizeIs(5));
  ASSERT_THAT(bench.told(Report::Kind::denied), testing::Not(testing::IsEmpty()));
  EXPECT_THAT(bench.told(Report::Kind::denied).front().failure.next_step, HasSubstr("kms:Decrypt"));
  bench.bucket.fault = nullptr;
  bench.run_for(minutes{16});
  EXPECT_THAT(bench.raws, SizeIs(10));
}

TEST(UmbrellaTrouble, AStormOfSlowDownSlowsDownAndCountsOnce) {
  MachineBench bench;
  for (int i = 10; i < 60; ++i) {
    bench.bucket.put(key_at("2026-03-10-11-" + std::to_string(i)), rows("s", 1),
                     at("2026-03-10T11:59:00Z"));
  }
  refuse(bench, 503, "SlowDown", {}, true);
  bench.start();
  bench.run_for(minutes{10});
  const auto throttled = bench.told(Report::Kind::throttled);
  ASSERT_GT(throttled.size(), 5U);
  // 1 s at first, never more than 60 s, and each burst of four counts once.
  EXPECT_LT(bench.bucket.count("GET "), 120U);
  EXPECT_LE(throttled.back().until - bench.now, seconds{60});
  bench.bucket.fault = nullptr;
  bench.run_for(minutes{2});
  EXPECT_THAT(bench.raws, SizeIs(50));
}

TEST(UmbrellaTrouble, ARefusedTokenGoesOnBehindTheLastKey) {
  MachineBench bench;
  bench.bucket.page_size = 5;
  for (int i = 10; i < 30; ++i) {
    bench.bucket.put(key_at("2026-03-10-11-" + std::to_string(i)), rows("t", 1),
                     at("2026-03-10T11:40:00Z"));
  }
  int refused = 0;
  bench.bucket.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (request.url.find("continuation-token") == std::string::npos || refused >= 2)
      return std::nullopt;
    ++refused;
    return refusal(400, "InvalidArgument", now);
  };
  bench.start();
  bench.run_for(minutes{3});
  EXPECT_EQ(refused, 2);
  EXPECT_THAT(bench.raws, SizeIs(20));
  EXPECT_EQ(bench.bucket.count("GET "), 20U);
}

TEST(UmbrellaTrouble, PagesThatRepeatDoNotGoOnForEver) {
  MachineBench bench = with_one_object();
  bench.options.logs = {"dnslogs"};
  bench.bucket.fault = [&](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (is_get(request)) return std::nullopt;
    return answer(200,
                  "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>" +
                      std::to_string(bench.bucket.requests.size()) +
                      "</NextContinuationToken><Contents><Key>" + kKey +
                      "</Key><LastModified>2026-03-10T11:55:00.000Z</LastModified><ETag>\"e1\""
                      "</ETag><Size>" +
                      std::to_string(bench.bucket.objects.at(kKey).body.size()) +
                      "</Size></Contents></ListBucketResult>",
                  now);
  };
  bench.start();
  bench.run_for(minutes{30});
  EXPECT_LT(bench.bucket.requests.size(), 40U);
  EXPECT_TRUE(bench.told_code("cisco_umbrella/listing-loop"));
  EXPECT_THAT(bench.raws, SizeIs(5));
  EXPECT_LE(bench.through(), at("2026-03-09T12:00:00Z")) << "nothing counts as complete";
}

TEST(UmbrellaTrouble, AnObjectOverTheBoundWaitsAndIsSaidAloud) {
  MachineBench bench = with_one_object();
  bench.options.max_object_size = 1000;
  bench.bucket.put(key_at("2026-03-10-11-40"), rows("big", 100), at("2026-03-10T11:45:00Z"));
  bench.start();
  bench.run_for(minutes{30});
  EXPECT_THAT(bench.raws, SizeIs(5));
  EXPECT_TRUE(bench.told_code("cisco_umbrella/object-over-limit"));
  EXPECT_EQ(bench.row_of(key_at("2026-03-10-11-40"))->state, CoverageState::partial);
  EXPECT_LT(bench.through(), at("2026-03-10T11:46:00Z"));
}

TEST(UmbrellaTrouble, WarnsBeforeAManagedKeyIsNinetyDaysOld) {
  MachineBench bench = with_one_object();
  bench.options.managed = true;
  bench.options.key_created = bench.now - hours{24 * 74};
  bench.start();
  bench.run_for(hours{2});
  EXPECT_FALSE(bench.told_code("cisco_umbrella/key-old"));
  const auto known = bench.told(Report::Kind::credential);
  ASSERT_FALSE(known.empty());
  EXPECT_EQ(known.front().until, *bench.options.key_created + kKeyLife);
  bench.run_for(hours{24});
  EXPECT_EQ(bench.told_times("cisco_umbrella/key-old"), 1U);
  EXPECT_THAT(bench.failure_of("cisco_umbrella/key-old").next_step, HasSubstr("rotate the key"));
  bench.run_for(hours{24 * 13});
  EXPECT_TRUE(bench.told_code("cisco_umbrella/key-ends"));
}

TEST(UmbrellaTrouble, TheAgeOfAKeyNobodyDatedIsCountedFromItsFirstUse) {
  MachineBench bench = with_one_object();
  bench.options.managed = true;
  bench.start();
  bench.run_for(minutes{10});
  bench.now += hours{24 * 76};
  bench.reports.clear();
  bench.start();
  bench.run_for(minutes{10});
  EXPECT_TRUE(bench.told_code("cisco_umbrella/key-old"));
  EXPECT_THAT(bench.failure_of("cisco_umbrella/key-old").cause, HasSubstr("may be older"));
  // Another key begins anew; neither stands in the position in words.
  bench.options.access_key_id = "AKIAEXAMPLEEXAMPLE02";
  bench.reports.clear();
  bench.start();
  bench.run_for(minutes{10});
  EXPECT_FALSE(bench.told_code("cisco_umbrella/key-old"));
  for (const auto& [key, value] : bench.position)
    EXPECT_THAT(value, testing::Not(HasSubstr("AKIA")));
}

TEST(UmbrellaTrouble, SilenceOfTheDnsLogIsWorthAWordAndEnds) {
  MachineBench bench = with_one_object();
  // A backlog is no silence.
  bench.bucket.put(key_at("2026-03-09-13-00"), rows("old", 1), at("2026-03-09T13:05:00Z"));
  bench.start();
  bench.run_for(minutes{20});
  EXPECT_FALSE(bench.told_code("cisco_umbrella/no-new-objects"));
  bench.run_for(minutes{40});
  EXPECT_EQ(bench.told_times("cisco_umbrella/no-new-objects"), 1U);
  bench.bucket.put(key_at("2026-03-10-13-00"), rows("b", 1), bench.now);
  bench.run_for(minutes{12});
  ASSERT_EQ(bench.told_times("cisco_umbrella/no-new-objects"), 2U);
  const auto notices = bench.told(Report::Kind::notice);
  EXPECT_TRUE(notices.back().failure.next_step.empty()) << "the notice ends";
}

TEST(UmbrellaTrouble, AnEmptyFolderSaysWhyAndIsLookedAtAgain) {
  MachineBench bench;
  bench.bucket.put("2003477/dnslogs/2026-03-10/2026-03-10-11-50-1f0c.csv.gz", rows("m", 1),
                   at("2026-03-10T11:55:00Z"));
  bench.start();
  bench.run_for(minutes{20});
  EXPECT_THAT(bench.failure_of("cisco_umbrella/no-logs").next_step, HasSubstr("2003477"));
  bench.bucket.put(kKey, rows("a", 1), bench.now);
  bench.run_for(minutes{6});
  EXPECT_THAT(bench.raws, SizeIs(1));
}

// ---- the queue ----

MachineBench with_queue() {
  MachineBench bench;
  bench.options.queue =
      codec::aws::queue_endpoint("https://sqs.eu-west-1.amazonaws.com/111122223333/umbrella-logs")
          .value();
  return bench;
}

TEST(UmbrellaQueue, AMessageLeadsToItsObjectAndIsDeletedOnceThatIsStored) {
  MachineBench bench = with_queue();
  bench.start();
  bench.run_for(minutes{1});
  bench.bucket.put(kKey, rows("a", 5), bench.now);
  bench.bucket.send("r1", created(bench.bucket.bucket, {kKey}));
  bench.run_for(seconds{30});
  EXPECT_THAT(bench.raws, SizeIs(5));
  EXPECT_TRUE(bench.bucket.messages.empty());
  // The same again: deleted at once, nothing is fetched.
  bench.bucket.send("r2", created(bench.bucket.bucket, {kKey, kKey}));
  bench.run_for(seconds{30});
  EXPECT_TRUE(bench.bucket.messages.empty());
  EXPECT_EQ(bench.bucket.count("GET "), 1U);
  EXPECT_EQ(bench.repeated(), 0U);
}

TEST(UmbrellaQueue, WhileAnObjectFailsItsMessageStaysInvisibleAndIsKept) {
  MachineBench bench = with_queue();
  bench.bucket.put(kKey, rows("a", 5), bench.now);
  refuse(bench, 500, "InternalError", {}, true);
  bench.bucket.send("r1", created(bench.bucket.bucket, {kKey}));
  bench.start();
  bench.run_for(minutes{25});
  ASSERT_EQ(bench.bucket.messages.size(), 1U);
  EXPECT_EQ(bench.bucket.messages.at("r1").receives, 1);
  EXPECT_GE(bench.bucket.count("ChangeMessageVisibility"), 4U);
  bench.bucket.fault = nullptr;
  bench.run_for(minutes{11});
  EXPECT_TRUE(bench.bucket.messages.empty());
  EXPECT_THAT(bench.raws, SizeIs(5));
}

TEST(UmbrellaQueue, AKillBetweenCommitAndDeletionRepeatsNothing) {
  for (std::size_t kill = 0; kill < 8; ++kill) {
    MachineBench bench = with_queue();
    bench.bucket.put(kKey, rows("a", 5), bench.now);
    bench.bucket.send("r1", created(bench.bucket.bucket, {kKey}));
    bench.die_after = kill;
    bench.start();
    bench.run_for(minutes{1});
    bench.start();
    bench.run_for(minutes{15});
    EXPECT_THAT(bench.raws, SizeIs(5)) << kill;
    EXPECT_EQ(bench.repeated(), 0U) << kill;
    EXPECT_TRUE(bench.bucket.messages.empty()) << kill;
  }
}

TEST(UmbrellaQueue, TestsAreDeletedForeignOnesAreLeftAndTheListingFindsTheRest) {
  MachineBench bench = with_queue();
  bench.bucket.send("test", R"({"Service":"Amazon S3","Event":"s3:TestEvent","Time":)"
                            R"("2026-01-05T08:00:00.000Z","Bucket":"contoso-umbrella"})");
  bench.bucket.send("readme", created(bench.bucket.bucket, {"README_FROM_UMBRELLA.txt"}));
  bench.bucket.send("other", created("somebody-else", {kKey}));
  bench.bucket.send("rubbish", "hello");
  // Nobody sent a message for this one.
  bench.bucket.put(kKey, rows("a", 5), bench.now);
  bench.start();
  bench.run_for(minutes{5});
  EXPECT_EQ(bench.bucket.messages.size(), 2U);
  EXPECT_TRUE(bench.bucket.messages.contains("other"));
  EXPECT_TRUE(bench.bucket.messages.contains("rubbish"));
  EXPECT_TRUE(bench.told_code("cisco_umbrella/foreign-messages"));
  EXPECT_THAT(bench.raws, SizeIs(5));
}

TEST(UmbrellaQueue, WhereTheQueueIsRefusedListingGoesOnAndTheNoticeEnds) {
  MachineBench bench = with_queue();
  bench.bucket.put(kKey, rows("a", 5), bench.now);
  bench.bucket.fault = [](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (request.url.find("sqs.") == std::string::npos) return std::nullopt;
    return answer(403, R"({"__type":"com.amazonaws.sqs#InvalidClientTokenId"})", now);
  };
  bench.bucket.send("r1", created("elsewhere", {kKey}));
  bench.start();
  bench.run_for(minutes{5});
  EXPECT_THAT(bench.raws, SizeIs(5));
  EXPECT_THAT(bench.told(Report::Kind::refused), testing::IsEmpty());
  ASSERT_FALSE(bench.told(Report::Kind::notice).empty());
  const std::string code = bench.told(Report::Kind::notice).front().failure.code;
  bench.bucket.fault = nullptr;
  bench.run_for(minutes{16});
  EXPECT_EQ(bench.told_times(code), 2U);
}

TEST(UmbrellaQueue, WhereListingIsDeniedTheQueueGoesOn) {
  MachineBench bench = with_queue();
  bench.bucket.put(kKey, rows("a", 5), bench.now);
  bench.bucket.send("r1", created(bench.bucket.bucket, {kKey}));
  bench.bucket.fault = [](const HttpRequest& request, TimePoint now) -> std::optional<Answer> {
    if (request.url.find("list-type") == std::string::npos) return std::nullopt;
    return refusal(403, "AccessDenied", now);
  };
  bench.start();
  bench.run_for(minutes{2});
  EXPECT_THAT(bench.raws, SizeIs(5));
  EXPECT_TRUE(bench.bucket.messages.empty());
}

}  // namespace
}  // namespace cistern::connectors::cisco_umbrella::test
