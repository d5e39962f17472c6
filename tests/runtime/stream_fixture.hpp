// A stream connector made of fakes that the test turns by hand.
#pragma once

#include "codec/value_stream.hpp"
#include "poll_fixture.hpp"
#include "runtime/stream/stream_driver.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace cistern::runtime {

/// A vendor's streams as the test plays them: each opening with its reader's callbacks.
struct PlayedStream {
  HttpRequest request;
  Duration idle_limit{0};
  net::HttpStreamEvents events;
  bool paused = false;
  bool dropped = false;
  std::uint64_t pauses = 0;
};

class FakeStreams final : public net::HttpStreamClient {
 public:
  explicit FakeStreams(std::vector<std::unique_ptr<PlayedStream>>& played) : played_(played) {}
  std::unique_ptr<net::HttpStream> open(HttpRequest request, Duration idle_limit,
                                        net::HttpStreamEvents events) override {
    played_.push_back(std::make_unique<PlayedStream>());
    played_.back()->request = std::move(request);
    played_.back()->idle_limit = idle_limit;
    played_.back()->events = std::move(events);
    return std::make_unique<Handle>(*played_.back());
  }

 private:
  class Handle final : public net::HttpStream {
   public:
    explicit Handle(PlayedStream& stream) : stream_(stream) {}
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() override { stream_.dropped = true; }
    void pause() override {
      stream_.paused = true;
      ++stream_.pauses;
    }
    void resume() override { stream_.paused = false; }

   private:
    PlayedStream& stream_;
  };
  std::vector<std::unique_ptr<PlayedStream>>& played_;
};

/// What a machine was told of its streams, in order.
struct StreamSeen {
  std::vector<std::string> news;  ///< "opened 1 200", "values 1", "ended 1 net/cut +5"
  std::vector<std::string> values;
  std::vector<TimePoint> value_times;
  std::vector<std::pair<std::uint64_t, bool>> commits;
  std::vector<PollReply> replies;
  std::vector<TimePoint> wakes;
  std::string refusal;
  std::uint64_t keep_alives = 0;
};

/// Commits what it is told, unless the test says otherwise.
class PlayedMachine final : public StreamMachine {
 public:
  struct Script {
    std::function<Step()> start = [] { return Step{}; };
    std::function<Step()> wake = [] { return Step{}; };
    std::function<Step(std::uint64_t)> ended = [](std::uint64_t) { return Step{}; };
    std::function<void(Step&)> values = [](Step&) {};
  };
  PlayedMachine(Script& script, StreamSeen& seen) : script_(script), seen_(seen) {}
  Step start(const Position&, TimePoint) override { return script_.start(); }
  Step on_grant(const Grant&, TimePoint) override { return {}; }
  Step on_reply(PollReply reply, TimePoint) override {
    seen_.replies.push_back(std::move(reply));
    return {};
  }
  Step on_committed(std::uint64_t id, const Result<CommitResult>& result, TimePoint) override {
    seen_.commits.emplace_back(id, result.has_value());
    return {};
  }
  Step on_wake(TimePoint now) override {
    seen_.wakes.push_back(now);
    return script_.wake();
  }
  Step on_opened(std::uint64_t stream, const HttpResponse& response, TimePoint) override {
    seen_.news.push_back("opened " + std::to_string(stream) + " " +
                         std::to_string(response.status));
    seen_.refusal = response.body;
    return {};
  }
  Step on_values(std::uint64_t stream, std::shared_ptr<const StreamBatch> values,
                 TimePoint now) override {
    seen_.news.push_back("values " + std::to_string(stream));
    seen_.keep_alives += values->keep_alives;
    for (const auto& record : values->batch.records) {
      seen_.values.push_back(std::string{record.problem} + std::string{record.raw});
      seen_.value_times.push_back(now);
    }
    Step step;
    if (!values->batch.records.empty()) {
      CommitOrder order;
      order.id = ++last_commit_;
      order.commit.records = values->batch.records;
      order.commit.owners.push_back(values);
      step.commits.push_back(std::move(order));
    }
    script_.values(step);
    return step;
  }
  Step on_ended(std::uint64_t stream, const StreamEnd& end, TimePoint) override {
    seen_.news.push_back("ended " + std::to_string(stream) + " " +
                         (end.status ? "in order" : end.status.error().code) + " +" +
                         std::to_string(end.cut_bytes));
    return script_.ended(stream);
  }

 private:
  Script& script_;
  StreamSeen& seen_;
  std::uint64_t last_commit_ = 0;
};

