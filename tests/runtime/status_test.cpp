#include "runtime/status/status.hpp"

#include "manual_loop.hpp"

#include <gtest/gtest.h>

namespace cistern::runtime {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using test::RecordingLog;

class StatusTest : public ::testing::Test {
 protected:
  StatusTest() {
    board.add_connector("tenant", "microsoft_365");
    board.add_stream("tenant", "audit.exchange");
    board.add_stream("tenant", "audit.general");
    board.add_destination("siem", "file");
  }
  void report(Report::Kind kind, const std::string& stream, Failure failure = {},
              TimePoint until = {}) {
    Report report;
    report.kind = kind;
    report.stream = stream;
    report.failure = std::move(failure);
    report.until = until;
    board.report("tenant", report);
  }
  void both_working() {
    report(Report::Kind::working, "audit.exchange");
    report(Report::Kind::working, "audit.general");
  }
  ConnectorStatus connector() { return board.connectors().at(0); }
  DestinationStatus destination() { return board.destinations().at(0); }

  ManualClock clock{*parse_time("2026-03-02T09:00:00Z")};
  RecordingLog log;
  StatusBoard board{clock, log};
};

Failure failure_of(const std::string& code, const std::string& cause) {
  Failure failure;
  failure.code = code;
  failure.cause = cause;
  failure.next_step = "do something";
  return failure;
}

TEST_F(StatusTest, StartsAndFlowsOnlyWhenEveryStreamDoes) {
  EXPECT_EQ(connector().words, "starting");
  report(Report::Kind::working, "audit.exchange");
  EXPECT_EQ(connector().words, "starting") << "one stream has not answered yet";
  report(Report::Kind::working, "audit.general");
  EXPECT_EQ(connector().words, "flowing");
}

TEST_F(StatusTest, ANoticeWithACodeStandsBesideTheStateUntilItIsOver) {
  both_working();
  report(Report::Kind::notice, "", failure_of("vendor/clock-skew", "the clock is wrong"));
  report(Report::Kind::notice, "", failure_of("vendor/clock-skew", "the clock is very wrong"));
  report(Report::Kind::notice, "", failure_of("", "only for the log"));
  EXPECT_EQ(connector().words, "flowing");
  ASSERT_EQ(connector().notices.size(), 1U);
  EXPECT_EQ(connector().notices[0].cause, "the clock is very wrong");
  Failure over = failure_of("vendor/clock-skew", "the clock is right again");
  over.next_step.clear();
  report(Report::Kind::notice, "", over);
  EXPECT_TRUE(connector().notices.empty());
}

TEST_F(StatusTest, FlowingTurnsQuietAfterTwoMinutesAndBack) {
  both_working();
  board.stored("tenant", "audit.exchange", 5, 0, clock.now());
  clock.advance(seconds{119});
  EXPECT_EQ(connector().state, State::flowing);
  clock.advance(seconds{1});
  EXPECT_EQ(connector().words, "quiet (rhythm unknown)");
  board.stored("tenant", "audit.exchange", 1, 0, clock.now());
  EXPECT_EQ(connector().words, "flowing");
}

/// Two weeks of an arrival every ten minutes on both streams, each poll answered.
class RhythmStatusTest : public StatusTest {
 protected:
  RhythmStatusTest() {
    for (int i = 0; i < 14 * 24 * 6; ++i)
      ten_minutes(true);
    both_working();
    board.refresh();
  }
  void ten_minutes(bool something_new) {
    for (int i = 0; i < 10; ++i) {
      both_working();
      if (something_new && i == 0) {
        board.stored("tenant", "audit.exchange", 1, 0, clock.now());
        board.stored("tenant", "audit.general", 1, 0, clock.now());
      }
      clock.advance(minutes{1});
    }
    board.refresh();
  }
};

TEST_F(RhythmStatusTest, APauseWithinTheRhythmIsQuietAsUsual) {
  clock.advance(minutes{5});
  both_working();
  board.refresh();
  EXPECT_EQ(connector().words, "quiet as usual");
  EXPECT_TRUE(connector().streams.at(0).rhythm_known);
}

TEST_F(RhythmStatusTest, SilenceBeyondTheRhythmIsUnusualSaidOnceAndOver) {
  log.clear();
  for (int i = 0; i < 6; ++i)
    ten_minutes(false);
  EXPECT_EQ(connector().state, State::unusually_quiet);
  EXPECT_EQ(connector().words.find("unusually quiet: since 2026-"), 0U) << connector().words;
  EXPECT_NE(connector().words.find("usually at most 15 min pass"), std::string::npos)
      << connector().words;
  EXPECT_EQ(connector().streams.at(0).failure->code, "runtime/unusually-quiet");
  EXPECT_EQ(log.count("unusually quiet", LogLevel::warning), 1U);
  board.stored("tenant", "audit.exchange", 1, 0, clock.now());
  EXPECT_EQ(connector().words.find("unusually quiet (audit.general)"), 0U) << connector().words;
  board.stored("tenant", "audit.general", 1, 0, clock.now());
  EXPECT_EQ(connector().words, "flowing");
}

TEST_F(RhythmStatusTest, SilenceWithoutASoundAnswerIsNotQuietButBroken) {
  clock.advance(minutes{16});
  board.refresh();
  EXPECT_EQ(connector().state, State::retrying);
  EXPECT_EQ(connector().words, "retrying: the vendor has not answered soundly for 16 min");
  both_working();
  EXPECT_NE(connector().state, State::retrying);
}

TEST_F(RhythmStatusTest, AnOutageIsNoPauseOfTheStream) {
  const auto before = board.rhythms();
  report(Report::Kind::retrying, "", failure_of("net/dns", "no address"));
  clock.advance(std::chrono::hours{30});
  both_working();
  board.stored("tenant", "audit.exchange", 1, 0, clock.now());
  board.stored("tenant", "audit.general", 1, 0, clock.now());
  StatusBoard other{clock, log};
  other.restore_rhythms(before);
  // Only the time of the last arrival differs.
  const auto pauses = [](const std::string& lines) {
    std::string text;
    for (std::size_t begin = 0; begin < lines.size();) {
      const auto end = lines.find('\n', begin);
      const auto line = lines.substr(begin, end - begin);
      text += line.substr(line.rfind('\t'));
      begin = end + 1;
    }
    return text;
  };
  EXPECT_EQ(pauses(board.rhythms()), pauses(before));
}

TEST_F(StatusTest, WhatWasSetAsideAndWhatTheMappingDoesNotKnowIsCounted) {
  board.set_aside("siem", 2);
  board.set_aside("siem", 1);
  EXPECT_EQ(destination().set_aside, 3U);
  board.set_set_aside("siem", 1);
  EXPECT_EQ(destination().set_aside, 1U);
  MappingDrift drift{.connector = "tenant",
                     .stream = "audit.exchange",
                     .unknown_fields = 5,
                     .wrong_types = 1,
                     .names = {"NewField"},
                     .cut_values = 1,
                     .mended_values = 2,
                     .format_keys = {"act"}};
  board.drifted("siem", {drift});
  drift.names = {"NewField", "Other"};
  board.drifted("siem", {drift});
  ASSERT_EQ(destination().drift.size(), 1U);
  EXPECT_EQ(destination().drift[0].unknown_fields, 10U);
  EXPECT_EQ(destination().drift[0].wrong_types, 2U);
  EXPECT_EQ(destination().drift[0].names, (std::vector<std::string>{"NewField", "Other"}));
  EXPECT_EQ(destination().drift[0].cut_values, 2U);
  EXPECT_EQ(destination().drift[0].mended_values, 4U);
  EXPECT_EQ(destination().drift[0].format_keys, (std::vector<std::string>{"act"}));
}

TEST_F(StatusTest, ADeliveryThatStandsIsRetryingUntilItMoves) {
  board.destination_state("siem", State::flowing, std::nullopt, {});
  board.delivery_stalled("siem", failure_of("runtime/no-progress", "delivery has not moved"));
  EXPECT_EQ(destination().words, "retrying: delivery has not moved");
  EXPECT_EQ(destination().reported, State::flowing);
  board.destination_state("siem", State::stopped, failure_of("file/x", "no permission"), {});
  EXPECT_EQ(destination().words, "stopped: no permission") << "the delivery's own word is better";
  board.delivery_moving("siem");
  EXPECT_EQ(destination().words, "stopped: no permission");
}

TEST_F(StatusTest, TheWordsOfEachTrouble) {
  both_working();
  const auto until = clock.now() + minutes{14} + seconds{7};
  report(Report::Kind::throttled, "", failure_of("vendor/429", "too many requests"), until);
  EXPECT_EQ(connector().words, "throttled until 09:14:07");
  report(Report::Kind::refused, "", failure_of("entra/secret", "the secret has expired"));
  EXPECT_EQ(connector().words, "login refused: the secret has expired");
  report(Report::Kind::stopped, "", failure_of("vendor/gone", "the tenant is gone"));
  EXPECT_EQ(connector().words, "stopped: the tenant is gone");
}

TEST_F(StatusTest, TheGravestStreamWinsAndIsNamed) {
  both_working();
  report(Report::Kind::catching_up, "audit.exchange");
  EXPECT_EQ(connector().words, "catching up");
  report(Report::Kind::stopped, "audit.general", failure_of("vendor/role", "role missing"));
  EXPECT_EQ(connector().words, "stopped (audit.general): role missing");
  report(Report::Kind::working, "audit.general");
  EXPECT_EQ(connector().words, "catching up");
}

TEST_F(StatusTest, WhatIsSaidOfTheWholeConnectorLeavesStoppedStreamsStopped) {
  report(Report::Kind::stopped, "audit.general", failure_of("vendor/role", "role missing"));
  report(Report::Kind::working, "");
  const auto streams = connector().streams;
  EXPECT_EQ(streams.at(0).state, State::flowing);
  EXPECT_EQ(streams.at(1).state, State::stopped);
}

TEST_F(StatusTest, TroubleBeforeTheFirstStreamIsForgottenOnceStreamsAnswer) {
  board.add_connector("late", "duo");
  Report refused;
  refused.kind = Report::Kind::refused;
  refused.failure = failure_of("duo/signature", "signature refused");
  board.report("late", refused);
  EXPECT_EQ(board.connectors().at(0).words, "login refused: signature refused");
  Report working;
  working.stream = "auth";
  board.report("late", working);
  EXPECT_EQ(board.connectors().at(0).words, "flowing");
}

TEST_F(StatusTest, AChangeIsLoggedOnceNotEachAttempt) {
  both_working();
  log.clear();
  for (int i = 0; i < 5; ++i) {
    report(Report::Kind::throttled, "audit.exchange",
           failure_of("vendor/429", "429 at /activity/feed"), clock.now() + seconds{60});
    clock.advance(seconds{10});
  }
  const auto lines = log.lines();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].level, LogLevel::warning);
  EXPECT_EQ(lines[0].component, "tenant");
  EXPECT_NE(lines[0].message.find("429 at /activity/feed"), std::string::npos);
  EXPECT_NE(lines[0].message.find("next try in 1 min"), std::string::npos) << lines[0].message;
  EXPECT_NE(lines[0].message.find("no event yet"), std::string::npos);
  both_working();
  EXPECT_EQ(log.lines().size(), 2U) << "the recovery is one more line";
}

