// The decisions of the REST interface, without I/O: walks from newest to oldest through events and
// audit log, what each answer means, and when to ask again.
#pragma once

#include "base/poll.hpp"
#include "base/random.hpp"

#include <memory>
#include <string>

namespace cistern::connectors::cisco_secure_endpoint {

struct MachineOptions {
  std::string api_url;  ///< "https://api.eu.amp.cisco.com": scheme, host and port of every request.
  std::string client_id;
  bool events = true;
  bool audit = true;
  /// On first start; the vendor is said to keep 30 days.
  Duration backfill = std::chrono::hours{24 * 30};
  Duration poll_interval = std::chrono::minutes{1};
  Duration overlap = std::chrono::hours{1};  ///< Read again behind the watermark at each poll.
  /// How far behind is read again now and then, for events of endpoints that were offline.
  Duration sweep = std::chrono::hours{72};
  Duration sweep_interval = std::chrono::hours{24};
  /// While the event stream brings the events: how often, and how far back, they are compared.
  Duration compare_interval = std::chrono::hours{1};
  Duration compare_back = std::chrono::hours{24};
  unsigned page_size = 500;  ///< The vendor's default and most.
};

/// What the event stream beside us does.
struct StreamState {
  bool flowing = false;  ///< Consuming. False: what it did not bring is looked for at once.
  /// Since when the queue has existed without a break: events from then on come by the stream.
  TimePoint covered_from{};
};

/// A machine that can also be told how the event stream stands.
class RestMachine : public PollMachine {
 public:
  /// May be told as often as is liked; the same again changes nothing.
  virtual Step on_stream_state(const StreamState& state, TimePoint now) = 0;
};

/// `random` outlives the machine; only jitter depends on it.
std::unique_ptr<RestMachine> make_machine(MachineOptions options, Random& random);

}  // namespace cistern::connectors::cisco_secure_endpoint
