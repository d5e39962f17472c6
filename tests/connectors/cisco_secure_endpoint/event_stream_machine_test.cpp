// The decisions about the event stream, with a hand-pushed clock: made once, consumed, acknowledged
// after the commit, found again after a crash, made again when it is deleted.
#include "connectors/cisco_secure_endpoint/event_stream_machine.hpp"

#include "base/sealed.hpp"
#include "connectors/cisco_secure_endpoint/event_stream_release.hpp"
#include "connectors/cisco_secure_endpoint/identity.hpp"

#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

using net::amqp091::End;
using net::amqp091::EndKind;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr std::string_view kApi = "https://api.eu.amp.cisco.com";
const TimePoint kStart = parse_time("2026-03-02T09:00:00Z").value();

std::string created(std::uint64_t id, const std::string& name) {
  return R"({"version":"v1.2.0","data":{"id":)" + std::to_string(id) + R"(,"name":")" + name +
         R"(","amqp_credentials":{"user_name":")" + std::to_string(id) +
         R"(-0a1b2c","queue_name":"event_stream_)" + std::to_string(id) +
         R"(","password":"ONE-TIME-)" + std::to_string(id) +
         R"(","host":"export-streaming.eu.amp.cisco.com","port":"443","proto":"https"}}})";
}

std::string listed(const std::string& entries) {
  return R"({"version":"v1.2.0","metadata":{},"data":[)" + entries + "]}";
}

End end_of(EndKind kind) {
  return {.kind = kind,
          .failure = {.verdict = Verdict::retry,
                      .code = "amqp/test",
                      .cause = "it ended",
                      .consequence = {},
                      .next_step = "wait"}};
}

/// Keeps the position as the journal would, performs nothing by itself.
class Bench {
 public:
  explicit Bench(EventStreamMachineOptions options, Position position = {})
      : position_(std::move(position)), machine_(std::move(options), random_, *sealer_) {}

  void start() { take(machine_.start(position_, now)); }

  /// Makes every commit durable, in order, until none is left.
  void settle() {
    while (!commits.empty()) {
      CommitOrder order = std::move(commits.front());
      commits.erase(commits.begin());
      for (const StateChange& change : order.commit.state) {
        if (change.value) {
          position_[change.key] = *change.value;
        } else {
          position_.erase(change.key);
        }
      }
      stored += order.commit.records.size();
      take(machine_.on_committed(order.id, CommitResult{}, now));
    }
  }
  void refuse_commit() {
    const auto id = commits.front().id;
    commits.erase(commits.begin());
    take(machine_.on_committed(id, fail_retry("store/full", "no room"), now));
  }
  /// The request that waits for its answer.
  [[nodiscard]] std::string asked() const {
    return requests.empty() ? std::string{}
                            : requests.front().http.method + " " + requests.front().http.url;
  }
  void answer(int status, std::string body) {
    ASSERT_FALSE(requests.empty());
    const auto id = requests.front().id;
    requests.erase(requests.begin());
    HttpResponse response;
    response.status = status;
    response.body = std::move(body);
    take(machine_.on_reply({.id = id, .response = std::move(response), .records = {}}, now));
  }
  void answer_with_cut() {
    const auto id = requests.front().id;
    requests.erase(requests.begin());
    take(machine_.on_reply(
        {.id = id, .response = fail_retry("net/cut", "the connection broke"), .records = {}}, now));
  }
  void pass(Duration time) {
    now += time;
    if (wake && now >= *wake) {
      wake.reset();
      take(machine_.on_wake(now));
    }
  }
  void opened() { take(machine_.on_opened(session, now)); }
  void ended(EndKind kind) { take(machine_.on_ended(session, end_of(kind), now)); }
  void message(std::uint64_t tag, const std::string& body, std::uint64_t of_session = 0) {
    take(machine_.on_messages(
        of_session == 0 ? session : of_session,
        decode_messages("api.eu.amp.cisco.com",
                        {{.tag = tag, .redelivered = false, .body = body, .cut = 0}}),
        now));
  }

