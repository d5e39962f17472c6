// The login: what is asked, what each answer means, and where the token goes.
#include "connectors/crowdstrike_falcon/token.hpp"

#include "connectors/crowdstrike_falcon/fake_vendor.hpp"
#include "net/entra_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::crowdstrike_falcon::test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

const TimePoint kNow{seconds{1'790'000'000}};

TokenOptions options() {
  TokenOptions out;
  out.token_url = out.api_url = kApi;
  out.client_id = "0a1b";
  out.client_secret = Secret{"planted/secret+value="};
  return out;
}

HttpResponse issued(int status, std::string_view region = {}, int life = 1799) {
  HttpResponse out =
      reply(status, R"({"access_token":"tooth","token_type":"bearer","expires_in":)" +
                        std::to_string(life) + "}");
  if (!region.empty()) out.headers.push_back({"X-CS-Region", std::string{region}});
  return out;
}

TEST(FalconToken, IsAskedForByAForm) {
  TokenOptions with_member = options();
  with_member.member_cid = "abc";
  const auto request = token_request(with_member);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->url, "https://api.crowdstrike.com/oauth2/token");
  EXPECT_EQ(request->body,
            "client_id=0a1b&client_secret=planted%2Fsecret%2Bvalue%3D&member_cid=abc");
  EXPECT_TRUE(request->sensitive);
  TokenOptions bad = options();
  bad.client_secret = Secret{};
  EXPECT_EQ(token_request(bad).error().code, "crowdstrike_falcon/secret-missing");
  bad = options();
  bad.token_url = "http://api.example.com";
  EXPECT_EQ(token_request(bad).error().code, "net/url");
}

TEST(FalconToken, BothSuccessesAreTaken) {
  for (const int status : {200, 201}) {
    const auto token = parse_token(issued(status), options(), kNow);
    ASSERT_TRUE(token);
    EXPECT_EQ(token->expires, kNow + seconds{1799});
    EXPECT_EQ(token->grant.audience, kApi);
    token->value.use([](std::string_view text) { EXPECT_EQ(text, "tooth"); });
  }
}

TEST(FalconToken, EachRefusalHasItsCause) {
  struct Case {
    int status;
    const char* message;
    std::string_view code;
    Verdict verdict;
  };
  const Case cases[] = {
      {400, "invalid client", "crowdstrike_falcon/client-refused", Verdict::stop},
      {403, "access denied, authorization failed", "crowdstrike_falcon/address-refused",
       Verdict::stop},
      {403, "access denied, client revoked", "crowdstrike_falcon/secret-refused", Verdict::stop},
      {401, "access denied, authorization failed", "crowdstrike_falcon/secret-refused",
       Verdict::stop},
      {404, "no", "crowdstrike_falcon/wrong-address", Verdict::stop},
      {308, "", "crowdstrike_falcon/wrong-address", Verdict::stop},
      {429, "slow down", "crowdstrike_falcon/throttled", Verdict::retry},
      {500, "x", "crowdstrike_falcon/vendor-unavailable", Verdict::retry},
      {503, "x", "crowdstrike_falcon/vendor-unavailable", Verdict::retry},
      {418, "x", "crowdstrike_falcon/login-refused", Verdict::stop},
  };
  for (const Case& one : cases) {
    const auto token = parse_token(refusal(one.status, one.status, one.message), options(), kNow);
    ASSERT_FALSE(token) << one.status;
    EXPECT_EQ(token.error().code, one.code) << one.status;
    EXPECT_EQ(token.error().verdict, one.verdict) << one.status;
    EXPECT_FALSE(token.error().next_step.empty());
    EXPECT_THAT(token.error().cause, Not(HasSubstr("tooth")));
  }
  EXPECT_THAT(
      parse_token(
          refusal(401, 401, "bad secret planted/secret+value= and planted%2Fsecret%2Bvalue%3D"),
          options(), kNow)
          .error()
          .sentence(),
      testing::AllOf(Not(HasSubstr("planted")), HasSubstr("***")));
}

TEST(FalconToken, AThrottledLoginWaitsForTheMoment) {
  HttpResponse busy = refusal(429, 429, "x");
  busy.headers.push_back({"X-RateLimit-RetryAfter", std::to_string(unix_seconds(kNow) + 7)});
  EXPECT_EQ(parse_token(busy, options(), kNow).error().wait, seconds{7});
}

TEST(FalconToken, WhatIsNoTokenIsAskedForAgain) {
  for (const char* body :
       {"", "[]", "{}", R"({"access_token":"","expires_in":5})",
        R"({"access_token":"a b","expires_in":5})", R"({"access_token":"a","expires_in":0})",
        R"({"access_token":"a","expires_in":"5"})", R"({"access_token":7,"expires_in":5})"}) {
    const auto token = parse_token(reply(201, body), options(), kNow);
    ASSERT_FALSE(token) << body;
    EXPECT_EQ(token.error().code, "crowdstrike_falcon/unreadable-answer") << body;
    EXPECT_EQ(token.error().verdict, Verdict::retry);
  }
}

TEST(FalconToken, TheRegionIsFollowedOnlyWhereNobodyNamedACloud) {
  TokenOptions fixed = options();
  fixed.cloud = "us-1";
  EXPECT_TRUE(parse_token(issued(201, "us-1"), fixed, kNow));
  EXPECT_TRUE(parse_token(issued(201), fixed, kNow));
  const auto wrong = parse_token(issued(201, "eu-1"), fixed, kNow);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, "crowdstrike_falcon/wrong-cloud");
  EXPECT_THAT(wrong.error().next_step, HasSubstr("cloud: eu-1"));
  TokenOptions found = options();
  found.follow_region = true;
  EXPECT_EQ(parse_token(issued(201, "EU-1"), found, kNow)->grant.audience,
            "https://api.eu-1.crowdstrike.com");
  EXPECT_EQ(parse_token(issued(201, "mars-1"), found, kNow)->grant.audience, kApi);
}

