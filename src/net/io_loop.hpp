// The I/O thread's loop: Asio behind a plain interface (Asio's headers are slow to compile).
#pragma once

#include "base/executor.hpp"
#include "net/http_client.hpp"

#include <functional>
#include <memory>

namespace cistern::net {

/// A single-threaded event loop. post() is safe from any thread; everything else on the loop.
class IoLoop : public Loop {
 public:
  /// Runs until stop() and until then waits for work. Call from the thread that becomes the I/O
  /// thread.
  virtual void run() = 0;
  /// Safe from any thread; run() returns after the current task, and may be called again.
  virtual void stop() = 0;
  /// Calls the handler on the loop for each arrival of one of these signals, until the loop goes.
  /// Before run(), or on the loop.
  virtual void on_signals(std::initializer_list<int> signals, std::function<void(int)> handler) = 0;
  /// The boost::asio::io_context behind it, for net's own .cpp files.
  virtual void* native() = 0;
};

/// Outlives everything that was made with it. Destroying it destroys tasks that have not run.
std::unique_ptr<IoLoop> make_io_loop();

/// Destroy it on the loop, or after the loop has stopped; requests under way are given up, and
/// their callbacks are not called. It does not look at proxy variables of the environment.
std::unique_ptr<HttpClient> make_http_client(IoLoop& loop, HttpClientOptions options);

}  // namespace cistern::net
