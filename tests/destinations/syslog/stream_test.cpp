// Delivery over TCP to a receiver that refuses, stalls, cuts and goes away.
#include "delivery_fixture.hpp"

#include <future>

namespace cistern::destinations::syslog {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

using SyslogStream = SyslogDeliveryTest;

TEST_F(SyslogStream, MessagesHaveTheirLengthBeforeThem) {
  std::promise<std::string> heard;
  FakeReceiver receiver{[&](FakePeer& peer, int) {
    peer.read_to_end();
    heard.set_value(peer.heard());
  }};
  auto& destination = start(settings(Transport::tcp, {receiver.port()}));
  ASSERT_TRUE(destination.open(""));
  const MadeBatch batch{1, {"one", "two lines\nand more", "\xc3\xa4"}};
  ASSERT_TRUE(destination.deliver(batch.batch));
  destination.close();
  EXPECT_EQ(heard.get_future().get(), "3 one9 two lines8 and more2 \xc3\xa4");
}

TEST_F(SyslogStream, MessagesHaveALineFeedBehindThem) {
  std::promise<std::string> heard;
  FakeReceiver receiver{[&](FakePeer& peer, int) {
    peer.read_to_end();
    heard.set_value(peer.heard());
  }};
  auto made = settings(Transport::tcp, {receiver.port()});
  made.sender.framing = Framing::lf;
  auto& destination = start(made);
  ASSERT_TRUE(destination.open(""));
  ASSERT_TRUE(destination.deliver(MadeBatch{1, {"one", "two"}}.batch));
  destination.close();
  EXPECT_EQ(heard.get_future().get(), "one\ntwo\n");
}

TEST_F(SyslogStream, DeliveredMeansThatTheOtherSystemHasAllOfIt) {
  std::promise<void> delivered;
  std::promise<std::size_t> arrived;
  FakeReceiver receiver{[&](FakePeer& peer, int) {
    // Reads nothing before the batch counts as delivered.
    delivered.get_future().wait();
    arrived.set_value(peer.read(3000).size());
  }};
  auto& destination = start(settings(Transport::tcp, {receiver.port()}));
  ASSERT_TRUE(destination.open(""));
  EXPECT_TRUE(destination.deliver(MadeBatch{1, {std::string(3000, 'x')}}.batch));
  delivered.set_value();
  EXPECT_GE(arrived.get_future().get(), 3000U);
}

TEST_F(SyslogStream, WhatTheOtherSystemHasNotTakenIsNotDelivered) {
  std::promise<void> done;
  auto until = done.get_future().share();
  FakeReceiver receiver{[&](FakePeer&, int) { until.wait(); }, 4096};
  const Release release{done};
  auto made = settings(Transport::tcp, {receiver.port()});
  made.sender.times.progress = milliseconds{300};
  auto& destination = start(made);
  ASSERT_TRUE(destination.open(""));
  // Our own system takes all of it at once, the other one has no room for it.
  const auto result = destination.deliver(MadeBatch{1, {std::string(60000, 'x')}}.batch);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "net/timeout");
  EXPECT_NE(result.error().cause.find("acknowledging"), std::string::npos);
}

TEST_F(SyslogStream, AReceiverThatTakesNothingMoreIsGivenUp) {
  std::promise<void> done;
  auto until = done.get_future().share();
  FakeReceiver receiver{[&](FakePeer&, int) { until.wait(); }, 4096};
  const Release release{done};
  auto made = settings(Transport::tcp, {receiver.port()});
  made.sender.times.progress = milliseconds{300};
  made.message.max_message = 64U << 20;
  auto& destination = start(made);
  ASSERT_TRUE(destination.open(""));
  const auto result = destination.deliver(MadeBatch{1, {std::string(16U << 20, 'x')}}.batch);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "net/timeout");
  EXPECT_EQ(result.error().verdict, Verdict::retry);
}

TEST_F(SyslogStream, CancelEndsACallThatBlocks) {
  std::promise<void> stalled;
  std::promise<void> done;
  auto until = done.get_future().share();
  FakeReceiver receiver{[&](FakePeer& peer, int) {
                          peer.read(1);
                          stalled.set_value();
                          until.wait();
                        },
                        4096};
  const Release release{done};
  auto made = settings(Transport::tcp, {receiver.port()});
  made.sender.times.progress = minutes{10};
  made.message.max_message = 64U << 20;
  auto& destination = start(made);
  ASSERT_TRUE(destination.open(""));
  auto delivery = std::async(std::launch::async, [&] {
    return destination.deliver(MadeBatch{1, {std::string(16U << 20, 'x')}}.batch).has_value();
  });
  stalled.get_future().wait();
  destination.cancel();
  ASSERT_EQ(delivery.wait_for(std::chrono::seconds{5}), std::future_status::ready);
  EXPECT_FALSE(delivery.get());
}