TEST_F(StatusTest, TheComingAndGoingOfEventsWritesNoLines) {
  both_working();
  log.clear();
  for (int i = 0; i < 3; ++i) {
    board.stored("tenant", "audit.exchange", 1, 0, clock.now());
    board.refresh();
    clock.advance(minutes{5});
    board.refresh();
  }
  EXPECT_TRUE(log.lines().empty());
}

TEST_F(StatusTest, ASecondReasonToStopIsLoggedToo) {
  both_working();
  log.clear();
  report(Report::Kind::stopped, "audit.exchange", failure_of("vendor/a", "reason a"));
  report(Report::Kind::stopped, "audit.general", failure_of("vendor/b", "reason b"));
  report(Report::Kind::stopped, "audit.general", failure_of("vendor/b", "reason b"));
  EXPECT_EQ(log.count("reason a", LogLevel::error), 1U);
  EXPECT_EQ(log.count("reason b", LogLevel::error), 1U);
}

TEST_F(StatusTest, LossIsLoudCountedAndNoState) {
  both_working();
  report(Report::Kind::lost, "audit.exchange",
         failure_of("vendor/expired", "2026-02-20 to 2026-02-21 expired at the vendor"));
  EXPECT_EQ(connector().lost_reports, 1U);
  EXPECT_EQ(connector().state, State::flowing);
  EXPECT_EQ(log.count("2026-02-20 to 2026-02-21", LogLevel::error), 1U);
}

