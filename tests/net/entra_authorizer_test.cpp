#include "entra_support.hpp"
#include "net/oauth2.hpp"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::net {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

class EntraAuthorizerTest : public ::testing::Test {
 protected:
  void ask(const std::string& url = "https://manage.office.com/api") {
    HttpRequest request;
    request.url = url;
    authorizer_->authorize(std::move(request), [this](Result<HttpRequest> result) {
      results_.push_back(std::move(result));
    });
  }

  void answer_token(const std::string& token, int life = 3599) {
    http_.answer(json_response(200, token_body(token, life)));
    loop_.run_posted();
  }
  void answer_refusal() {
    http_.answer(json_response(401, error_body("invalid_client", 7000215)));
    loop_.run_posted();
  }
  void answer_busy(const std::string& wait = "60") {
    http_.answer(
        json_response(429, error_body("temporarily_unavailable", 90033), {{"Retry-After", wait}}));
    loop_.run_posted();
  }

  /// The Authorization header of the newest result, or its failure's code.
  std::string newest() {
    loop_.run_posted();
    if (results_.empty()) return "nothing";
    const auto& result = results_.back();
    if (!result) return result.error().code;
    EXPECT_TRUE(result->sensitive);
    return result->headers.back().name + ": " + result->headers.back().value;
  }

  ManualClock clock_{kNow};
  ManualLoop loop_{clock_};
  FakeHttpClient http_;
  SeededRandom random_{5};
  std::unique_ptr<Authorizer> authorizer_ =
      make_entra_authorizer(secret_options(), http_, loop_, clock_, random_);
  std::vector<Result<HttpRequest>> results_;
};

TEST_F(EntraAuthorizerTest, CallersThatWaitShareOneTokenRequest) {
  for (int i = 0; i < 5; ++i)
    ask();
  loop_.run_posted();
  EXPECT_EQ(http_.sent, 1U);
  EXPECT_TRUE(results_.empty());
  answer_token("one");
  ASSERT_EQ(results_.size(), 5U);
  for (const auto& result : results_)
    EXPECT_EQ(result->headers.back().value, "Bearer one");
  ask();
  EXPECT_EQ(results_.size(), 5U) << "never inside the call";
  EXPECT_EQ(newest(), "Authorization: Bearer one");
  EXPECT_EQ(http_.sent, 1U);
}

TEST_F(EntraAuthorizerTest, AGrantIsToldBeforeTheRequestsThatDependOnIt) {
  std::size_t results_at_grant = 99;
  std::vector<std::string> roles;
  authorizer_->on_grant = [&](const Grant& grant) {
    results_at_grant = results_.size();
    roles = grant.roles;
  };
  ask();
  answer_token(made_token(R"({"roles":["ActivityFeed.Read"]})"));
  EXPECT_EQ(results_at_grant, 0U);
  EXPECT_THAT(roles, ::testing::ElementsAre("ActivityFeed.Read"));
}

TEST_F(EntraAuthorizerTest, TheTimerRenewsFiveMinutesBeforeTheEnd) {
  ask();
  answer_token("one", 3600);
  loop_.advance(minutes{55} - seconds{1});
  EXPECT_EQ(http_.sent, 1U);
  loop_.advance(seconds{2});
  EXPECT_EQ(http_.sent, 2U);
  ask();
  EXPECT_EQ(newest(), "Authorization: Bearer one") << "the old one serves meanwhile";
  answer_token("two", 3600);
  ask();
  EXPECT_EQ(newest(), "Authorization: Bearer two");
}

TEST_F(EntraAuthorizerTest, AShortLifeIsRenewedAtItsHalf) {
  ask();
  answer_token("one", 240);
  loop_.advance(seconds{119});
  EXPECT_EQ(http_.sent, 1U);
  loop_.advance(seconds{2});
  EXPECT_EQ(http_.sent, 2U);
}

TEST_F(EntraAuthorizerTest, RenewalIsRepeatedWithGrowingDelays) {
  ask();
  answer_token("one", 3600);
  loop_.advance(minutes{55});
  ASSERT_EQ(http_.sent, 2U);
  for (unsigned i = 0; i < 3; ++i) {
    http_.answer(fail_retry("net/connect", "no connection"));
    ask();
    EXPECT_EQ(newest(), "Authorization: Bearer one");
    loop_.advance(seconds{21});
    EXPECT_EQ(http_.sent, 3U + i);
  }
  answer_token("two");
  ask();
  EXPECT_EQ(newest(), "Authorization: Bearer two");
}

TEST_F(EntraAuthorizerTest, AnExpiredTokenIsNotUsed) {
  ask();
  answer_token("one", 3600);
  loop_.advance(minutes{55});
  answer_refusal();
  loop_.advance(minutes{4} + seconds{20});
  ask();
  EXPECT_EQ(newest(), "Authorization: Bearer one");
  loop_.advance(seconds{20});
  ask();
  EXPECT_EQ(newest(), "entra/secret-wrong");
}

TEST_F(EntraAuthorizerTest, SettingTheClockBackDoesNotReviveAToken) {
  ask();
  answer_token("one", 3600);
  clock_.jump(-hours{24});
  loop_.advance(minutes{61});
  ask();
  loop_.run_posted();
  EXPECT_EQ(results_.size(), 1U) << "the caller waits for a new one";
  answer_token("two");
  EXPECT_EQ(newest(), "Authorization: Bearer two");
}

