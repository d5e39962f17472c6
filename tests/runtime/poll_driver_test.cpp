#include "poll_fixture.hpp"

namespace cistern::runtime {
namespace {

using std::chrono::seconds;

TEST_F(PollDriverTest, GivesThePositionAsksWithCredentialsAndHandsBackTheReply) {
  journal.stored_position["watermark"] = "w";
  script.start = [] { return asking({request(1)}); };
  make();
  start();
  EXPECT_EQ(seen.position.at("watermark"), "w");
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].request.headers.at(0).value, "Bearer x");
  EXPECT_EQ(seen.grants.size(), 1U) << "the grant comes before the reply";
  answer(0, 404, "gone");
  ASSERT_EQ(seen.replies.size(), 1U);
  EXPECT_EQ(seen.replies[0].id, 1U);
  EXPECT_EQ(seen.replies[0].response->status, 404);
  EXPECT_EQ(seen.replies[0].response->body, "gone");
}

TEST_F(PollDriverTest, AsksWithoutCredentialsWhenTheMachineSaysSo) {
  script.start = [] {
    auto open = request(1);
    open.authorize = false;
    return asking({open});
  };
  make();
  start();
  EXPECT_EQ(authorizer.authorized, 0U);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_TRUE(sent[0].request.headers.empty());
}

TEST_F(PollDriverTest, ARefusedCredentialIsAFailedReply) {
  Failure expired;
  expired.code = "entra/secret-expired";
  authorizer.refuse = expired;
  script.start = [] { return asking({request(1)}); };
  make();
  start();
  ASSERT_EQ(seen.replies.size(), 1U);
  EXPECT_EQ(seen.replies[0].response.error().code, "entra/secret-expired");
}

TEST_F(PollDriverTest, NeverMoreThanMaxParallelAtOnce) {
  script.start = [] {
    std::vector<PollRequest> requests;
    for (std::uint64_t id = 1; id <= 10; ++id)
      requests.push_back(request(id));
    return asking(std::move(requests));
  };
  make({.max_parallel = 3});
  start();
  EXPECT_EQ(sent.size(), 3U);
  answer(1);
  EXPECT_EQ(sent.size(), 4U);
  answer(0);
  answer(2);
  EXPECT_EQ(sent.size(), 6U);
}

TEST_F(PollDriverTest, UrgentRequestsGoFirst) {
  script.start = [] {
    auto urgent = request(3);
    urgent.urgent = true;
    return asking({request(1), request(2), urgent});
  };
  make({.max_parallel = 1});
  start();
  EXPECT_EQ(sent[0].request.url, "https://vendor.example/3");
  answer(0);
  EXPECT_EQ(sent[1].request.url, "https://vendor.example/1");
}

TEST_F(PollDriverTest, HoldsARequestBackUntilItsTimeAlsoWhenTheClockJumps) {
  script.start = [this] {
    auto later = request(1);
    later.not_before = clock.now() + seconds{30};
    return asking({later});
  };
  make();
  start();
  clock.jump(std::chrono::hours{24});
  ASSERT_TRUE(loop.advance(seconds{29}));
  EXPECT_TRUE(sent.empty());
  clock.jump(std::chrono::hours{-48});
  ASSERT_TRUE(loop.advance(seconds{1}));
  EXPECT_EQ(sent.size(), 1U);
}

TEST_F(PollDriverTest, KeepsToTheSharedRateBudget) {
  script.start = [] {
    std::vector<PollRequest> requests;
    for (std::uint64_t id = 1; id <= 8; ++id)
      requests.push_back(request(id));
    return asking(std::move(requests));
  };
  make({.max_parallel = 100, .budget = "shared", .requests_per_minute = 60, .burst = 2});
  start();
  EXPECT_EQ(sent.size(), 2U);
  ASSERT_TRUE(loop.advance(seconds{3} + std::chrono::milliseconds{50}));
  EXPECT_EQ(sent.size(), 5U);
}

