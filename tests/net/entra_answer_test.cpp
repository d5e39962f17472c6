#include "entra_support.hpp"
#include "net/entra_errors.hpp"
#include "net/oauth2.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::net {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Failure failure_of(const HttpResponse& response, const EntraOptions& options = secret_options()) {
  const auto token = parse_token_response(response, options, kNow);
  EXPECT_FALSE(token.has_value());
  return token ? Failure{} : token.error();
}

TEST(TokenResponse, V2SendsNumbers) {
  const std::string jwt = made_token(R"({"tid":"t","roles":["ActivityFeed.Read"]})");
  const auto token =
      parse_token_response(json_response(200, token_body(jwt, 3599)), secret_options(), kNow);
  ASSERT_TRUE(token.has_value()) << token.error().sentence();
  EXPECT_EQ(token->expires, kNow + seconds{3599});
  EXPECT_THAT(token->grant.roles, ElementsAre("ActivityFeed.Read"));
  EXPECT_TRUE(token->value.use([&](std::string_view text) { return text == jwt; }));
}

TEST(TokenResponse, V1SendsStrings) {
  const auto token = parse_token_response(
      json_response(
          200,
          R"({"token_type":"bearer","expires_in":"3600","ext_expires_in":"0","expires_on":"1772604367",)"
          R"("not_before":"1772600467","resource":"https://manage.office.com","access_token":"opaque"})"),
      secret_options(), kNow);
  ASSERT_TRUE(token.has_value()) << token.error().sentence();
  EXPECT_EQ(token->expires, kNow + seconds{3600});
  EXPECT_EQ(token->grant.expires, token->expires) << "also for a token that cannot be looked into";
}

TEST(TokenResponse, ALifeBeyondReasonIsCutToAWeek) {
  const auto token = parse_token_response(
      json_response(200, R"({"expires_in":"9223372036854775807","access_token":"opaque"})"),
      secret_options(), kNow);
  ASSERT_TRUE(token.has_value());
  EXPECT_EQ(token->expires, kNow + std::chrono::hours{24 * 7});
}

TEST(TokenResponse, UnusableTokensAreRefused) {
  for (const char* body :
       {R"({"expires_in":3599})", R"({"access_token":"","expires_in":3599})",
        R"({"access_token":"t"})", R"({"access_token":"t","expires_in":"soon"})",
        R"({"access_token":"t","expires_in":-1})",
        R"({"access_token":"line\nbreak","expires_in":3599})",
        R"({"access_token":["t"],"expires_in":3599})",
        R"({"access_token":"t","expires_in":3599,"token_type":"mac"})", "[]", "null", "", "{"}) {
    const Failure failure = failure_of(json_response(200, body));
    EXPECT_EQ(failure.code, "entra/answer-unreadable") << body;
    EXPECT_EQ(failure.verdict, Verdict::retry) << body;
    EXPECT_FALSE(failure.next_step.empty());
  }
  const Failure large = failure_of(json_response(200, token_body(std::string(40000, 't'))));
  EXPECT_EQ(large.code, "entra/answer-unreadable");
}

struct Row {
  std::uint64_t number;
  const char* error;
  const char* code;
};

class EveryNumber : public ::testing::TestWithParam<Row> {};

TEST_P(EveryNumber, HasItsBranchAndItsHelp) {
  const Row& row = GetParam();
  ASSERT_NE(entra_help(row.number), nullptr);
  const Failure failure =
      failure_of(json_response(400, error_body(row.error, row.number, "Vendor words.")));
  EXPECT_EQ(failure.code, row.code);
  EXPECT_EQ(failure.verdict, entra_error_is_transient(row.error) ? Verdict::retry : Verdict::stop);
  EXPECT_THAT(failure.cause,
              AllOf(HasSubstr("AADSTS" + std::to_string(row.number)), HasSubstr("Vendor words."),
                    HasSubstr("5c2e7a33-0000-4000-8000-000000000005"),
                    HasSubstr("2026-03-04 05:06:07Z"), Not(HasSubstr("Trace ID"))));
  EXPECT_FALSE(failure.next_step.empty());
  EXPECT_THAT(failure.next_step, Not(HasSubstr("{")));
}

const Row kRows[] = {
    {7000215, "invalid_client", "entra/secret-wrong"},
    {7000222, "invalid_client", "entra/secret-expired"},
    {7000218, "invalid_client", "entra/credential-missing"},
    {700025, "invalid_client", "entra/public-client"},
    {700016, "unauthorized_client", "entra/application-unknown"},
    {700011, "unauthorized_client", "entra/application-unknown"},
    {70001, "unauthorized_client", "entra/application-disabled"},
    {7000112, "unauthorized_client", "entra/application-disabled"},
    {90002, "invalid_request", "entra/tenant-unknown"},
    {50059, "invalid_request", "entra/tenant-missing"},
    {90019, "invalid_request", "entra/tenant-missing"},
    {50128, "invalid_request", "entra/tenant-missing"},
    {90038, "invalid_request", "entra/wrong-cloud"},
    {900382, "invalid_request", "entra/wrong-cloud"},
    {900432, "invalid_request", "entra/wrong-cloud"},
    {90051, "invalid_request", "entra/wrong-cloud"},
    {9001023, "invalid_request", "entra/common-tenant"},
    {700027, "invalid_client", "entra/assertion-refused"},
    {50012, "invalid_client", "entra/assertion-refused"},
    {50013, "invalid_client", "entra/clock"},
    {500133, "invalid_client", "entra/clock"},
    {700024, "invalid_client", "entra/clock"},
    {50048, "invalid_client", "entra/request-malformed"},
    {700030, "invalid_client", "entra/certificate-subject"},
    {900144, "invalid_request", "entra/request-malformed"},
    {90014, "invalid_request", "entra/request-malformed"},
    {9002313, "invalid_request", "entra/request-malformed"},
    {900561, "invalid_request", "entra/request-malformed"},
    {70011, "invalid_scope", "entra/scope"},
    {28002, "invalid_scope", "entra/scope"},
    {700022, "invalid_scope", "entra/scope"},
    {700023, "invalid_scope", "entra/scope"},
    {500011, "invalid_resource", "entra/resource-unknown"},
    {50001, "invalid_resource", "entra/resource-unknown"},
    {650052, "invalid_resource", "entra/not-subscribed"},
    {650057, "invalid_resource", "entra/permission-missing"},
    {65005, "invalid_resource", "entra/permission-missing"},
    {650056, "invalid_resource", "entra/permission-missing"},
    {65001, "invalid_grant", "entra/consent-missing"},
    {90094, "invalid_grant", "entra/consent-missing"},
    {90008, "invalid_grant", "entra/consent-missing"},
    {65004, "access_denied", "entra/consent-declined"},
    {53003, "invalid_grant", "entra/blocked-by-policy"},
    {530032, "invalid_grant", "entra/blocked-by-policy"},
    {50131, "invalid_grant", "entra/blocked-by-policy"},
    {50034, "invalid_grant", "entra/user-unknown"},
    {50020, "invalid_grant", "entra/foreign-account"},
    {50105, "invalid_grant", "entra/assignment-missing"},
    {50011, "invalid_client", "entra/redirect-uri"},
    {50194, "invalid_request", "entra/single-tenant"},
    {54005, "invalid_grant", "entra/code-used"},
    {70008, "invalid_grant", "entra/code-used"},
    {700005, "invalid_grant", "entra/code-used"},
    {50196, "invalid_grant", "entra/request-loop"},
    {50000, "server_error", "entra/unavailable"},
    {50033, "temporarily_unavailable", "entra/unavailable"},
    {90006, "temporarily_unavailable", "entra/unavailable"},
    {90012, "temporarily_unavailable", "entra/unavailable"},
    {90024, "temporarily_unavailable", "entra/unavailable"},
    {90033, "temporarily_unavailable", "entra/unavailable"},
    {90090, "temporarily_unavailable", "entra/unavailable"},
    {90055, "temporarily_unavailable", "entra/unavailable"},
};

INSTANTIATE_TEST_SUITE_P(Entra, EveryNumber, ::testing::ValuesIn(kRows), [](const auto& param) {
  return "AADSTS" + std::to_string(param.param.number);
});

TEST(TokenRefusal, AnUnknownNumberGetsTheHelpOfItsError) {
  const Failure known = failure_of(json_response(401, error_body("invalid_client", 7999999)));
  EXPECT_EQ(known.code, "entra/credential-refused");
  EXPECT_THAT(known.cause, HasSubstr("AADSTS7999999"));
  const Failure unknown = failure_of(json_response(400, error_body("brand_new", 7999998)));
  EXPECT_EQ(unknown.code, "entra/refused");
  EXPECT_EQ(unknown.verdict, Verdict::stop);
  EXPECT_THAT(unknown.next_step, HasSubstr("https://login.microsoftonline.com/error"));
}

TEST(TokenRefusal, TheNumberIsFoundInTheDescriptionToo) {
  const Failure failure = failure_of(json_response(
      401, R"({"error":"invalid_client","error_description":"AADSTS7000222: expired."})"));
  EXPECT_EQ(failure.code, "entra/secret-expired");
}

TEST(TokenRefusal, StatusAndErrorDecideOnRepetitionNotTheNumber) {
  EXPECT_EQ(failure_of(json_response(400, error_body("invalid_client", 90033))).verdict,
            Verdict::stop);
  EXPECT_EQ(failure_of(json_response(400, error_body("temporarily_unavailable", 7000215))).verdict,
            Verdict::retry);
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    EXPECT_EQ(failure_of(json_response(status, error_body("invalid_client", 7000215))).verdict,
              Verdict::retry);
  }
}