TEST_F(EntraAuthorizerTest, ATransientFailureGoesToAllCallersAndTheyRepeat) {
  ask();
  ask();
  http_.answer(fail_retry("net/connect", "no connection to https://login.microsoftonline.com"));
  ASSERT_EQ(results_.size(), 2U);
  EXPECT_EQ(results_.at(0).error().verdict, Verdict::retry);
  EXPECT_THAT(results_.at(0).error().cause, HasSubstr("token request failed"));
  ask();
  EXPECT_EQ(http_.sent, 2U);
}

TEST_F(EntraAuthorizerTest, AWaitThatTheVendorAskedForIsKept) {
  ask();
  answer_busy("60");
  EXPECT_EQ(newest(), "entra/unavailable");
  loop_.advance(seconds{20});
  authorizer_->invalidate();
  ask();
  EXPECT_EQ(newest(), "entra/unavailable");
  EXPECT_EQ(results_.back().error().wait, seconds{40});
  EXPECT_EQ(http_.sent, 1U);
  loop_.advance(seconds{41});
  ask();
  EXPECT_EQ(http_.sent, 2U);
}

TEST_F(EntraAuthorizerTest, ARefusalIsRememberedForFifteenMinutes) {
  ask();
  answer_refusal();
  EXPECT_EQ(newest(), "entra/secret-wrong");
  EXPECT_EQ(results_.back().error().wait, minutes{15});
  loop_.advance(minutes{14});
  ask();
  EXPECT_EQ(newest(), "entra/secret-wrong");
  EXPECT_EQ(results_.back().error().verdict, Verdict::stop);
  EXPECT_EQ(results_.back().error().wait, minutes{1});
  EXPECT_EQ(http_.sent, 1U);
  loop_.advance(minutes{2});
  ask();
  EXPECT_EQ(http_.sent, 2U);
  answer_token("one");
  EXPECT_EQ(newest(), "Authorization: Bearer one");
}

TEST_F(EntraAuthorizerTest, InvalidateForgetsTokenAndRefusal) {
  ask();
  answer_refusal();
  authorizer_->invalidate();
  ask();
  EXPECT_EQ(http_.sent, 2U);
  answer_token("one");
  authorizer_->invalidate();
  ask();
  EXPECT_EQ(http_.sent, 3U);
  answer_token("two");
  EXPECT_EQ(newest(), "Authorization: Bearer two");
}

TEST_F(EntraAuthorizerTest, TheTokenGoesToTheResourcesOriginOnly) {
  ask();
  answer_token("planted-token");
  for (const char* url :
       {"https://evil.example/api", "http://manage.office.com/api",
        "https://manage.office.com:444/", "https://manage.office.com.evil.example/",
        "https://manage.office.com@evil.example/", "//manage.office.com/", ""}) {
    ask(url);
    EXPECT_EQ(newest(), "net/foreign-host") << url;
    EXPECT_EQ(results_.back().error().verdict, Verdict::stop);
    EXPECT_THAT(results_.back().error().sentence(), Not(HasSubstr("planted-token")));
  }
  ask("https://MANAGE.office.com:443/api");
  EXPECT_EQ(newest(), "Authorization: Bearer planted-token");
}

TEST_F(EntraAuthorizerTest, WhatCannotWorkIsSaidWithoutARequest) {
  EntraOptions options = secret_options();
  options.credential = Secret{"0a1b2c3d-0000-4000-8000-00000000000f"};
  authorizer_ = make_entra_authorizer(options, http_, loop_, clock_, random_);
  ask();
  EXPECT_TRUE(results_.empty()) << "never inside the call";
  EXPECT_EQ(newest(), "entra/secret-id");
  options = secret_options();
  options.resource = "http://manage.example.com";
  authorizer_ = make_entra_authorizer(options, http_, loop_, clock_, random_);
  ask("http://manage.example.com/api");
  EXPECT_EQ(newest(), "net/url");
  EXPECT_EQ(http_.sent, 0U);
}

TEST_F(EntraAuthorizerTest, ATokenRefusedAtOnceIsReplacedForThoseWhoWait) {
  int grants = 0;
  authorizer_->on_grant = [&](const Grant&) {
    if (++grants == 1) authorizer_->invalidate();
  };
  ask();
  answer_token("one");
  EXPECT_EQ(http_.sent, 2U);
  answer_token("two");
  EXPECT_EQ(newest(), "Authorization: Bearer two");
}

TEST_F(EntraAuthorizerTest, NothingIsCalledAfterItsEnd) {
  ask();
  ask("https://evil.example/");
  authorizer_.reset();
  loop_.run_posted();
  EXPECT_TRUE(results_.empty());
  EXPECT_EQ(http_.open(), 0U);
  EXPECT_EQ(loop_.timers(), 0U);
}

TEST_F(EntraAuthorizerTest, ACallbackMayEndEverything) {
  HttpRequest request;
  request.url = "https://manage.office.com/";
  for (int i = 0; i < 3; ++i) {
    authorizer_->authorize(request, [this](Result<HttpRequest> result) {
      results_.push_back(std::move(result));
      authorizer_.reset();
    });
  }
  answer_token("one");
  EXPECT_EQ(results_.size(), 1U);
}

}  // namespace
}  // namespace cistern::net