  /// From nothing to a broker that is to be opened.
  void make(std::uint64_t id = 1474) {
    start();
    settle();
    ASSERT_EQ(asked(), "GET https://api.eu.amp.cisco.com/v1/event_streams");
    answer(200, listed(""));
    ASSERT_EQ(asked(), "POST https://api.eu.amp.cisco.com/v1/event_streams");
    answer(201, created(id, "x"));
    settle();
  }

  TimePoint now = kStart;
  std::vector<PollRequest> requests;
  std::vector<CommitOrder> commits;
  std::vector<std::string> notices;
  std::optional<TimePoint> wake;
  std::optional<BrokerOrders::Opening> opening;
  std::uint64_t session = 0;
  std::vector<std::uint64_t> acknowledged;
  std::vector<StreamState> states;
  std::size_t stored = 0;
  unsigned closed = 0;
  Position position_;

  [[nodiscard]] const Sealer& sealer() const { return *sealer_; }
  EventStreamMachine& machine() { return machine_; }

 private:
  void take(Step step) {
    for (auto& request : step.requests)
      requests.push_back(std::move(request));
    for (auto& order : step.commits)
      commits.push_back(std::move(order));
    for (const auto& report : step.reports)
      notices.push_back(report.failure.cause);
    if (step.wake) wake = step.wake;
    BrokerOrders orders = machine_.take_orders();
    if (orders.close) ++closed;
    if (orders.acknowledge) acknowledged.push_back(*orders.acknowledge);
    if (orders.open) {
      session = orders.open->session;
      opening = std::move(orders.open);
    }
    if (orders.state) states.push_back(*orders.state);
  }

  SeededRandom random_{1};
  std::unique_ptr<Sealer> sealer_ = make_sealer([] {
    std::vector<SealingKey> keys;
    keys.push_back(SealingKey::from_text(Secret{std::string(64, 'k')}, "test").value());
    return Result<std::vector<SealingKey>>{std::move(keys)};
  });
  EventStreamMachine machine_;
};

EventStreamMachineOptions options(bool recreate = true) {
  return {.api_url = std::string{kApi},
          .name = "cistern",
          .types = {1090519054},
          .groups = {},
          .recreate = recreate,
          .keys = make_release_keys({.client_id = "id",
                                     .api_key = Secret{"API-KEY"},
                                     .ca_file = {},
                                     .proxy = {},
                                     .proxy_user = {},
                                     .proxy_password = {}})};
}

constexpr std::string_view kEvent =
    R"({"id":6533241145273614339,"timestamp":1710749521,"timestamp_nanoseconds":619000000,)"
    R"("event_type_id":1090519054,"connector_guid":"0b4883d4-0000-4404-9453-13cba0ee7662"})";
constexpr std::string_view kNeighbour =
    R"({"id":6533241145273614340,"timestamp":1710749521,"timestamp_nanoseconds":619000000,)"
    R"("event_type_id":1090519054,"connector_guid":"0b4883d4-0000-4404-9453-13cba0ee7662"})";

TEST(EventStreamMachine, TheNameIsDurableBeforeTheStreamIsMade) {
  Bench bench{options()};
  bench.start();
  EXPECT_TRUE(bench.requests.empty()) << "nothing is asked before the intent is stored";
  ASSERT_EQ(bench.commits.size(), 1U);
  bench.settle();
  const std::string name = bench.position_.at(std::string{kStreamIntent});
  EXPECT_THAT(name, testing::MatchesRegex("cistern-[0-9a-f]+"));
  bench.answer(200, listed(""));
  ASSERT_EQ(bench.requests.size(), 1U);
  EXPECT_THAT(bench.requests[0].http.body, HasSubstr("\"" + name + "\""));
  EXPECT_THAT(bench.requests[0].http.body, HasSubstr("\"event_type\":[1090519054]"));
  EXPECT_TRUE(bench.requests[0].http.sensitive) << "the answer holds the password";
}

