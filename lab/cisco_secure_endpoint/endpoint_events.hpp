// Secure Endpoint's events and audit records, each from one arrival.
#pragma once

#include "lab/harness/arrivals.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

/// What filters and streams look at.
struct EndpointFacts {
  std::uint32_t type = 0;
  std::uint64_t id = 0;  ///< 0: the kind has none.
  std::uint64_t detection = 0;
  std::string connector;  ///< GUID.
  std::string group;      ///< GUID; empty: the kind has none.
  std::string file_sha256;
};
EndpointFacts endpoint_facts(const Arrival& arrival);
/// When the computer goes offline, which shows in events from before; epoch: never.
TimePoint endpoint_goes_offline(const Arrival& arrival);

/// Appends an event's JSON. `offline`: with the computer's later state.
void append_endpoint_event(std::string& out, const Arrival& arrival, bool offline);
/// Appends an audit record's JSON.
void append_audit_record(std::string& out, const Arrival& arrival);

struct EventType {
  std::uint32_t id = 0;
  std::string_view name;
};
const std::vector<EventType>& endpoint_event_types();

}  // namespace cistern::lab
