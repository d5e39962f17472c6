#include "codec/aws/endpoint.hpp"
#include "codec/aws/signing_terms.hpp"
#include "codec/aws/uri.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::codec::aws {
namespace {

/// The failure's code, or "read".
template <class T>
std::string code_of(const Result<T>& result) {
  return result ? "read" : result.error().code;
}

TEST(AwsUri, EveryByteOfAKeyButTheUnreservedIsEncoded) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte)
    all += static_cast<char>(byte);
  const std::string encoded = encode_key(all);
  EXPECT_EQ(encoded.substr(0, 9), "%00%01%02");
  EXPECT_NE(encoded.find("%20%21%22%23%24%25%26%27%28%29%2A%2B%2C-./0123456789%3A"),
            std::string::npos);
  EXPECT_NE(encoded.find("%5E_%60"), std::string::npos);
  EXPECT_NE(encoded.find("%7D~%7F%80"), std::string::npos);
  EXPECT_EQ(encoded.substr(encoded.size() - 3), "%FF");
  EXPECT_EQ(percent_decode(encoded), all);
}

TEST(AwsUri, SlashesAndDotsOfAKeyStayAsTheyAre) {
  EXPECT_EQ(encode_key("/a//b/../c"), "/a//b/../c");
}

TEST(AwsUri, APlusIsABlankInFormsOnly) {
  EXPECT_EQ(form_decode("a+b%2Bc"), "a b+c");
  EXPECT_EQ(percent_decode("a+b%2Bc"), "a+b+c");
}

TEST(AwsUri, BrokenEscapesAreRefused) {
  for (const char* text : {"%", "%2", "a%", "%G0", "%0G", "%-1", "% 1"}) {
    EXPECT_EQ(form_decode(text), std::nullopt) << text;
    EXPECT_EQ(percent_decode(text), std::nullopt) << text;
  }
}

TEST(AwsEndpoint, AManagedBucketIsAskedUnderItsOwnHost) {
  const auto bucket = aws_bucket("cisco-managed-eu-west-1", "eu-west-1");
  ASSERT_TRUE(bucket.has_value());
  EXPECT_EQ(bucket->origin, "https://cisco-managed-eu-west-1.s3.eu-west-1.amazonaws.com");
  EXPECT_FALSE(bucket->in_path);
}

TEST(AwsEndpoint, ANameThatFitsNoHostLabelGoesIntoThePath) {
  for (const char* name : {"logs.contoso.com", "Contoso-Logs", "old_bucket"}) {
    const auto bucket = aws_bucket(name, "us-east-1");
    ASSERT_TRUE(bucket.has_value()) << name;
    EXPECT_TRUE(bucket->in_path) << name;
    EXPECT_EQ(bucket->origin, "https://s3.us-east-1.amazonaws.com");
    const auto refused = aws_bucket(name, "us-east-1", Addressing::virtual_hosted);
    ASSERT_FALSE(refused.has_value()) << name;
    EXPECT_EQ(code_of(refused), "aws/addressing");
    EXPECT_FALSE(refused.error().next_step.empty());
  }
}

TEST(AwsEndpoint, PartitionsHaveDomainsOfTheirOwn) {
  EXPECT_EQ(aws_bucket("logs", "cn-north-1")->origin,
            "https://logs.s3.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(aws_bucket("logs", "us-gov-west-1")->origin,
            "https://logs.s3.us-gov-west-1.amazonaws.com");
  EXPECT_EQ(aws_bucket("logs", "eusc-de-east-1")->origin,
            "https://logs.s3.eusc-de-east-1.amazonaws.eu");
}

