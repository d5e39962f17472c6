// Delivery by RELP to a receiver that answers late, out of order, wrongly, or not at all.
#include "delivery_fixture.hpp"

#include <future>

namespace cistern::destinations::syslog {
namespace {

using std::chrono::milliseconds;

using SyslogRelp = SyslogDeliveryTest;
using Frames = std::vector<FakePeer::Frame>;

Frames take(FakePeer& peer, std::size_t count) {
  Frames frames;
  while (frames.size() < count) {
    auto frame = peer.frame();
    if (!frame) break;
    frames.push_back(std::move(*frame));
  }
  return frames;
}

std::vector<std::string> texts(const Frames& frames) {
  std::vector<std::string> all;
  for (const auto& frame : frames)
    all.push_back(frame.data);
  return all;
}

/// Answers everything until the end, also the farewell.
Frames serve(FakePeer& peer) {
  Frames frames;
  while (auto frame = peer.frame()) {
    peer.answer(frame->transaction, frame->command == "close" ? "" : "200 OK");
    if (frame->command == "syslog") frames.push_back(std::move(*frame));
  }
  return frames;
}

TEST_F(SyslogRelp, DeliveredMeansAnswered) {
  std::promise<Frames> heard;
  FakeReceiver receiver{[&](FakePeer& peer, int) {
    peer.open_relp();
    heard.set_value(serve(peer));
  }};
  auto& destination = start(settings(Transport::relp, {receiver.port()}));
  EXPECT_TRUE(destination.exact());
  EXPECT_EQ(destination.most_events(), 1000U);
  ASSERT_TRUE(destination.open(""));
  ASSERT_TRUE(destination.deliver(MadeBatch{1, numbered(2500)}.batch));
  ASSERT_TRUE(destination.deliver(MadeBatch{2501, {"one\ntwo"}}.batch));
  destination.close();
  auto expected = numbered(2500);
  expected.emplace_back("one");
  expected.emplace_back("two");
  EXPECT_EQ(texts(heard.get_future().get()), expected);
}

TEST_F(SyslogRelp, AnswersInAnyOrderAndNeverMoreThanTheWindowOpen) {
  std::promise<bool> more;
  FakeReceiver receiver{[&](FakePeer& peer, int) {
    peer.open_relp();
    const auto frames = take(peer, 4);
    more.set_value(peer.hears_within(200));
    for (const std::size_t i : {2U, 0U, 3U, 1U})
      peer.answer(frames.at(i).transaction);
    serve(peer);
  }};
  auto made = settings(Transport::relp, {receiver.port()});
  made.sender.window = 4;
  auto& destination = start(made);
  ASSERT_TRUE(destination.open(""));
  EXPECT_TRUE(destination.deliver(MadeBatch{1, numbered(10)}.batch));
  EXPECT_FALSE(more.get_future().get());
  destination.close();
}

TEST_F(SyslogRelp, OnlyWhatIsUnansweredIsSentAgain) {
  std::promise<std::vector<std::string>> again;
  FakeReceiver receiver{[&](FakePeer& peer, int number) {
    peer.open_relp();
    if (number > 0) return again.set_value(texts(serve(peer)));
    const auto frames = take(peer, 5);
    for (const std::size_t i : {0U, 1U, 3U})
      peer.answer(frames.at(i).transaction);
  }};
  auto& destination = start(settings(Transport::relp, {receiver.port()}));
  ASSERT_TRUE(destination.open(""));
  const MadeBatch batch{7, numbered(5)};
  const auto cut = destination.deliver(batch.batch);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, "net/closed");
  EXPECT_TRUE(destination.deliver(batch.batch));
  destination.close();
  EXPECT_EQ(again.get_future().get(), (std::vector<std::string>{"event 2", "event 4"}));
}

TEST_F(SyslogRelp, AReceiverThatSaysItClosesIsLeft) {
  std::promise<std::vector<std::string>> again;
  FakeReceiver receiver{[&](FakePeer& peer, int number) {
    peer.open_relp();
    if (number > 0) return again.set_value(texts(serve(peer)));
    const auto frames = take(peer, 2);
    peer.answer(frames.at(0).transaction);
    peer.send("0 serverclose 0\n");
    peer.answer(frames.at(1).transaction);
    peer.read_to_end();
  }};
  auto made = settings(Transport::relp, {receiver.port()});
  made.sender.window = 2;
  auto& destination = start(made);
  ASSERT_TRUE(destination.open(""));
  const MadeBatch batch{1, numbered(6)};
  auto delivered = destination.deliver(batch.batch);
  if (!delivered) delivered = destination.deliver(batch.batch);
  ASSERT_TRUE(delivered) << delivered.error().sentence();
  destination.close();
  // What the first connection answered is not repeated, and nothing is missing.
  const auto rest = again.get_future().get();
  ASSERT_GE(rest.size(), 2U);
  EXPECT_LE(rest.size(), 4U);
  EXPECT_EQ(rest.back(), "event 5");
}

TEST_F(SyslogRelp, AnswersToNothingAndGarbageEndTheConnection) {
  for (const char* odd : {"77 rsp 6 200 OK\n", "2 rsp 6 200 OK\n2 rsp 6 200 OK\n", "2 rsp 2 OK\n",
                          "HTTP/1.1 400 Bad Request\r\n", "3 open 0\n", "2 rsp 99999999 x"}) {
    std::promise<bool> ended;
    FakeReceiver receiver{[&](FakePeer& peer, int) {
      peer.open_relp();
      take(peer, 1);
      peer.send(odd);
      ended.set_value(peer.read_to_end());
    }};
    auto& destination = start(settings(Transport::relp, {receiver.port()}));
    ASSERT_TRUE(destination.open(""));
    const auto result = destination.deliver(MadeBatch{1, numbered(3)}.batch);
    ASSERT_FALSE(result) << odd;
    EXPECT_TRUE(result.error().code.starts_with("relp/")) << odd << result.error().code;
    EXPECT_EQ(result.error().verdict, Verdict::retry);
    EXPECT_TRUE(ended.get_future().get());
  }
}

TEST_F(SyslogRelp, AReceiverThatStopsAnsweringIsGivenUp) {
  std::promise<void> done;
  auto until = done.get_future().share();
  FakeReceiver receiver{[&](FakePeer& peer, int) {
    peer.open_relp();
    until.wait();
  }};
  const Release release{done};
  auto made = settings(Transport::relp, {receiver.port()});
  made.sender.times.progress = milliseconds{200};
  auto& destination = start(made);
  ASSERT_TRUE(destination.open(""));
  const auto result = destination.deliver(MadeBatch{1, numbered(3)}.batch);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "net/timeout");
}