TEST_F(StatusTest, APausedStoreIsSaidOnceForAllConnectors) {
  board.add_connector("second", "microsoft_365");
  both_working();
  log.clear();
  board.store_paused(failure_of("file/no-space", "the disk is full"));
  board.store_paused(failure_of("file/no-space", "the disk is full"));
  for (const auto& status : board.connectors()) {
    EXPECT_EQ(status.words, "paused: the disk is full");
  }
  EXPECT_EQ(log.lines().size(), 1U);
  board.store_writing();
  EXPECT_EQ(board.connectors().at(1).words, "flowing");
  EXPECT_EQ(log.lines().size(), 2U);
}

TEST_F(StatusTest, AStageThatStandsStillIsRetryingUntilItMoves) {
  both_working();
  board.stalled("tenant", failure_of("runtime/no-progress", "no answer for 11 min"));
  EXPECT_EQ(connector().words, "retrying: no answer for 11 min");
  board.moving("tenant");
  EXPECT_EQ(connector().words, "flowing");
}

TEST_F(StatusTest, CountsRatesLagAndThrough) {
  both_working();
  const auto newest = clock.now() - minutes{4};
  board.stored("tenant", "audit.exchange", 100, 7, newest);
  auto status = connector();
  EXPECT_EQ(status.events, 100U);
  EXPECT_EQ(status.duplicates, 7U);
  EXPECT_DOUBLE_EQ(status.events_per_second, 10.0);
  EXPECT_EQ(status.lag, minutes{4});
  EXPECT_EQ(status.through, TimePoint{}) << "nothing is known of the streams yet";
  Report report;
  report.stream = "audit.exchange";
  report.through = clock.now();
  board.report("tenant", report);
  EXPECT_EQ(connector().through, TimePoint{}) << "the other stream is still unknown";
  report.stream = "audit.general";
  report.through = clock.now() - minutes{1};
  board.report("tenant", report);
  EXPECT_EQ(connector().through, clock.now() - minutes{1});
  clock.advance(seconds{11});
  EXPECT_DOUBLE_EQ(connector().events_per_second, 0.0);
}

