// A thread of the listen driver: a loop, a protocol, and the way into the journal.
#pragma once

#include "net/listen/ready_loop.hpp"
#include "runtime/listen/listen_commits.hpp"
#include "runtime/listen/listen_driver.hpp"

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace cistern::runtime {

/// What the threads of one connector share; it outlives them.
struct ListenShared {
  ListenDriverOptions options;
  std::shared_ptr<ListenCounters> counters;
  Services services;
  ListenOpened opened;

  [[nodiscard]] bool allowed(const net::IpAddress& sender) const;
  /// Tells the status board that the endpoint cannot be opened, or that it is open.
  void report_failed(std::size_t endpoint, const Failure& failure) const;
  void report_open(std::size_t endpoint) const;
  /// Says again that it works, unless an endpoint does not: silence would prove nothing.
  void report_working() const;

  mutable std::mutex mutex = {};
  mutable std::set<std::size_t> failed = {};  ///< Endpoints that cannot be opened.
};

inline constexpr Duration kOpenAgain = std::chrono::seconds{5};

/// The part of a thread that deals with sockets. Lives on the thread's loop.
class ListenWork {
 public:
  virtual ~ListenWork() = default;
  virtual void start() = 0;
  /// Takes what has arrived and ends what is open; calls `ended` once everything is durable.
  virtual void stop(std::function<void()> ended) = 0;
};

std::unique_ptr<ListenWork> make_stream_work(const ListenShared& shared,
                                             std::vector<std::size_t> endpoints,
                                             std::unique_ptr<ListenProtocol> protocol,
                                             std::shared_ptr<net::ReadyLoop> loop);
std::unique_ptr<ListenWork> make_datagram_work(const ListenShared& shared, std::size_t endpoint,
                                               std::unique_ptr<ListenProtocol> protocol,
                                               std::shared_ptr<net::ReadyLoop> loop);

/// Runs a work on a thread of its own.
class ListenThread {
 public:
  ListenThread(std::shared_ptr<net::ReadyLoop> loop, std::unique_ptr<ListenWork> work);
  ListenThread(const ListenThread&) = delete;
  ListenThread& operator=(const ListenThread&) = delete;
  /// Ends the thread, wherever it is.
  ~ListenThread();
  void start();
  /// `ended` is called on the thread.
  void stop(std::function<void()> ended);

 private:
  std::shared_ptr<net::ReadyLoop> loop_;
  std::unique_ptr<ListenWork> work_;
  std::thread thread_;
};

}  // namespace cistern::runtime
