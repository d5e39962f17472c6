#include "net/aws/aws_authorizer.hpp"

#include "entra_support.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kBucket = "https://logs.s3.eu-west-1.amazonaws.com";
const std::string kQueue = "https://sqs.eu-west-1.amazonaws.com";

class AwsAuthorizerTest : public ::testing::Test {
 protected:
  void make(AwsCredentials credentials) {
    authorizer_ = make_aws_authorizer({std::move(credentials), terms_}, loop_, clock_);
  }

  /// The Authorization header for a request, or the failure's code.
  std::string ask(const std::string& url, std::vector<HttpHeader> headers = {}) {
    HttpRequest request;
    request.url = url;
    request.headers = std::move(headers);
    result_.reset();
    authorizer_->authorize(std::move(request),
                           [this](Result<HttpRequest> done) { result_ = std::move(done); });
    EXPECT_FALSE(result_) << "the callback must not run inside the call";
    loop_.run_posted();
    if (!result_) return "nothing";
    if (!*result_) {
      EXPECT_EQ(result_->error().verdict, Verdict::stop);
      EXPECT_FALSE(result_->error().next_step.empty());
      EXPECT_THAT(result_->error().sentence(), Not(HasSubstr("planted")));
      return result_->error().code;
    }
    EXPECT_TRUE((*result_)->sensitive);
    return (*result_)->headers.back().value;
  }

  ManualClock clock_{kNow};
  ManualLoop loop_{clock_};
  std::shared_ptr<codec::aws::SigningTerms> terms_ =
      std::make_shared<codec::aws::SigningTerms>(std::vector<codec::aws::SigningScope>{
          {kBucket, "s3", "eu-west-1"}, {kQueue, "sqs", "eu-west-1"}});
  std::unique_ptr<Authorizer> authorizer_ =
      make_aws_authorizer({{"AKIAEXAMPLE", Secret{"planted/secret"}, {}}, terms_}, loop_, clock_);
  std::optional<Result<HttpRequest>> result_;
};

TEST_F(AwsAuthorizerTest, EachOriginIsSignedForItsService) {
  EXPECT_THAT(ask(kBucket + "/k"), HasSubstr("AKIAEXAMPLE/20260304/eu-west-1/s3/aws4_request"));
  const HttpHeader action{"X-Amz-Target", "AmazonSQS.ReceiveMessage"};
  EXPECT_THAT(ask(kQueue + "/", {action}),
              HasSubstr("AKIAEXAMPLE/20260304/eu-west-1/sqs/aws4_request"));
  EXPECT_EQ(ask(kBucket + "/", {action}), "net/foreign-host");
  EXPECT_EQ(ask(kQueue + "/"), "net/foreign-host");
  terms_->allow({kBucket, "sqs", "us-east-1"});
  EXPECT_THAT(ask(kBucket + "/", {action}), HasSubstr("/us-east-1/sqs/"));
  EXPECT_THAT(ask(kBucket + "/k"), HasSubstr("/eu-west-1/s3/"));
}

TEST_F(AwsAuthorizerTest, NoOtherHostGetsASignature) {
  for (const char* url :
       {"https://evil.example.com/k", "https://logs.s3.us-east-1.amazonaws.com/k",
        "http://logs.s3.eu-west-1.amazonaws.com/k",
        "https://logs.s3.eu-west-1.amazonaws.com:8443/k",
        "https://logs.s3.eu-west-1.amazonaws.com@evil.example.com/k", "not a url"})
    EXPECT_EQ(ask(url), "net/foreign-host") << url;
}

TEST_F(AwsAuthorizerTest, ARegionIsAdoptedWhenTheMachineOrdersIt) {
  terms_->allow({"https://logs.s3.us-east-1.amazonaws.com", "s3", "us-east-1"});
  EXPECT_THAT(ask("https://logs.s3.us-east-1.amazonaws.com/k"), HasSubstr("/us-east-1/s3/"));
  terms_->allow({kBucket, "s3", "eu-north-1"});
  EXPECT_THAT(ask(kBucket + "/k"), HasSubstr("/eu-north-1/s3/"));
}

TEST_F(AwsAuthorizerTest, TheDateIsThatOfTheMomentMovedByTheOffset) {
  const std::string before = ask(kBucket + "/k");
  EXPECT_EQ((*result_)->headers[0].value, "20260304T050607Z");
  clock_.advance(std::chrono::minutes{1});
  EXPECT_NE(ask(kBucket + "/k"), before);
  terms_->set_clock_offset(std::chrono::hours{-6});
  EXPECT_THAT(ask(kBucket + "/k"), HasSubstr("/20260303/"));
  EXPECT_EQ((*result_)->headers[0].value, "20260303T230707Z");
}

TEST_F(AwsAuthorizerTest, ASessionTokenIsSentAndSigned) {
  make({"ASIAEXAMPLE", Secret{"planted/secret"}, Secret{"planted-token"}});
  EXPECT_THAT(ask(kBucket + "/k"), HasSubstr(";x-amz-security-token,"));
}

TEST_F(AwsAuthorizerTest, PlainHttpIsForThisMachineOnly) {
  terms_->allow({"http://minio.example.com", "s3", "us-east-1"});
  terms_->allow({"http://127.0.0.1:9000", "s3", "us-east-1"});
  EXPECT_EQ(ask("http://minio.example.com/logs/k"), "net/url");
  EXPECT_THAT(ask("http://127.0.0.1:9000/logs/k"), HasSubstr("Signature="));
}

TEST_F(AwsAuthorizerTest, AKeyThatCannotBeOneIsNamedBeforeAnythingIsSent) {
  for (const char* secret : {"", " planted", "planted ", "planted\n"}) {
    make({"AKIAEXAMPLE", Secret{secret}, {}});
    EXPECT_EQ(ask(kBucket + "/k"), "aws/credential") << '[' << secret << ']';
  }
  make({"", Secret{"planted"}, {}});
  EXPECT_EQ(ask(kBucket + "/k"), "aws/credential");
}

TEST_F(AwsAuthorizerTest, NothingIsCalledAfterTheEnd) {
  HttpRequest request;
  request.url = kBucket + "/k";
  authorizer_->authorize(std::move(request),
                         [](const Result<HttpRequest>&) { ADD_FAILURE() << "called"; });
  authorizer_.reset();
  loop_.run_posted();
}

}  // namespace
}  // namespace cistern::net
