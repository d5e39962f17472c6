// The decisions of the Event Streams API, without I/O: token, discovery, one stream a partition,
// refresh, and what becomes of each answer and each end.
#pragma once

#include "base/poll.hpp"
#include "base/random.hpp"
#include "connectors/crowdstrike_falcon/clouds.hpp"
#include "connectors/crowdstrike_falcon/event_filter.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cistern::connectors::crowdstrike_falcon {

/// Where a feed without a cursor begins.
enum class FirstStart : std::uint8_t { oldest, now, offset };

struct MachineOptions {
  std::string api_url;  ///< Of the cloud, or what the user named.
  /// The login may name another cloud's address (Grant::audience), which is then used.
  bool follow_region = false;
  std::string client_id;  ///< With member_cid: whether a position is another tenant's.
  std::string app_id;
  std::string app_id_fallback;  ///< Used in turns when `app_id` stays taken; empty: never.
  FirstStart start = FirstStart::oldest;
  std::uint64_t start_offset = 0;  ///< For FirstStart::offset.
  /// By feed id, partition, or "*" for all others; goes before `start`.
  std::map<std::string, std::uint64_t, std::less<>> start_offsets;
  std::vector<std::string> partitions;    ///< Empty: all.
  std::vector<std::string> stream_hosts;  ///< In lower case.
  std::shared_ptr<const EventFilter> filter = std::make_shared<EventFilter>();
  Duration idle_limit = std::chrono::seconds{75};
  Duration reconnect_delay = std::chrono::seconds{5};
};

/// `random` outlives the machine; only jitter depends on it.
std::unique_ptr<StreamMachine> make_machine(MachineOptions options, Random& random);

}  // namespace cistern::connectors::crowdstrike_falcon
