// What a lab must remember to go on after a restart as if it were the same vendor.
//
// Content follows from seed and start time. The rest of the truth is who subscribed to what since
// when, what was added to the feeds of Falcon and asked of them, and when the content was frozen;
// all of it is in a small JSON file. Tokens are not: a vendor's restart makes a collector log in
// again.
#pragma once

#include "base/files.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "lab/crowdstrike_falcon/feed.hpp"
#include "lab/microsoft_365/subscriptions.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cistern::lab {

struct LabState {
  /// The options on which content depends, as text: a lab with others is another vendor.
  std::string content;
  TimePoint started{};
  TimePoint frozen{};        ///< Epoch: not frozen.
  std::uint64_t starts = 0;  ///< How often a lab was started with this state.
  std::vector<SubscriptionRow> subscriptions;
  std::vector<FeedRow> feeds;
  /// What the other vendors remember: JSON text by the vendor's name.
  std::map<std::string, std::string> vendors;
};

/// The state in the file, or nothing if there is no such file. Failures: "lab/bad-state", "file/…".
Result<std::optional<LabState>> read_state(Files& files, const std::string& path);

/// Replaces the file in one step. A kill leaves the old or the new one.
Status write_state(Files& files, const std::string& path, const LabState& state);

}  // namespace cistern::lab
