#include "net/start_queue.hpp"

#include <gtest/gtest.h>

namespace cistern::net {
namespace {

TEST(StartQueue, KeepsTheOrderOfOneHost) {
  StartQueue queue(64, 16);
  for (StartQueue::Id id = 1; id <= 3; ++id)
    queue.add("https://a", id);
  EXPECT_EQ(queue.next(), 1U);
  EXPECT_EQ(queue.next(), 2U);
  EXPECT_EQ(queue.next(), 3U);
  EXPECT_EQ(queue.next(), std::nullopt);
}

TEST(StartQueue, HostsTakeTurns) {
  StartQueue queue(64, 16);
  for (StartQueue::Id id = 1; id <= 3; ++id)
    queue.add("https://a", id);
  queue.add("https://b", 10);
  EXPECT_EQ(queue.next(), 1U);
  EXPECT_EQ(queue.next(), 10U);
  EXPECT_EQ(queue.next(), 2U);
}

TEST(StartQueue, ASilentHostLeavesPlacesForOthers) {
  StartQueue queue(64, 4);
  for (StartQueue::Id id = 1; id <= 50; ++id)
    queue.add("https://silent", id);
  EXPECT_TRUE(queue.next());
  EXPECT_TRUE(queue.next());
  EXPECT_EQ(queue.next(), std::nullopt) << "half of the starting places is its share";
  queue.add("https://healthy", 100);
  EXPECT_EQ(queue.next(), 100U);
}

TEST(StartQueue, StartedRequestsMakeRoomForStartingOnes) {
  StartQueue queue(64, 1);
  queue.add("https://a", 1);
  queue.add("https://a", 2);
  EXPECT_EQ(queue.next(), 1U);
  EXPECT_EQ(queue.next(), std::nullopt);
  queue.started("https://a");
  EXPECT_EQ(queue.next(), 2U);
  EXPECT_EQ(queue.running(), 2U);
  EXPECT_EQ(queue.starting(), 1U);
}

TEST(StartQueue, RunningRequestsAreBoundedInAllAndForOneHost) {
  StartQueue queue(4, 4);
  for (StartQueue::Id id = 1; id <= 4; ++id)
    queue.add("https://a", id);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(queue.next());
    queue.started("https://a");
  }
  EXPECT_EQ(queue.next(), std::nullopt) << "three quarters are one host's share";
  queue.add("https://b", 10);
  queue.add("https://b", 11);
  EXPECT_EQ(queue.next(), 10U);
  queue.started("https://b");
  EXPECT_EQ(queue.next(), std::nullopt);
  queue.finished("https://b");
  EXPECT_EQ(queue.next(), 11U);
}

TEST(StartQueue, AWaitingRequestCanBeTakenOut) {
  StartQueue queue(4, 4);
  queue.add("https://a", 1);
  queue.add("https://a", 2);
  EXPECT_TRUE(queue.remove("https://a", 1));
  EXPECT_FALSE(queue.remove("https://a", 1));
  EXPECT_FALSE(queue.remove("https://b", 1));
  EXPECT_EQ(queue.next(), 2U);
}

}  // namespace
}  // namespace cistern::net
