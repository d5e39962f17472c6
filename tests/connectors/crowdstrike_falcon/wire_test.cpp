#include "connectors/crowdstrike_falcon/wire.hpp"

#include "connectors/crowdstrike_falcon/clouds.hpp"
#include "connectors/crowdstrike_falcon/error_table.hpp"
#include "connectors/crowdstrike_falcon/fake_vendor.hpp"
#include "connectors/crowdstrike_falcon/feed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::crowdstrike_falcon::test {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

std::string header_of(const HttpRequest& request, std::string_view name) {
  for (const HttpHeader& header : request.headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

TEST(FalconWire, RequestsAreWhatTheVendorDocuments) {
  const HttpRequest discovery = discovery_request(kApi, "SIEM-Connector-v2.0.0");
  EXPECT_EQ(discovery.url,
            "https://api.crowdstrike.com/sensors/entities/datafeed/v2?appId=SIEM-Connector-v2.0.0");
  EXPECT_TRUE(discovery_request(kApi, "a b&c").url.ends_with("?appId=a%20b%26c"));
  const HttpRequest refresh = refresh_request("https://api.x/y?action_name=z&appId=a");
  EXPECT_EQ(refresh.method, "POST");
  EXPECT_EQ(refresh.url, "https://api.x/y?action_name=z&appId=a");
  EXPECT_EQ(header_of(refresh, "Content-Type"), "application/json");
  EXPECT_TRUE(refresh.body.empty());
}

TEST(FalconWire, AStreamIsAskedForWithItsWordAndItsPlace) {
  const Secret token{"tooth"};
  const std::string url = "https://firehose.x/sensors/entities/datafeed/v1/0?appId=a";
  const HttpRequest oldest = stream_request(url, token, {StreamStart::Kind::oldest, 0});
  EXPECT_EQ(oldest.url, url);
  EXPECT_EQ(header_of(oldest, "Authorization"), "Token tooth");
  EXPECT_TRUE(oldest.sensitive);
  EXPECT_EQ(stream_request(url, token, {StreamStart::Kind::newest, 0}).url, url + "&whence=2");
  EXPECT_EQ(stream_request(url, token, {StreamStart::Kind::offset, 18446744073709551615ULL}).url,
            url + "&offset=18446744073709551615");
  EXPECT_EQ(stream_request("https://h/p", token, {StreamStart::Kind::offset, 0}).url,
            "https://h/p?offset=0");
}

constexpr std::string_view kResource =
    R"({"dataFeedURL":"https://firehose.eu-1.crowdstrike.com/sensors/entities/datafeed/v1/0a?)"
    R"(appId=x","sessionToken":{"token":"c2Vzc2lvbg==","expiration":"2026-11-22T02:31:31.767185156Z"},)"
    R"("refreshActiveSessionURL":"https://api.eu-1.crowdstrike.com/sensors/entities/)"
    R"(datafeed-actions/v1/3?appId=x","refreshActiveSessionInterval":900})";

TEST(FalconWire, DiscoveryNamesFeedPartitionAndInterval) {
  const auto found =
      parse_discovery(reply(200, R"({"resources":[)" + std::string{kResource} + "]}"));
  ASSERT_TRUE(found);
  ASSERT_EQ(found->feeds.size(), 1U);
  EXPECT_EQ(found->feeds[0].feed, "0a");
  EXPECT_EQ(found->feeds[0].partition, "3");
  EXPECT_EQ(found->feeds[0].refresh_interval, seconds{900});
  found->feeds[0].token.use([](std::string_view text) { EXPECT_EQ(text, "c2Vzc2lvbg=="); });
}

TEST(FalconWire, OffersThatCannotBeUsedAreCountedAndTheOthersUsed) {
  const char* const broken[] = {
      "7",
      "{}",
      R"({"dataFeedURL":7})",
      R"({"dataFeedURL":"https://h/sensors/entities/datafeed/v1/../x?a","sessionToken":{"token":"t"},"refreshActiveSessionURL":"https://h/datafeed-actions/v1/0"})",
      R"({"dataFeedURL":"https://h/sensors/entities/datafeed/v1/0?a","sessionToken":{"token":"a\r\nb"},"refreshActiveSessionURL":"https://h/datafeed-actions/v1/0"})",
      R"({"dataFeedURL":"https://h/sensors/entities/datafeed/v1/0?a","sessionToken":{"token":""},"refreshActiveSessionURL":"https://h/datafeed-actions/v1/0"})"};
  for (const char* one : broken) {
    const auto found = parse_discovery(
        reply(200, R"({"resources":[)" + std::string{one} + "," + std::string{kResource} + "]}"));
    ASSERT_TRUE(found) << one;
    EXPECT_EQ(found->feeds.size(), 1U) << one;
    EXPECT_EQ(found->unreadable, 1U) << one;
  }
}

TEST(FalconWire, AnswersThatAreNoDiscoveryAreFailuresWithoutTheirTokens) {
  std::string many = R"({"resources":[{})";
  for (int i = 0; i < 64; ++i)
    many += ",{}";
  const std::string cut =
      R"({"resources":[{"sessionToken":{"token":"tooth"}})" + std::string(100, ' ');
  for (const std::string& body : {std::string{"[]"}, std::string{"{}"}, cut, many + "]}",
                                  std::string{R"({"resources":{}})"}, std::string{"\xff\xfe"}}) {
    const auto found = parse_discovery(reply(200, body));
    ASSERT_FALSE(found) << body;
    EXPECT_EQ(found.error().code, "crowdstrike_falcon/unreadable-answer");
    EXPECT_EQ(found.error().verdict, Verdict::retry);
    EXPECT_THAT(found.error().cause, Not(HasSubstr("tooth")));
  }
  EXPECT_EQ(parse_discovery(reply(200, " \r\n")).error().code, "crowdstrike_falcon/empty-answer");
  EXPECT_TRUE(parse_discovery(reply(200, R"({"resources":[]})")));
  EXPECT_TRUE(parse_discovery(reply(200, R"({"resources":null})")));
}

TEST(FalconWire, TheEnvelopesErrorsCountAlsoInA200) {
  EXPECT_FALSE(find_error(reply(200, R"({"errors":[],"resources":[]})")));
  EXPECT_FALSE(find_error(reply(200, R"({"errors":null})")));
  EXPECT_FALSE(find_error(reply(200, "{}")));
  const auto odd = find_error(refusal(200, 403, "no scope"));
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->effective(), 403);
  EXPECT_EQ(odd->message, "no scope");
  EXPECT_EQ(odd->trace_id, "trace-1") << "the header goes first";
  HttpResponse bare = refusal(500, 500, "x");
  bare.headers.clear();
  EXPECT_EQ(find_error(bare)->trace_id, "trace-2");
  EXPECT_TRUE(find_error(reply(502, "<html>")));
  const Failure failure = to_failure(row_of(Operation::discovery, *odd), *odd);
  EXPECT_THAT(failure.cause, HasSubstr("trace-1"));
  EXPECT_THAT(failure.next_step, HasSubstr("Event streams"));
}