TEST(AwsEndpoint, NamesThatCouldLeaveTheHostAreRefused) {
  for (const char* name : {"", "ab", "a/b", "evil.example.com/x", "a b c", "-abc", "abc-", "a..b",
                           "bucket#", "bucket@host", "s3://bucket"})
    EXPECT_EQ(code_of(aws_bucket(name, "eu-west-1")), "aws/bucket") << name;
  for (const char* region : {"", "eu west", "EU-WEST-1", "eu-west-1.evil.example", "a/b", "x@y",
                             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
    EXPECT_EQ(code_of(aws_bucket("logs", region)), "aws/region") << region;
}

TEST(AwsEndpoint, ACompatibleServerIsAskedByPathUnlessToldOtherwise) {
  const auto path = compatible_bucket("contoso-umbrella", "HTTP://127.0.0.1:9000/", "us-east-1");
  ASSERT_TRUE(path.has_value());
  EXPECT_TRUE(path->in_path);
  EXPECT_EQ(path->origin, "http://127.0.0.1:9000");
  const auto hosted = compatible_bucket("contoso-umbrella", "https://minio.example.com:443",
                                        "us-east-1", Addressing::virtual_hosted);
  ASSERT_TRUE(hosted.has_value());
  EXPECT_EQ(hosted->origin, "https://contoso-umbrella.minio.example.com");
  EXPECT_EQ(code_of(compatible_bucket("logs", "http://127.0.0.1:9000", "us-east-1",
                                      Addressing::virtual_hosted)),
            "aws/addressing");
  for (const char* endpoint :
       {"minio.example.com", "ftp://minio.example.com", "https://user:pw@minio.example.com",
        "https://minio.example.com/folder", "https://minio.example.com?x=1", ""})
    EXPECT_EQ(code_of(compatible_bucket("logs", endpoint, "us-east-1")), "aws/endpoint")
        << endpoint;
}

TEST(AwsEndpoint, AToldRegionMovesAwsBucketsAndOnlyResignsOthers) {
  const auto aws = aws_bucket("logs", "us-east-1").value();
  const auto moved = in_region(aws, "eu-central-1");
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->origin, "https://logs.s3.eu-central-1.amazonaws.com");
  EXPECT_EQ(moved->region, "eu-central-1");
  EXPECT_FALSE(in_region(aws, "us-east-1")) << "nothing would change";
  EXPECT_FALSE(in_region(aws, "evil.example.com/")) << "no host name out of an answer";

  const auto other = compatible_bucket("logs", "https://s3.example.com", "us-east-1").value();
  const auto resigned = in_region(other, "nyc3");
  ASSERT_TRUE(resigned);
  EXPECT_EQ(resigned->origin, "https://s3.example.com");
  EXPECT_EQ(resigned->region, "nyc3");
}

TEST(AwsEndpoint, TheRegionOfAQueueIsInItsHost) {
  const auto region = [](const char* url) { return region_of_queue(url).value_or("none"); };
  EXPECT_EQ(region("https://sqs.eu-west-1.amazonaws.com/111122223333/q"), "eu-west-1");
  EXPECT_EQ(region("https://sqs.cn-north-1.amazonaws.com.cn/111122223333/q"), "cn-north-1");
  EXPECT_EQ(region("https://sqs-fips.us-gov-west-1.amazonaws.com/1/q"), "us-gov-west-1");
  EXPECT_EQ(region("https://eu-west-1.queue.amazonaws.com/111122223333/q"), "eu-west-1");
  EXPECT_EQ(region("https://queue.amazonaws.com/111122223333/q"), "us-east-1");
  EXPECT_EQ(region("https://vpce-1a.sqs.us-east-2.vpce.amazonaws.com/1/q"), "us-east-2");
  EXPECT_EQ(region("https://sqs.eu-west-1.amazonaws.com.evil.example/1/q"), "none");
  EXPECT_EQ(region("http://127.0.0.1:9324/1/q"), "none");
}

TEST(AwsEndpoint, AQueueIsAskedAtItsOrigin) {
  const auto aws = queue_endpoint("https://sqs.eu-west-1.amazonaws.com/111122223333/umbrella-logs");
  ASSERT_TRUE(aws.has_value());
  EXPECT_EQ(aws->origin, "https://sqs.eu-west-1.amazonaws.com");
  EXPECT_EQ(aws->region, "eu-west-1");
  const auto lab = queue_endpoint("http://127.0.0.1:9324/111122223333/umbrella-logs", "eu-west-1");
  ASSERT_TRUE(lab.has_value());
  EXPECT_EQ(lab->origin, "http://127.0.0.1:9324");
  EXPECT_EQ(code_of(queue_endpoint("http://127.0.0.1:9324/1/q")), "aws/region");
  EXPECT_EQ(code_of(queue_endpoint("https://sqs.eu-west-1.amazonaws.com/1/q", "us-east-1")),
            "aws/region");
  for (const char* url : {"umbrella-logs", "https://sqs.eu-west-1.amazonaws.com/",
                          "arn:aws:sqs:eu-west-1:111122223333:umbrella-logs",
                          "https://sqs.eu-west-1.amazonaws.com/1/q?x=y"})
    EXPECT_EQ(code_of(queue_endpoint(url)), "aws/queue-url") << url;
}

TEST(AwsSigningTerms, OnlyAllowedOriginsHaveAScopeAndTheQueueKeepsItsPlace) {
  SigningTerms terms{{{"https://sqs.eu-west-1.amazonaws.com", "sqs", "eu-west-1"},
                      {"https://logs.s3.us-east-1.amazonaws.com", "s3", "us-east-1"}}};
  EXPECT_EQ(terms.scope_of("https://evil.example.com", "s3"), nullptr);
  for (int i = 0; i < 50; ++i) {
    const std::string region = "region-" + std::to_string(i);
    terms.allow({"https://logs.s3." + region + ".amazonaws.com", "s3", region});
  }
  ASSERT_NE(terms.scope_of("https://sqs.eu-west-1.amazonaws.com", "sqs"), nullptr);
  EXPECT_EQ(terms.scope_of("https://logs.s3.us-east-1.amazonaws.com", "s3"), nullptr);
  ASSERT_NE(terms.scope_of("https://logs.s3.region-49.amazonaws.com", "s3"), nullptr);
  terms.allow({"https://logs.s3.region-49.amazonaws.com", "s3", "other"});
  EXPECT_EQ(terms.scope_of("https://logs.s3.region-49.amazonaws.com", "s3")->region, "other");
}

TEST(AwsSigningTerms, BothServicesMayShareAnOrigin) {
  SigningTerms terms{{{"http://127.0.0.1:9000", "s3", "eu-west-1"},
                      {"http://127.0.0.1:9000", "sqs", "eu-west-1"}}};
  terms.allow({"http://127.0.0.1:9000", "s3", "us-east-1"});
  EXPECT_EQ(terms.scope_of("http://127.0.0.1:9000", "s3")->region, "us-east-1");
  EXPECT_EQ(terms.scope_of("http://127.0.0.1:9000", "sqs")->region, "eu-west-1");
}

}  // namespace
}  // namespace cistern::codec::aws
