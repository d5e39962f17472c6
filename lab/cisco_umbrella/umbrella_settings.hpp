// What `POST /lab/umbrella` changes, read from its JSON.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::lab {

struct UmbrellaChange {
  bool rotate_key = false;
  std::optional<std::string> key_refusal;    ///< "AccessDenied": as of a key past its 90 days.
  std::optional<std::string> session_token;  ///< Empty: none is needed any more.
  std::optional<bool> token_expired;
  std::optional<std::string> region;
  std::optional<bool> region_malformed;
  std::optional<unsigned> max_keys;
  std::optional<Duration> clock_ahead;
  std::optional<Duration> retention;
  std::optional<Duration> visibility;
  std::optional<bool> queue_there;
  struct Planted {
    std::string folder = "dnslogs";
    Duration age{0};  ///< Its slot began so long ago.
    std::uint64_t rows = 1;
    std::string suffix = "0000";
  };
  std::optional<Planted> add;
  std::optional<std::string> replace;  ///< A name, as in GET /lab/umbrella's list.
  std::optional<std::string> purge;
};

Result<UmbrellaChange> read_umbrella_change(std::string_view json);

}  // namespace cistern::lab
