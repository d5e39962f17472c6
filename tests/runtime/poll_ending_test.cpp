#include "poll_fixture.hpp"

#include <stdexcept>

namespace cistern::runtime {
namespace {

using std::chrono::minutes;

TEST_F(PollDriverTest, StopCancelsRequestsDropsTheQueueAndWaitsForCommits) {
  journal.hold_commits = true;
  script.start = [] {
    Step step;
    step.commits.push_back(commit_of(1));
    step.requests = {request(1), request(2), request(3)};
    return step;
  };
  make({.max_parallel = 2});
  start();
  int stopped = 0;
  connector->stop([&] { ++stopped; });
  connector->stop([&] { ++stopped; });
  EXPECT_TRUE(sent[0].cancelled);
  EXPECT_TRUE(sent[1].cancelled);
  run();
  EXPECT_EQ(sent.size(), 2U);
  EXPECT_EQ(stopped, 0);
  journal.answer_commit(CommitResult{.first = 1, .stored = 1, .duplicates = 0, .per_coverage = {}});
  run();
  EXPECT_EQ(stopped, 2);
  EXPECT_EQ(status.connectors().at(0).events, 1U) << "what became durable is counted";
  EXPECT_EQ(memory.used(), 0U);
}

TEST_F(PollDriverTest, StopAtEveryPointOfARequestIsSafe) {
  // 0: before the start, 1: waiting for credentials, 2: for the answer, 3: decoding, 4: posted
  // back.
  for (int point = 0; point <= 4; ++point) {
    SCOPED_TRACE(point);
    sent.clear();
    seen = {};
    script.start = [] { return asking({blob(1)}); };
    authorizer = {};
    authorizer.silent = point == 1;
    make();
    if (point > 0) start();
    if (point > 2) answer(0, 200, "body");
    if (point > 3) pool.run_one();
    bool stopped = false;
    connector->stop([&] { stopped = true; });
    run_all();
    EXPECT_TRUE(stopped);
    EXPECT_TRUE(seen.replies.empty());
    EXPECT_EQ(memory.used(), 0U);
    connector.reset();
    run_all();
    EXPECT_TRUE(seen.destroyed);
    EXPECT_EQ(loop.timers(), 0U) << "no timer is left behind";
  }
}

TEST_F(PollDriverTest, DestructionWithoutStopDropsWhatComesLater) {
  journal.hold_commits = true;
  script.start = [] {
    Step step;
    step.commits.push_back(commit_of(1));
    step.requests = {blob(1)};
    return step;
  };
  make();
  start();
  answer(0, 200, "body");
  connector.reset();
  journal.answer_commit(CommitResult{});
  run_all();
  EXPECT_TRUE(seen.replies.empty());
  EXPECT_EQ(memory.used(), 0U);
}

TEST_F(PollDriverTest, ABugOfOneMachineStopsOnlyThisConnector) {
  script.start = [] { return asking({request(1), request(2)}); };
  script.reply = [](PollReply&) -> Step { throw std::logic_error("index out of range"); };
  make();
  start();
  answer(0);
  EXPECT_EQ(words(), "stopped: bug: index out of range");
  EXPECT_TRUE(sent[1].cancelled);
  bool stopped = false;
  connector->stop([&] { stopped = true; });
  run();
  EXPECT_TRUE(stopped);
}

TEST_F(PollDriverTest, ABugOfADecoderStopsOnlyThisConnector) {
  script.start = [] {
    auto bad = blob(1);
    bad.decode = [](std::string) -> std::shared_ptr<const RecordBatch> {
      throw std::runtime_error("decoder");
    };
    return asking({bad});
  };
  make();
  start();
  answer(0);
  run_all();
  EXPECT_EQ(words(), "stopped: bug: decoder");
  EXPECT_EQ(memory.used(), 0U);
}

TEST_F(PollDriverTest, APositionThatCannotBeReadStopsWithTheReason) {
  journal.position_status = fail_stop("journal/index", "the index is damaged", "repair it");
  make();
  start();
  EXPECT_EQ(words(), "stopped: the index is damaged");
}

TEST_F(PollDriverTest, TheWatchdogNamesTheStageThatStandsStill) {
  authorizer.silent = true;
  script.start = [] { return asking({request(1)}); };
  make({.progress_limit = minutes{10}});
  start();
  ASSERT_TRUE(loop.advance(minutes{9}));
  EXPECT_EQ(words(), "starting");
  ASSERT_TRUE(loop.advance(minutes{3}));
  EXPECT_NE(words().find("retrying: a request waits for its credentials for 1"), std::string::npos)
      << words();
}

TEST_F(PollDriverTest, TheWatchdogIsSilentWhileTheMachineWaitsForItsWakeTime) {
  script.start = [this] {
    Step step;
    step.wake = clock.now() + std::chrono::hours{2};
    return step;
  };
  make({.progress_limit = minutes{10}});
  start();
  ASSERT_TRUE(loop.advance(minutes{60}));
  EXPECT_EQ(words(), "starting");
}

TEST_F(PollDriverTest, TheWatchdogTakesItBackWhenItMovesAgain) {
  journal.hold_commits = true;
  script.start = [] {
    Step step;
    step.commits.push_back(commit_of(1));
    return step;
  };
  script.committed = [this](std::uint64_t) {
    Step step;
    step.wake = clock.now() + std::chrono::hours{10};
    return step;
  };
  make({.progress_limit = minutes{10}});
  start();
  ASSERT_TRUE(loop.advance(minutes{12}));
  EXPECT_NE(words().find("a commit waits to become durable"), std::string::npos) << words();
  journal.answer_commit(CommitResult{.first = 1, .stored = 1, .duplicates = 0, .per_coverage = {}});
  ASSERT_TRUE(loop.advance(minutes{1}));
  EXPECT_EQ(words(), "flowing");
}

TEST_F(PollDriverTest, ConnectorsTakeTurns) {
  // One with a long queue beside others with one request each: nobody waits for the whole queue.
  std::vector<Sent> greedy_sent;
  std::vector<Sent> modest_sent;
  ScriptedMachine::Script greedy;
  ScriptedMachine::Script modest;
  ScriptedMachine::Seen ignored;
  FakeAuthorizer::State open;
  MemoryBudget room{1ULL << 30};
  Services roomy{loop, pool, journal, clock, random, log, status, budgets, room};
  greedy.start = [] {
    std::vector<PollRequest> requests;
    for (std::uint64_t id = 1; id <= 1000; ++id)
      requests.push_back(request(id));
    for (auto& one : requests)
      one.authorize = false;
    return asking(std::move(requests));
  };
  modest.start = [&] {
    auto one = request(1);
    one.authorize = false;
    return asking({one});
  };
  const auto build = [&](const std::string& name, ScriptedMachine::Script& what,
                         std::vector<Sent>& to) {
    return make_poll_connector({.connector = name, .max_parallel = 1000, .burst = 1000},
                               std::make_unique<ScriptedMachine>(what, ignored),
                               std::make_unique<FakeAuthorizer>(loop, open),
                               std::make_unique<FakeHttp>(to), roomy);
  };
  auto first = build("greedy", greedy, greedy_sent);
  std::vector<std::unique_ptr<Connector>> others;
  first->start();
  for (int i = 0; i < 50; ++i) {
    others.push_back(build("m" + std::to_string(i), modest, modest_sent));
    others.back()->start();
  }
  while (modest_sent.size() < 50)
    ASSERT_TRUE(loop.run_one());
  EXPECT_LE(greedy_sent.size(), 3U) << "a turn is one request";
  run();
  EXPECT_EQ(greedy_sent.size(), 1000U);
}

}  // namespace
}  // namespace cistern::runtime