TEST_F(SyslogStream, AConnectionThatEndedWhileIdleIsMadeAnewBeforeAnythingIsSent) {
  std::promise<void> opened;
  std::promise<void> ended;
  std::promise<std::string> heard;
  FakeReceiver receiver{[&](FakePeer& peer, int number) {
    if (number == 0) {
      opened.get_future().wait();
      peer.reset();
      ended.set_value();
      return;
    }
    peer.read_to_end();
    heard.set_value(peer.heard());
  }};
  auto& destination = start(settings(Transport::tcp, {receiver.port()}));
  const bool is_open = destination.open("").has_value();
  opened.set_value();
  ASSERT_TRUE(is_open);
  ended.get_future().wait();
  ASSERT_TRUE(destination.deliver(MadeBatch{1, {"one"}}.batch));
  destination.close();
  EXPECT_EQ(heard.get_future().get(), "3 one");
}

TEST_F(SyslogStream, ABatchThatWasCutIsSentAgainWhole) {
  std::promise<std::string> heard;
  FakeReceiver receiver{[&](FakePeer& peer, int number) {
                          if (number == 0) {
                            peer.read(1000);
                            peer.reset();
                            return;
                          }
                          peer.read_to_end();
                          heard.set_value(peer.heard());
                        },
                        4096};
  auto made = settings(Transport::tcp, {receiver.port()});
  made.message.max_message = 64U << 20;
  auto& destination = start(made);
  ASSERT_TRUE(destination.open(""));
  const MadeBatch batch{1, {std::string(8U << 20, 'x'), "end"}};
  const auto cut = destination.deliver(batch.batch);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().verdict, Verdict::retry);
  ASSERT_TRUE(destination.deliver(batch.batch));
  destination.close();
  EXPECT_EQ(heard.get_future().get(), "8388608 " + std::string(8U << 20, 'x') + "3 end");
}

TEST_F(SyslogStream, NobodyListens) {
  auto& destination = start(settings(Transport::tcp, {free_port()}));
  const auto opened = destination.open("");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, "net/connect");
  EXPECT_EQ(opened.error().verdict, Verdict::retry);
  EXPECT_FALSE(opened.error().next_step.empty());
}

TEST_F(SyslogStream, FallsBackOnTheSecondServerAndReturns) {
  const std::uint16_t first_port = free_port();
  std::promise<std::string> at_first;
  std::promise<std::string> at_second;
  FakeReceiver second{[&](FakePeer& peer, int) {
    peer.read_to_end();
    at_second.set_value(peer.heard());
  }};
  auto& destination = start(settings(Transport::tcp, {first_port, second.port()}));
  ASSERT_TRUE(destination.open(""));
  ASSERT_TRUE(destination.deliver(MadeBatch{1, {"one"}}.batch));
  EXPECT_EQ(destination.due(), minutes{5});

  FakeReceiver first{[&](FakePeer& peer, int) {
                       peer.read_to_end();
                       at_first.set_value(peer.heard());
                     },
                     0, first_port};
  ASSERT_TRUE(destination.deliver(MadeBatch{2, {"two"}}.batch));
  clock_.advance(minutes{5});
  EXPECT_EQ(destination.due(), Duration{0});
  ASSERT_TRUE(destination.tend());
  EXPECT_FALSE(destination.due());
  ASSERT_TRUE(destination.deliver(MadeBatch{3, {"three"}}.batch));
  destination.close();
  EXPECT_EQ(at_second.get_future().get(), "3 one3 two");
  EXPECT_EQ(at_first.get_future().get(), "5 three");
}

TEST_F(SyslogStream, AServerThatHangsIsNotTakenAgainAtOnce) {
  std::promise<void> done;
  auto until = done.get_future().share();
  std::promise<std::string> heard;
  FakeReceiver hanging{[&](FakePeer&, int) { until.wait(); }, 4096};
  FakeReceiver sound{[&](FakePeer& peer, int) {
    peer.read_to_end();
    heard.set_value(peer.heard());
  }};
  const Release release{done};
  auto made = settings(Transport::tcp, {hanging.port(), sound.port()});
  made.sender.times.progress = std::chrono::seconds{2};
  made.message.max_message = 64U << 20;
  auto& destination = start(made);
  ASSERT_TRUE(destination.open(""));
  const MadeBatch batch{1, {std::string(16U << 20, 'x')}};
  EXPECT_FALSE(destination.deliver(batch.batch));
  ASSERT_TRUE(destination.deliver(batch.batch));
  destination.close();
  EXPECT_EQ(heard.get_future().get().size(), (16U << 20) + 9);
}

TEST_F(SyslogStream, WithoutAnyServerEachOneIsNamed) {
  auto& destination = start(settings(Transport::tcp, {free_port(), free_port()}));
  const auto opened = destination.open("");
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().cause.find("none of the 2 servers"), std::string::npos);
  EXPECT_EQ(opened.error().verdict, Verdict::retry);
}

}  // namespace
}  // namespace cistern::destinations::syslog
