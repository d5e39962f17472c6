#include "net/io_loop.hpp"

#include "loop_thread.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace cistern::net {
namespace {

using std::chrono::milliseconds;

TEST(IoLoop, PostFromManyThreadsRunsEachTaskOnceOnTheLoop) {
  const auto loop = make_io_loop();
  std::vector<std::thread> threads;
  unsigned runs = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) {
        loop->post([&] {
          if (++runs == 4000) loop->stop();
        });
      }
    });
  }
  loop->run();
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(runs, 4000U);
}

TEST(IoLoop, PostNeverRunsInsideTheCall) {
  const auto loop = make_io_loop();
  bool outer_done = false;
  bool order_kept = false;
  loop->post([&] {
    loop->post([&] {
      order_kept = outer_done;
      loop->stop();
    });
    outer_done = true;
  });
  loop->run();
  EXPECT_TRUE(order_kept);
}

TEST(IoLoop, TimersRunInTheOrderOfTheirTimes) {
  const auto loop = make_io_loop();
  std::vector<int> order;
  const auto begin = std::chrono::steady_clock::now();
  loop->call_after(milliseconds{40}, [&] {
    order.push_back(40);
    loop->stop();
  });
  loop->call_after(milliseconds{20}, [&] { order.push_back(20); });
  loop->call_after(milliseconds{-5}, [&] { order.push_back(-5); });
  loop->run();
  EXPECT_EQ(order, (std::vector<int>{-5, 20, 40}));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds{40});
}

TEST(IoLoop, ACancelledTimerDoesNotRunEvenWhenItHasExpired) {
  const auto loop = make_io_loop();
  bool ran = false;
  Loop::TimerId second = 0;
  loop->call_after(milliseconds{1}, [&] {
    // The second one has expired as well while this task was kept busy.
    const auto until = std::chrono::steady_clock::now() + milliseconds{5};
    while (std::chrono::steady_clock::now() < until) {
    }
    loop->cancel(second);
    loop->cancel(second);
    loop->cancel(987654);
  });
  second = loop->call_after(milliseconds{2}, [&] { ran = true; });
  loop->call_after(milliseconds{20}, [&] { loop->stop(); });
  loop->run();
  EXPECT_FALSE(ran);
}

TEST(IoLoop, StopBeforeRunEndsItAndItCanRunAgain) {
  const auto loop = make_io_loop();
  loop->stop();
  loop->run();
  bool ran = false;
  loop->post([&] {
    ran = true;
    loop->stop();
  });
  loop->run();
  EXPECT_TRUE(ran);
}

/// Something that gives its timer back when it goes, as clients and drivers do.
struct Owner {
  explicit Owner(IoLoop& its_loop)
      : loop(its_loop), timer(loop.call_after(std::chrono::hours{1}, [] {})) {}
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;
  ~Owner() {
    loop.cancel(timer);
    loop.post([] {});
  }
  IoLoop& loop;
  Loop::TimerId timer;
};

TEST(IoLoop, TasksThatNeverRanAreDestroyedSafely) {
  auto loop = make_io_loop();
  std::weak_ptr<Owner> posted;
  std::weak_ptr<Owner> timed;
  {
    auto first = std::make_shared<Owner>(*loop);
    auto second = std::make_shared<Owner>(*loop);
    posted = first;
    timed = second;
    loop->post([first] { FAIL() << "a stopped loop runs nothing"; });
    loop->call_after(std::chrono::hours{1}, [second] {});
  }
  loop.reset();
  EXPECT_TRUE(posted.expired());
  EXPECT_TRUE(timed.expired());
}

TEST(IoLoop, SignalsReachTheHandlerEachTime) {
  const auto loop = make_io_loop();
  std::vector<int> seen;
  loop->on_signals({SIGUSR1, SIGUSR2}, [&](int number) {
    seen.push_back(number);
    if (seen.size() == 3)
      loop->stop();
    else
      raise(SIGUSR2);
  });
  loop->post([] { raise(SIGUSR1); });
  loop->run();
  EXPECT_EQ(seen, (std::vector<int>{SIGUSR1, SIGUSR2, SIGUSR2}));
}

}  // namespace
}  // namespace cistern::net
