// What is sent, and what is understood of what comes back.
#include "connectors/microsoft_365/wire.hpp"

#include "connectors/microsoft_365/blob_decoder.hpp"
#include "connectors/microsoft_365/error_table.hpp"
#include "connectors/microsoft_365/fake_vendor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::microsoft_365::test {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

const Api kApi{std::string(kManage), std::string(kTenant), std::string(kTenant)};

HttpResponse body(int status, std::string text) {
  HttpResponse out;
  out.status = status;
  out.body = std::move(text);
  return out;
}

TEST(Wire, PublisherIsAddedOnce) {
  EXPECT_EQ(with_publisher("https://h/a", "p"), "https://h/a?PublisherIdentifier=p");
  EXPECT_EQ(with_publisher("https://h/a?b=c", "p"), "https://h/a?b=c&PublisherIdentifier=p");
  EXPECT_EQ(with_publisher("https://h/a?publisheridentifier=q&b=c", "p"),
            "https://h/a?publisheridentifier=q&b=c");
  EXPECT_EQ(with_publisher("https://h/a?x=PublisherIdentifier=q", "p"),
            "https://h/a?x=PublisherIdentifier=q&PublisherIdentifier=p");
}

TEST(Wire, WindowsAreSentInTheDocumentedForm) {
  const auto request =
      content_request(kApi, "Audit.Exchange", parse_time("2026-03-04T05:06:07Z").value(),
                      parse_time("2026-03-05T05:06:07Z").value());
  EXPECT_THAT(request.url, HasSubstr("startTime=2026-03-04T05:06:07&endTime=2026-03-05T05:06:07&"));
  EXPECT_THAT(request.url, HasSubstr("/api/v1.0/" + std::string(kTenant) + "/activity/feed/"));
}

TEST(Wire, BlobAddressesAreUsedVerbatim) {
  const std::string url =
      std::string(kManage) + "/api/v1.0/x/activity/feed/audit/1$2$audit_exchange$e";
  EXPECT_EQ(blob_request(kApi, url, 5).url, url + "?PublisherIdentifier=" + std::string(kTenant));
  EXPECT_EQ(blob_request(kApi, url, 5).max_body, 5U);
}

TEST(Wire, LinksToOtherHostsAreRefused) {
  EXPECT_TRUE(link_allowed(kManage, "https://manage.office.com/a$b?c=d"));
  EXPECT_TRUE(link_allowed(kManage, "https://MANAGE.office.com:443/a"));
  EXPECT_TRUE(link_allowed("http://127.0.0.1:8080", "http://127.0.0.1:8080/a"));
  for (const std::string_view url :
       {"http://manage.office.com/a", "https://manage.office.com.evil.example/a",
        "https://manage.office.com@evil.example/a", "https://manage.office.com:444/a",
        "//manage.office.com", "https://manage.office.com/a b",
        "https://manage.office.com\\@evil.example/", "ftp://x/", ""}) {
    EXPECT_FALSE(link_allowed(kManage, url)) << url;
  }
  EXPECT_FALSE(link_allowed(kManage, std::string(kManage) + "/" + std::string(kMaxLink, 'a')));
}