class FalconAuthorizer : public testing::Test {
 protected:
  std::string ask(const std::string& url) {
    HttpRequest request;
    request.url = url;
    std::string seen = "nothing";
    authorizer_->authorize(std::move(request), [&](Result<HttpRequest> result) {
      seen = result ? result->headers.back().value : result.error().code;
      EXPECT_TRUE(!result || result->sensitive);
    });
    loop_.run_posted();
    while (http_.open() > 0) {
      http_.answer(next_);
      loop_.run_posted();
    }
    return seen;
  }

  static TokenOptions following() {
    TokenOptions out = options();
    out.follow_region = true;
    return out;
  }

  ManualClock clock_{kNow};
  net::ManualLoop loop_{clock_};
  net::FakeHttpClient http_;
  SeededRandom random_{5};
  std::unique_ptr<net::Authorizer> authorizer_ =
      net::make_token_authorizer(make_token_source(following()), http_, loop_, clock_, random_);
  HttpResponse next_ = issued(201);
};

TEST_F(FalconAuthorizer, TheTokenGoesToTheApiAlone) {
  EXPECT_EQ(ask("https://api.crowdstrike.com/x"), "Bearer tooth");
  EXPECT_EQ(ask("https://firehose.crowdstrike.com/x"), "net/foreign-host");
  EXPECT_EQ(http_.sent, 1U);
}

TEST_F(FalconAuthorizer, TheRegionsHostTakesTheOthersPlace) {
  std::string audience;
  authorizer_->on_grant = [&](const Grant& grant) { audience = grant.audience; };
  next_ = issued(201, "eu-1");
  EXPECT_EQ(ask("https://api.crowdstrike.com/x"), "net/foreign-host")
      << "the request was made for the other cloud";
  EXPECT_EQ(audience, "https://api.eu-1.crowdstrike.com");
  EXPECT_EQ(ask("https://api.eu-1.crowdstrike.com/x"), "Bearer tooth");
  EXPECT_EQ(http_.sent, 1U);
}

TEST_F(FalconAuthorizer, IsRenewedFiveMinutesBeforeTheEnd) {
  EXPECT_EQ(ask("https://api.crowdstrike.com/x"), "Bearer tooth");
  loop_.advance(seconds{1799} - minutes{5} - seconds{1});
  EXPECT_EQ(http_.sent, 1U);
  loop_.advance(seconds{2});
  EXPECT_EQ(http_.sent, 2U);
}

TEST_F(FalconAuthorizer, ARefusalIsNotRepeatedForFiveMinutes) {
  next_ = refusal(401, 401, "no");
  EXPECT_EQ(ask("https://api.crowdstrike.com/x"), "crowdstrike_falcon/secret-refused");
  loop_.advance(minutes{4});
  EXPECT_EQ(ask("https://api.crowdstrike.com/x"), "crowdstrike_falcon/secret-refused");
  EXPECT_EQ(http_.sent, 1U);
  loop_.advance(minutes{2});
  next_ = issued(201);
  EXPECT_EQ(ask("https://api.crowdstrike.com/x"), "Bearer tooth");
}

}  // namespace
}  // namespace cistern::connectors::crowdstrike_falcon::test
