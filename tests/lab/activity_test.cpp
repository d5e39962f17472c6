// The Management Activity API simulator refuses what the vendor refuses.
#include "tests/lab/lab_fixture.hpp"

#include <set>

#include <zlib.h>

namespace cistern::lab {

namespace {

class ActivityTest : public LabTest {
 protected:
  boost::json::array all_pages(std::string target, const std::string& bearer,
                               int* pages = nullptr) {
    boost::json::array out;
    int count = 0;
    while (!target.empty() && count < 1000) {
      const auto reply = call("GET", target, bearer);
      EXPECT_EQ(reply.status, 200) << target << "\n" << reply.body;
      if (reply.status != 200) break;
      const auto page = boost::json::parse(reply.body);
      for (const auto& item : page.as_array()) {
        out.push_back(item);
      }
      target = std::string(reply.header("NextPageUri"));
      if (!target.empty()) target = with_publisher(path_of(target));
      ++count;
    }
    if (pages != nullptr) *pages = count;
    return out;
  }

  static std::string with_publisher(std::string target) {
    if (target.find("PublisherIdentifier") == std::string::npos) {
      target += (target.find('?') == std::string::npos ? "?" : "&");
      target += "PublisherIdentifier=" + lab_tenant_id(1);
    }
    return target;
  }

