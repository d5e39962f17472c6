// Performs the steps of a PollMachine: requests within budget and concurrency, decoding on the
// pool, commits to the journal, wake-ups. The only place where poll connectors meet I/O.
#pragma once

#include "base/poll.hpp"
#include "net/authorizer.hpp"
#include "net/http_client.hpp"
#include "runtime/connector.hpp"
#include "runtime/services.hpp"

#include <functional>
#include <memory>
#include <string>

namespace cistern::runtime {

struct PollDriverOptions {
  std::string connector{};    ///< The user's name of the instance.
  unsigned max_parallel = 8;  ///< Requests under way at the same time.
  std::string budget{};       ///< Name of the shared request budget.
  double requests_per_minute = 1000;
  double burst = 100;
  /// Nothing was answered, committed or waited for in so long: the watchdog reports it.
  Duration progress_limit = std::chrono::minutes{10};
};

/// A connector whose machine can also be told of what came by another way than its requests.
class PollConnector : public Connector {
 public:
  /// Asks the machine something of its own kind, and performs what it answers. On the loop; nothing
  /// happens before start() and after stop().
  virtual void consult(std::function<Step(PollMachine&, TimePoint now)> question) = 0;
};

/// The connector made of a machine, an authorizer and a client. `machine` is called on the loop
/// only. Memory: no new request starts while the memory budget is full. Replies that arrive after
/// stop() are dropped; a commit handed over is always waited for.
std::unique_ptr<PollConnector> make_poll_connector(PollDriverOptions options,
                                                   std::unique_ptr<PollMachine> machine,
                                                   std::unique_ptr<net::Authorizer> authorizer,
                                                   std::unique_ptr<net::HttpClient> http,
                                                   const Services& services);

}  // namespace cistern::runtime