inline std::shared_ptr<const StreamBatch> decode_values(StreamValues values) {
  auto batch = std::make_shared<StreamBatch>();
  codec::split_json_values(values, [&](codec::StreamPiece kind, std::string_view) {
    if (kind == codec::StreamPiece::empty_line) ++batch->keep_alives;
  });
  batch->batch.storage = std::move(values.bytes);
  values.bytes = batch->batch.storage;
  codec::split_json_values(values, [&](codec::StreamPiece kind, std::string_view raw) {
    if (kind == codec::StreamPiece::empty_line) return;
    Record record;
    record.stream = "stream";
    if (kind == codec::StreamPiece::part) record.problem = "severed ";
    const auto offset = static_cast<std::size_t>(raw.data() - values.bytes.data());
    record.raw = std::string_view{batch->batch.storage}.substr(offset, raw.size());
    batch->batch.bytes += raw.size();
    batch->batch.records.push_back(record);
    batch->offsets.push_back(batch->offsets.size());
  });
  return batch;
}

inline HttpResponse answer_of(int code, std::string body = {}) {
  HttpResponse response;
  response.status = code;
  response.body = std::move(body);
  return response;
}

class StreamDriverTest : public ::testing::Test {
 protected:
  ~StreamDriverTest() override { connector.reset(); }

  static StreamOpening opening(std::uint64_t id) {
    StreamOpening opening;
    opening.id = id;
    opening.http.url = "https://vendor.example/feed/" + std::to_string(id);
    opening.idle_limit = std::chrono::seconds{75};
    opening.framer = [] { return codec::json_value_framer(); };
    opening.decode = decode_values;
    return opening;
  }
  static Step opening_streams(std::initializer_list<std::uint64_t> ids) {
    Step step;
    for (const std::uint64_t id : ids)
      step.streams.open.push_back(opening(id));
    return step;
  }

  std::unique_ptr<Connector> build(const std::string& name, PlayedMachine::Script& what,
                                   StreamSeen& told,
                                   std::vector<std::unique_ptr<PlayedStream>>& streams,
                                   StreamDriverOptions options = {}) {
    options.poll.connector = name;
    status.add_connector(name, "test");
    return make_stream_connector(options, std::make_unique<PlayedMachine>(what, told),
                                 std::make_unique<FakeAuthorizer>(loop, authorizer),
                                 std::make_unique<FakeHttp>(sent),
                                 std::make_unique<FakeStreams>(streams), services);
  }
  /// A connector whose machine opens stream 1 at its start, and the vendor's 200 to it.
  void start(StreamDriverOptions options = {}, bool answer = true) {
    if (!scripted) script.start = [] { return opening_streams({1}); };
    connector = build("falcon", script, seen, played, std::move(options));
    connector->start();
    run_all();
    if (answer) answer_with(200);
  }
  void answer_with(int code, std::string body = {}) {
    played.back()->events.opened(answer_of(code, std::move(body)));
    run();
  }
  void send(std::string_view bytes, std::size_t stream = 0) {
    ASSERT_FALSE(played.at(stream)->dropped);
    ASSERT_FALSE(played.at(stream)->paused) << "a paused stream gives nothing";
    played.at(stream)->events.bytes(bytes);
    run();
  }
  void end(Status how = {}, std::size_t stream = 0) {
    played.at(stream)->events.ended(std::move(how));
    run();
  }
  void run() { ASSERT_TRUE(loop.run()); }
  void run_all() {
    run();
    while (pool.run_one())
      run();
  }
  /// Answers the oldest commit; what it held goes with it, as in the real journal.
  void store_one() {
    journal.commits.at(answered++) = Commit{};
    journal.answer_commit(
        CommitResult{.first = 1, .stored = 1, .duplicates = 0, .per_coverage = {}});
    run();
  }
  void store_all() {
    while (!journal.waiting_commits.empty())
      store_one();
  }
  std::string words(const std::string& name = "falcon") {
    for (const auto& one : status.connectors()) {
      if (one.name == name) return one.words;
    }
    return "";
  }
  StreamFacts facts() { return status.connectors().at(0).reading.value(); }
  std::vector<std::string> committed() const {
    std::vector<std::string> raws;
    for (const auto& commit : journal.commits) {
      for (const auto& record : commit.records)
        raws.emplace_back(record.raw);
    }
    return raws;
  }

  ManualClock clock{*parse_time("2026-03-02T09:00:00Z")};
  test::ManualLoop loop{clock};
  test::ManualPool pool;
  test::FakeJournal journal;
  SeededRandom random{1};
  test::RecordingLog log;
  StatusBoard status{clock, log};
  RateBudgets budgets;
  MemoryBudget memory{64ULL << 20};
  Services services{loop, pool, journal, clock, random, log, status, budgets, memory};
  PlayedMachine::Script script;
  bool scripted = false;  ///< The test has set script.start itself.
  StreamSeen seen;
  std::vector<Sent> sent;
  FakeAuthorizer::State authorizer;
  std::vector<std::unique_ptr<PlayedStream>> played;
  std::size_t answered = 0;
  std::unique_ptr<Connector> connector;
};

}  // namespace cistern::runtime