TEST(TokenRefusal, RetryAfterIsObeyedWithinReason) {
  const std::string body = error_body("temporarily_unavailable", 90033);
  EXPECT_EQ(failure_of(json_response(429, body)).wait, seconds{5});
  EXPECT_EQ(failure_of(json_response(429, body, {{"Retry-After", "77"}})).wait, seconds{77});
  EXPECT_EQ(failure_of(json_response(429, body, {{"Retry-After", "99999999"}})).wait,
            seconds{3600});
  EXPECT_EQ(failure_of(json_response(429, body, {{"Retry-After", "0"}})).wait, seconds{5});
  EXPECT_EQ(failure_of(json_response(429, body, {{"Retry-After", "soon"}})).wait, seconds{5});
}

TEST(TokenRefusal, PagesOfGatewaysAreNotShown) {
  HttpResponse page;
  page.headers = {{"Content-Type", "text/html"}};
  page.body = "<html>client_secret=" + kSecretValue + "</html>";
  page.status = 503;
  const Failure away = failure_of(page);
  EXPECT_EQ(away.code, "entra/unavailable");
  EXPECT_EQ(away.verdict, Verdict::retry);
  EXPECT_THAT(away.cause, AllOf(HasSubstr("503"), HasSubstr("text/html"), Not(HasSubstr("html>"))));
  page.status = 404;
  EXPECT_EQ(failure_of(page).verdict, Verdict::stop);
  page.status = 302;
  EXPECT_EQ(failure_of(page).verdict, Verdict::retry);
}