TEST(EventStreamMachine, ThePasswordIsSealedBeforeAnythingElseAndNoWordOfItStandsInThePosition) {
  Bench bench{options()};
  bench.make();
  ASSERT_TRUE(bench.opening);
  bench.opening->login.password.use(
      [](std::string_view text) { EXPECT_EQ(text, "ONE-TIME-1474"); });
  EXPECT_EQ(bench.opening->login.port, 443);
  EXPECT_EQ(bench.opening->login.queue, "event_stream_1474");
  for (const auto& [key, value] : bench.position_) {
    EXPECT_EQ(value.find("ONE-TIME"), std::string::npos) << key;
    EXPECT_EQ(value.find("API-KEY"), std::string::npos) << key;
  }
  EXPECT_FALSE(bench.position_.contains(kStreamIntent));
}

TEST(EventStreamMachine, AcknowledgesAfterTheCommitOnly) {
  Bench bench{options()};
  bench.make();
  bench.opened();
  bench.settle();
  bench.message(1, std::string{kEvent});
  EXPECT_TRUE(bench.acknowledged.empty());
  EXPECT_FALSE(bench.machine().settled());
  bench.settle();
  EXPECT_EQ(bench.acknowledged, std::vector<std::uint64_t>{1});
  EXPECT_EQ(bench.stored, 1U);
  EXPECT_TRUE(bench.machine().settled());
}

TEST(EventStreamMachine, ACommitThatCannotBeMadeIsNotAcknowledgedAndTheBrokerGivesItAgain) {
  Bench bench{options()};
  bench.make();
  bench.opened();
  bench.settle();
  bench.message(1, std::string{kEvent});
  bench.refuse_commit();
  EXPECT_TRUE(bench.acknowledged.empty());
  EXPECT_EQ(bench.closed, 1U);
  const auto before = bench.session;
  bench.pass(seconds{31});
  EXPECT_GT(bench.session, before) << "opened again";
}

TEST(EventStreamMachine, TagsOfAnOldConnectionAreNeverAcknowledgedOnANewOne) {
  Bench bench{options()};
  bench.make();
  bench.opened();
  bench.settle();
  bench.message(7, std::string{kEvent});
  const auto old = bench.session;
  bench.ended(EndKind::broken);
  bench.pass(seconds{10});
  EXPECT_EQ(bench.session, old) << "no new one while messages of the old are on their way";
  bench.settle();
  EXPECT_TRUE(bench.acknowledged.empty());
  bench.pass(seconds{11});
  ASSERT_GT(bench.session, old);
  bench.opened();
  bench.settle();
  bench.message(3, std::string{kEvent}, old);
  bench.settle();
  EXPECT_TRUE(bench.acknowledged.empty()) << "of the old one nothing is taken either";
}

TEST(EventStreamMachine, ARestartGoesOnWithTheStoredPassword) {
  Bench first{options()};
  first.make();
  Bench second{options(), first.position_};
  second.start();
  EXPECT_TRUE(second.requests.empty()) << "the vendor need not be asked";
  ASSERT_TRUE(second.opening);
  second.opening->login.password.use(
      [](std::string_view text) { EXPECT_EQ(text, "ONE-TIME-1474"); });
}

TEST(EventStreamMachine, AStreamMadeBeforeACrashIsFoundByItsNameRemovedAndMadeAgain) {
  Bench first{options()};
  first.start();
  first.settle();
  first.answer(200, listed(""));
  first.answer(201, created(1474, "x"));
  // Killed here: its password is lost.
  const std::string name = first.position_.at(std::string{kStreamIntent});
  Bench second{options(), first.position_};
  second.start();
  second.answer(200, listed(R"({"id":3,"name":"cistern"},{"id":1474,"name":")" + name + "\"}"));
  EXPECT_EQ(second.asked(), "DELETE https://api.eu.amp.cisco.com/v1/event_streams/1474")
      << "and never the stream of somebody else";
  second.answer(200, "{}");
  second.answer(200, listed(R"({"id":3,"name":"cistern"})"));
  EXPECT_EQ(second.asked(), "POST https://api.eu.amp.cisco.com/v1/event_streams");
}

