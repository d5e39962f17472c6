// The kinds of events on a customer's feed, as templates of the member `event`.
#pragma once

#include <span>
#include <string_view>

namespace cistern::lab {

struct EventFamily {
  std::string_view type;  ///< metadata.eventType
  unsigned weight;        ///< Beside all other families.
  std::string_view text;  ///< As EventTemplate reads it.
};

std::span<const EventFamily> endpoint_families();
std::span<const EventFamily> audit_families();
std::span<const EventFamily> cloud_families();
std::span<const EventFamily> identity_families();
std::span<const EventFamily> mobile_families();
std::span<const EventFamily> data_families();

}  // namespace cistern::lab