TEST(TokenRefusal, EchoedCredentialsAreRemoved) {
  const std::string assertion = made_token(R"({"iss":"planted"})");
  for (const std::string& echo :
       std::vector<std::string>{kSecretValue, "Xy8Q~planted%2Fsecret%2Bvalue%3D", assertion}) {
    const Failure failure = failure_of(json_response(
        401, error_body("invalid_client", 7000215, "You sent '" + echo + "' which is wrong.")));
    EXPECT_THAT(failure.sentence(),
                AllOf(HasSubstr("You sent '***' which is wrong."), Not(HasSubstr(echo))));
  }
  const Failure named = failure_of(json_response(400, R"({"error":")" + kSecretValue + R"("})"));
  EXPECT_THAT(named.sentence(), Not(HasSubstr(kSecretValue)));
}

TEST(TokenRefusal, ThePortalIsThatOfTheCloud) {
  EntraOptions options = secret_options();
  const HttpResponse response = json_response(401, error_body("invalid_client", 7000215));
  EXPECT_THAT(failure_of(response, options).next_step, HasSubstr("portal.azure.com"));
  options.login_url = "https://login.microsoftonline.us";
  EXPECT_THAT(failure_of(response, options).next_step, HasSubstr("portal.azure.us"));
  options.login_url = "https://login.partner.microsoftonline.cn";
  EXPECT_THAT(failure_of(response, options).next_step, HasSubstr("portal.azure.cn"));
}

TEST(TokenRefusal, HostileShapesAreSurvived) {
  for (const char* body :
       {R"({"error":{"code":1}})", R"({"error":"x","error_codes":{}})",
        R"({"error":"x","error_codes":[]})", R"({"error":"x","error_codes":[-5,"y"]})",
        R"({"error":"x","error_description":"AADSTS"})",
        R"({"error":"x","error_description":"AADSTS99999999999999999999999"})"}) {
    EXPECT_EQ(failure_of(json_response(400, body)).code, "entra/refused") << body;
  }
  const Failure huge = failure_of(json_response(400, error_body("x", 1, std::string(100000, ' '))));
  EXPECT_LT(huge.cause.size(), 1000U);
}

TEST(EntraAnswer, TheAnswersOwnTimeTellsByHowMuchTheClockIsWrong) {
  const auto refused = [](std::uint64_t number, const char* date) {
    const auto answer = json_response(401, error_body("invalid_client", number), {{"Date", date}});
    return parse_token_response(answer, secret_options(), kNow).error();
  };
  const char* const right = "Wed, 04 Mar 2026 05:06:05 GMT";
  const char* const hour = "Wed, 04 Mar 2026 04:06:07 GMT";
  const char* const minute = "Wed, 04 Mar 2026 05:07:07 GMT";
  EXPECT_THAT(refused(700024, hour).cause, HasSubstr("this machine's clock is 1 h ahead of"));
  EXPECT_THAT(refused(700024, minute).cause, HasSubstr("1 min behind"));
  EXPECT_THAT(refused(700024, right).cause, Not(HasSubstr("this machine's clock")));
  EXPECT_THAT(refused(700027, hour).next_step, HasSubstr("timedatectl"));
  EXPECT_THAT(refused(7000215, minute).cause, Not(HasSubstr("this machine's clock")));
}

}  // namespace
}  // namespace cistern::net
