// Tokens and discovery of the lab's Falcon: what the vendor refuses is refused in its own words.
#include "tests/lab/falcon_fixture.hpp"

namespace cistern::lab {

namespace {

TEST_F(FalconTest, ATokenSaysRegionTraceAndLimits) {
  start(quiet());
  const auto reply = ask_token();
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.header("X-CS-Region"), "us-1");
  EXPECT_EQ(reply.header("X-CS-TRACEID").size(), 36U);
  EXPECT_NE(reply.header("X-RateLimit-Remaining"), "");
  const auto body = boost::json::parse(reply.body).as_object();
  EXPECT_EQ(body.at("token_type").as_string(), "bearer");
  EXPECT_EQ(body.at("expires_in").as_int64(), 1799);
}

TEST_F(FalconTest, EachWrongLoginIsAnsweredAsTheVendorDoes) {
  start(quiet());
  EXPECT_EQ(ask_token(lab_falcon_client_id(1), "wrong").status, 401);
  EXPECT_EQ(ask_token("00000000000000000000000000000000").status, 400);
  EXPECT_EQ(ask_token(std::string(kLabFalconRevokedClientId)).status, 403);
  EXPECT_EQ(
      post("/oauth2/token", R"({"client_id":"x"})", {{"Content-Type", "application/json"}}).status,
      400);
  set(R"({"address_refused":true})");
  const auto refused = ask_token();
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(error_of(refused), "access denied, authorization failed");
  // Every failure names the trace that the vendor's support asks for.
  const auto meta = boost::json::parse(refused.body).at("meta").as_object();
  EXPECT_EQ(meta.at("trace_id").as_string(), refused.header("X-CS-TRACEID"));
}

TEST_F(FalconTest, TooManyLoginsNameAMomentAndNotADelay) {
  start(quiet());
  set(R"({"token_requests_per_minute":1})");
  EXPECT_EQ(ask_token().status, 201);
  const auto limited = ask_token();
  EXPECT_EQ(limited.status, 429);
  const auto moment = std::stoll(std::string(limited.header("X-RateLimit-RetryAfter")));
  EXPECT_GT(moment, unix_seconds(clock.now()));
  EXPECT_LE(moment, unix_seconds(clock.now()) + 120);
}

TEST_F(FalconTest, ATokenEndsByItsTimeAndByBeingRevoked) {
  start(quiet());
  const auto token = bearer();
  EXPECT_EQ(discovery(token).status, 200);
  clock.advance(std::chrono::seconds{1800});
  EXPECT_EQ(discovery(token).status, 401);
  const auto other = bearer();
  const auto revoked =
      post("/oauth2/revoke", "token=" + other,
           {{"Content-Type", "application/x-www-form-urlencoded"},
            {"Authorization", "Basic " + base64_encode(lab_falcon_client_id(1) + ":lab-secret")}});
  EXPECT_EQ(revoked.status, 200);
  EXPECT_EQ(discovery(other).status, 401);
}

TEST_F(FalconTest, DiscoveryGivesEachPartitionASessionOfItsOwn) {
  start(quiet());
  const auto found = discover(bearer());
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].stream, "/sensors/entities/datafeed/v1/0?appId=cistern01");
  EXPECT_EQ(found[1].stream, "/sensors/entities/datafeed/v1/1a?appId=cistern01");
  EXPECT_NE(found[0].token, found[1].token);
  EXPECT_EQ(found[0].interval, 1800);
}

TEST_F(FalconTest, DiscoveryRefusesWhatTheVendorRefuses) {
  start(quiet());
  const auto token = bearer();
  EXPECT_EQ(discovery(token, "appId=cistern01&format=flatjson").status, 400);
  EXPECT_EQ(discovery(token, "appId=" + std::string(33, 'a')).status, 400);
  EXPECT_EQ(discovery(token, "appId=a%20b").status, 400);
  EXPECT_EQ(discovery(token, "").status, 400);
  EXPECT_EQ(discovery(token, "appId=a&appId=a").status, 400);
  EXPECT_EQ(discovery("nonsense").status, 401);
  EXPECT_EQ(discovery(bearer(std::string(kLabFalconScopelessClientId))).status, 403);
}

TEST_F(FalconTest, AnotherCloudLogsInAndFindsNothing) {
  start(quiet());
  set(R"({"region":"eu-1"})");
  const auto reply = ask_token();
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.header("X-CS-Region"), "eu-1");
  const auto found = discovery(bearer());
  EXPECT_EQ(found.status, 200);
  const auto body = boost::json::parse(found.body).as_object();
  EXPECT_FALSE(body.contains("resources"));
  EXPECT_EQ(body.at("errors").as_array().size(), 1U);
}

TEST_F(FalconTest, AnAppIdStaysConnectedForAWhileAfterItsStream) {
  start(quiet());
  set(R"({"release":60})");
  const auto token = bearer();
  const auto first = discover(token);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(stream(first[0]).status, 200);
  EXPECT_EQ(discover(token).size(), 1U);
  // The lab's clock moves on only when the lab has seen the reader go: his appId is given free at
  // most a minute later.
  ASSERT_TRUE(nobody_reads());
  clock.advance(std::chrono::seconds{61});
  EXPECT_EQ(discover(token).size(), 2U);
}

TEST_F(FalconTest, TheWholeAppIdCanBeLocked) {
  start(quiet());
  set(R"({"release":60,"app_id_lock":"app"})");
  const auto token = bearer();
  EXPECT_EQ(stream(discover(token)[0]).status, 200);
  EXPECT_EQ(discover(token).size(), 0U);
  EXPECT_EQ(discover(token, "another").size(), 2U);
}

TEST_F(FalconTest, PlantedFaultsHitFalconOnly) {
  start(quiet());
  post("/lab/faults",
       R"({"kind":"empty","status":200,"match":{"operation":"discovery"},"count":1})");
  post(
      "/lab/faults",
      R"({"kind":"error","status":429,"retry_after":7,"match":{"vendor":"crowdstrike_falcon","operation":"token"},"count":1})");
  EXPECT_EQ(token_reply(form()).status, 200);
  const auto limited = ask_token();
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(limited.header("X-RateLimit-RetryAfter"),
            std::to_string(unix_seconds(clock.now()) + 7));
  const auto token = bearer();
  EXPECT_EQ(discovery(token).body, "");
  post("/lab/faults",
       R"({"kind":"error","status":200,"match":{"operation":"discovery"},"count":1})");
  const auto wrong = discovery(token);
  EXPECT_EQ(wrong.status, 200);
  EXPECT_FALSE(boost::json::parse(wrong.body).as_object().contains("resources"));
  EXPECT_NE(error_of(wrong), "");
}

}  // namespace

}  // namespace cistern::lab
