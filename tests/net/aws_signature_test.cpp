// Signatures against AWS's published examples, and against what botocore, AWS's own client library,
// makes of other requests.
#include "codec/aws/s3_request.hpp"
#include "codec/aws/sqs.hpp"
#include "net/aws/canonical_request.hpp"
#include "net/aws/signature_v4.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

const char* const kSecretText = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const TimePoint kMay = *parse_time("2013-05-24T00:00:00Z");
const TimePoint kJanuary = *parse_time("2026-01-05T09:30:00Z");

AwsCredentials example_key(const std::string& token = {}) {
  return {"AKIAIOSFODNN7EXAMPLE", Secret{kSecretText}, Secret{token}};
}

HttpRequest get(const std::string& url, std::vector<HttpHeader> headers = {}) {
  HttpRequest request;
  request.url = url;
  request.headers = std::move(headers);
  return request;
}

std::string header(const HttpRequest& request, const std::string& name) {
  for (const HttpHeader& one : request.headers)
    if (one.name == name) return one.value;
  return {};
}

std::string authorization(HttpRequest request, const AwsScope& scope, TimePoint now,
                          AwsCredentials credentials = example_key()) {
  SignatureV4 signer{std::move(credentials)};
  const Status done = signer.sign(request, scope, now);
  return done ? header(request, "Authorization") : done.error().code;
}

std::string signature(HttpRequest request, const AwsScope& scope, TimePoint now,
                      AwsCredentials credentials = example_key()) {
  const std::string value = authorization(std::move(request), scope, now, std::move(credentials));
  const auto at = value.rfind("Signature=");
  return at == std::string::npos ? value : value.substr(at + 10);
}

