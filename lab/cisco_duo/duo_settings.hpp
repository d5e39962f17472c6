// What `POST /lab/duo` changes.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "lab/cisco_duo/duo_rows.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace cistern::lab {

struct DuoSettings {
  std::uint64_t requests_per_minute = 2;          ///< Of one integration and endpoint; 0: no limit.
  Duration lateness = std::chrono::seconds{120};  ///< Until a row can be read.
  Duration retention = std::chrono::hours{24 * 180};
  bool address_refused = false;  ///< The caller's network is not on the application's list.
  bool read_log = true;          ///< The permission "Grant read log".
  bool secret_changed = false;   ///< The secret key was reset in the dashboard.
  bool stuck_offset = false;     ///< A page without rows whose next_offset is the one it came from.
  std::set<std::string> absent;  ///< Logs that this edition does not have: 404.
  std::set<std::string> forbidden;  ///< Logs that answer 403.
};

/// Applies the members of a JSON object; nothing when one of them is unknown or does not fit.
Result<DuoSettings> change_duo_settings(DuoSettings settings, std::string_view json);

}  // namespace cistern::lab
