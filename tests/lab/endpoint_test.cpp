// The lab's Secure Endpoint: pages from the newest back while events arrive, the hourly budget, and
// event streams.
#include "lab/truth/json_scan.hpp"
#include "tests/lab/lab_fixture.hpp"

#include <set>

namespace cistern::lab {

namespace {

namespace json = boost::json;

class EndpointTest : public LabTest {
 protected:
  static LabOptions with_events() {
    auto options = calm();
    options.history = std::chrono::hours{48};
    options.history_per_hour = 100;
    options.live_per_second = 5;
    return options;
  }

  static std::string basic(std::string_view client = kLabEndpointClientId,
                           std::string_view key = kLabEndpointApiKey) {
    return "Basic " + base64_encode(std::string(client) + ":" + std::string(key));
  }
  ClientReply call(const std::string& method, const std::string& target,
                   const std::string& body = {}, const std::string& who = basic()) const {
    ClientRequest request;
    request.method = method;
    request.url = target;
    request.body = body;
    request.headers = {{"Authorization", who}};
    return send(std::move(request));
  }
  ClientReply ask(const std::string& target) const { return call("GET", target); }

  static json::value body_of(const ClientReply& reply) {
    json::error_code error;
    auto value = json::parse(reply.body, error);
    EXPECT_FALSE(error) << reply.body;
    return value;
  }
  static std::string next_of(const json::value& page) {
    const auto* const next = page.at("metadata").at("links").as_object().if_contains("next");
    return next == nullptr ? std::string{} : path_of(std::string_view{next->as_string()});
  }
  // An event, whether its computer is online at the moment or not.
  static std::string lasting(const json::value& event) {
    auto copy = event.as_object();
    copy.at("computer").as_object().erase("active");
    return json::serialize(copy);
  }
  void set(const std::string& json) const {
    EXPECT_EQ(post("/lab/secure_endpoint", json).status, 200) << json;
  }
};

TEST_F(EndpointTest, CredentialsAreChecked) {
  start(with_events());
  EXPECT_EQ(ask("/v1/version").status, 200);
  const auto unknown = call("GET", "/v1/version", "", basic("nobody"));
  EXPECT_EQ(unknown.status, 401);
  EXPECT_NE(unknown.body.find("Unknown API key or Client ID"), std::string::npos);
  EXPECT_EQ(get("/v1/events").status, 401);
  set(R"({"key_revoked":true})");
  EXPECT_EQ(ask("/v1/version").status, 401);
}

TEST_F(EndpointTest, AWalkFromTheNewestRepeatsAndNeverSkips) {
  start(with_events());
  clock.advance(std::chrono::minutes{1});
  std::set<std::string> seen;
  std::size_t rows = 0;
  std::string first_page;
  for (auto target = std::string("/v1/events?limit=100"); !target.empty();) {
    const auto page = body_of(ask(target));
    if (first_page.empty()) first_page = json::serialize(page.at("data"));
    EXPECT_TRUE(page.at("metadata").at("links").as_object().contains("prev") ==
                (target.find("offset=") != std::string::npos));
    for (const auto& event : page.at("data").as_array()) {
      seen.insert(lasting(event));
      ++rows;
    }
    target = next_of(page);
    clock.advance(std::chrono::seconds{2});  // Ten more events push the others back.
  }
  EXPECT_GT(rows, seen.size());
  // All that was there when the walk began was seen.
  const auto start_of_walk = test_start() + std::chrono::minutes{1};
  std::size_t before = 0;
  for (auto target = std::string("/v1/events"); !target.empty();) {
    const auto page = body_of(ask(target));
    for (const auto& event : page.at("data").as_array()) {
      if (event.at("timestamp").to_number<std::int64_t>() >= unix_seconds(start_of_walk)) continue;
      ++before;
      EXPECT_TRUE(seen.contains(lasting(event)));
    }
    target = next_of(page);
  }
  EXPECT_GT(before, 1000U);
}

TEST_F(EndpointTest, EventsAreAsTheVendorMakesThem) {
  start(with_events());
  const auto reply = ask("/v1/events?limit=500");
  std::set<std::uint64_t> ids;
  std::size_t without = 0;
  bool neighbours = false;
  const auto page = body_of(reply);
  for (const auto& event : page.at("data").as_array()) {
    const auto* const id = event.as_object().if_contains("id");
    if (id == nullptr) {
      ++without;
      continue;
    }
    const auto number = id->to_number<std::uint64_t>();
    EXPECT_TRUE(ids.insert(number).second);
    neighbours = neighbours || ids.contains(number + 1) || ids.contains(number - 1);
  }
  EXPECT_GT(*ids.rbegin(), 1ULL << 53);
  EXPECT_TRUE(neighbours);
  EXPECT_GT(without, 0U);
}

TEST_F(EndpointTest, StartIsInclusiveAndFiltersNarrow) {
  start(with_events());
  const auto all = body_of(ask("/v1/events?limit=500"));
  const auto& tenth = all.at("data").at(10);
  const auto from = percent_encode(std::string_view{tenth.at("date").as_string()});
  const auto since = body_of(ask("/v1/events?start_date=" + from));
  EXPECT_EQ(since.at("data").as_array().back().at("timestamp"), tenth.at("timestamp"));
  // A plus that was not encoded is a blank.
  EXPECT_EQ(ask("/v1/events?start_date=2026-03-04T00:00:00+00:00").status, 400);
  const auto type = json::serialize(tenth.at("event_type_id"));
  for (const auto* const name : {"event_type%5B%5D=", "event_type="}) {
    const auto some = body_of(ask("/v1/events?" + (name + type)));
    ASSERT_FALSE(some.at("data").as_array().empty());
    for (const auto& event : some.at("data").as_array())
      EXPECT_EQ(event.at("event_type_id"), tenth.at("event_type_id"));
  }
  EXPECT_EQ(ask("/v1/events?limit=501").status, 400);
  EXPECT_EQ(ask("/v1/events?sort=asc").status, 400);
}

TEST_F(EndpointTest, TheAuditLogIsReadByTimes) {
  auto options = with_events();
  options.history_per_hour = 2000;
  start(options);
  const auto page = body_of(ask(
      "/v1/audit_logs?start_time=2026-03-03T05:06:07Z&end_time=2026-03-04T05:00:00Z&limit=500"));
  const auto& rows = page.at("data").as_array();
  ASSERT_EQ(rows.size(), 500U);
  EXPECT_GT(page.at("metadata").at("results").at("total").to_number<int>(), 500);
  std::multiset<std::string> texts;
  for (const auto& row : rows)
    texts.insert(json::serialize(row));
  EXPECT_TRUE(std::any_of(texts.begin(), texts.end(),
                          [&](const auto& text) { return texts.count(text) > 1; }));
  EXPECT_GE(rows.front().at("created_at").as_string(), rows.back().at("created_at").as_string());
}

TEST_F(EndpointTest, TheHourlyBudgetIsToldInEitherSpelling) {
  start(with_events());
  set(R"({"requests_per_hour":3})");
  const auto first = ask("/v1/version");
  EXPECT_EQ(first.header("X-RateLimit-Limit"), "3");
  EXPECT_EQ(first.header("X-RateLimit-Remaining"), "2");
  EXPECT_EQ(first.header("X-RateLimit-Reset"), "3600");
  ask("/v1/version");
  set(R"({"limit_spelling":"hyphens"})");
  EXPECT_EQ(ask("/v1/version").header("X-Rate-Limit-Remaining"), "0");
  const auto refused = ask("/v1/version");
  EXPECT_EQ(refused.status, 429);
  EXPECT_TRUE(refused.header("Retry-After").empty());
  clock.advance(std::chrono::hours{1});
  EXPECT_EQ(ask("/v1/version").status, 200);
}

TEST_F(EndpointTest, StreamsAreFiveAndTellTheirPasswordOnce) {
  start(with_events());
  set(R"({"broker_host":"localhost","broker_port":15443})");
  const auto made =
      call("POST", "/v1/event_streams", R"({"name":"soc","event_type":[1090519054]})");
  EXPECT_EQ(made.status, 201);
  const auto data = body_of(made).at("data");
  const auto& credentials = data.at("amqp_credentials");
  EXPECT_EQ(credentials.at("port").as_string(), "15443");
  EXPECT_EQ(credentials.at("password").as_string().size(), 40U);
  const auto id = json::serialize(data.at("id"));
  EXPECT_EQ(credentials.at("queue_name").as_string(), "event_stream_" + id);
  EXPECT_EQ(ask("/v1/event_streams/" + id).body.find("password"), std::string::npos);
  EXPECT_EQ(ask("/v1/event_streams").body.find("password"), std::string::npos);
  EXPECT_EQ(call("POST", "/v1/event_streams", R"({"name":"soc"})").status, 409);
  EXPECT_EQ(call("POST", "/v1/event_streams", R"({"wrong":1})").status, 400);
  for (const auto* const name : {"b", "c", "d", "e"}) {
    EXPECT_EQ(call("POST", "/v1/event_streams", R"({"name":")" + std::string(name) + "\"}").status,
              201);
  }
  const auto sixth = call("POST", "/v1/event_streams", R"({"name":"f"})");
  EXPECT_EQ(sixth.status, 409);
  EXPECT_NE(sixth.body.find("maximum of 5"), std::string::npos);
  const auto reader = basic(kLabEndpointReadClientId, kLabEndpointReadApiKey);
  EXPECT_EQ(call("DELETE", "/v1/event_streams/" + id, "", reader).status, 403);
  EXPECT_EQ(call("GET", "/v1/event_streams/" + id, "", reader).status, 200);
  EXPECT_EQ(call("DELETE", "/v1/event_streams/" + id).status, 200);
  EXPECT_EQ(ask("/v1/event_streams/" + id).status, 404);
  EXPECT_EQ(call("POST", "/v1/event_streams", R"({"name":"f"})").status, 201);
}

TEST_F(EndpointTest, EventsForABrokerAreThoseOfTheApi) {
  start(with_events());
  const auto all = get("/lab/secure_endpoint/events");
  const auto until = std::string(all.header("X-Lab-Until"));
  EXPECT_FALSE(all.body.empty());
  EXPECT_TRUE(get("/lab/secure_endpoint/events?since=" + until).body.empty());
  clock.advance(std::chrono::seconds{20});
  const auto fresh = get("/lab/secure_endpoint/events?since=" + until).body;
  const auto page = ask("/v1/events").body;
  ASSERT_FALSE(fresh.empty());
  std::size_t at = 0;
  while (at < fresh.size()) {
    const auto end = fresh.find('\n', at);
    EXPECT_NE(page.find(fresh.substr(at, end - at)), std::string::npos);
    at = end + 1;
  }
}

TEST_F(EndpointTest, AForeignNextPageCanBePlanted) {
  start(with_events());
  set(R"({"foreign_next":1})");
  EXPECT_NE(ask("/v1/events?limit=10").body.find("collector.example"), std::string::npos);
  EXPECT_EQ(ask("/v1/events?limit=10").body.find("collector.example"), std::string::npos);
}

}  // namespace

}  // namespace cistern::lab
