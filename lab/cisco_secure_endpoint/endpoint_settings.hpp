// What `POST /lab/secure_endpoint` changes.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cistern::lab {

/// The vendor's documents spell the headers of the hourly budget in two ways.
enum class LimitSpelling : std::uint8_t { plain, hyphens };

struct EndpointSettings {
  std::uint64_t requests_per_hour = 3000;  ///< Of the organisation; 0: no limit.
  LimitSpelling spelling = LimitSpelling::plain;
  Duration retention = std::chrono::hours{24 * 30};
  bool key_revoked = false;
  std::uint64_t foreign_next = 0;  ///< So many pages name a next one on somebody else's host.
  std::uint64_t most_offset = 0;   ///< A higher offset is refused; 0: none is.
  std::string broker_host = "localhost";
  std::uint64_t broker_port = 443;
};

/// Applies the members of a JSON object; nothing when one of them is unknown or does not fit.
Result<EndpointSettings> change_endpoint_settings(EndpointSettings settings, std::string_view json);

}  // namespace cistern::lab
