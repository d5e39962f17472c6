#include "codec/aws/sqs.hpp"
#include "codec/json.hpp"
#include "codec/json_paths.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::codec::aws {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

QueueEndpoint queue() {
  return queue_endpoint("https://sqs.eu-west-1.amazonaws.com/111122223333/umbrella-logs").value();
}

std::string header(const HttpRequest& request, const std::string& name) {
  for (const HttpHeader& one : request.headers)
    if (one.name == name) return one.value;
  return {};
}

std::string field(const HttpRequest& request, std::string_view path) {
  return std::string{find_json_path(request.body, path)};
}

std::string message(const std::string& md5, const std::string& body = "hello") {
  return R"({"MessageId":"m1","ReceiptHandle":"AQEB+/=","MD5OfBody":")" + md5 + R"(","Body":")" +
         body +
         R"(","Attributes":{"ApproximateReceiveCount":"3","SentTimestamp":"1767602469120"}})";
}

/// The failure's code, or "read".
template <class T>
std::string code_of(const Result<T>& result) {
  return result ? "read" : result.error().code;
}

const char* const kHelloMd5 = "5d41402abc4b2a76b9719d911017c592";

TEST(Sqs, ReceivingWaitsAsLongAsItSaysAndTheRequestALittleLonger) {
  const HttpRequest request = receive_messages(queue(), {});
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://sqs.eu-west-1.amazonaws.com/");
  EXPECT_EQ(header(request, "Content-Type"), "application/x-amz-json-1.0");
  EXPECT_EQ(header(request, "X-Amz-Target"), "AmazonSQS.ReceiveMessage");
  EXPECT_EQ(field(request, "QueueUrl"),
            "\"https://sqs.eu-west-1.amazonaws.com/111122223333/umbrella-logs\"");
  EXPECT_EQ(field(request, "MaxNumberOfMessages"), "10");
  EXPECT_EQ(field(request, "WaitTimeSeconds"), "20");
  EXPECT_EQ(field(request, "VisibilityTimeout"), "600");
  EXPECT_GT(request.timeout, Duration{seconds{20}});
  const HttpRequest bounded =
      receive_messages(queue(), {.most = 99, .wait = hours{1}, .visibility = hours{99}});
  EXPECT_EQ(field(bounded, "MaxNumberOfMessages"), "10");
  EXPECT_EQ(field(bounded, "WaitTimeSeconds"), "20");
  EXPECT_EQ(field(bounded, "VisibilityTimeout"), "43200");
}

TEST(Sqs, MessagesAreRead) {
  const auto read = read_messages(R"({"Messages":[)" + message(kHelloMd5) + "]}");
  ASSERT_TRUE(read.has_value()) << read.error().sentence();
  ASSERT_EQ(read->messages.size(), 1U);
  EXPECT_EQ(read->messages[0].id, "m1");
  EXPECT_EQ(read->messages[0].receipt, "AQEB+/=");
  EXPECT_EQ(read->messages[0].body, "hello");
  EXPECT_EQ(read->messages[0].receive_count, 3U);
  EXPECT_EQ(format_time(read->messages[0].sent), "2026-01-05T08:41:09.120Z");
  EXPECT_EQ(read->damaged, 0U);
}

TEST(Sqs, AnEmptyQueueIsNoFailure) {
  for (const char* body : {"{}", R"({"Messages":[]})", R"({"Messages":null})"}) {
    const auto read = read_messages(body);
    ASSERT_TRUE(read.has_value()) << body;
    EXPECT_TRUE(read->messages.empty());
  }
}

TEST(Sqs, AMessageThatWasDamagedOnItsWayStaysInTheQueue) {
  const auto read =
      read_messages(R"({"Messages":[)" + message(kHelloMd5, "hellp") + "," + message(kHelloMd5) +
                    "," + R"({"MessageId":"m2","Body":"x"},7,{"ReceiptHandle":"r"}]})");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->messages.size(), 1U);
  EXPECT_EQ(read->damaged, 4U);
}

TEST(Sqs, TheMd5IsThatOfTheUnescapedBody) {
  const auto read = read_messages(
      R"({"Messages":[)" + message("5d41402abc4b2a76b9719d911017c592", R"(h\u0065llo)") + "]}");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->messages.size(), 1U);
}