TEST_F(PollDriverTest, AThrottledReportSlowsTheBudgetDown) {
  script.start = [] {
    Step step;
    Report report;
    report.kind = Report::Kind::throttled;
    step.reports.push_back(report);
    return step;
  };
  make({.budget = "shared", .requests_per_minute = 60, .burst = 10});
  const auto budget = budgets.get("shared", 60, 10, clock.steady());
  start();
  EXPECT_DOUBLE_EQ(budget->per_minute(), 30);
  EXPECT_EQ(words(), "throttled");
}

TEST_F(PollDriverTest, StartsNothingWhileMemoryIsFullAndGoesOnWhenThereIsRoom) {
  memory.add(1 << 20);
  script.start = [] { return asking({blob(1)}); };
  make();
  start();
  EXPECT_TRUE(sent.empty());
  memory.remove(1 << 20);
  run();
  EXPECT_EQ(sent.size(), 1U);
}

TEST_F(PollDriverTest, MemoryIsHeldUntilTheRecordsAreCommitted) {
  journal.hold_commits = true;
  script.start = [] { return asking({blob(1)}); };
  script.reply = [](PollReply& reply) {
    Step step;
    auto order = commit_of(7);
    order.commit.owners.push_back(reply.records);
    step.commits.push_back(std::move(order));
    return step;
  };
  make();
  start();
  answer(0, 200, std::string(300'000, 'x'));
  run_all();
  ASSERT_EQ(journal.commits.size(), 1U);
  EXPECT_GE(memory.used(), 300'000U);
  journal.commits.clear();
  EXPECT_EQ(memory.used(), 0U);
}

TEST_F(PollDriverTest, AMachineThatHoldsTheMemoryItselfMayStillAsk) {
  std::shared_ptr<const RecordBatch> kept;
  script.start = [] { return asking({blob(1)}); };
  script.reply = [&kept](PollReply& reply) {
    if (reply.id != 1) return Step{};
    kept = reply.records;
    return asking({request(2)});
  };
  make();
  start();
  answer(0, 200, std::string(2 << 20, 'x'));
  run_all();
  ASSERT_TRUE(memory.full());
  EXPECT_EQ(sent.size(), 2U) << "otherwise it would wait for itself for ever";
}

TEST_F(PollDriverTest, DecodesOnThePoolAndHandsBackRecordsWithoutTheBody) {
  std::size_t records = 0;
  script.start = [] { return asking({blob(1)}); };
  script.reply = [&records](PollReply& reply) {
    records = reply.records ? reply.records->records.size() : 0;
    return Step{};
  };
  make();
  start();
  EXPECT_TRUE(sent[0].request.keep_encoded);
  answer(0, 200, "body");
  EXPECT_TRUE(seen.replies.empty());
  EXPECT_EQ(pool.size(), 1U);
  run_all();
  ASSERT_EQ(seen.replies.size(), 1U);
  EXPECT_EQ(records, 1U);
  EXPECT_EQ(seen.replies[0].response->body, "");
}

TEST_F(PollDriverTest, AnErrorBodyIsNotDecodedIntoRecords) {
  script.start = [] { return asking({blob(1)}); };
  make();
  start();
  answer(0, 429, "AF429");
  run_all();
  ASSERT_EQ(seen.replies.size(), 1U);
  EXPECT_EQ(seen.replies[0].response->body, "AF429");
}

TEST_F(PollDriverTest, ADamagedBodyIsAFailedReply) {
  script.start = [] { return asking({blob(1)}); };
  make();
  start();
  HttpResponse response;
  response.status = 200;
  response.headers = {{"Content-Encoding", "gzip"}};
  response.body = "this is not gzip";
  sent[0].done(response);
  run_all();
  ASSERT_EQ(seen.replies.size(), 1U);
  EXPECT_EQ(seen.replies[0].response.error().code, "net/encoding");
}

TEST_F(PollDriverTest, APieceOfAnObjectIsDecodedAsItCameWhateverItsContentEncodingSays) {
  std::string seen_by_decoder;
  script.start = [&seen_by_decoder] {
    PollRequest piece = blob(1);
    piece.http.keep_encoded = true;
    piece.decode = [&seen_by_decoder](const std::string& body) {
      seen_by_decoder = body;
      return std::make_shared<const RecordBatch>();
    };
    return asking({std::move(piece)});
  };
  bool handed_over = false;
  script.reply = [&handed_over](PollReply& reply) {
    handed_over = reply.records != nullptr;
    return Step{};
  };
  make();
  start();
  HttpResponse response;
  response.status = 206;
  response.headers = {{"Content-Encoding", "gzip"}};
  response.body = "the middle of a gzip stream";
  sent[0].done(response);
  run_all();
  ASSERT_EQ(seen.replies.size(), 1U);
  EXPECT_EQ(seen_by_decoder, "the middle of a gzip stream");
  EXPECT_TRUE(handed_over);
}

TEST_F(PollDriverTest, CommitsCarryTheConnectorsNameAndAreCountedByStream) {
  script.start = [] {
    Step step;
    auto order = commit_of(5, 4);
    order.commit.records[3].stream = "other";
    order.commit.coverage.resize(2);
    order.commit.coverage[0].stream = "stream";
    order.commit.coverage[1].stream = "other";
    step.commits.push_back(std::move(order));
    return step;
  };
  journal.hold_commits = true;
  make();
  start();
  ASSERT_EQ(journal.commits.size(), 1U);
  EXPECT_EQ(journal.commits[0].connector, "tenant");
  journal.answer_commit(
      CommitResult{.first = 1, .stored = 3, .duplicates = 1, .per_coverage = {{2, 1}, {1, 0}}});
  EXPECT_TRUE(seen.commits.empty()) << "the writer's thread only hands the news on";
  run();
  EXPECT_EQ(seen.commits, (std::vector<std::pair<std::uint64_t, bool>>{{5, true}}));
  const auto streams = status.connectors().at(0).streams;
  ASSERT_EQ(streams.size(), 2U);
  EXPECT_EQ(streams[0].stream, "other");
  EXPECT_EQ(streams[0].events, 1U);
  EXPECT_EQ(streams[1].events, 2U);
  EXPECT_EQ(streams[1].duplicates, 1U);
}

TEST_F(PollDriverTest, ACommitThatCanNeverBeStoredStopsTheConnectorInWords) {
  journal.hold_commits = true;
  script.start = [] {
    Step step;
    step.commits.push_back(commit_of(5));
    return step;
  };
  make();
  start();
  journal.answer_commit(fail_stop("journal/failed", "the store is unusable", "repair it"));
  run();
  EXPECT_EQ(seen.commits, (std::vector<std::pair<std::uint64_t, bool>>{{5, false}}));
  EXPECT_EQ(words(), "stopped: the store is unusable");
}

TEST_F(PollDriverTest, WhileManyCommitsWaitOnlyListingsAreAsked) {
  journal.hold_commits = true;
  script.start = [] {
    Step step;
    for (std::uint64_t id = 1; id <= 16; ++id)
      step.commits.push_back(commit_of(id));
    auto listing = request(2);
    listing.urgent = true;
    step.requests = {blob(1), listing};
    return step;
  };
  make();
  start();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].request.url, "https://vendor.example/2");
  journal.answer_commit(CommitResult{});
  run();
  EXPECT_EQ(sent.size(), 2U);
}

TEST_F(PollDriverTest, TheWakeTimeIsReplacedByALaterOne) {
  script.start = [this] {
    Step step;
    step.wake = clock.now() + seconds{10};
    step.requests = {request(1)};
    return step;
  };
  script.reply = [this](PollReply&) {
    Step step;
    step.wake = clock.now() + seconds{60};
    return step;
  };
  make();
  start();
  answer(0);
  ASSERT_TRUE(loop.advance(seconds{59}));
  EXPECT_TRUE(seen.wakes.empty());
  ASSERT_TRUE(loop.advance(seconds{1}));
  EXPECT_EQ(seen.wakes.size(), 1U);
}

TEST_F(PollDriverTest, RenewsCredentialsWhenTheMachineAsks) {
  script.start = [] { return asking({request(1)}); };
  script.reply = [](PollReply& reply) {
    Step step;
    if (reply.id == 1) {
      step.renew_credentials = true;
      step.requests = {request(2)};
    }
    return step;
  };
  make();
  start();
  answer(0, 401);
  EXPECT_EQ(authorizer.invalidated, 1U);
  EXPECT_EQ(sent.size(), 2U);
}

}  // namespace
}  // namespace cistern::runtime