TEST_F(SyslogRelp, AReceiverThatDripsAnAnswerThatNeverEndsIsGivenUp) {
  FakeReceiver receiver{[&](FakePeer& peer, int) {
    peer.open_relp();
    take(peer, 3);
    peer.send("2 rsp 9999 200 ");
    for (int byte = 0; byte < 200 && !peer.hears_within(20); ++byte)
      peer.send("x");
  }};
  auto made = settings(Transport::relp, {receiver.port()});
  made.sender.times.progress = milliseconds{300};
  auto& destination = start(made);
  ASSERT_TRUE(destination.open(""));
  const auto began = std::chrono::steady_clock::now();
  const auto result = destination.deliver(MadeBatch{1, numbered(3)}.batch);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "net/timeout");
  EXPECT_LT(std::chrono::steady_clock::now() - began, milliseconds{3000});
}

TEST_F(SyslogRelp, AServerThatIsGoneAfterAnIdleTimeIsAskedOnceAndThenTheNextOne) {
  std::promise<void> ended;
  FakeReceiver gone{[&](FakePeer& peer, int number) {
    if (number == 0) {
      peer.open_relp();
      peer.reset();
      ended.set_value();
    }
  }};
  std::promise<Frames> heard;
  FakeReceiver sound{[&](FakePeer& peer, int) {
    peer.open_relp();
    heard.set_value(serve(peer));
  }};
  auto& destination = start(settings(Transport::relp, {gone.port(), sound.port()}));
  ASSERT_TRUE(destination.open(""));
  ended.get_future().wait();
  ASSERT_TRUE(destination.deliver(MadeBatch{1, {"one"}}.batch));
  destination.close();
  EXPECT_EQ(texts(heard.get_future().get()), std::vector<std::string>{"one"});
  EXPECT_EQ(gone.connections(), 2);
}