TEST(Sqs, WhatIsNoAnswerIsAskedForAgain) {
  std::string eleven = message(kHelloMd5);
  for (int i = 0; i < 10; ++i)
    eleven += "," + message(kHelloMd5);
  for (const std::string& body :
       {std::string{}, std::string{"<html/>"}, std::string{"[]"}, std::string{"{"},
        std::string{R"({"Messages":7})"}, R"({"Messages":[)" + eleven + "]}"}) {
    const auto read = read_messages(body);
    ASSERT_FALSE(read.has_value()) << body.substr(0, 60);
    EXPECT_EQ(code_of(read), "aws/queue-answer");
    EXPECT_EQ(read.error().verdict, Verdict::retry);
  }
}

TEST(Sqs, BatchesNameTheirEntriesByIndex) {
  const std::vector<std::string> receipts{"r\"1", "r2"};
  const HttpRequest request = delete_messages(queue(), receipts);
  EXPECT_EQ(header(request, "X-Amz-Target"), "AmazonSQS.DeleteMessageBatch");
  EXPECT_EQ(field(request, "Entries"),
            R"([{"Id":"0","ReceiptHandle":"r\"1"},{"Id":"1","ReceiptHandle":"r2"}])");
  const HttpRequest longer = change_visibility(queue(), receipts, seconds{300});
  EXPECT_EQ(header(longer, "X-Amz-Target"), "AmazonSQS.ChangeMessageVisibilityBatch");
  EXPECT_THAT(longer.body, ::testing::HasSubstr(R"("ReceiptHandle":"r2","VisibilityTimeout":300)"));
  EXPECT_THROW(delete_messages(queue(), {}), std::logic_error);
  EXPECT_THROW(delete_messages(queue(), std::vector<std::string>(11, "r")), std::logic_error);
}

TEST(Sqs, AnEntryHasSucceededOnlyIfTheAnswerSaysSo) {
  const auto failures = read_batch(
      R"({"Successful":[{"Id":"0"},{"Id":"9"},7],"Failed":[{"Id":"2","Code":"InternalError",)"
      R"("Message":"try again","SenderFault":false},{"Id":"3","Code":"ReceiptHandleIsInvalid",)"
      R"("SenderFault":true},{"Id":"x"}]})",
      4);
  ASSERT_TRUE(failures.has_value());
  ASSERT_EQ(failures->size(), 3U);
  EXPECT_EQ((*failures)[0].index, 2U);
  EXPECT_EQ((*failures)[0].code, "InternalError");
  EXPECT_FALSE((*failures)[0].ours);
  EXPECT_EQ((*failures)[1].index, 3U);
  EXPECT_TRUE((*failures)[1].ours);
  EXPECT_EQ((*failures)[2].index, 1U) << "nothing was said of it";
  EXPECT_TRUE(read_batch(R"({"Successful":[{"Id":"0"}]})", 1)->empty());
  EXPECT_EQ(read_batch("{}", 2)->size(), 2U);
  EXPECT_EQ(code_of(read_batch("[]", 2)), "aws/queue-answer");
}

TEST(Sqs, AttributesAreRead) {
  const HttpRequest request = queue_attributes(queue());
  EXPECT_EQ(header(request, "X-Amz-Target"), "AmazonSQS.GetQueueAttributes");
  const auto read = read_attributes(
      R"({"Attributes":{"ApproximateNumberOfMessages":"12","VisibilityTimeout":"30",)"
      R"("ApproximateNumberOfMessagesNotVisible":"3","MessageRetentionPeriod":"345600",)"
      R"("RedrivePolicy":"{\"deadLetterTargetArn\":\"arn\",\"maxReceiveCount\":\"5\"}"}})");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->waiting, 12U);
  EXPECT_EQ(read->in_flight, 3U);
  EXPECT_EQ(read->visibility, Duration{seconds{30}});
  EXPECT_EQ(read->retention, Duration{hours{96}});
  EXPECT_EQ(read->max_receive_count, 5U);
  EXPECT_EQ(read_attributes(R"({"Attributes":{}})")->waiting, std::nullopt);
  EXPECT_EQ(code_of(read_attributes("{}")), "aws/queue-answer");
}

}  // namespace
}  // namespace cistern::codec::aws
