// Planted faults happen exactly as often as asked, and the wire shows them.
#include "lab/harness/faults.hpp"

#include "tests/lab/lab_fixture.hpp"

namespace cistern::lab {

namespace {

class FaultsTest : public LabTest {
 protected:
  void SetUp() override {
    start();
    bearer_ = token();
    subscribe("Audit.Exchange", bearer_);
  }

  void plant(const std::string& json) const {
    const auto reply = post("/lab/faults", json);
    ASSERT_EQ(reply.status, 200) << reply.body;
  }
  ClientReply list() const { return call("GET", listing("Audit.Exchange", 23, 0), bearer_); }

  std::string bearer_;
};

TEST_F(FaultsTest, ErrorOnceInTheVendorsWords) {
  plant(R"({"kind":"error","match":{"operation":"list","content_type":"Audit.Exchange"},
            "status":500,"code":"AF50000"})");
  const auto broken = list();
  EXPECT_EQ(broken.status, 500);
  EXPECT_EQ(code_of(broken), "AF50000");
  EXPECT_EQ(list().status, 200);
}

TEST_F(FaultsTest, SkipAndCount) {
  plant(R"({"kind":"html","match":{"operation":"list"},"status":502,"skip":1,"count":2})");
  EXPECT_EQ(list().status, 200);
  EXPECT_EQ(list().status, 502);
  const auto page = list();
  EXPECT_EQ(page.status, 502);
  EXPECT_EQ(page.header("Content-Type"), "text/html");
  EXPECT_EQ(list().status, 200);
}

TEST_F(FaultsTest, ThrottleWithAndWithoutHeader) {
  plant(R"({"kind":"error","match":{"operation":"list"},"status":403,"code":"AF429"})");
  const auto old = list();
  EXPECT_EQ(old.status, 403);
  EXPECT_NE(old.body.find("Method=GetAvailableContent"), std::string::npos);
  plant(
      R"({"kind":"error","match":{"operation":"list"},"status":429,"code":"AF429","retry_after":7})");
  const auto modern = list();
  EXPECT_EQ(modern.status, 429);
  EXPECT_EQ(modern.header("Retry-After"), "7");
}

TEST_F(FaultsTest, CutBodyHasTheFullLengthAndFewerBytes) {
  const auto whole = list();
  plant(R"({"kind":"cut","match":{"operation":"list"},"bytes":100})");
  const auto cut = list();
  EXPECT_EQ(cut.status, 200);
  EXPECT_FALSE(cut.complete);
  EXPECT_EQ(cut.body, whole.body.substr(0, 100));
  EXPECT_EQ(cut.header("Content-Length"), whole.header("Content-Length"));
}

TEST_F(FaultsTest, ResetGivesNoAnswer) {
  plant(R"({"kind":"reset","match":{"operation":"list"}})");
  EXPECT_EQ(list().status, 0);
  EXPECT_EQ(list().status, 200);
}

TEST_F(FaultsTest, OversizeBodies) {
  plant(R"({"kind":"oversize","match":{"operation":"list"},"bytes":3000000})");
  EXPECT_EQ(list().body.size(), 3'000'000U);
  plant(R"({"kind":"oversize","match":{"operation":"list"},"bytes":3000000,"chunked":true})");
  const auto chunked = list();
  EXPECT_EQ(chunked.body.size(), 3'000'000U);
  EXPECT_TRUE(chunked.header("Content-Length").empty());
  plant(R"({"kind":"bomb","match":{"operation":"list"},"bytes":100000000})");
  const auto bomb = list();
  EXPECT_EQ(bomb.header("Content-Encoding"), "gzip");
  EXPECT_LT(bomb.body.size(), 1'000'000U);
}

TEST_F(FaultsTest, ForeignNextPage) {
  plant(R"({"kind":"foreign_next","match":{"operation":"list"}})");
  EXPECT_TRUE(
      list().header("NextPageUri").starts_with("https://manage.office.com.collector.example/"));
}

TEST_F(FaultsTest, ADeepBodyAndAMillionHeaders) {
  plant(R"({"kind":"deep","match":{"operation":"list"},"bytes":1000000})");
  EXPECT_EQ(list().body, std::string(1'000'000, '['));
  const auto whole = list();
  plant(R"({"kind":"headers","match":{"operation":"list"},"lines":5000})");
  const auto many = list();
  EXPECT_EQ(many.body, whole.body);
  EXPECT_EQ(many.header("X-Filler-4999"), "0");
}

TEST_F(FaultsTest, AnEchoRepeatsTheCredentials) {
  plant(R"({"kind":"echo","match":{"operation":"list"},"status":403})");
  const auto told = list();
  EXPECT_EQ(told.status, 403);
  EXPECT_NE(told.body.find("Bearer " + bearer_), std::string::npos);
}

TEST_F(FaultsTest, TokenFaultsSpeakEntra) {
  plant(R"({"kind":"error","match":{"operation":"token"},"status":400,"code":"50196"})");
  EXPECT_EQ(number_of(token_reply(form())), 50196);
}

TEST_F(FaultsTest, RefusesWhatItDoesNotKnow) {
  for (const auto* json :
       {"[]", "{}", R"({"kind":"explode"})", R"({"kind":"cut","cuont":1})", R"({"kind":"slow"})",
        R"({"kind":"deep"})", R"({"kind":"headers"})", R"({"kind":"cut","match":{"host":"x"}})"}) {
    EXPECT_EQ(post("/lab/faults", json).status, 400) << json;
  }
}

TEST_F(FaultsTest, StatusTellsWhatFired) {
  plant(R"({"kind":"empty","match":{"operation":"list"},"status":200})");
  EXPECT_TRUE(list().body.empty());
  const auto status = get("/lab/status");
  EXPECT_NE(status.body.find(R"("empty":1)"), std::string::npos) << status.body;
}

TEST(LabOptionsTest, RefusesOtherThanLoopback) {
  ManualClock clock{test_start()};
  LabOptions options;
  options.address = "0.0.0.0";
  const auto lab = start_lab(options, clock);
  ASSERT_FALSE(lab);
  EXPECT_EQ(lab.error().code, "lab/not-loopback");
}

TEST(LabOptionsTest, RefusesUnknownProfilesAndUsedPorts) {
  ManualClock clock{test_start()};
  LabOptions options;
  options.faults = "wild";
  EXPECT_EQ(start_lab(options, clock).error().code, "lab/unknown-profile");
  options.faults = "calm";
  const auto first = start_lab(options, clock);
  ASSERT_TRUE(first);
  options.port = (*first)->port();
  const auto second = start_lab(options, clock);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "lab/port-in-use");
}

TEST(HostNameTest, OnlyThisMachineIsServed) {
  ManualClock clock{test_start()};
  const auto lab = start_lab({}, clock);
  ASSERT_TRUE(lab);
  ClientRequest request;
  request.url = (*lab)->url() + "/lab/status";
  request.headers = {{"Host", "rebound.example"}};
  EXPECT_EQ(fetch(request)->status, 400);
}

}  // namespace

}  // namespace cistern::lab
