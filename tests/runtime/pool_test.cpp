#include "runtime/pool.hpp"

#include "runtime/memory_budget.hpp"
#include "runtime/serial.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

namespace cistern::runtime {
namespace {

TEST(Pool, DrainFinishesEverythingPosted) {
  const auto pool = make_pool(3);
  std::atomic<int> done{0};
  for (int i = 0; i < 1000; ++i)
    pool->post([&] { ++done; });
  pool->drain();
  EXPECT_EQ(done, 1000);
  pool->post([&] { ++done; });
  pool->drain();
  EXPECT_EQ(done, 1000) << "a task posted after drain() must not run";
}

TEST(Pool, RunsSeveralTasksAtTheSameTime) {
  const auto pool = make_pool(2);
  std::mutex mutex;
  std::condition_variable met;
  int present = 0;
  for (int i = 0; i < 2; ++i) {
    pool->post([&] {
      std::unique_lock lock(mutex);
      ++present;
      met.notify_all();
      EXPECT_TRUE(met.wait_for(lock, std::chrono::seconds{30}, [&] { return present == 2; }));
    });
  }
  pool->drain();
  EXPECT_EQ(present, 2);
}

TEST(Pool, DestructionDropsWhatIsQueued) {
  auto owned = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = owned;
  std::mutex gate;
  gate.lock();
  std::atomic<bool> started{false};
  auto pool = make_pool(1);
  pool->post([&] {
    started = true;
    const std::lock_guard wait(gate);
  });
  std::atomic<bool> ran{false};
  pool->post([owned = std::move(owned), &ran] { ran = true; });
  while (!started)
    std::this_thread::yield();
  std::thread end([&] { pool.reset(); });
  gate.unlock();
  end.join();
  EXPECT_TRUE(watch.expired());
}

TEST(Serial, RunsInOrderAndNeverTwoAtOnce) {
  const auto pool = make_pool(4);
  const auto serial = std::make_shared<Serial>(*pool);
  std::vector<int> order;  // No lock: the chain is the lock, which TSan checks.
  for (int i = 0; i < 500; ++i)
    serial->post([&order, i] { order.push_back(i); });
  std::atomic<bool> last{false};
  serial->post([&] { last = true; });
  while (!last)
    std::this_thread::yield();
  ASSERT_EQ(order.size(), 500U);
  for (int i = 0; i < 500; ++i)
    EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(Serial, CloseWaitsForTheRunningTaskAndDropsTheRest) {
  const auto pool = make_pool(2);
  const auto serial = std::make_shared<Serial>(*pool);
  std::atomic<bool> started{false};
  std::atomic<bool> go{false};
  int finished = 0;  // Read after close() without a lock.
  serial->post([&] {
    started = true;
    while (!go)
      std::this_thread::yield();
    ++finished;
  });
  serial->post([&] { finished += 100; });
  while (!started)
    std::this_thread::yield();
  std::thread closer([&] { serial->close(); });
  // A closed chain lets go of what is posted at once.
  for (bool closed = false; !closed;) {
    auto token = std::make_shared<int>(0);
    const std::weak_ptr<int> watch = token;
    serial->post([token = std::move(token)] {});
    closed = watch.expired();
  }
  go = true;
  closer.join();
  EXPECT_EQ(finished, 1);
}

TEST(MemoryBudget, CallsWhoWaitsInOrderWhenThereIsRoom) {
  MemoryBudget memory(100);
  memory.add(100);
  ASSERT_TRUE(memory.full());
  std::vector<int> called;
  memory.wait([&] { called.push_back(1); });
  memory.wait([&] { called.push_back(2); });
  EXPECT_TRUE(called.empty());
  memory.remove(10);
  EXPECT_EQ(called, (std::vector<int>{1})) << "one at a time";
  memory.wake_one();
  EXPECT_EQ(called, (std::vector<int>{1, 2}));
}

TEST(MemoryBudget, CountsFromManyThreads) {
  MemoryBudget memory(1000);
  std::vector<std::thread> threads;
  std::atomic<int> called{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) {
        MemoryHold hold(memory);
        hold.resize(700);
        memory.wait([&] { ++called; });
        hold.resize(10);
      }
    });
  }
  for (auto& thread : threads)
    thread.join();
  while (called < 4000)
    memory.wake_one();
  EXPECT_EQ(memory.used(), 0U);
}

}  // namespace
}  // namespace cistern::runtime
