// What the machine does when the vendor, the network or the store says no.
#include "connectors/cisco_duo/log_stream.hpp"
#include "connectors/cisco_duo/machine_bench.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::cisco_duo::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

/// Answers that way while `active`, for paths that hold `part`.
struct Trouble {
  std::string part;
  int status = 500;
  std::string body;
  bool active = true;
  std::size_t answered = 0;
  std::vector<HttpHeader> headers = {};

  void install(FakeVendor& vendor) {
    vendor.fault = [this](const HttpRequest& request, TimePoint server) -> std::optional<Answer> {
      if (!active || request.url.find(part) == std::string::npos) return std::nullopt;
      ++answered;
      HttpResponse out = answer(status, body, server);
      out.headers.insert(out.headers.end(), headers.begin(), headers.end());
      return out;
    };
  }
};

MachineBench two_logs() {
  MachineBench bench({"authentication", "activity"});
  bench.options.lookback = hours{2};
  bench.vendor.add("authentication", bench.now - hours{1}, "a");
  bench.vendor.add("activity", bench.now - hours{1}, "b");
  return bench;
}

TEST(DuoTrouble, OneLogThatIsDeniedDoesNotStopTheOthers) {
  MachineBench bench = two_logs();
  Trouble trouble{.part = "/activity", .status = 403, .body = fail_body(40301, "Access forbidden")};
  trouble.install(bench.vendor);
  bench.run(minutes{20});
  EXPECT_EQ(bench.stored("authentication"), 1U);
  EXPECT_EQ(bench.stored("activity"), 0U);
  EXPECT_TRUE(bench.reported(Report::Kind::denied, "cisco_duo/access-denied", "activity"));
  EXPECT_FALSE(bench.reported(Report::Kind::denied, "cisco_duo/access-denied", "authentication"));
  EXPECT_EQ(trouble.answered, 1U) << "it is checked again every 30 minutes";
  trouble.active = false;
  bench.run(minutes{30});
  EXPECT_EQ(bench.stored("activity"), 1U);
}

TEST(DuoTrouble, ALogThatTheEditionLacksIsLeftOut) {
  MachineBench bench = two_logs();
  Trouble trouble{
      .part = "/activity", .status = 404, .body = fail_body(40401, "Resource not found")};
  trouble.install(bench.vendor);
  bench.run(hours{13});
  EXPECT_EQ(bench.stored("authentication"), 1U);
  EXPECT_TRUE(bench.reported(Report::Kind::stopped, "cisco_duo/log-not-available", "activity"));
  EXPECT_EQ(trouble.answered, 3U);
}

TEST(DuoTrouble, AnUnknownIntegrationStopsAllLogsUntilTheRecheck) {
  MachineBench bench = two_logs();
  Trouble trouble{.part = "/admin",
                  .status = 401,
                  .body = fail_body(40102, "Invalid integration key in request credentials")};
  trouble.install(bench.vendor);
  bench.run(minutes{14});
  EXPECT_TRUE(bench.reported(Report::Kind::refused, "cisco_duo/integration-unknown"));
  EXPECT_EQ(bench.vendor.requests.size(), 1U);
  trouble.active = false;
  bench.run(minutes{10});
  EXPECT_EQ(bench.stored("authentication"), 1U);
  EXPECT_EQ(bench.stored("activity"), 1U);
}

TEST(DuoTrouble, ARefusedSignatureIsTriedOnceMoreThenSaid) {
  MachineBench bench = two_logs();
  Trouble trouble{.part = "/admin",
                  .status = 401,
                  .body = fail_body(40103, "Invalid signature in request credentials")};
  trouble.install(bench.vendor);
  bench.run(minutes{5});
  EXPECT_EQ(trouble.answered, 2U);
  EXPECT_TRUE(bench.reported(Report::Kind::refused, "cisco_duo/signature-refused"));
}

TEST(DuoTrouble, RefusalsThatArriveTogetherCountOnce) {
  MachineBench bench = two_logs();
  bench.options.requests_per_minute = 6000;
  bench.latency = seconds{2};
  std::size_t refused = 0;
  bench.vendor.limit_per_minute = 100'000;
  bench.vendor.fault = [&](const HttpRequest&, TimePoint server) -> std::optional<Answer> {
    if (++refused > 2) return std::nullopt;
    return answer(401, fail_body(40105, "Bad request timestamp"), server);
  };
  bench.run(minutes{1});
  EXPECT_EQ(bench.stored("authentication"), 1U);
  EXPECT_EQ(bench.stored("activity"), 1U);
  EXPECT_FALSE(bench.reported(Report::Kind::refused, "cisco_duo/clock-refused"));
}

