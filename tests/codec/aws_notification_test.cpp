#include "codec/aws/notification.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::codec::aws {
namespace {

using ::testing::HasSubstr;

std::string record(const std::string& key, const std::string& event = "ObjectCreated:Put",
                   const std::string& version = "2.1", const std::string& source = "aws:s3") {
  return R"({"eventVersion":")" + version + R"(","eventSource":")" + source +
         R"(","awsRegion":"eu-west-1","eventTime":"2026-01-05T08:41:09.120Z","eventName":")" +
         event +
         R"(","userIdentity":{"principalId":"AWS:EXAMPLE"},"s3":{"s3SchemaVersion":"1.0",)"
         R"("configurationId":"umbrella","bucket":{"name":"contoso-umbrella","arn":"arn"},)"
         R"("object":{"key":")" +
         key + R"(","size":48213,"eTag":"9b2cf535","sequencer":"00659F2A4C5D6E7F80"}}})";
}

std::string records(const std::string& inside) {
  return R"({"Records":[)" + inside + "]}";
}

std::string escaped(const std::string& json) {
  std::string out;
  for (const char c : json) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string through_sns(const std::string& message, const std::string& type = "Notification") {
  return R"({"Type":")" + type +
         R"(","MessageId":"m1","TopicArn":"arn:aws:sns:eu-west-1:111122223333:logs",)"
         R"("Subject":"Amazon S3 Notification","Message":")" +
         escaped(message) + R"(","SignatureVersion":"1"})";
}

std::string event_bridge(const std::string& key, const std::string& type = "Object Created") {
  return R"({"version":"0","id":"1","detail-type":")" + type +
         R"(","source":"aws.s3","time":"2026-01-05T08:41:09Z","region":"eu-west-1","detail":)"
         R"({"version":"0","bucket":{"name":"contoso-umbrella"},"object":{"key":")" +
         key + R"(","size":1,"etag":"e","sequencer":"00"},"reason":"PutObject"}})";
}

std::string code_of(const std::string& body) {
  const auto notification = read_notification(body);
  if (notification) return "read";
  EXPECT_EQ(notification.error().verdict, Verdict::set_aside);
  EXPECT_FALSE(notification.error().next_step.empty());
  return notification.error().code;
}

TEST(S3Notification, NamesTheObjectWithItsKeyDecoded) {
  const auto read = read_notification(records(record("dnslogs/a+b%2Bc%C3%A9%0A.csv.gz")));
  ASSERT_TRUE(read.has_value()) << read.error().sentence();
  EXPECT_EQ(read->carrier, Notification::Carrier::s3);
  ASSERT_EQ(read->objects.size(), 1U);
  const CreatedObject& object = read->objects[0];
  EXPECT_EQ(object.bucket, "contoso-umbrella");
  EXPECT_EQ(object.region, "eu-west-1");
  EXPECT_EQ(object.key, "dnslogs/a b+cé\n.csv.gz");
  EXPECT_EQ(object.etag, "9b2cf535");
  EXPECT_EQ(object.sequencer, "00659F2A4C5D6E7F80");
  EXPECT_EQ(object.size, 48213U);
  EXPECT_EQ(format_time(object.time), "2026-01-05T08:41:09.120Z");
}

TEST(S3Notification, SeveralRecordsOfWhichSomeAreNoConcernOfOurs) {
  const auto read = read_notification(
      records(record("a") + "," + record("b", "ObjectRemoved:Delete") + "," +
              record("c", "s3:ObjectCreated:CompleteMultipartUpload", "2.5", "minio:s3") + "," +
              record("d", "ObjectRestore:Completed")));
  ASSERT_TRUE(read.has_value()) << read.error().sentence();
  ASSERT_EQ(read->objects.size(), 2U);
  EXPECT_EQ(read->objects[0].key, "a");
  EXPECT_EQ(read->objects[1].key, "c");
  EXPECT_EQ(read->other_events, 2U);
  EXPECT_EQ(read->unreadable, 0U);
}

TEST(S3Notification, ARecordWithoutUsableKeyKeepsTheMessageButNotTheOthersBack) {
  const auto read = read_notification(records(record("") + "," + record("a%2") + "," +
                                              record(std::string(1025, 'k')) + "," + record("b")));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->objects.size(), 1U);
  EXPECT_EQ(read->unreadable, 3U);
  EXPECT_THAT(read->problem, HasSubstr("key"));
}

