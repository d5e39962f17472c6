// Which record is the same record. The event stream and the REST interface bring the same events,
// so both ask here. Pure; the texts must be valid JSON.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cistern::connectors::cisco_secure_endpoint {

inline constexpr std::string_view kVendor = "cisco_secure_endpoint";
inline constexpr std::string_view kEvents = "events";
inline constexpr std::string_view kAudit = "audit";

struct RecordKey {
  Identity identity;
  TimePoint time{};  ///< Epoch when the record names none that makes sense.
  /// The vendor gave the record no id: the identity is that of its content, and a second record
  /// with the same content differs from the first by its occurrence alone.
  bool by_content = false;
};

/// Of an event, from either channel. `cloud` is the host of the cloud's REST interface
/// (clouds.hpp, identity_host): also the stream's events are named by it.
///
/// (vendor, cloud, "event", connector_guid, event_type_id, timestamp, timestamp_nanoseconds, id,
/// detection_id), each as its digits stand in the text, so that an id above 2^53 is never rounded.
/// Without an id the canonical form of the whole event, less `computer`, is added: the addresses in
/// there and `active` may change between two readings.
RecordKey event_key(std::string_view cloud, std::string_view json);

/// Of an audit record, which never has an id of its own: (vendor, cloud, "audit", canonical form).
RecordKey audit_key(std::string_view cloud, std::string_view json);

/// The n-th record (from 0) with the same content in one reading. The first keeps its identity.
Identity occurrence(const Identity& of_content, std::uint64_t n);

/// Members in the order of their names, no white space, strings escaped in one way, numbers as they
/// stand: two texts that say the same give the same form. `without`: a top-level member that is
/// left out.
std::string canonical_json(std::string_view json, std::string_view without = {});

}  // namespace cistern::connectors::cisco_secure_endpoint
