// What is sent to the webhook's address: who is believed, and what of it.
#include "connectors/microsoft_365/webhook_call.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::microsoft_365 {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kTenant = "11111111-2222-4333-8444-555555555555";
constexpr std::string_view kClient = "a6099727-0000-4000-8000-509acc563000";

WebhookOwner owner() {
  return {.manage_url = "https://manage.office.com",
          .tenant = std::string(kTenant),
          .client_id = std::string(kClient)};
}

std::string content(const std::string& uri = "https://manage.office.com/api/v1.0/t/a/feed/audit/b1",
                    std::string_view tenant = kTenant, std::string_view client = kClient,
                    const std::string& id = "b1", const std::string& type = "Audit.Exchange") {
  return R"({"tenantId":")" + std::string(tenant) + R"(","clientId":")" + std::string(client) +
         R"(","contentType":")" + type + R"(","contentId":")" + id + R"(","contentUri":")" + uri +
         R"(","contentCreated":"2026-03-04T05:06:07.123Z",)" +
         R"("contentExpiration":"2026-03-11T05:06:07.123Z"})";
}

WebhookVerdict judge(const std::string& body, std::optional<std::string_view> code = {},
                     std::string_view method = "POST") {
  return judge_call({.method = method, .auth_id = "secret", .validation_code = code, .body = body},
                    owner());
}

TEST(WebhookCall, TheValidationIsAnsweredWhenHeaderAndBodyAgree) {
  const auto fits = judge(R"({"validationCode":"abc"})", "abc");
  EXPECT_EQ(fits.status, 200);
  EXPECT_TRUE(fits.validation);
  EXPECT_EQ(judge("", "abc").status, 200);
  EXPECT_EQ(judge(R"({"validationCode":"abd"})", "abc").refusal, "validation");
  EXPECT_EQ(judge("validationCode=abc", "abc").refusal, "not_json");
}

TEST(WebhookCall, ContentsAreNamedWithTheirType) {
  const auto verdict = judge(
      "[" + content() + "," +
      content("https://manage.office.com/x", kTenant, kClient, "b2", "Audit.Sharepoint") + "]");
  EXPECT_EQ(verdict.status, 200);
  ASSERT_THAT(verdict.contents, SizeIs(2));
  EXPECT_EQ(verdict.contents[0].id, "b1");
  EXPECT_EQ(verdict.contents[0].type->name, "Audit.Exchange");
  EXPECT_EQ(verdict.contents[1].type->name, "Audit.SharePoint") << "the vendor's other spelling";
}

TEST(WebhookCall, AContentTypeOfTomorrowIsNoFault) {
  const auto verdict =
      judge("[" + content("https://manage.office.com/x", kTenant, kClient, "b", "Audit.New") + "]");
  EXPECT_EQ(verdict.status, 200);
  EXPECT_THAT(verdict.contents, IsEmpty());
}

TEST(WebhookCall, WhatIsNotOursIsRefusedWhole) {
  const struct {
    const char* name;
    std::string body;
    std::string_view refusal;
  } cases[] = {
      {"another host", content("https://manage.office.com.evil.example/a"), "foreign_link"},
      {"another scheme", content("http://manage.office.com/a"), "foreign_link"},
      {"user information", content("https://manage.office.com@evil.example/a"), "foreign_link"},
      {"no link", content(""), "foreign_link"},
      {"another tenant",
       content("https://manage.office.com/a", "22222222-2222-4333-8444-555555555555"),
       "other_tenant"},
      {"no tenant", content("https://manage.office.com/a", ""), "other_tenant"},
      {"another application", content("https://manage.office.com/a", kTenant, "someone"),
       "other_application"},
      {"no name", content("https://manage.office.com/a", kTenant, kClient, ""), "not_json"},
      {"a name too long",
       content("https://manage.office.com/a", kTenant, kClient, std::string(2000, 'x')),
       "not_json"},
      {"a number", "7", "not_json"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.name);
    const auto verdict = judge("[" + content() + "," + one.body + "]");
    EXPECT_EQ(verdict.status, 400);
    EXPECT_EQ(verdict.refusal, one.refusal);
    EXPECT_THAT(verdict.contents, IsEmpty()) << "also what stood before it";
  }
}

TEST(WebhookCall, OtherFormsAreRefused) {
  EXPECT_EQ(judge("[]", {}, "GET").status, 405);
  EXPECT_EQ(judge("").refusal, "not_json");
  EXPECT_EQ(judge("{}").refusal, "not_json");
  EXPECT_EQ(judge("[" + std::string(1000, '[') + "]").refusal, "not_json");
  std::string many = "[";
  for (std::size_t i = 0; i <= kMaxNotifiedContents; ++i)
    many += (i == 0 ? "" : ",") + std::string("{}");
  EXPECT_EQ(judge(many + "]").refusal, "too_many");
  EXPECT_EQ(judge("[]").status, 200) << "a notification of nothing proves the way";
}

TEST(WebhookCall, BeforeTheTenantIsKnownAnyIsTaken) {
  WebhookOwner nobody = owner();
  nobody.tenant.clear();
  const std::string body = "[" + content("https://manage.office.com/a", "x") + "]";
  EXPECT_EQ(
      judge_call({.method = "POST", .auth_id = {}, .validation_code = {}, .body = body}, nobody)
          .status,
      200);
}

TEST(WebhookCall, TheAuthIdIsComparedWhole) {
  const Secret secret{std::string("0123456789abcdef")};
  EXPECT_TRUE(auth_id_fits(secret, "0123456789abcdef"));
  for (const std::string_view wrong :
       {"0123456789abcdeg", "0123456789abcde", "0123456789abcdef0", "", "0123456789ABCDEF"})
    EXPECT_FALSE(auth_id_fits(secret, wrong)) << wrong;
  EXPECT_FALSE(auth_id_fits(secret, std::nullopt));
  EXPECT_FALSE(auth_id_fits(Secret{}, "")) << "no AuthID is configured";
}

}  // namespace
}  // namespace cistern::connectors::microsoft_365
