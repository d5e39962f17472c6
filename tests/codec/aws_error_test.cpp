#include "codec/aws/aws_error.hpp"

#include "codec/aws/error_table.hpp"

#include <chrono>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::codec::aws {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

HttpResponse response(int status, std::string body, std::vector<HttpHeader> headers = {}) {
  HttpResponse made;
  made.status = status;
  made.headers = std::move(headers);
  made.body = std::move(body);
  return made;
}

std::string s3(std::string_view code, std::string_view more = "") {
  return std::string{"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>"}
      .append(code)
      .append("</Code><Message>Words of the vendor</Message>")
      .append(more)
      .append("<RequestId>4442587FB7D0A2F9</RequestId><HostId>abc</HostId></Error>");
}

std::string sqs(std::string_view type, std::string_view message = "Words of the vendor") {
  return std::string{R"({"__type":")"}.append(type).append(R"(","message":")").append(message) +
         "\"}";
}

Remedy remedy(Operation operation, int status, const std::string& body,
              std::vector<HttpHeader> headers = {}) {
  return row_of(operation, read_error(response(status, body, std::move(headers)))).remedy;
}

TEST(AwsErrors, S3SaysWhatItMeansInItsBody) {
  const AwsError error = read_error(response(403, s3("AccessDenied")));
  EXPECT_EQ(error.code, "AccessDenied");
  EXPECT_EQ(error.message, "Words of the vendor");
  EXPECT_EQ(error.request_id, "4442587FB7D0A2F9");
  EXPECT_TRUE(error.from_aws);
}

TEST(AwsErrors, SqsSaysItInJson) {
  const AwsError error = read_error(
      response(400, sqs("com.amazonaws.sqs#QueueDoesNotExist"), {{"x-amzn-RequestId", "0b1c-2d"}}));
  EXPECT_EQ(error.code, "QueueDoesNotExist");
  EXPECT_EQ(error.message, "Words of the vendor");
  EXPECT_EQ(error.request_id, "0b1c-2d");
}

TEST(AwsErrors, OtherPlacesOfTheSameWords) {
  const std::string query =
      "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>m"
      "</Message></Error><RequestId>r1</RequestId></ErrorResponse>";
  EXPECT_EQ(read_error(response(403, query)).code, "InvalidClientTokenId");
  EXPECT_EQ(read_error(response(403, query)).request_id, "r1");
  const std::string inner =
      "<ErrorResponse><Errors><Error><Code>SignatureDoesNotMatch</Code></Error></Errors>"
      "</ErrorResponse>";
  EXPECT_EQ(read_error(response(403, inner)).code, "SignatureDoesNotMatch");
  EXPECT_EQ(
      read_error(response(400, "", {{"x-amzn-ErrorType", "ThrottlingException:http://x/"}})).code,
      "ThrottlingException");
  EXPECT_EQ(read_error(response(400, R"({"__type":"OverLimit","Message":"big"})")).message, "big");
}

TEST(AwsErrors, ARegionIsTakenOnlyIfItCanBeOne) {
  EXPECT_EQ(
      read_error(response(400, s3("AuthorizationHeaderMalformed", "<Region>eu-central-1</Region>")))
          .region,
      "eu-central-1");
  EXPECT_EQ(read_error(response(301, "", {{"x-amz-bucket-region", "us-west-2"}})).region,
            "us-west-2");
  EXPECT_EQ(read_error(response(301, s3("PermanentRedirect", "<Region>evil.example/</Region>"),
                                {{"x-amz-bucket-region", "a b"}}))
                .region,
            "");
}

TEST(AwsErrors, TheClockIsCorrectedByTheServersOwn) {
  const TimePoint now = *parse_time("2026-01-05T10:30:00Z");
  const AwsError body = read_error(response(
      403, s3("RequestTimeTooSkewed",
              "<RequestTime>20260105T103000Z</RequestTime><ServerTime>2026-01-05T09:30:00Z"
              "</ServerTime><MaxAllowedSkewMilliseconds>900000</MaxAllowedSkewMilliseconds>")));
  EXPECT_EQ(clock_offset(body, now), Duration{std::chrono::hours{-1}});
  const AwsError header = read_error(
      response(403, s3("RequestTimeTooSkewed"), {{"Date", "Mon, 05 Jan 2026 11:00:00 GMT"}}));
  EXPECT_EQ(clock_offset(header, now), Duration{std::chrono::minutes{30}});
  EXPECT_EQ(clock_offset(read_error(response(403, "")), now), std::nullopt);
}