TEST(EventStreamMachine, AnAnswerThatWasLostIsFollowedByALookForWhatItMade) {
  Bench bench{options()};
  bench.start();
  bench.settle();
  bench.answer(200, listed(""));
  bench.answer_with_cut();
  bench.pass(minutes{6});
  EXPECT_EQ(bench.asked(), "GET https://api.eu.amp.cisco.com/v1/event_streams");
}

TEST(EventStreamMachine, ADeletedQueueIsLookedForAndTheStreamMadeAgain) {
  Bench bench{options()};
  bench.make();
  bench.opened();
  bench.settle();
  ASSERT_TRUE(bench.states.back().flowing);
  bench.ended(EndKind::cancelled);
  EXPECT_EQ(bench.asked(), "GET https://api.eu.amp.cisco.com/v1/event_streams/1474");
  bench.answer(404, R"({"errors":[{"error_code":404,"description":"Not Found","details":[]}]})");
  EXPECT_FALSE(bench.states.back().flowing) << "REST asks each minute meanwhile";
  EXPECT_THAT(bench.notices.back(), HasSubstr("is made again"));
  bench.settle();
  bench.pass(minutes{11});
  bench.answer(200, listed(""));
  bench.now += hours{1};
  bench.answer(201, created(1475, "x"));
  bench.settle();
  bench.opened();
  bench.settle();
  EXPECT_TRUE(bench.states.back().flowing);
  EXPECT_EQ(bench.states.back().covered_from, bench.now) << "REST reads everything before";
  EXPECT_EQ(bench.notices.back(), "the event stream is read");
}

TEST(EventStreamMachine, StreamsThatVanishAreMadeEverMoreRarely) {
  Bench bench{options()};
  bench.make();
  std::vector<Duration> pauses;
  for (std::uint64_t id = 1475; id < 1479; ++id) {
    bench.opened();
    bench.settle();
    bench.ended(EndKind::queue_gone);
    bench.answer(404, "{}");
    const TimePoint gone = bench.now;
    bench.settle();
    while (bench.requests.empty())
      bench.pass(minutes{1});
    pauses.push_back(bench.now - gone);
    bench.answer(200, listed(""));
    bench.answer(201, created(id, "x"));
    bench.settle();
  }
  EXPECT_GE(pauses[0], minutes{9});
  EXPECT_GE(pauses[1], minutes{19});
  EXPECT_GE(pauses[3], minutes{79});
}

TEST(EventStreamMachine, WithoutConsentADeletedStreamIsOnlyTold) {
  Bench bench{options(false)};
  bench.make();
  bench.opened();
  bench.settle();
  bench.ended(EndKind::queue_gone);
  bench.answer(404, "{}");
  bench.settle();
  EXPECT_THAT(bench.notices.back(), HasSubstr("`event_stream_recreate` is false"));
  bench.pass(hours{24});
  EXPECT_TRUE(bench.requests.empty());
  EXPECT_TRUE(bench.commits.empty()) << "the position still names it, for a later removal";
}

TEST(EventStreamMachine, AQueueThatIsGoneWhileTheStreamExistsIsTriedThriceThenMadeAnew) {
  Bench bench{options()};
  bench.make();
  for (int i = 0; i < 3; ++i) {
    bench.ended(EndKind::refused);
    ASSERT_THAT(bench.asked(), HasSubstr("GET"));
    bench.answer(200, R"({"data":{"id":1474}})");
    if (i < 2) bench.pass(minutes{6});
  }
  EXPECT_EQ(bench.asked(), "DELETE https://api.eu.amp.cisco.com/v1/event_streams/1474");
}

