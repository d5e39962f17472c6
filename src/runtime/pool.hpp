// A fixed set of worker threads.
#pragma once

#include "base/executor.hpp"

#include <memory>

namespace cistern::runtime {

/// Tasks run in the order of posting, several at the same time. Destruction waits for running tasks
/// and drops the others.
class Pool : public Executor {
 public:
  /// Lets queued tasks finish, then joins the threads. Idempotent.
  virtual void drain() = 0;
  /// From now on at least so many threads. Not beside drain().
  virtual void grow(unsigned threads) = 0;
};

std::unique_ptr<Pool> make_pool(unsigned threads);

}  // namespace cistern::runtime