TEST(DuoTrouble, ThrottlingWithoutHeadersIsMetWithGrowingPauses) {
  MachineBench bench({"authentication"});
  bench.options.lookback = hours{2};
  Trouble trouble{.part = "/admin", .status = 429, .body = fail_body(42901, "Too Many Requests")};
  trouble.install(bench.vendor);
  bench.run(hours{2});
  const auto& requests = bench.vendor.requests;
  ASSERT_GE(requests.size(), 6U);
  EXPECT_GE(requests[1].at - requests[0].at, seconds{60});
  EXPECT_GE(requests[2].at - requests[1].at, seconds{120});
  EXPECT_GE(requests[3].at - requests[2].at, seconds{240});
  for (std::size_t i = 5; i < requests.size(); ++i) {
    EXPECT_GE(requests[i].at - requests[i - 1].at, seconds{600});
    EXPECT_LE(requests[i].at - requests[i - 1].at, seconds{670});
  }
  EXPECT_TRUE(bench.reported(Report::Kind::throttled, "cisco_duo/throttled"));
}

TEST(DuoTrouble, AnotherCollectorOnTheSameIntegrationOnlySlowsUsDown) {
  MachineBench bench({"authentication"});
  bench.vendor.limit_per_minute = 1;
  bench.options.lookback = hours{10};
  for (int i = 0; i < 5'000; ++i)
    bench.vendor.add("authentication", bench.now - hours{9} + seconds{i}, std::to_string(i));
  bench.run(hours{3});
  EXPECT_EQ(bench.stored("authentication"), 5'000U);
}

TEST(DuoTrouble, RetryAfterIsKept) {
  MachineBench bench({"authentication"});
  bench.options.lookback = hours{2};
  Trouble trouble{.part = "/admin",
                  .status = 429,
                  .body = "",
                  .active = true,
                  .answered = 0,
                  .headers = {{"Retry-After", "300"}}};
  trouble.install(bench.vendor);
  bench.run(seconds{290});
  EXPECT_EQ(trouble.answered, 1U);
  bench.run(seconds{30});
  EXPECT_EQ(trouble.answered, 2U);
}

TEST(DuoTrouble, NoAnswerOfAnyKindMovesThePosition) {
  const std::string whole = R"({"stat":"OK","response":{"authlogs":[],"metadata":{}}})";
  const std::vector<std::pair<int, std::string>> answers{
      {500, fail_body(50001, "Unknown internal server error")},
      {502, "<html><h1>Bad gateway</h1>"},
      {503, ""},
      {302, ""},
      {200, ""},
      {200, "<html>portal</html>"},
      {200, whole.substr(0, 30)},
      {200, fail_body(50001, "Unknown")},
      {200, R"({"stat":"OK"})"},
      {200, R"({"stat":"OK","response":{"authlogs":{},"metadata":{}}})"},
      {200, R"({"stat":"OK","response":{"authlogs":[],"metadata":{"next_offset":{}}}})"},
      {418, "teapot"}};
  for (const auto& [status, body] : answers) {
    MachineBench bench({"authentication"});
    bench.options.lookback = hours{2};
    bench.vendor.add("authentication", bench.now - hours{1}, "a");
    Trouble trouble{.part = "/admin", .status = status, .body = body};
    trouble.install(bench.vendor);
    bench.run(minutes{1});
    const TimePoint before = bench.watermark("authentication");
    bench.run(minutes{10});
    EXPECT_EQ(bench.watermark("authentication"), before) << status << " " << body;
    const bool told = std::any_of(bench.reports.begin(), bench.reports.end(), [](const auto& one) {
      return one.kind == Report::Kind::retrying;
    });
    EXPECT_TRUE(told) << status << " " << body;
    trouble.active = false;
    bench.run(minutes{30});
    EXPECT_EQ(bench.stored("authentication"), 1U) << status << " " << body;
  }
}

TEST(DuoTrouble, ANetworkFailureIsRepeated) {
  MachineBench bench({"authentication"});
  bench.options.lookback = hours{2};
  bench.vendor.add("authentication", bench.now - hours{1}, "a");
  int cuts = 3;
  bench.vendor.fault = [&](const HttpRequest&, TimePoint) -> std::optional<Answer> {
    if (cuts-- <= 0) return std::nullopt;
    return Answer{fail_retry("net/cut", "fewer bytes than announced")};
  };
  bench.run(minutes{10});
  EXPECT_EQ(bench.stored("authentication"), 1U);
  EXPECT_TRUE(bench.reported(Report::Kind::retrying, "net/cut", "authentication"));
}

TEST(DuoTrouble, APlaceThatIsRefusedIsLeftByTime) {
  MachineBench bench({"authentication"});
  bench.options.lookback = hours{10};
  for (int i = 0; i < 4'500; ++i)
    bench.vendor.add("authentication", bench.now - hours{9} + seconds{i}, std::to_string(i));
  bench.vendor.fault = [](const HttpRequest& request, TimePoint server) -> std::optional<Answer> {
    if (request.url.find("next_offset") == std::string::npos) return std::nullopt;
    return answer(400, fail_body(40002, "Invalid request parameters", "next_offset"), server);
  };
  bench.run(hours{1});
  EXPECT_EQ(bench.stored("authentication"), 4'500U);
  EXPECT_TRUE(bench.lost().empty());
}

TEST(DuoTrouble, AnOffsetThatNeverChangesDoesNotTurnInCircles) {
  MachineBench bench({"activity"});
  bench.options.lookback = hours{2};
  const std::string time = format_time(bench.now - hours{1});
  bench.vendor.fault = [&](const HttpRequest&, TimePoint server) -> std::optional<Answer> {
    return answer(200,
                  R"({"stat":"OK","response":{"items":[{"activity_id":"a","ts":")" + time +
                      R"("}],"metadata":{"next_offset":"1,same"}}})",
                  server);
  };
  bench.run(hours{12});
  EXPECT_GT(bench.watermark("activity"), bench.now - hours{1});
  EXPECT_TRUE(bench.reported(Report::Kind::lost, "cisco_duo/page-gap"));
}