TEST(EventStreamMachine, TheLimitOfFiveStreamsIsToldInTheVendorsWordsAndLookedAtAgain) {
  Bench bench{options()};
  bench.start();
  bench.settle();
  bench.answer(200, listed(""));
  bench.answer(409, R"({"version":"v1.2.0","data":{},"errors":[{"error_code":409,)"
                    R"("description":"Conflict","details":["maximum of 5 event streams"]}]})");
  ASSERT_FALSE(bench.notices.empty());
  EXPECT_THAT(bench.notices.back(), HasSubstr("maximum of 5 event streams"));
  EXPECT_TRUE(bench.requests.empty());
  bench.pass(minutes{16});
  EXPECT_FALSE(bench.requests.empty());
}

TEST(EventStreamMachine, OtherFiltersTakeAnotherStream) {
  Bench first{options()};
  first.make();
  EventStreamMachineOptions other = options();
  other.types = {553648143};
  Bench second{std::move(other), first.position_};
  second.start();
  EXPECT_FALSE(second.opening);
  EXPECT_EQ(second.asked(), "DELETE https://api.eu.amp.cisco.com/v1/event_streams/1474");
  second.answer(200, "{}");
  second.settle();
  EXPECT_EQ(second.asked(), "GET https://api.eu.amp.cisco.com/v1/event_streams");
}

TEST(EventStreamMachine, AfterMoreTimeThanTheVendorKeepsMessagesRestReadsUpToNow) {
  Bench first{options()};
  first.make();
  first.opened();
  first.settle();
  Bench second{options(), first.position_};
  second.now = kStart + hours{24 * 11};
  second.start();
  second.opened();
  EXPECT_EQ(second.states.back().covered_from, second.now);
  Bench soon{options(), first.position_};
  soon.now = kStart + hours{24};
  soon.start();
  soon.opened();
  EXPECT_EQ(soon.states.back().covered_from, kStart) << "the queue has kept everything";
}

TEST(EventStreamMachine, APasswordThatNoLongerOpensTakesANewStream) {
  Bench first{options()};
  first.make();
  Position damaged = first.position_;
  damaged[std::string{kStreamPassword}] += "x";
  Bench second{options(), damaged};
  second.start();
  EXPECT_EQ(second.asked(), "DELETE https://api.eu.amp.cisco.com/v1/event_streams/1474");
}

TEST(EventStreamMachine, PassingTroubleIsToldWhenItComesTwice) {
  Bench bench{options()};
  bench.make();
  bench.opened();
  bench.settle();
  bench.ended(EndKind::forced);
  EXPECT_TRUE(bench.notices.empty());
  bench.pass(minutes{6});
  bench.ended(EndKind::forced);
  ASSERT_EQ(bench.notices.size(), 1U);
  EXPECT_THAT(bench.notices[0], HasSubstr("interrupted"));
  bench.pass(minutes{6});
  bench.ended(EndKind::forced);
  EXPECT_EQ(bench.notices.size(), 1U) << "once, not at each attempt";
  EXPECT_FALSE(bench.states.back().flowing);
}

TEST(EventStreamDecoder, TheIdentityIsThatOfRest) {
  const auto groups = decode_messages(
      "api.eu.amp.cisco.com",
      {{.tag = 1, .redelivered = false, .body = std::string{kEvent} + " \n", .cut = 0},
       {.tag = 2, .redelivered = false, .body = std::string{kNeighbour}, .cut = 0},
       {.tag = 3, .redelivered = true, .body = std::string{kEvent}, .cut = 0}});
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].tag, 3U);
  const auto& records = groups[0].batch->records;
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].raw, kEvent) << "as it came, without the white space around it";
  EXPECT_EQ(records[0].identity, event_key("api.eu.amp.cisco.com", kEvent).identity);
  EXPECT_EQ(records[2].identity, records[0].identity) << "handed out again";
  EXPECT_NE(records[1].identity, records[0].identity) << "differs in the last digit only";
  EXPECT_EQ(records[0].stream, kEvents);
}

