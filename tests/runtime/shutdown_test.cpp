// The order and the time-outs of the end, with components that end when the test says so.
#include "runtime/shutdown.hpp"

#include "fake_journal.hpp"
#include "manual_loop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::runtime {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Ends {
  std::vector<Sequence> stops;  ///< `until` of each call; connectors: 0.
  std::vector<std::function<void()>> callbacks;
  void end() {
    for (const auto& callback : std::exchange(callbacks, {}))
      callback();
  }
};

class FakeConnector final : public Connector {
 public:
  explicit FakeConnector(Ends& ends) : ends_(ends) {}
  void start() override {}
  void stop(std::function<void()> stopped) override {
    ends_.stops.push_back(0);
    ends_.callbacks.push_back(std::move(stopped));
  }

 private:
  Ends& ends_;
};

class FakeDelivery final : public Delivery {
 public:
  explicit FakeDelivery(Ends& ends) : ends_(ends) {}
  void start() override {}
  void stop(Sequence until, std::function<void()> stopped) override {
    ends_.stops.push_back(until);
    ends_.callbacks.push_back(std::move(stopped));
  }
  void retry(Sequence, std::function<void(Status)>) override {}

 private:
  Ends& ends_;
};

class ShutdownTest : public ::testing::Test {
 protected:
  void SetUp() override {
    connectors["source"] = std::make_unique<FakeConnector>(source);
    deliveries["siem"] = std::make_unique<FakeDelivery>(siem);
    deliveries["dead"] = std::make_unique<FakeDelivery>(dead);
    journal.append(7);
    shutdown = std::make_shared<Shutdown>(Shutdown::Parts{.loop = loop,
                                                          .journal = journal,
                                                          .connectors = connectors,
                                                          .deliveries = deliveries,
                                                          .timeout = seconds{10},
                                                          .done = [this] { ++done; }});
  }

  ManualClock clock{*parse_time("2026-03-02T09:00:00Z")};
  test::ManualLoop loop{clock};
  test::FakeJournal journal;
  Ends source, siem, dead;
  std::map<std::string, std::unique_ptr<Connector>> connectors;
  std::map<std::string, std::unique_ptr<Delivery>> deliveries;
  std::shared_ptr<Shutdown> shutdown;
  int done = 0;
};

TEST_F(ShutdownTest, ConnectorsEndFirstThenDestinationsDeliverWhatIsStored) {
  shutdown->begin();
  ASSERT_TRUE(loop.run());
  EXPECT_THAT(siem.stops, IsEmpty()) << "what the connector still stores is to be delivered";
  journal.append(2);
  source.end();
  ASSERT_TRUE(loop.run());
  EXPECT_THAT(siem.stops, ElementsAre(9));
  EXPECT_THAT(dead.stops, ElementsAre(9));
  siem.end();
  dead.end();
  ASSERT_TRUE(loop.run());
  EXPECT_EQ(done, 1);
  EXPECT_THAT(shutdown->left_behind(), IsEmpty());
  EXPECT_EQ(loop.timers(), 0U);
}

TEST_F(ShutdownTest, ADeadDestinationHoldsTheEndUpOnlyForItsTime) {
  shutdown->begin();
  source.end();
  ASSERT_TRUE(loop.run());
  siem.end();
  ASSERT_TRUE(loop.advance(seconds{9}));
  EXPECT_EQ(dead.stops.size(), 1U);
  EXPECT_EQ(done, 0);
  ASSERT_TRUE(loop.advance(seconds{1}));
  EXPECT_THAT(dead.stops, ElementsAre(7, 0)) << "told to give up";
  EXPECT_EQ(done, 0) << "a call of its library may still come back";
  ASSERT_TRUE(loop.advance(seconds{5}));
  EXPECT_EQ(done, 1);
  EXPECT_THAT(shutdown->left_behind(), ElementsAre(HasSubstr("destination dead")));
}

TEST_F(ShutdownTest, AConnectorWhoseCommitNeverBecomesDurableIsLeftBehind) {
  shutdown->begin();
  ASSERT_TRUE(loop.advance(seconds{10}));
  EXPECT_THAT(siem.stops, ElementsAre(7));
  siem.end();
  dead.end();
  ASSERT_TRUE(loop.run());
  EXPECT_EQ(done, 1);
  EXPECT_THAT(shutdown->left_behind(), ElementsAre(HasSubstr("connector source")));
  source.end();
  ASSERT_TRUE(loop.run());
  EXPECT_EQ(done, 1) << "what comes late ends nothing twice";
}

TEST_F(ShutdownTest, ASecondRequestDoesNotWaitForDestinations) {
  shutdown->begin();
  source.end();
  ASSERT_TRUE(loop.run());
  shutdown->hurry();
  ASSERT_TRUE(loop.run());
  EXPECT_THAT(siem.stops, ElementsAre(7, 0));
  EXPECT_THAT(dead.stops, ElementsAre(7, 0));
  siem.end();
  dead.end();
  ASSERT_TRUE(loop.run());
  EXPECT_EQ(done, 1);
  EXPECT_EQ(shutdown->left_behind().size(), 2U);
}

TEST_F(ShutdownTest, ASecondRequestWhileConnectorsEndStopsDestinationsAtOnceAfterwards) {
  shutdown->begin();
  shutdown->hurry();
  EXPECT_EQ(done, 0) << "commits that were handed over still become durable";
  source.end();
  ASSERT_TRUE(loop.run());
  EXPECT_THAT(siem.stops, ElementsAre(0));
}

}  // namespace
}  // namespace cistern::runtime
