// Memory that a thread keeps from one task to the next, because making it anew costs page faults,
// and gives back when it has had nothing to do for a while.
#pragma once

#include <optional>
#include <utility>

namespace cistern {

/// A thing that release_thread_memory() may destroy. Belongs to the thread that made it.
class ThreadKeptBase {
 public:
  ThreadKeptBase();
  ThreadKeptBase(const ThreadKeptBase&) = delete;
  ThreadKeptBase& operator=(const ThreadKeptBase&) = delete;
  virtual ~ThreadKeptBase();
  /// Destroys what is kept; it is made again when it is needed.
  virtual void release() = 0;
};

/// To be declared `thread_local`. Holds nothing that a later task relies on.
template <class T>
class ThreadKept final : public ThreadKeptBase {
 public:
  /// What is kept, made by `make()` when there is nothing. Valid until the task ends.
  template <class Make>
  T& get(Make&& make) {
    if (!kept_) kept_.emplace(std::forward<Make>(make)());
    return *kept_;
  }
  T& get() {
    if (!kept_) kept_.emplace();
    return *kept_;
  }
  void release() override { kept_.reset(); }

 private:
  std::optional<T> kept_;
};

/// Destroys everything that the calling thread keeps, and hands free memory of the whole process
/// back to the operating system. For a thread that has been idle for some seconds: the next task
/// pays for it with some thousand page faults.
void release_thread_memory();

/// Makes all threads allocate from one heap; to be called before there are any. A heap for each
/// thread, glibc's default, keeps free what bodies, groups and batches need in turn (measured at
/// full load, one run each: 286 MiB instead of 246). Threads here allocate large buffers, not small
/// objects, so they seldom meet at its lock.
void share_one_heap();

}  // namespace cistern