TEST(EventStreamDecoder, WhatIsNoJsonIsKeptWithTheReason) {
  const auto groups =
      decode_messages("h", {{.tag = 1, .redelivered = false, .body = "not json", .cut = 0},
                            {.tag = 2, .redelivered = false, .body = "\xff\xfe{}", .cut = 0},
                            {.tag = 3, .redelivered = false, .body = "", .cut = 0},
                            {.tag = 4, .redelivered = false, .body = "[1]", .cut = 0},
                            {.tag = 5, .redelivered = false, .body = "{\"id\":1", .cut = 99}});
  ASSERT_EQ(groups.size(), 1U);
  const auto& records = groups[0].batch->records;
  ASSERT_EQ(records.size(), 5U);
  for (const Record& record : records)
    EXPECT_FALSE(record.problem.empty());
  EXPECT_EQ(records[0].form, RawForm::text);
  EXPECT_EQ(records[0].raw, "not json");
  EXPECT_EQ(records[1].form, RawForm::bytes);
  EXPECT_EQ(records[1].raw, "\xff\xfe{}");
  EXPECT_EQ(groups[0].tag, 5U) << "they are acknowledged like the others";
}

TEST(EventStreamDecoder, GroupsFitIntoCommits) {
  std::vector<net::amqp091::Delivery> messages;
  for (std::uint64_t tag = 1; tag <= 5; ++tag) {
    messages.push_back({.tag = tag,
                        .redelivered = false,
                        .body = R"({"pad":")" + std::string(5U << 20, 'x') + "\"}",
                        .cut = 0});
  }
  const auto groups = decode_messages("h", std::move(messages));
  ASSERT_EQ(groups.size(), 5U);
  for (const StreamGroup& group : groups)
    EXPECT_LE(group.batch->bytes, kMaxCommitBytes);
  EXPECT_EQ(groups[1].tag, 2U);
}

TEST(EventStreamWire, HostileAnswersMakeNoStream) {
  for (
      const char* body :
      {"", "[]", "{}", R"({"data":[]})", R"({"data":{"id":1}})",
       R"({"data":{"id":1,"amqp_credentials":{"user_name":"u","queue_name":"q","password":"p","host":"a b","port":"443"}}})",
       R"({"data":{"id":1,"amqp_credentials":{"user_name":"u","queue_name":"q","password":"p","host":"h","port":"70000"}}})",
       R"({"data":{"id":1,"amqp_credentials":{"user_name":"u","queue_name":"q","password":"","host":"h","port":"443"}}})",
       R"({"data":{"id":-1,"amqp_credentials":{"user_name":"u","queue_name":"q","password":"p","host":"h","port":443}}})"})
    EXPECT_FALSE(read_created_stream(body)) << body;
  const auto number = read_created_stream(
      R"({"data":{"id":1,"amqp_credentials":{"user_name":"u","queue_name":"q","password":"p","host":"h","port":443}}})");
  ASSERT_TRUE(number);
  EXPECT_EQ(number->port, 443) << "a number as well as a text";
}

TEST(EventStreamRelease, TheKeysComeBackAsTheyWere) {
  const auto keys = read_release_keys(make_release_keys({.client_id = "id \"x\"",
                                                         .api_key = Secret{"k"},
                                                         .ca_file = "/ca",
                                                         .proxy = "http://p:1",
                                                         .proxy_user = "u",
                                                         .proxy_password = Secret{"w"}}));
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->client_id, "id \"x\"");
  EXPECT_EQ(keys->proxy, "http://p:1");
  keys->proxy_password.use([](std::string_view text) { EXPECT_EQ(text, "w"); });
  EXPECT_TRUE(event_stream_left_behind({}).empty());
}

}  // namespace
}  // namespace cistern::connectors::cisco_secure_endpoint
