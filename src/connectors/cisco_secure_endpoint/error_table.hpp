// What an answer of the REST interface means and what is to be done: a table, one row a status.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "connectors/cisco_secure_endpoint/wire.hpp"

#include <cstdint>
#include <string_view>

namespace cistern::connectors::cisco_secure_endpoint {

enum class Fate : std::uint8_t {
  login,      ///< Key or client id is wrong, or belongs to another cloud: checked now and then.
  denied,     ///< The key lacks the scope: checked now and then.
  refused,    ///< The request itself: never repeated unchanged, checked now and then.
  throttled,  ///< The organisation's hour is used up: wait for its reset.
  retry,
};

struct ErrorRow {
  int status = 0;  ///< 0: any that has no row of its own.
  Fate fate = Fate::retry;
  std::string_view code;  ///< Ours: "cisco_secure_endpoint/...".
  std::string_view meaning;
  std::string_view consequence;
  std::string_view next_step;
};

/// How long nothing is asked after a refusal.
inline constexpr Duration kRecheck = std::chrono::minutes{15};

const ErrorRow& row_of(int status);

/// The failure that a person reads: the meaning, HTTP status, and the vendor's own words with its
/// details, which name the field or the reason. `what`: "events", "the audit log".
Failure to_failure(const ErrorRow& row, const ApiError& error, std::string_view what);

}  // namespace cistern::connectors::cisco_secure_endpoint
