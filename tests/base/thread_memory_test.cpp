#include "base/thread_memory.hpp"

#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace cistern {
namespace {

struct Counted {
  explicit Counted(int& alive) : count(&alive) { ++*count; }
  Counted(Counted&& other) noexcept : count(std::exchange(other.count, nullptr)) {}
  Counted& operator=(Counted&&) = delete;
  ~Counted() {
    if (count != nullptr) --*count;
  }
  int* count;
};

TEST(ThreadMemory, IsKeptUntilItIsReleased) {
  ThreadKept<std::string> text;
  text.get() = "kept";
  EXPECT_EQ(text.get(), "kept");
  release_thread_memory();
  EXPECT_EQ(text.get(), "");
}

TEST(ThreadMemory, IsMadeOnceAndDestroyedWithItsOwner) {
  int alive = 0;
  {
    ThreadKept<Counted> kept;
    for (int i = 0; i < 3; ++i) {
      kept.get([&] { return Counted(alive); });
      EXPECT_EQ(alive, 1);
    }
    release_thread_memory();
    EXPECT_EQ(alive, 0);
    kept.get([&] { return Counted(alive); });
  }
  EXPECT_EQ(alive, 0);
  release_thread_memory();
}

TEST(ThreadMemory, OtherThreadsKeepTheirs) {
  ThreadKept<std::string> text;
  text.get() = "kept";
  std::thread([] {
    thread_local ThreadKept<std::string> other;
    other.get() = "gone with the thread";
    release_thread_memory();
  }).join();
  EXPECT_EQ(text.get(), "kept");
}

}  // namespace
}  // namespace cistern