TEST(AwsErrors, WhatTheServerSignedIsKeptWithoutTheSessionToken) {
  const AwsError error = read_error(response(
      403, s3("SignatureDoesNotMatch",
              "<AWSAccessKeyId>AKIA</AWSAccessKeyId><StringToSign>AWS4-HMAC-SHA256\n2026"
              "</StringToSign><CanonicalRequest>GET\n/\n\nhost:h\nx-amz-security-token:PLANTED\n"
              "\nhost</CanonicalRequest>")));
  EXPECT_EQ(error.string_to_sign, "AWS4-HMAC-SHA256\\n2026");
  EXPECT_THAT(error.canonical_request, AllOf(HasSubstr("host:h\\n"), Not(HasSubstr("PLANTED"))));
}

TEST(AwsErrors, HostileBodiesLeaveTheStatusToDecide) {
  for (const std::string& body :
       {std::string{"<!DOCTYPE a [<!ENTITY x \"y\">]><Error><Code>NoSuchKey</Code></Error>"},
        std::string{"<Error><Code>NoSuchKey</Code>"}, std::string{"<Code>NoSuchKey</Code>"},
        std::string{"{\"__type\":\"NoSuchKey\""}, std::string{"[]"}, std::string{"{}"},
        std::string{"\0\0\0", 3}, std::string(100'000, '<'), s3("No Such Key"),
        s3(std::string(500, 'N')),
        "<Error><Code>NoSuchKey</Code>" + std::string(70'000, ' ') + "</Error>"}) {
    const AwsError error = read_error(response(404, body));
    EXPECT_EQ(error.code, "") << body.substr(0, 80);
    EXPECT_LE(error.message.size(), 420U);
    EXPECT_FALSE(error.from_aws);
  }
}

TEST(AwsErrors, EachRefusalHasItsRemedy) {
  using enum Operation;
  EXPECT_EQ(remedy(list, 403, s3("AccessDenied")), Remedy::denied);
  EXPECT_EQ(remedy(get, 403, s3("AccessDenied")), Remedy::denied);
  EXPECT_EQ(remedy(queue, 403, sqs("AccessDeniedException")), Remedy::denied);
  for (const char* code : {"InvalidAccessKeyId", "SignatureDoesNotMatch", "AllAccessDisabled",
                           "AccountProblem", "NoSuchBucket", "ExpiredToken", "InvalidToken"}) {
    EXPECT_EQ(remedy(list, 403, s3(code)), Remedy::refused) << code;
    EXPECT_EQ(remedy(get, 403, s3(code)), Remedy::refused) << code;
  }
  EXPECT_EQ(remedy(list, 403, s3("RequestTimeTooSkewed")), Remedy::correct_clock);
  EXPECT_EQ(remedy(list, 400, s3("AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>")),
            Remedy::adopt_region);
  EXPECT_EQ(remedy(list, 301, s3("PermanentRedirect"), {{"x-amz-bucket-region", "us-west-2"}}),
            Remedy::adopt_region);
  EXPECT_EQ(remedy(list, 301, s3("PermanentRedirect", "<Endpoint>evil.example</Endpoint>")),
            Remedy::refused)
      << "an address out of an answer is not followed";
  EXPECT_EQ(remedy(list, 400, s3("InvalidArgument")), Remedy::restart_listing);
  EXPECT_EQ(remedy(get, 404, s3("NoSuchKey")), Remedy::object_gone);
  EXPECT_EQ(remedy(get, 412, s3("PreconditionFailed")), Remedy::object_changed);
  EXPECT_EQ(remedy(get, 416, s3("InvalidRange")), Remedy::restart_object);
  EXPECT_EQ(remedy(get, 403, s3("InvalidObjectState")), Remedy::set_aside);
  for (const char* code : {"SlowDown", "ServiceUnavailable", "RequestThrottled"})
    EXPECT_EQ(remedy(get, 503, s3(code)), Remedy::throttled) << code;
  EXPECT_EQ(remedy(get, 500, s3("InternalError")), Remedy::retry);
  EXPECT_EQ(remedy(get, 200, s3("InternalError")), Remedy::retry);
  EXPECT_EQ(remedy(get, 502, "<html>bad gateway</html>"), Remedy::retry);
}

TEST(AwsErrors, AQueueHasItsOwn) {
  using enum Operation;
  EXPECT_EQ(remedy(queue, 400, sqs("com.amazonaws.sqs#QueueDoesNotExist")), Remedy::refused);
  EXPECT_EQ(remedy(queue, 400, sqs("AWS.SimpleQueueService.NonExistentQueue")), Remedy::refused);
  EXPECT_EQ(remedy(queue, 404, sqs("ReceiptHandleIsInvalid")), Remedy::forget_message);
  EXPECT_EQ(remedy(queue, 400,
                   sqs("InvalidParameterValue", "Value x for parameter ReceiptHandle is invalid.")),
            Remedy::forget_message);
  EXPECT_EQ(remedy(queue, 400,
                   sqs("InvalidParameterValue", "Value 11 for MaxNumberOfMessages is invalid.")),
            Remedy::refused);
  EXPECT_EQ(remedy(queue, 403, sqs("OverLimit")), Remedy::throttled);
  EXPECT_EQ(remedy(queue, 400, sqs("ThrottlingException")), Remedy::throttled);
  EXPECT_EQ(remedy(queue, 403, sqs("InvalidClientTokenId")), Remedy::refused);
  EXPECT_EQ(remedy(queue, 403,
                   sqs("SignatureDoesNotMatch",
                       "Signature expired: 20260105T093000Z is now "
                       "earlier than 20260105T100000Z")),
            Remedy::correct_clock)
      << "SQS has no code of its own for it";
  EXPECT_EQ(remedy(queue, 403,
                   sqs("SignatureDoesNotMatch",
                       "The request signature we calculated does not "
                       "match")),
            Remedy::refused);
  const AwsError scope = read_error(response(
      403, sqs("SignatureDoesNotMatch", "Credential should be scoped to a valid region.")));
  EXPECT_EQ(row_of(queue, scope).code, "aws/region-untold");
}

TEST(AwsErrors, AnotherServersWordCountsForNothing) {
  using enum Operation;
  for (const int status : {200, 302, 403, 404, 412, 416}) {
    EXPECT_EQ(remedy(get, status, "<html>blocked by policy</html>"), Remedy::retry)
        << "a proxy must not make an object count as gone";
  }
  const std::vector<HttpHeader> ours{{"x-amz-request-id", "A1"}};
  EXPECT_EQ(remedy(get, 404, "", ours), Remedy::object_gone);
  EXPECT_EQ(remedy(get, 412, "", ours), Remedy::object_changed);
  EXPECT_EQ(remedy(get, 416, "", ours), Remedy::restart_object);
  EXPECT_EQ(remedy(list, 404, "", ours), Remedy::refused);
  EXPECT_EQ(remedy(list, 403, "", ours), Remedy::denied);
  EXPECT_EQ(remedy(list, 429, ""), Remedy::throttled);
  EXPECT_EQ(remedy(list, 418, "", ours), Remedy::refused);
  EXPECT_EQ(remedy(list, 403, s3("SomethingNew")), Remedy::denied);
}

TEST(AwsErrors, EveryRowTellsAPersonWhatToDo) {
  std::set<std::string> seen;
  for (const KnownError& known : known_errors()) {
    ASSERT_NE(known.row, nullptr);
    EXPECT_TRUE(known.vendor_code.empty() != (known.status == 0)) << known.vendor_code;
    const std::string name = std::to_string(known.only ? static_cast<int>(*known.only) : 9) + "/" +
                             std::string{known.vendor_code} + "/" + std::to_string(known.status);
    EXPECT_TRUE(seen.insert(name).second) << name << " stands twice";
    EXPECT_TRUE(known.row->code.starts_with("aws/"));
    EXPECT_FALSE(known.row->meaning.empty());
    EXPECT_FALSE(known.row->consequence.empty());
    EXPECT_FALSE(known.row->next_step.empty());
    EXPECT_NE(to_string(known.row->remedy), "");
  }
  const AwsError error = read_error(response(403, s3("InvalidAccessKeyId")));
  const Failure failure = to_failure(row_of(Operation::list, error), error);
  EXPECT_EQ(failure.verdict, Verdict::stop);
  EXPECT_THAT(failure.cause,
              AllOf(HasSubstr("InvalidAccessKeyId"), HasSubstr("status 403"),
                    HasSubstr("Words of the vendor"), HasSubstr("4442587FB7D0A2F9")));
}

}  // namespace
}  // namespace cistern::codec::aws
