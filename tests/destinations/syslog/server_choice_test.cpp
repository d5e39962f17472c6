#include "destinations/syslog/server_choice.hpp"

#include <gtest/gtest.h>

namespace cistern::destinations::syslog {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using Servers = std::vector<std::size_t>;

TEST(ServerChoice, TheFirstOfTheListIsTriedFirst) {
  const ServerChoice choice{3, minutes{5}};
  EXPECT_EQ(choice.order(seconds{0}), (Servers{0, 1, 2}));
}

TEST(ServerChoice, AServerThatFailedIsTriedLastUntilItHasRested) {
  ServerChoice choice{3, minutes{5}};
  choice.failed(0, seconds{10});
  EXPECT_EQ(choice.order(seconds{20}), (Servers{1, 2, 0}));
  choice.failed(1, seconds{30});
  EXPECT_EQ(choice.order(seconds{40}), (Servers{2, 0, 1}));
  EXPECT_EQ(choice.order(minutes{5} + seconds{10}), (Servers{0, 2, 1}));
}

TEST(ServerChoice, WhenAllHaveFailedTheOneThatFailedFirstComesFirst) {
  ServerChoice choice{2, minutes{5}};
  choice.failed(1, seconds{1});
  choice.failed(0, seconds{2});
  EXPECT_EQ(choice.order(seconds{3}), (Servers{1, 0}));
}

TEST(ServerChoice, GoesBackAfterTheRest) {
  ServerChoice choice{3, minutes{5}};
  choice.failed(0, seconds{0});
  choice.failed(1, seconds{60});
  choice.works(2);
  EXPECT_FALSE(choice.better(seconds{61}));
  EXPECT_EQ(choice.better_in(seconds{61}), minutes{5} - seconds{61});
  EXPECT_EQ(choice.better(minutes{5}), 0U);
  EXPECT_EQ(choice.better_in(minutes{5}), seconds{0});
  choice.failed(0, minutes{5});
  EXPECT_EQ(choice.better(minutes{6}), 1U);
  choice.works(0);
  EXPECT_FALSE(choice.better(minutes{60}));
  EXPECT_FALSE(choice.better_in(minutes{60}));
}

TEST(ServerChoice, WithoutReturnTheOtherStaysInUseUntilItFails) {
  ServerChoice choice{2, seconds{0}};
  choice.failed(0, seconds{0});
  choice.works(1);
  EXPECT_FALSE(choice.better(std::chrono::hours{1000}));
  EXPECT_FALSE(choice.better_in(std::chrono::hours{1000}));
  choice.failed(1, std::chrono::hours{1});
  EXPECT_EQ(choice.order(std::chrono::hours{1}), (Servers{0, 1}));
}

}  // namespace
}  // namespace cistern::destinations::syslog