TEST(Wire, ContentListsAreBoundedAndDistrusted) {
  const auto page = parse_content(
      body(
          200,
          R"([{"contentUri":"https://manage.office.com/a","contentId":"a",)"
          R"("contentCreated":"2026-03-04T05:06:07.123Z","contentExpiration":"2026-03-24T05:06:07.123Z"},)"
          R"({"contentUri":"https://evil.example/a","contentId":"b"},{"contentId":5},7])"),
      kManage);
  ASSERT_TRUE(page.has_value());
  ASSERT_THAT(page->blobs, SizeIs(1));
  EXPECT_EQ(page->blobs[0].created, parse_time("2026-03-04T05:06:07.123Z"));
  EXPECT_EQ(page->blobs[0].expires, parse_time("2026-03-24T05:06:07.123Z"));
  EXPECT_EQ(page->foreign, 1U);
  EXPECT_EQ(page->unreadable, 2U);
  EXPECT_EQ(page->foreign_host, "https://evil.example");
  for (const std::string_view text : {"", "{}", "null", "<html>", "[{]"}) {
    EXPECT_FALSE(parse_content(body(200, std::string(text)), kManage).has_value()) << text;
  }
}

TEST(Wire, NextPageHasTwoNamesInAnyCase) {
  for (const std::string_view name : {"NextPageUri", "nextpageurl"}) {
    HttpResponse response = body(200, "[]");
    response.headers.push_back({std::string(name), "https://manage.office.com/next"});
    EXPECT_EQ(parse_content(response, kManage)->next, "https://manage.office.com/next");
  }
  EXPECT_FALSE(parse_content(body(200, "[]"), kManage)->next.has_value());
}

TEST(Wire, SubscriptionStatesAreReadTolerantly) {
  const auto list = parse_subscriptions(body(
      200, R"([{"contentType":"Audit.Sharepoint","status":"enabled"},{"contentType":"DLP.All",)"
           R"("status":"disabled"},{"contentType":"Audit.General","webhook":null}])"));
  ASSERT_THAT(*list, SizeIs(3));
  EXPECT_EQ(find_content_type((*list)[0].content_type)->stream, "audit.sharepoint");
  EXPECT_EQ((*list)[1].state, SubscriptionState::disabled);
  EXPECT_EQ((*list)[2].state, SubscriptionState::unknown);
}

TEST(Wire, TheTenantIsReadFromTheOpenIdConfiguration) {
  EXPECT_EQ(
      parse_openid(body(
          200, R"({"issuer":"https://sts.windows.net/AAAAAAAA-2222-4333-8444-555555555555/"})")),
      "aaaaaaaa-2222-4333-8444-555555555555");
  EXPECT_FALSE(
      parse_openid(body(200, R"({"issuer":"https://login/{tenantid}/v2.0"})")).has_value());
}

TEST(ErrorTable, EveryRowIsFoundByItsCodeAndSaysWhatToDo) {
  for (const ErrorRow& row : error_rows()) {
    const ApiError error = interpret_error(body(400, error_body(row.vendor_code, "words")));
    EXPECT_EQ(error.row, &row);
    const Failure failure = to_failure(error, "listing Audit.Exchange");
    EXPECT_THAT(failure.cause, HasSubstr(std::string(row.vendor_code)));
    EXPECT_THAT(failure.cause, HasSubstr("words"));
    EXPECT_FALSE(failure.next_step.empty());
    EXPECT_FALSE(failure.consequence.empty());
  }
}

struct Understood {
  int status;
  std::string_view body;
  Fate fate;
};

TEST(ErrorTable, OddBodiesAreUnderstood) {
  const Understood cases[] = {
      {403, "{'error':{'code':'AF429','message':'Too many requests'}}", Fate::throttled},
      {429, "", Fate::throttled},
      {401, R"({"Message":"Authorization has been denied"})", Fate::renew},
      {401, "", Fate::renew},
      {400, R"({"error":{"code":"AF20024"}})", Fate::success},
      {404, "", Fate::gone},
      {500, R"({"error":{"code":"AF50000","message":"retry in an hour"}})", Fate::retry},
      {502, "<html>Bad gateway</html>", Fate::retry},
      {403, "<html>blocked</html>", Fate::retry},
      {302, "", Fate::retry},
      {400, R"({"error":{"code":"AF99999"}})", Fate::retry},
      {418, "AFTER 12345", Fate::retry},
      {400,
       R"({"error":{"code":"StartSubscription [CorrId=1] failed","message":"DataServiceException: Tenant x does not exist."}})",
       Fate::auditing_off},
  };
  for (const Understood& one : cases) {
    EXPECT_EQ(interpret_error(body(one.status, std::string(one.body))).row->fate, one.fate)
        << one.body;
  }
}

TEST(ErrorTable, AnUnreadableAnswerIsQuoted) {
  const ApiError error = interpret_error(body(502, "<html>\nupstream \x01 down</html>"));
  EXPECT_THAT(to_failure(error, "listing").cause, HasSubstr("upstream"));
}

// ---- blobs ----

BlobContext context() {
  return {.stream = "audit.exchange",
          .tenant = std::string(kTenant),
          .content_id = "blob\"1",
          .created_text = "2026-03-04T05:06:07.123Z"};
}

TEST(BlobDecoder, RecordsKeepTheirWordsIdentityAndTime) {
  const auto batch = decode_blob(
      R"([ {"Id": "AB-1","OrganizationId":"T","CreationTime":"2026-03-04T05:06:07", "n": 9007199254740993},
           {"Id":"ab-1","OrganizationId":"t","CreationTime":"2026-03-04T05:06:07.5Z"} ])",
      context());
  ASSERT_TRUE(batch);
  ASSERT_THAT(batch->records, SizeIs(2));
  const Record& first = batch->records[0];
  EXPECT_EQ(
      first.raw,
      R"({"Id":"AB-1","OrganizationId":"T","CreationTime":"2026-03-04T05:06:07","n":9007199254740993})");
  EXPECT_EQ(first.identity, make_identity({"microsoft_365", "t", "ab-1"}));
  EXPECT_EQ(first.identity, batch->records[1].identity);
  EXPECT_EQ(first.time, parse_time("2026-03-04T05:06:07Z"));
  EXPECT_EQ(batch->records[1].time, parse_time("2026-03-04T05:06:07.5Z"));
  EXPECT_EQ(first.meta, R"({"blob":"blob\"1","created":"2026-03-04T05:06:07.123Z"})");
  EXPECT_EQ(first.stream, "audit.exchange");
  EXPECT_TRUE(first.problem.empty());
}

TEST(BlobDecoder, ARecordWithoutIdIsIdentifiedByItsBytes) {
  const auto batch = decode_blob(
      R"([{"Operation":"a"},{"Operation":"b"},{ "Operation":"a"},{"Id":""}])", context());
  ASSERT_THAT(batch->records, SizeIs(4));
  EXPECT_EQ(batch->records[0].identity, batch->records[2].identity);
  EXPECT_NE(batch->records[0].identity, batch->records[1].identity);
  EXPECT_NE(batch->records[3].identity, batch->records[0].identity);
  EXPECT_EQ(batch->records[0].time, TimePoint{});
}

TEST(BlobDecoder, ABrokenRecordIsKeptAndStopsNoOther) {
  const auto batch = decode_blob(R"([{"Id":"a"},{"Id":01tru},{"Id":"c"},5])", context());
  ASSERT_TRUE(batch);
  ASSERT_THAT(batch->records, SizeIs(4));
  EXPECT_TRUE(batch->records[0].problem.empty());
  EXPECT_FALSE(batch->records[1].problem.empty());
  EXPECT_EQ(batch->records[1].raw, R"({"Id":01tru})");
  EXPECT_TRUE(batch->records[2].problem.empty());
  EXPECT_FALSE(batch->records[3].problem.empty());
}

TEST(BlobDecoder, WhatIsNoWholeArrayIsNotContent) {
  for (const std::string_view text :
       {"", " ", "<html>", "{\"Id\":\"a\"}", "[", "[{\"Id\":\"a\"}", "null"}) {
    EXPECT_FALSE(decode_blob(std::string(text), context())) << text;
  }
  EXPECT_TRUE(decode_blob("[]", context()));
  EXPECT_TRUE(decode_blob(" [ ] \r\n", context())->records.empty());
  BlobContext last = context();
  last.accept_unfinished = true;
  EXPECT_FALSE(decode_blob("<html>", last));
  EXPECT_THAT(decode_blob(R"([{"Id":"a"},{"Id":"b)", last)->records, SizeIs(2));
}

TEST(BlobDecoder, AnEnormousRecordIsKeptInPiecesThatJoinToTheSameBytes) {
  std::string record = "{\"Id\":\"a\",\"Text\":\"";
  while (record.size() < 2 * kMaxPiece + 1000)
    record += "\xC3\xA4\xE2\x82\xAC";
  record += "\"}";
  const auto batch = decode_blob("[" + record + "]", context());
  ASSERT_THAT(batch->records, SizeIs(3));
  std::string joined;
  for (const Record& piece : batch->records) {
    EXPECT_LE(piece.raw.size(), kMaxPiece);
    EXPECT_EQ(piece.form, RawForm::text);
    EXPECT_FALSE(piece.problem.empty());
    joined += piece.raw;
  }
  EXPECT_EQ(joined, record);
}

}  // namespace
}  // namespace cistern::connectors::microsoft_365::test
