// Where reading a feed goes on, and how a position keeps it.
#pragma once

#include "base/record.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::connectors::crowdstrike_falcon {

/// One feed's place. Keyed by (customer, feed id): neither by the feed's URL, which holds the appId
/// and changes between releases of the service, nor by the partition's number alone.
struct FeedCursor {
  std::string customer;               ///< Of the last event; empty before the first.
  std::optional<std::uint64_t> last;  ///< Every event up to it is stored. 0 is a legal offset.
  TimePoint newest{};                 ///< Latest eventCreationTime of any stored event.
  std::uint64_t epoch = 0;            ///< How often the vendor's numbering began anew.
  friend bool operator==(const FeedCursor&, const FeedCursor&) = default;
};

/// "cursor/<customer>/<feed>"
std::string cursor_key(std::string_view customer, std::string_view feed);
/// "<last or ->  <newest in ms> <epoch>", separated by blanks.
std::string cursor_value(const FeedCursor& cursor);
/// Nothing when the value is not one of ours.
std::optional<FeedCursor> read_cursor(std::string_view customer, std::string_view value);

/// The feed's cursor of that customer in a position; an empty one when there is none.
FeedCursor find_cursor(const Position& position, std::string_view customer, std::string_view feed);

/// Keys of the position beside the cursors.
inline constexpr std::string_view kCustomerKey = "customer";  ///< Whose events came last.
inline constexpr std::string_view kClientKey = "client";      ///< The API client that read them.
inline constexpr std::string_view kThroughKey = "through";    ///< End of the last whole window.
/// The first key of a cursor of that customer whose value cannot be read.
std::optional<std::string> unreadable_cursor(const Position& position, std::string_view customer);

/// "began/<feed>": when a feed was first opened with `start: now`, until its first event.
std::string began_key(std::string_view feed);

/// "vanished/<feed>": when the vendor had stopped offering a feed for good.
std::string vanished_key(std::string_view feed);

std::string time_value(TimePoint time);
TimePoint read_time(std::string_view value);

}  // namespace cistern::connectors::crowdstrike_falcon