TEST(DuoTrouble, ALimitThatIsRefusedIsLeftOut) {
  MachineBench bench({"trust_monitor"});
  bench.options.lookback = hours{2};
  bench.vendor.add("trust_monitor", bench.now - hours{1}, "SE1");
  bench.vendor.fault = [](const HttpRequest& request, TimePoint server) -> std::optional<Answer> {
    if (request.url.find("limit=") == std::string::npos) return std::nullopt;
    return answer(400, fail_body(40002, "Invalid request parameters", "limit"), server);
  };
  bench.run(minutes{10});
  EXPECT_EQ(bench.stored("trust_monitor"), 1U);
}

TEST(DuoTrouble, AWindowThatIsRefusedIsPlannedAnew) {
  MachineBench bench({"authentication"});
  bench.options.lookback = hours{2};
  bench.vendor.add("authentication", bench.now - hours{1}, "a");
  int refusals = 2;
  bench.vendor.fault = [&](const HttpRequest&, TimePoint server) -> std::optional<Answer> {
    if (refusals-- <= 0) return std::nullopt;
    return answer(400,
                  fail_body(40002, "Invalid request parameters",
                            "'maxtime' must be strictly greater than 'mintime'"),
                  server);
  };
  bench.run(minutes{15});
  EXPECT_EQ(bench.stored("authentication"), 1U);
  EXPECT_TRUE(bench.reported(Report::Kind::retrying, "cisco_duo/window-refused"));
}

TEST(DuoTrouble, AStoreThatRefusesIsAskedAgainLater) {
  MachineBench bench({"authentication"});
  bench.options.lookback = hours{2};
  bench.vendor.add("authentication", bench.now - hours{1}, "a");
  bool full = true;
  bench.refuse_commit = [&](const Commit& commit) -> std::optional<Failure> {
    if (!full || commit.records.empty()) return std::nullopt;
    return Failure{.verdict = Verdict::stop,
                   .code = "journal/unusable",
                   .cause = "no",
                   .consequence = {},
                   .next_step = {}};
  };
  bench.run(minutes{10});
  EXPECT_EQ(bench.stored("authentication"), 0U);
  EXPECT_TRUE(bench.reported(Report::Kind::stopped, "journal/unusable"));
  full = false;
  bench.run(minutes{30});
  EXPECT_EQ(bench.stored("authentication"), 1U);
}

TEST(DuoTrouble, MessagesNeverHoldARequestsSignature) {
  MachineBench bench = two_logs();
  Trouble trouble{.part = "/admin", .status = 403, .body = "<b>" + std::string(2000, 'x')};
  trouble.install(bench.vendor);
  bench.run(minutes{5});
  for (const Report& report : bench.reports)
    EXPECT_LT(report.failure.sentence().size(), 1500U);
}

}  // namespace
}  // namespace cistern::connectors::cisco_duo::test