TEST(SignatureV4, ThePublishedExamplesOfS3) {
  const AwsScope s3{"s3", "us-east-1"};
  const std::string host = "https://examplebucket.s3.amazonaws.com";
  EXPECT_EQ(authorization(get(host + "/test.txt", {{"Range", "bytes=0-9"}}), s3, kMay),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  HttpRequest put = get(host + "/test$file.text", {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                                                   {"x-amz-storage-class", "REDUCED_REDUNDANCY"}});
  put.method = "PUT";
  put.body = "Welcome to Amazon S3.";
  EXPECT_EQ(signature(put, s3, kMay),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  EXPECT_EQ(signature(get(host + "/?lifecycle"), s3, kMay),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  EXPECT_EQ(signature(get(host + "/?max-keys=2&prefix=J"), s3, kMay),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(SignatureV4, ThePublishedTestSuiteOfTheOtherServices) {
  const AwsScope service{"service", "us-east-1"};
  const TimePoint august = *parse_time("2015-08-30T12:36:00Z");
  const auto made = [&](HttpRequest request) {
    return signature(std::move(request), service, august,
                     {"AKIDEXAMPLE", Secret{"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}, {}});
  };
  const std::string host = "https://example.amazonaws.com";
  const char* const vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
  EXPECT_EQ(made(get(host + "/")), vanilla);
  EXPECT_EQ(made(get(host)), vanilla);
  EXPECT_EQ(made(get(host + "/example1/example2/../..")), vanilla);
  EXPECT_EQ(made(get(host + "/?Param2=value2&Param1=value1")),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
  EXPECT_EQ(made(get(host + "//example//")),
            "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84");
  EXPECT_EQ(made(get(host + "/example%20space/")),
            "446b817944c553435b35e813c261ff4e161fff982d1bacdef1c87f6785dd1662")
      << "what is sent encoded is encoded a second time";
  EXPECT_EQ(made(get(host + "/", {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}})),
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
  HttpRequest post = get(host + "/", {{"Content-Type", "application/x-www-form-urlencoded"}});
  post.method = "POST";
  post.body = "Param1=value1";
  EXPECT_EQ(made(post), "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
}

TEST(SignatureV4, OurOwnRequestsToS3) {
  const AwsScope s3{"s3", "eu-west-1"};
  const std::string host = "https://cisco-managed-eu-west-1.s3.eu-west-1.amazonaws.com";
  const std::string list =
      host +
      "/?list-type=2&max-keys=1000&prefix=2003477_0a1b2c3d%2Fdnslogs%2F2026-01-05%2F&"
      "start-after=2003477_0a1b2c3d%2Fdnslogs%2F2026-01-05%2F2026-01-05-08-50";
  EXPECT_EQ(signature(get(list), s3, kJanuary),
            "3a6d4ea986852580415ec286a8c49648b576f866613a0184087136acb90212a0");
  EXPECT_EQ(signature(get(list), s3, kJanuary, example_key("EXAMPLESESSIONTOKEN==")),
            "134dfa4c0f3ca09ab568773c98c9a453642e4c70109a6f5322ad5a6125915053");
  EXPECT_EQ(
      signature(get(host + "/2003477_0a1b2c3d/dnslogs/2026-01-05/2026-01-05-08-50-7f3a.csv.gz"), s3,
                kJanuary),
      "a868f16b966f331bd1c596283fe3c7e91f445cf5739eac536d91a32f17183075");

  const auto managed = codec::aws::aws_bucket("cisco-managed-eu-west-1", "eu-west-1").value();
  EXPECT_EQ(signature(codec::aws::list_objects(
                          managed,
                          {.prefix = "f/dnslogs/",
                           .continuation_token = "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM="}),
                      s3, kJanuary),
            "3215550b8bf7dca2a7615744f7fd49af76cd5d06d9dd558ddaf6df5672ae8bef");
}

TEST(SignatureV4, AKeyOfAnyBytesOnAPortOfItsOwn) {
  const auto bucket =
      codec::aws::compatible_bucket("my.bucket", "http://127.0.0.1:9000", "eu-west-1").value();
  const HttpRequest request =
      codec::aws::get_object(bucket, {.key = "a//b/../ +%?#&=~~é\xFF\n!'()*.csv.gz",
                                      .range = codec::aws::ByteRange{5, 10},
                                      .if_match = "abc"});
  EXPECT_EQ(authorization(request, {"s3", "eu-west-1"}, kJanuary),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260105/eu-west-1/s3/aws4_request, "
            "SignedHeaders=host;if-match;range;x-amz-content-sha256;x-amz-date, "
            "Signature=ca174fb9a973cefc59ee22f32d72af961b0ca26479930fe9b40efbd241957dcd");
}

TEST(SignatureV4, ARequestToSqs) {
  HttpRequest request =
      get("https://sqs.eu-west-1.amazonaws.com/", {{"Content-Type", "application/x-amz-json-1.0"},
                                                   {"X-Amz-Target", "AmazonSQS.ReceiveMessage"}});
  request.method = "POST";
  request.body = R"({"QueueUrl":"https://sqs.eu-west-1.amazonaws.com/111122223333/umbrella-logs",)"
                 R"("MaxNumberOfMessages":10,"WaitTimeSeconds":20,"VisibilityTimeout":600})";
  EXPECT_EQ(authorization(request, {"sqs", "eu-west-1"}, kJanuary),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260105/eu-west-1/sqs/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
            "Signature=10326410a1de0e2c03330aaa91edd4067d34ca654aca8e5adb616da67a3cc8fb");
}

TEST(SignatureV4, SigningAgainReplacesWhatStandsThere) {
  SignatureV4 signer{example_key("token")};
  HttpRequest request = get("https://examplebucket.s3.amazonaws.com/test.txt");
  ASSERT_TRUE(signer.sign(request, {"s3", "us-east-1"}, kJanuary).has_value());
  const std::size_t count = request.headers.size();
  ASSERT_TRUE(signer.sign(request, {"s3", "us-east-1"}, kMay).has_value());
  EXPECT_EQ(request.headers.size(), count);
  EXPECT_EQ(header(request, "X-Amz-Date"), "20130524T000000Z");
  EXPECT_EQ(header(request, "Authorization"),
            authorization(get("https://examplebucket.s3.amazonaws.com/test.txt"),
                          {"s3", "us-east-1"}, kMay, example_key("token")));
  EXPECT_TRUE(request.sensitive);
}

TEST(SignatureV4, KeysOfManyDaysAndRegionsDoNotMix) {
  SignatureV4 signer{example_key()};
  for (int round = 0; round < 2; ++round) {
    for (int day = 0; day < 20; ++day) {
      const std::string region = day % 2 == 0 ? "eu-west-1" : "us-east-1";
      const TimePoint now = kJanuary + std::chrono::hours{24} * day;
      HttpRequest request = get("https://h.example.com/k");
      ASSERT_TRUE(signer.sign(request, {"s3", region}, now).has_value());
      EXPECT_EQ(header(request, "Authorization"),
                authorization(get("https://h.example.com/k"), {"s3", region}, now));
    }
  }
}

TEST(SignatureV4, TheSecretIsNowhereInTheRequest) {
  SignatureV4 signer{example_key()};
  HttpRequest request = get("https://examplebucket.s3.amazonaws.com/test.txt");
  ASSERT_TRUE(signer.sign(request, {"s3", "us-east-1"}, kMay).has_value());
  for (const HttpHeader& one : request.headers)
    EXPECT_THAT(one.value, Not(HasSubstr(kSecretText)));
}

TEST(SignatureV4, WhatCannotBeSentIsNotSigned) {
  const AwsScope s3{"s3", "us-east-1"};
  EXPECT_EQ(authorization(get("examplebucket/test.txt"), s3, kMay), "aws/unsignable");
  EXPECT_EQ(authorization(get("https://h.example.com/", {{"Host", "other"}}), s3, kMay),
            "aws/unsignable");
  EXPECT_EQ(authorization(get("https://h.example.com/", {{"X", "a\r\nY: b"}}), s3, kMay),
            "aws/unsignable");
}

TEST(CanonicalRequest, WhatAProxyMayChangeIsNotSigned) {
  const auto canonical =
      canonical_request(get("https://h.example.com:443/k", {{"Accept-Encoding", "identity"},
                                                            {"User-Agent", "x"},
                                                            {"X-Two", "a"},
                                                            {"x-two", " b  c "}}),
                        "s3", "e3b0");
  ASSERT_TRUE(canonical.has_value());
  EXPECT_EQ(canonical->signed_headers, "host;x-two");
  EXPECT_EQ(canonical->text, "GET\n/k\n\nhost:h.example.com\nx-two:a,b c\n\nhost;x-two\ne3b0");
}

TEST(CanonicalRequest, ThePortIsSignedUnlessItIsTheSchemesOwn) {
  const auto text = [](const char* url) { return canonical_request(get(url), "s3", "x")->text; };
  EXPECT_THAT(text("http://h.example.com:443/"), HasSubstr("host:h.example.com:443\n"));
  EXPECT_THAT(text("http://h.example.com:80/"), HasSubstr("host:h.example.com\n"));
  EXPECT_THAT(text("https://[::1]:8443/"), HasSubstr("host:[::1]:8443\n"));
}

TEST(CanonicalRequest, QueriesAreSortedByTheirEncodedNamesAndValues) {
  EXPECT_EQ(canonical_query("b=2&a=2&a=1&a&A=x&%7Ea=%7e&c=+"), "A=x&a=&a=1&a=2&b=2&c=%2B&~a=~");
  EXPECT_EQ(canonical_query("&&x=1&"), "x=1");
  EXPECT_EQ(canonical_query("p=a%2"), "p=a%252");
  EXPECT_EQ(canonical_query(""), "");
}

TEST(CanonicalRequest, OnlyS3KeepsItsPathsAsTheyAre) {
  EXPECT_EQ(canonical_path("/a//b/../c%20d$", "s3"), "/a//b/../c%20d%24");
  EXPECT_EQ(canonical_path("/a//b/../c%20d$", "sqs"), "/a/c%2520d%24");
  EXPECT_EQ(canonical_path("", "sqs"), "/");
  EXPECT_EQ(canonical_path("/..", "sqs"), "/");
  EXPECT_EQ(canonical_path("/a/b/.", "sqs"), "/a/b/");
}

}  // namespace
}  // namespace cistern::net
