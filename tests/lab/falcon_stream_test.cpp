// Streams and sessions of the lab's Falcon.
#include "tests/lab/falcon_fixture.hpp"

#include <algorithm>
#include <future>
#include <thread>

namespace cistern::lab {

namespace {

TEST_F(FalconTest, ABacklogComesInOrderWithHoles) {
  start(quiet());
  const auto offsets = offsets_of(read(0).body);
  ASSERT_GT(offsets.size(), 190U);
  EXPECT_TRUE(std::is_sorted(offsets.begin(), offsets.end()));
  EXPECT_EQ(std::adjacent_find(offsets.begin(), offsets.end()), offsets.end());
  EXPECT_GT(offsets.back() - offsets.front(), offsets.size());
  // The quiet partition begins at 0, which is an offset like any other.
  EXPECT_EQ(offsets_of(read(1).body).front(), 0U);
}

TEST_F(FalconTest, AnOffsetIsInclusiveUnlessTold) {
  start(quiet());
  const auto all = offsets_of(read(0).body);
  const auto from = "&offset=" + std::to_string(all[10]);
  EXPECT_EQ(offsets_of(read(0, from).body).front(), all[10]);
  set(R"({"inclusive":false})");
  EXPECT_EQ(offsets_of(read(0, from).body).front(), all[11]);
}

TEST_F(FalconTest, TheNewestPlaceSaysOnlyWhatComes) {
  start(quiet());
  const auto all = offsets_of(read(0).body);
  const auto lines = lines_of(read(0, "&whence=2").body);
  // The audit event of this very stream is new, and perhaps that of the end of the one before.
  ASSERT_FALSE(lines.empty());
  for (const auto& line : lines) {
    EXPECT_NE(line.find("Crowdstrike Streaming API"), std::string::npos) << line;
    EXPECT_GT(offsets_of(line).front(), all.back());
  }
  const auto started = std::find_if(lines.begin(), lines.end(), [](const auto& line) {
    return line.find("streamStarted") != std::string::npos;
  });
  ASSERT_NE(started, lines.end());
  EXPECT_NE(started->find(R"({"Key":"offset","ValueString":"-1"})"), std::string::npos);
}

TEST_F(FalconTest, StreamsLeaveAuditEventsThatStayWhereTheyAre) {
  auto options = quiet();
  options.live_per_second = 5;
  start(options);
  const auto before = offsets_of(read(0).body);
  clock.advance(std::chrono::seconds{20});
  const auto after = offsets_of(read(0).body);
  ASSERT_GT(after.size(), before.size() + 80);
  EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin()));
}

TEST_F(FalconTest, AFilterLeavesOutOtherTypes) {
  start(quiet());
  const auto lines = lines_of(read(0, "&eventType=FirewallMatchEvent,HashSpreadingEvent").body);
  ASSERT_FALSE(lines.empty());
  for (const auto& line : lines) {
    EXPECT_TRUE(line.find(R"("eventType":"FirewallMatchEvent")") != std::string::npos ||
                line.find(R"("eventType":"HashSpreadingEvent")") != std::string::npos)
        << line;
  }
}

TEST_F(FalconTest, WhatIsWrongWithAStreamIsRefused) {
  start(quiet());
  const auto found = discover(bearer());
  EXPECT_EQ(stream(found[0], "", "Bearer ").status, 401);
  EXPECT_EQ(stream({found[1].stream, "", found[0].token}).status, 401);
  EXPECT_EQ(stream({"/sensors/entities/datafeed/v1/1?appId=cistern01", "", found[1].token}).status,
            404);
  EXPECT_EQ(stream(found[0], "?offset=5").status, 401);
  EXPECT_EQ(stream(found[0], "&offset=5&whence=2").status, 400);
  EXPECT_EQ(stream(found[0], "&whence=1").status, 400);
  EXPECT_EQ(stream(found[0], "&offset=-1").status, 400);
  EXPECT_EQ(stream(found[0], "&offset=5&offset=6").status, 400);
  EXPECT_EQ(stream(found[0]).status, 200);
  // Over is over, as soon as the lab has noticed that the reader left (429 until then).
  int status = stream(found[0]).status;
  for (int tries = 0; status == 429 && tries < 1000; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
    status = stream(found[0]).status;
  }
  EXPECT_EQ(status, 401);
}

TEST_F(FalconTest, AForgottenOffsetIsRefusedAndTheOldestIsNot) {
  auto options = quiet();
  options.live_per_second = 5;
  start(options);
  const auto all = offsets_of(read(0).body);
  clock.advance(std::chrono::seconds{20});
  EXPECT_EQ(set(R"({"expire":true})").status, 200);
  clock.advance(std::chrono::seconds{20});
  const auto late = "&offset=" + std::to_string(all.back());
  EXPECT_EQ(read(0, late).status, 400);
  set(R"({"expired_status":410})");
  const auto gone = read(0, late);
  EXPECT_EQ(gone.status, 410);
  EXPECT_NE(error_of(gone).find("offset"), std::string::npos);
  const auto left = offsets_of(read(0).body);
  ASSERT_FALSE(left.empty());
  EXPECT_GT(left.front(), all.back());
  EXPECT_EQ(read(0, "&offset=" + std::to_string(left.front())).status, 200);
}