TEST(FalconWire, QuotaThatIsNearlyUsedUpSlowsDown) {
  const auto pause = [](const char* left) {
    HttpResponse response = reply(200, "");
    response.headers.push_back({"X-RateLimit-Remaining", left});
    return quota_pause(response);
  };
  EXPECT_EQ(pause("11"), Duration{0});
  EXPECT_EQ(pause("10"), std::chrono::milliseconds{200});
  EXPECT_EQ(pause("5"), std::chrono::milliseconds{500});
  EXPECT_EQ(pause("x"), Duration{0});
}

TEST(FalconWire, TheSessionTokenGoesToTheVendorsHostsAlone) {
  const StreamHosts vendor{"https://api.eu-1.crowdstrike.com", {"relay.example.com"}};
  EXPECT_FALSE(stream_url_refused(vendor, "https://firehose.eu-1.crowdstrike.com/x?y=z"));
  EXPECT_FALSE(stream_url_refused(vendor, "https://crowdstrike.com/"));
  EXPECT_FALSE(stream_url_refused(vendor, "https://Relay.example.com:8443/"));
  for (const char* url : {"http://firehose.eu-1.crowdstrike.com/", "https://evilcrowdstrike.com/",
                          "https://crowdstrike.com.evil.com/", "https://crowdstrike.com@evil.com/",
                          "https://firehose.crowdstrike.mil/", "https://example.com/", "ftp://x/",
                          "", "https://firehose.crowdstrike.com/a b", "http://127.0.0.1:80/",
                          "https://firehose.crowdstrike.com\\@evil.com/"}) {
    EXPECT_TRUE(stream_url_refused(vendor, url)) << url;
  }
  const StreamHosts local{"http://127.0.0.1:4000", {}};
  EXPECT_FALSE(stream_url_refused(local, "http://127.0.0.1:4001/x"));
  EXPECT_FALSE(stream_url_refused(local, "http://localhost:4001/x"));
  EXPECT_TRUE(stream_url_refused(local, "https://example.com/x"));
  const StreamHosts other{"https://api.example.com", {}};
  EXPECT_FALSE(stream_url_refused(other, "https://api.example.com:444/x"));
  EXPECT_TRUE(stream_url_refused(other, "https://stream.example.com/x"));
}

TEST(FalconWire, CloudsHaveNames) {
  EXPECT_EQ(find_cloud("US-GOV-1")->api_url, "https://api.laggar.gcw.crowdstrike.com");
  EXPECT_EQ(find_cloud("xx"), nullptr);
  EXPECT_EQ(cloud_of_url("https://API.eu-1.crowdstrike.com/")->name, "eu-1");
}

TEST(FalconWire, APlaceIsReadAsItWasWritten) {
  FeedCursor cursor;
  cursor.customer = kCustomer;
  for (const std::uint64_t last : {std::uint64_t{0}, ~std::uint64_t{0}}) {
    cursor.last = last;
    cursor.newest = TimePoint{std::chrono::milliseconds{1784698003422}};
    cursor.epoch = 2;
    EXPECT_EQ(read_cursor(kCustomer, cursor_value(cursor)), cursor);
  }
  cursor.last.reset();
  EXPECT_EQ(read_cursor(kCustomer, cursor_value(cursor)), cursor);
  for (const char* text : {"", "1", "1 2", "x 2 3", "1 2 3 4", "1  3", "-1 2 3"})
    EXPECT_FALSE(read_cursor(kCustomer, text)) << text;
}

TEST(FalconWire, RefreshComesAtNineTenthsButNeverBusily) {
  EXPECT_EQ(refresh_delay(seconds{1800}), seconds{1620});
  EXPECT_EQ(refresh_delay(seconds{17}), std::chrono::milliseconds{15300});
  EXPECT_EQ(refresh_delay(seconds{2}), std::chrono::milliseconds{1800});
}

}  // namespace
}  // namespace cistern::connectors::crowdstrike_falcon::test