TEST_F(StatusTest, ADestinationsBacklogAndState) {
  board.set_last_sequence(100);
  board.set_cursor("siem", 41, 30, 10);
  EXPECT_EQ(destination().backlog, 60U);
  board.destination_state("siem", State::flowing, std::nullopt, {});
  board.delivered("siem", 50, 10, 5000, 101);
  EXPECT_EQ(destination().backlog, 0U);
  EXPECT_EQ(destination().delivered, 80U);
  EXPECT_EQ(destination().skipped, 20U);
  EXPECT_EQ(destination().words, "flowing");
  clock.advance(minutes{2});
  EXPECT_EQ(destination().words, "quiet");
  board.destination_state("siem", State::stopped, failure_of("file/x", "no permission"), {});
  EXPECT_EQ(destination().words, "stopped: no permission");
  EXPECT_EQ(log.count("stopped: no permission", LogLevel::error), 1U);
}

TEST_F(StatusTest, TheHeartbeatIsOneLineAConnector) {
  both_working();
  board.stored("tenant", "audit.exchange", 3, 0, clock.now() - seconds{90});
  log.clear();
  board.heartbeat();
  const auto lines = log.lines();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].message.find("flowing; 3 events, lag 1 min"), std::string::npos)
      << lines[0].message;
}

TEST_F(StatusTest, StreamsAreBounded) {
  for (int i = 0; i < 1000; ++i) {
    board.stored("tenant", "stream" + std::to_string(i), 1, 0, clock.now());
  }
  EXPECT_LE(connector().streams.size(), 257U);
  EXPECT_EQ(connector().events, 1000U);
}

}  // namespace
}  // namespace cistern::runtime
