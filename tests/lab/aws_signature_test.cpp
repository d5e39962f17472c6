#include "base/bytes.hpp"
#include "lab/aws/signature.hpp"
#include "lab/entra/crypto.hpp"

#include <gtest/gtest.h>

namespace cistern::lab {
namespace {

constexpr std::string_view kEmpty =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

struct Case {
  std::string method;
  std::string path;
  Parameters query;
  std::vector<Header> headers;
  std::string body;
  std::string signed_headers;
  std::string date;
  std::string region;
  std::string service;
  std::string signature;
};

Request request_of(const Case& one) {
  Request request;
  request.method = one.method;
  request.path = one.path;
  request.query = one.query;
  request.headers = one.headers;
  request.body = one.body;
  const bool with_time = std::any_of(one.headers.begin(), one.headers.end(),
                                     [](const Header& one) { return one.name == "x-amz-date"; });
  EXPECT_TRUE(with_time);
  request.headers.push_back(
      {"Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/" + one.date + "/" +
                            one.region + "/" + one.service + "/aws4_request,SignedHeaders=" +
                            one.signed_headers + ",Signature=" + one.signature});
  return request;
}

SignatureFault fault_of(const Request& request, std::string_view service, TimePoint now) {
  return check_signature(request, {service, service == "s3", now,
                                   [](std::string_view id) -> std::optional<std::string> {
                                     if (id != "AKIAIOSFODNN7EXAMPLE") return std::nullopt;
                                     return std::string(kSecret);
                                   }})
      .fault;
}

std::vector<Case> published() {
  const Header host{"Host", "examplebucket.s3.amazonaws.com"};
  const Header time{"x-amz-date", "20130524T000000Z"};
  const Header empty{"x-amz-content-sha256", std::string(kEmpty)};
  const std::string welcome = "Welcome to Amazon S3.";
  return {{"GET",
           "/test.txt",
           {},
           {host, time, empty, {"Range", "bytes=0-9"}},
           "",
           "host;range;x-amz-content-sha256;x-amz-date",
           "20130524",
           "us-east-1",
           "s3",
           "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
          {"PUT",
           "/test$file.text",
           {},
           {host,
            time,
            {"x-amz-content-sha256", hex_encode(sha256(welcome))},
            {"Date", "Fri, 24 May 2013 00:00:00 GMT"},
            {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
           welcome,
           "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
           "20130524",
           "us-east-1",
           "s3",
           "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
          {"GET",
           "/",
           {{"lifecycle", ""}},
           {host, time, empty},
           "",
           "host;x-amz-content-sha256;x-amz-date",
           "20130524",
           "us-east-1",
           "s3",
           "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
          {"GET",
           "/",
           {{"prefix", "J"}, {"max-keys", "2"}},
           {host, time, empty},
           "",
           "host;x-amz-content-sha256;x-amz-date",
           "20130524",
           "us-east-1",
           "s3",
           "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"}};
}

TEST(AwsSignature, TakesThePublishedVectors) {
  for (const auto& one : published()) {
    EXPECT_EQ(fault_of(request_of(one), "s3", *parse_time("2013-05-24T00:00:00Z")),
              SignatureFault::none)
        << one.signature;
  }
}

TEST(AwsSignature, TakesAQueuesRequest) {
  const std::string body =
      R"({"QueueUrl":"https://sqs.eu-west-1.amazonaws.com/111122223333/umbrella-logs",)"
      R"("MaxNumberOfMessages":10,"WaitTimeSeconds":20,"VisibilityTimeout":600})";
  const Case one{"POST",
                 "/",
                 {},
                 {{"Host", "sqs.eu-west-1.amazonaws.com"},
                  {"Content-Type", "application/x-amz-json-1.0"},
                  {"X-Amz-Target", "AmazonSQS.ReceiveMessage"},
                  {"x-amz-date", "20260105T093000Z"}},
                 body,
                 "content-type;host;x-amz-date;x-amz-target",
                 "20260105",
                 "eu-west-1",
                 "sqs",
                 "10326410a1de0e2c03330aaa91edd4067d34ca654aca8e5adb616da67a3cc8fb"};
  EXPECT_EQ(fault_of(request_of(one), "sqs", *parse_time("2026-01-05T09:30:00Z")),
            SignatureFault::none);
}

TEST(AwsSignature, RefusesWhatWasChangedBehindIt) {
  const auto now = *parse_time("2013-05-24T00:00:00Z");
  const auto one = published().front();
  auto other_path = request_of(one);
  other_path.path = "/test.tx";
  EXPECT_EQ(fault_of(other_path, "s3", now), SignatureFault::wrong);
  auto other_range = request_of(one);
  other_range.headers[3].value = "bytes=0-90";
  EXPECT_EQ(fault_of(other_range, "s3", now), SignatureFault::wrong);
  auto other_query = request_of(one);
  other_query.query.emplace_back("versionId", "3");
  EXPECT_EQ(fault_of(other_query, "s3", now), SignatureFault::wrong);
  auto body = request_of(one);
  body.body = "x";
  EXPECT_EQ(fault_of(body, "s3", now), SignatureFault::payload_differs);
  auto more = request_of(one);
  more.headers.push_back({"x-amz-security-token", "stolen"});
  EXPECT_EQ(fault_of(more, "s3", now), SignatureFault::headers_unsigned);
}

TEST(AwsSignature, NamesWhatIsWrongWithTheRequest) {
  const auto now = *parse_time("2013-05-24T00:00:00Z");
  const auto one = published()[2];
  EXPECT_EQ(fault_of(request_of(one), "s3", now + std::chrono::minutes{15}), SignatureFault::none);
  EXPECT_EQ(fault_of(request_of(one), "s3", now + std::chrono::minutes{16}),
            SignatureFault::skewed);
  EXPECT_EQ(fault_of(request_of(one), "s3", now - std::chrono::minutes{16}),
            SignatureFault::skewed);
  EXPECT_EQ(fault_of(request_of(one), "sqs", now), SignatureFault::other_service);
  auto plain = request_of(one);
  plain.headers.pop_back();
  EXPECT_EQ(fault_of(plain, "s3", now), SignatureFault::missing);
  auto unhashed = request_of(one);
  unhashed.headers.erase(unhashed.headers.begin() + 2);
  EXPECT_EQ(fault_of(unhashed, "s3", now), SignatureFault::no_payload_hash);
  auto unknown = request_of(one);
  auto& header = unknown.headers.back().value;
  header.replace(header.find("AKIA"), 4, "ASIA");
  EXPECT_EQ(fault_of(unknown, "s3", now), SignatureFault::unknown_key);
}

}  // namespace
}  // namespace cistern::lab
