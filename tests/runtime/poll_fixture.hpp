// A poll connector made of fakes that the test turns by hand.
#pragma once

#include "fake_journal.hpp"
#include "manual_loop.hpp"
#include "runtime/poll/poll_driver.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace cistern::runtime {

/// A machine that does what the test says, and remembers what it was told.
class ScriptedMachine final : public PollMachine {
 public:
  struct Seen {
    Position position;
    std::vector<PollReply> replies;
    std::vector<std::pair<std::uint64_t, bool>> commits;
    std::vector<TimePoint> wakes;
    std::vector<Grant> grants;
    bool destroyed = false;
  };
  struct Script {
    std::function<Step()> start = [] { return Step{}; };
    std::function<Step(PollReply&)> reply = [](PollReply&) { return Step{}; };
    std::function<Step(std::uint64_t)> committed = [](std::uint64_t) { return Step{}; };
    std::function<Step()> wake = [] { return Step{}; };
  };
  ScriptedMachine(Script& script, Seen& seen) : script_(script), seen_(seen) {}
  ~ScriptedMachine() override { seen_.destroyed = true; }
  Step start(const Position& position, TimePoint) override {
    seen_.position = position;
    return script_.start();
  }
  Step on_grant(const Grant& grant, TimePoint) override {
    seen_.grants.push_back(grant);
    return {};
  }
  Step on_reply(PollReply reply, TimePoint) override {
    auto step = script_.reply(reply);
    reply.records.reset();
    seen_.replies.push_back(std::move(reply));
    return step;
  }
  Step on_committed(std::uint64_t id, const Result<CommitResult>& result, TimePoint) override {
    seen_.commits.emplace_back(id, result.has_value());
    return script_.committed(id);
  }
  Step on_wake(TimePoint now) override {
    seen_.wakes.push_back(now);
    return script_.wake();
  }

 private:
  Script& script_;
  Seen& seen_;
};

struct Sent {
  HttpRequest request;
  net::HttpClient::Callback done;
  bool cancelled = false;
};

class FakeHttp final : public net::HttpClient {
 public:
  explicit FakeHttp(std::vector<Sent>& sent) : sent_(sent) {}
  Handle send(HttpRequest request, Callback done) override {
    sent_.push_back({std::move(request), std::move(done)});
    return sent_.size();
  }
  void cancel(Handle handle) override {
    sent_.at(handle - 1).cancelled = true;
    sent_.at(handle - 1).done = nullptr;
  }

 private:
  std::vector<Sent>& sent_;
};

class FakeAuthorizer final : public net::Authorizer {
 public:
  struct State {
    unsigned authorized = 0;
    unsigned invalidated = 0;
    std::optional<Failure> refuse;
    bool silent = false;
  };
  FakeAuthorizer(Loop& loop, State& state) : loop_(loop), state_(state) {}
  void authorize(HttpRequest request, Ready ready) override {
    ++state_.authorized;
    if (state_.silent) return;
    if (state_.authorized == 1 && on_grant)
      on_grant(Grant{.tenant = "t", .audience = {}, .roles = {}, .expires = {}});
    request.headers.push_back({"Authorization", "Bearer x"});
    loop_.post([this, request = std::move(request), ready = std::move(ready)] {
      if (state_.refuse) return ready(fail(*state_.refuse));
      ready(request);
    });
  }
  void invalidate() override { ++state_.invalidated; }

 private:
  Loop& loop_;
  State& state_;
};

class PollDriverTest : public ::testing::Test {
 protected:
  ~PollDriverTest() override { connector.reset(); }

  void make(PollDriverOptions options = {}) {
    options.connector = "tenant";
    status.add_connector("tenant", "test");
    connector = make_poll_connector(options, std::make_unique<ScriptedMachine>(script, seen),
                                    std::make_unique<FakeAuthorizer>(loop, authorizer),
                                    std::make_unique<FakeHttp>(sent), services);
  }
  void start() {
    connector->start();
    run_all();
  }
  void run() { ASSERT_TRUE(loop.run()); }
  void run_all() {
    run();
    while (pool.run_one())
      run();
  }
  void answer(std::size_t index, int code = 200, std::string body = "[]") {
    HttpResponse response;
    response.status = code;
    response.body = std::move(body);
    auto done = std::exchange(sent.at(index).done, nullptr);
    ASSERT_TRUE(done);
    done(std::move(response));
    run();
  }
  static PollRequest request(std::uint64_t id) {
    PollRequest request;
    request.id = id;
    request.http.url = "https://vendor.example/" + std::to_string(id);
    return request;
  }
  static PollRequest blob(std::uint64_t id) {
    auto result = request(id);
    result.decode = [](std::string body) {
      auto batch = std::make_shared<RecordBatch>();
      batch->storage = std::move(body);
      Record record;
      record.stream = "stream";
      record.raw = batch->storage;
      batch->records.push_back(record);
      return batch;
    };
    return result;
  }
  static CommitOrder commit_of(std::uint64_t id, std::size_t events = 1) {
    CommitOrder order;
    order.id = id;
    Record record;
    record.stream = "stream";
    order.commit.records.assign(events, record);
    return order;
  }
  static Step asking(std::vector<PollRequest> requests) {
    Step step;
    step.requests = std::move(requests);
    return step;
  }
  std::string words() { return status.connectors().at(0).words; }

  ManualClock clock{*parse_time("2026-03-02T09:00:00Z")};
  test::ManualLoop loop{clock};
  test::ManualPool pool;
  test::FakeJournal journal;
  SeededRandom random{1};
  test::RecordingLog log;
  StatusBoard status{clock, log};
  RateBudgets budgets;
  MemoryBudget memory{1 << 20};
  Services services{loop, pool, journal, clock, random, log, status, budgets, memory};
  ScriptedMachine::Script script;
  ScriptedMachine::Seen seen;
  std::vector<Sent> sent;
  FakeAuthorizer::State authorizer;
  std::unique_ptr<Connector> connector;
};

}  // namespace cistern::runtime