TEST_F(SyslogRelp, AnEventThatAloneIsRefusedIsSetAsideAfterSomeTries) {
  FakeReceiver receiver{[&](FakePeer& peer, int) {
    peer.open_relp();
    while (auto frame = peer.frame())
      peer.answer(frame->transaction, frame->data == "event 1" ? "500 odd" : "200 OK");
  }};
  auto& destination = start(settings(Transport::relp, {receiver.port()}));
  ASSERT_TRUE(destination.open(""));
  const MadeBatch batch{1, numbered(3)};
  auto result = destination.deliver(batch.batch);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "relp/refused");
  EXPECT_EQ(result.error().verdict, Verdict::retry);
  EXPECT_NE(result.error().cause.find("500 odd"), std::string::npos);
  int tries = 1;
  for (; tries < 20 && !result && result.error().verdict == Verdict::retry; ++tries)
    result = destination.deliver(batch.batch);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().verdict, Verdict::set_aside);
  EXPECT_GE(tries, 3);
  // As the delivery does then: halves, down to the one.
  const auto alone = destination.deliver(MadeBatch{2, {"event 1"}}.batch);
  ASSERT_FALSE(alone);
  EXPECT_EQ(alone.error().verdict, Verdict::set_aside);
  EXPECT_TRUE(destination.deliver(MadeBatch{1, {"event 0"}}.batch));
  EXPECT_EQ(receiver.connections(), 1);
  destination.close();
}

TEST_F(SyslogRelp, ASessionThatIsRefusedStops) {
  for (const char* answer : {"500 go away", "200 OK", "200 OK\nrelp_version=7\ncommands=syslog",
                             "200 OK\nrelp_version=0\ncommands=other", "fine"}) {
    FakeReceiver receiver{[&](FakePeer& peer, int) {
      take(peer, 1);
      peer.answer(1, answer);
      peer.read_to_end();
    }};
    auto& destination = start(settings(Transport::relp, {receiver.port()}));
    const auto opened = destination.open("");
    ASSERT_FALSE(opened) << answer;
    EXPECT_EQ(opened.error().code, "relp/refused-session") << answer;
    EXPECT_EQ(opened.error().verdict, Verdict::stop);
  }
}

TEST_F(SyslogRelp, VersionOneIsTakenAsWell) {
  FakeReceiver receiver{[&](FakePeer& peer, int) {
    take(peer, 1);
    peer.answer(1, "200 OK\nrelp_version=1\nrelp_software=x\ncommands=eventlog,syslog");
    serve(peer);
  }};
  auto& destination = start(settings(Transport::relp, {receiver.port()}));
  EXPECT_TRUE(destination.open(""));
  destination.close();
}

TEST_F(SyslogRelp, AReceiverOfSomethingElseIsNamed) {
  std::promise<void> done;
  auto until = done.get_future().share();
  FakeReceiver receiver{[&](FakePeer&, int) { until.wait(); }};
  const Release release{done};
  auto made = settings(Transport::relp, {receiver.port()});
  made.sender.times.connect = milliseconds{200};
  const auto opened = start(made).open("");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, "relp/no-answer");
}

}  // namespace
}  // namespace cistern::destinations::syslog