  ClientReply blob(const boost::json::value& content, const std::string& bearer) {
    const std::string uri(content.as_object().at("contentUri").as_string());
    return call("GET", with_publisher(path_of(uri)), bearer);
  }
};

TEST_F(ActivityTest, RefusesBadTokens) {
  start();
  const auto target = feed("subscriptions/list");
  EXPECT_EQ(get(target).status, 401);
  EXPECT_EQ(call("GET", target, "x.y.z").status, 401);
  const auto good = token();
  EXPECT_EQ(call("GET", target, good).status, 200);
  auto forged = good;
  forged[forged.size() - 5] = forged[forged.size() - 5] == 'A' ? 'B' : 'A';
  EXPECT_EQ(call("GET", target, forged).status, 401);
  clock.advance(std::chrono::hours{2});
  EXPECT_EQ(call("GET", target, good).status, 401);
}

TEST_F(ActivityTest, RefusesTokensOfAnotherAudienceAndRevokedOnes) {
  start();
  auto graph = token_reply("grant_type=client_credentials&client_id=" + std::string(kLabClientId) +
                           "&client_secret=lab-secret&scope=https://graph.microsoft.com/.default");
  const auto bearer =
      std::string(boost::json::parse(graph.body).as_object().at("access_token").as_string());
  EXPECT_EQ(call("GET", feed("subscriptions/list"), bearer).status, 401);
  const auto old = token();
  EXPECT_EQ(post("/lab/tenants/" + lab_tenant_id(1), R"({"revoke_tokens":true})").status, 200);
  EXPECT_EQ(call("GET", feed("subscriptions/list"), old).status, 401);
}

TEST_F(ActivityTest, ComparesTenantOfPathAndToken) {
  auto options = calm();
  options.tenants = 2;
  start(options);
  const auto bearer = token();
  const auto at = [&](const std::string& tenant) {
    return code_of(call("GET", feed("subscriptions/list", tenant), bearer));
  };
  EXPECT_EQ(at(lab_tenant_id(2)), "AF20010");
  EXPECT_EQ(at("contoso1.onmicrosoft.com"), "AF20013");
  EXPECT_EQ(at("99999999-2222-3333-4444-555555500001"), "AF20011");
}

TEST_F(ActivityTest, NamesTheMissingPermission) {
  start();
  const auto roleless =
      call("GET", feed("subscriptions/list"), token(lab_tenant_id(1), kLabRolelessClientId));
  EXPECT_EQ(roleless.status, 401);
  EXPECT_EQ(code_of(roleless), "AF10001");
  EXPECT_NE(roleless.body.find("()"), std::string::npos);
  const auto no_dlp = token(lab_tenant_id(1), kLabNoDlpClientId);
  EXPECT_EQ(code_of(call("POST", feed("subscriptions/start?contentType=DLP.All"), no_dlp)),
            "AF10001");
  subscribe("Audit.Exchange", no_dlp);
}

TEST_F(ActivityTest, RequestsWithoutPublisherShareASmallQuota) {
  start();
  const auto bearer = token();
  const auto target = "/api/v1.0/" + lab_tenant_id(1) + "/activity/feed/subscriptions/list";
  ClientReply last;
  for (int i = 0; i < 4; ++i)
    last = call("GET", target, bearer);
  EXPECT_EQ(last.status, 403);
  EXPECT_EQ(code_of(last), "AF429");
  EXPECT_NE(last.body.find("PublisherId=00000000-0000-0000-0000-000000000000"), std::string::npos);
  EXPECT_EQ(code_of(call("GET", target + "?PublisherIdentifier=me", bearer)), "AF20002");
}

TEST_F(ActivityTest, ThrottlesATenantAboveItsQuota) {
  auto options = calm();
  options.requests_per_minute = 3;
  start(options);
  const auto bearer = token();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(call("GET", feed("subscriptions/list"), bearer).status, 200);
  }
  EXPECT_EQ(call("GET", feed("subscriptions/list"), bearer).status, 403);
  clock.advance(std::chrono::seconds{21});
  EXPECT_EQ(call("GET", feed("subscriptions/list"), bearer).status, 200);
}

TEST_F(ActivityTest, SubscriptionLife) {
  start();
  const auto bearer = token();
  EXPECT_EQ(code_of(call("GET", listing("Audit.Exchange", 2, 1), bearer)), "AF20022");
  subscribe("audit.exchange", bearer);
  const auto again = call("POST", feed("subscriptions/start?contentType=Audit.Exchange"), bearer);
  EXPECT_EQ(again.status, 400);
  EXPECT_EQ(code_of(again), "AF20024");
  EXPECT_EQ(code_of(call("POST", feed("subscriptions/start?contentType=Audit.Fax"), bearer)),
            "AF20020");
  EXPECT_EQ(code_of(call("POST", feed("subscriptions/start"), bearer)), "AF20001");
  const auto list = boost::json::parse(call("GET", feed("subscriptions/list"), bearer).body);
  ASSERT_EQ(list.as_array().size(), 1U);
  EXPECT_EQ(list.at(0).at("status").as_string(), "enabled");
  EXPECT_EQ(call("POST", feed("subscriptions/stop?contentType=Audit.Exchange"), bearer).status,
            200);
  EXPECT_EQ(code_of(call("GET", listing("Audit.Exchange", 2, 1), bearer)), "AF20022");
}

TEST_F(ActivityTest, APostNeedsItsLength) {
  start();
  ClientRequest request;
  request.method = "POST";
  request.url = feed("subscriptions/start?contentType=Audit.Exchange");
  request.headers = {{"Authorization", "Bearer " + token()}};
  request.send_length = false;
  EXPECT_EQ(send(request).status, 411);
}

TEST_F(ActivityTest, AuditingOffAndDisabledSubscription) {
  start();
  const auto bearer = token();
  const auto tenant = "/lab/tenants/" + lab_tenant_id(1);
  ASSERT_EQ(post(tenant, R"({"auditing":false})").status, 200);
  const auto off = call("POST", feed("subscriptions/start?contentType=Audit.Exchange"), bearer);
  EXPECT_EQ(off.status, 400);
  EXPECT_TRUE(code_of(off).starts_with("StartSubscription [CorrId="));
  EXPECT_NE(off.body.find("does not exist"), std::string::npos);
  ASSERT_EQ(post(tenant, R"({"auditing":true,"disabled":["Audit.Exchange"]})").status, 200);
  subscribe("Audit.Exchange", bearer);
  EXPECT_EQ(code_of(call("GET", listing("Audit.Exchange", 2, 1), bearer)), "AF20023");
}

TEST_F(ActivityTest, WindowRules) {
  start();
  const auto bearer = token();
  subscribe("Audit.Exchange", bearer);
  const auto ask = [&](const std::string& times) {
    return call("GET", feed("subscriptions/content?contentType=Audit.Exchange" + times), bearer);
  };
  const std::string end = "&endTime=2026-03-04T05:00:00";
  EXPECT_EQ(ask("").status, 200);
  EXPECT_EQ(ask("&startTime=2026-03-03T05:00:00" + end).status, 200);
  EXPECT_EQ(ask("&startTime=2026-03-03&endTime=2026-03-04").status, 200);
  EXPECT_EQ(ask("&startTime=2026-03-04T04:00&endTime=2026-03-04T05:00").status, 200);
  EXPECT_EQ(ask("&startTime=2026-03-04T04:00:00.5Z&endTime=2026-03-04T05:00:00Z").status, 200);
  EXPECT_EQ(ask("&startTime=2026-03-04T04:00:00&endTime=2026-03-05T03:00:00").status, 200);
  EXPECT_EQ(code_of(ask("&startTime=2026-03-04T04:00:00")), "AF20030");
  EXPECT_EQ(code_of(ask(end)), "AF20030");
  EXPECT_EQ(code_of(ask("&startTime=2026-03-03T04:59:59" + end)), "AF20055");
  EXPECT_EQ(code_of(ask("&startTime=2026-03-04T05:00:00" + end)), "AF20055");
  EXPECT_EQ(code_of(ask("&startTime=2026-03-04T06:00:00" + end)), "AF20055");
  EXPECT_EQ(code_of(ask("&startTime=2026-02-25T04:00:00&endTime=2026-02-25T05:00:00")), "AF20055");
  EXPECT_EQ(ask("&startTime=2026-02-25T04:30:00&endTime=2026-02-25T05:00:00").status, 200);
  EXPECT_EQ(code_of(ask("&startTime=2026-03-04T05:00:00%2B01:00" + end)), "AF20002");
  EXPECT_EQ(code_of(ask("&startTime=2026-03-04%2004:00:00" + end)), "AF20002");
  EXPECT_EQ(code_of(ask("&startTime=1772600000" + end)), "AF20002");
}

TEST_F(ActivityTest, WindowsAreHalfOpenAndAddUp) {
  start();
  const auto bearer = token();
  subscribe("Audit.Exchange", bearer);
  std::set<std::string> parts;
  std::size_t sum = 0;
  for (int hour = 0; hour < 23; ++hour) {
    for (const auto& item : all_pages(listing("Audit.Exchange", hour + 1, hour), bearer)) {
      parts.insert(std::string(item.as_object().at("contentId").as_string()));
      ++sum;
    }
  }
  EXPECT_EQ(sum, parts.size());
  const auto whole = all_pages(listing("Audit.Exchange", 23, 0), bearer);
  EXPECT_EQ(whole.size(), parts.size());
  EXPECT_GT(whole.size(), 20U);
}

TEST_F(ActivityTest, PagesByHeaderAndRefusesForeignPages) {
  auto options = calm();
  options.faults = "ordinary";
  options.page_size = 5;
  start(options);
  ASSERT_EQ(post("/lab/faults", R"({"kind":"delay","delay_ms":0,"count":100000})").status, 200);
  const auto bearer = token();
  subscribe("Audit.Exchange", bearer);
  const auto target = listing("Audit.Exchange", 23, 0);
  int pages = 0;
  const auto items = all_pages(target, bearer, &pages);
  EXPECT_GT(pages, 3);
  std::set<std::string> ids;
  std::vector<std::string> created;
  for (const auto& item : items) {
    ids.insert(std::string(item.as_object().at("contentId").as_string()));
    created.emplace_back(item.as_object().at("contentCreated").as_string());
  }
  EXPECT_EQ(ids.size(), items.size());
  EXPECT_FALSE(std::is_sorted(created.begin(), created.end()));
  const auto first = call("GET", target, bearer);
  const std::string next(first.header("nextpageuri"));
  EXPECT_NE(next.find("/api/v1/"), std::string::npos);
  EXPECT_NE(next.find("&endtime="), std::string::npos);
  EXPECT_EQ(next.find("PublisherIdentifier"), std::string::npos);
  EXPECT_EQ(code_of(call("GET", target + "&nextPage=abc", bearer)), "AF20031");
  const auto token_of_page = next.substr(next.find("nextPage="));
  EXPECT_EQ(code_of(call("GET", listing("Audit.Exchange", 22, 0) + "&" + token_of_page, bearer)),
            "AF20031");
}

TEST_F(ActivityTest, BlobsCanBeReadPlainAndGzipped) {
  start();
  const auto bearer = token();
  subscribe("Audit.SharePoint", bearer);
  const auto items = all_pages(listing("Audit.SharePoint", 23, 0), bearer);
  ASSERT_FALSE(items.empty());
  const auto plain = blob(items[0], bearer);
  ASSERT_EQ(plain.status, 200);
  const auto records = boost::json::parse(plain.body).as_array();
  EXPECT_FALSE(records.empty());
  EXPECT_EQ(records[0].as_object().at("OrganizationId").as_string(), lab_tenant_id(1));
  const auto target = path_of(items[0].as_object().at("contentUri").as_string()) +
                      "?PublisherIdentifier=" + lab_tenant_id(1);
  const auto packed =
      get(target, {{"Authorization", "Bearer " + bearer}, {"Accept-Encoding", "gzip"}});
  EXPECT_EQ(packed.header("Content-Encoding"), "gzip");
  EXPECT_LT(packed.body.size(), plain.body.size());
  std::string unpacked(plain.body.size() + 1, '\0');
  z_stream stream{};
  ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string input = packed.body;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(unpacked.data());
  stream.avail_out = static_cast<uInt>(unpacked.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  unpacked.resize(stream.total_out);
  inflateEnd(&stream);
  EXPECT_EQ(unpacked, plain.body);
}

TEST_F(ActivityTest, RefusesUnknownExpiredAndReencodedContent) {
  auto options = calm();
  options.history = std::chrono::hours{24 * 7};
  start(options);
  const auto bearer = token();
  subscribe("Audit.Exchange", bearer);
  const auto items = all_pages(listing("Audit.Exchange", 24 * 6 + 20, 24 * 6), bearer);
  ASSERT_FALSE(items.empty());
  auto target = path_of(items[0].as_object().at("contentUri").as_string());
  EXPECT_EQ(call("GET", with_publisher(target), bearer).status, 200);
  auto other = target;
  other[other.find("000000$")] = '9';
  const auto unknown = call("GET", with_publisher(other), bearer);
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(code_of(unknown), "AF20050");
  auto encoded = target;
  while (encoded.find('$') != std::string::npos)
    encoded.replace(encoded.find('$'), 1, "%24");
  EXPECT_EQ(code_of(call("GET", with_publisher(encoded), bearer)), "AF20052");
  clock.advance(std::chrono::hours{24 * 21});
  const auto later = token();
  EXPECT_EQ(code_of(call("GET", with_publisher(target), later)), "AF20051");
}

TEST_F(ActivityTest, PlantedGapsAreListedAndRefused) {
  auto options = calm();
  options.planted_gaps = 6;
  start(options);
  const auto bearer = token();
  int refused = 0;
  for (const auto* type : {"Audit.AzureActiveDirectory", "Audit.Exchange", "Audit.SharePoint",
                           "Audit.General", "DLP.All"}) {
    subscribe(type, bearer);
    for (const auto& item : all_pages(listing(type, 23, 0), bearer)) {
      refused += blob(item, bearer).status == 200 ? 0 : 1;
    }
  }
  EXPECT_EQ(refused, 6);
}

TEST_F(ActivityTest, LiveContentAppearsUntilFrozen) {
  auto options = calm();
  options.history = Duration{0};
  options.live_per_second = 50;
  start(options);
  const auto bearer = token();
  subscribe("Audit.Exchange", bearer);
  const auto count = [&] { return all_pages(listing("Audit.Exchange", 1, -1), bearer).size(); };
  EXPECT_EQ(count(), 0U);
  clock.advance(std::chrono::minutes{1});
  const auto after_a_minute = count();
  EXPECT_GT(after_a_minute, 5U);
  EXPECT_EQ(post("/lab/freeze", "").status, 200);
  clock.advance(std::chrono::minutes{1});
  EXPECT_EQ(count(), after_a_minute);
}

}  // namespace

}  // namespace cistern::lab