TEST_F(FalconTest, ALargeEventComesWhole) {
  start(quiet());
  EXPECT_EQ(set(R"({"large":20000000})").status, 200);
  const auto body = read(0).body;
  const auto lines = lines_of(body);
  const auto largest = std::max_element(
      lines.begin(), lines.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
  EXPECT_GT(largest->size(), 20'000'000U);
  EXPECT_EQ(offsets_of(body).size(), lines.size());
}

TEST_F(FalconTest, ARefreshNeedsItsHeadersAndALivingSession) {
  start(quiet());
  const auto token = bearer();
  const auto found = discover(token);
  EXPECT_EQ(refresh(found[0], token).status, 200);
  EXPECT_EQ(refresh(found[0], token, "application/x-www-form-urlencoded").status, 400);
  EXPECT_EQ(refresh(found[0], "nonsense").status, 401);
  EXPECT_EQ(refresh({"", found[0].refresh + "&appId=cistern01", "", 0}, token).status, 400);
  EXPECT_EQ(stream(found[0]).status, 200);
  ASSERT_TRUE(nobody_reads()) << "a session ends with its reader";
  EXPECT_EQ(refresh(found[0], token).status, 404);
  EXPECT_EQ(refresh(found[1], token).status, 200);
}

TEST_F(FalconTest, ASessionLivesByItsRefreshesUpToItsCap) {
  start(quiet());
  set(R"({"refresh_interval":100,"session_cap":250,"token_lifetime":10000})");
  const auto token = bearer();
  const auto found = discover(token);
  EXPECT_EQ(found[0].interval, 100);
  clock.advance(std::chrono::seconds{90});
  EXPECT_EQ(refresh(found[0], token).status, 200);
  clock.advance(std::chrono::seconds{90});
  EXPECT_EQ(refresh(found[0], token).status, 200);
  EXPECT_EQ(refresh(found[1], token).status, 404);
  EXPECT_EQ(stream(found[1]).status, 401);
  clock.advance(std::chrono::seconds{80});
  EXPECT_EQ(refresh(found[0], token).status, 404);
}

TEST_F(FalconTest, AStreamEndsWithItsSession) {
  start(quiet());
  const auto found = discover(bearer());
  auto open = std::async(std::launch::async, [&] {
    ClientRequest request;
    request.url = lab_->url() + found[0].stream;
    request.headers = {{"Authorization", "Token " + found[0].token}};
    request.silence = std::chrono::seconds{20};
    return fetch(request);
  });
  while (get("/lab/falcon").body.find(R"("streams_connected":1)") == std::string::npos)
    std::this_thread::yield();
  clock.advance(std::chrono::seconds{1801});
  const auto reply = open.get();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200);
  EXPECT_GT(reply->body.size(), 0U);
}

TEST_F(FalconTest, ALabStopsAlsoWithOpenStreams) {
  start(quiet());
  const auto found = discover(bearer());
  auto open = std::async(std::launch::async, [url = lab_->url(), resource = found[0]] {
    ClientRequest request;
    request.url = url + resource.stream;
    request.headers = {{"Authorization", "Token " + resource.token}};
    return fetch(request);
  });
  while (get("/lab/falcon").body.find(R"("streams_connected":1)") == std::string::npos)
    std::this_thread::yield();
  lab_.reset();
  const auto reply = open.get();
  ASSERT_TRUE(reply);
  EXPECT_FALSE(reply->complete);
}

TEST_F(FalconTest, SilenceIsBrokenByEmptyLines) {
  start(quiet());
  set(R"({"keep_alive":0.01,"audit_streams":false})");
  // The stream's clock is the lab's: it has to move.
  std::atomic<bool> over{false};
  std::thread pusher([&] {
    while (!over) {
      clock.advance(std::chrono::milliseconds{20});
      std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
  });
  const auto found = discover(bearer());
  ClientRequest request;
  request.url = lab_->url() + found[1].stream + "&whence=2";
  request.headers = {{"Authorization", "Token " + found[1].token}};
  request.max_body = 20;
  const auto reply = fetch(request);
  over = true;
  pusher.join();
  ASSERT_TRUE(reply);
  EXPECT_TRUE(lines_of(reply->body).empty());
  EXPECT_GT(std::count(reply->body.begin(), reply->body.end(), '\n'), 10);
}

TEST_F(FalconTest, FaultsCutAStreamWhereTheySay) {
  start(quiet());
  post("/lab/faults", R"({"kind":"cut","bytes":3000,"match":{"operation":"stream"},"count":1})");
  const auto cut = read(0);
  EXPECT_EQ(cut.body.size(), 3000U);
  EXPECT_FALSE(cut.complete);
  post("/lab/faults", R"({"kind":"end","bytes":2500,"match":{"operation":"stream"},"count":1})");
  const auto ended = read(0);
  EXPECT_EQ(ended.body.size(), 2500U);
  EXPECT_TRUE(ended.complete);
}

TEST_F(FalconTest, APlantedLineIsSaidOnce) {
  auto options = quiet();
  start(options);
  const auto found = discover(bearer());
  auto open = std::async(std::launch::async, [&] {
    ClientRequest request;
    request.url = lab_->url() + found[0].stream;
    request.headers = {{"Authorization", "Token " + found[0].token}};
    request.silence = std::chrono::milliseconds{1500};
    return fetch(request);
  });
  while (get("/lab/falcon").body.find(R"("streams_connected":1)") == std::string::npos)
    std::this_thread::yield();
  EXPECT_EQ(set(R"({"line":"[1,2,3]"})").status, 200);
  EXPECT_EQ(set(R"({"line":"two\nlines"})").status, 400);
  const auto reply = open.get();
  ASSERT_TRUE(reply);
  EXPECT_NE(reply->body.find("\n[1,2,3]"), std::string::npos);
  EXPECT_EQ(read(0).body.find("[1,2,3]\n"), std::string::npos);
}

}  // namespace

}  // namespace cistern::lab