TEST(S3Notification, TheTestMessageIsKnown) {
  const std::string test =
      R"({"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-01-05T08:00:00.000Z",)"
      R"("Bucket":"contoso-umbrella","RequestId":"r","HostId":"h"})";
  for (const std::string& body : {test, through_sns(test)}) {
    const auto read = read_notification(body);
    ASSERT_TRUE(read.has_value());
    EXPECT_TRUE(read->test);
    EXPECT_TRUE(read->objects.empty());
  }
}

TEST(S3Notification, SnsIsUnwrapped) {
  const auto read = read_notification(through_sns(records(record("a+b"))));
  ASSERT_TRUE(read.has_value()) << read.error().sentence();
  EXPECT_EQ(read->carrier, Notification::Carrier::sns);
  ASSERT_EQ(read->objects.size(), 1U);
  EXPECT_EQ(read->objects[0].key, "a b");
  EXPECT_EQ(code_of(through_sns(through_sns(records(record("a"))))), "aws/notification");
  EXPECT_EQ(code_of(through_sns("hello")), "aws/notification");
  EXPECT_EQ(code_of(through_sns("confirm", "SubscriptionConfirmation")),
            "aws/notification-subscription");
}

TEST(S3Notification, EventBridgesKeysAreTakenAsTheyAre) {
  for (const std::string& body : {event_bridge("a+b%2Bc"), through_sns(event_bridge("a+b%2Bc"))}) {
    const auto read = read_notification(body);
    ASSERT_TRUE(read.has_value()) << read.error().sentence();
    ASSERT_EQ(read->objects.size(), 1U);
    EXPECT_EQ(read->objects[0].key, "a+b%2Bc");
    EXPECT_EQ(read->objects[0].bucket, "contoso-umbrella");
    EXPECT_EQ(read->objects[0].size, 1U);
  }
  EXPECT_EQ(read_notification(event_bridge("a", "Object Deleted"))->other_events, 1U);
}

TEST(S3Notification, VersionsBeyondTheKnownOnesAreNotGuessedAt) {
  EXPECT_EQ(code_of(records(record("a", "ObjectCreated:Put", "2.9"))), "read");
  for (const char* version : {"3.0", "1.0", "", "20"})
    EXPECT_EQ(code_of(records(record("a", "ObjectCreated:Put", version))),
              "aws/notification-version")
        << version;
}

TEST(S3Notification, AnythingElseIsLeftInTheQueue) {
  for (const std::string& body :
       {std::string{}, std::string{"hello"}, std::string{"[]"}, std::string{"{}"},
        std::string{"null"}, std::string{R"({"Records":{}})"}, std::string{R"({"Records":[1]})"},
        std::string{R"({"Records":[{}]})"}, std::string{R"({"Records":["x"]})"},
        records(record("a")).substr(0, 200), records(record("a")) + "x", records(record("\xFF")),
        records(record("a", "ObjectCreated:Put", "2.1", "aws:sns")), std::string(1U << 21, ' '),
        std::string(100'000, '['),
        std::string{R"({"detail-type":"Object Created","source":"aws.ec2"})"},
        std::string{R"({"Type":"Notification"})"}})
    EXPECT_EQ(code_of(body), "aws/notification") << body.substr(0, 100);
}

TEST(S3Notification, AnEmptyListNamesNothing) {
  const auto read = read_notification(records(""));
  ASSERT_TRUE(read.has_value());
  EXPECT_TRUE(read->objects.empty());
  EXPECT_FALSE(read->test);
}

TEST(S3Notification, SequencersCompareAsIfPaddedBehind) {
  EXPECT_EQ(compare_sequencers("00659F2A", "00659f2a00"), std::strong_ordering::equal);
  EXPECT_EQ(compare_sequencers("00659F2A", "00659F2A01"), std::strong_ordering::less);
  EXPECT_EQ(compare_sequencers("01", "00FFFF"), std::strong_ordering::greater);
  EXPECT_EQ(compare_sequencers("0A", "09"), std::strong_ordering::greater);
  EXPECT_EQ(compare_sequencers("", "00"), std::nullopt);
  EXPECT_EQ(compare_sequencers("0G", "00"), std::nullopt);
  EXPECT_EQ(compare_sequencers(std::string(65, '0'), "00"), std::nullopt);
}

}  // namespace
}  // namespace cistern::codec::aws
