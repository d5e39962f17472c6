// The logs of the Admin API that are collected, as data.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cistern::connectors::cisco_duo {

inline constexpr std::string_view kVendor = "cisco_duo";

/// How a log is asked for and walked through.
enum class Paging : std::uint8_t {
  next_offset,  ///< v2: window in milliseconds, the answer's next_offset is sent back.
  offset,       ///< Trust monitor: the same, but sent back as `offset`, and in no certain order.
  mintime,      ///< v1: seconds, no end and no page token; the start is moved.
};

struct LogStream {
  std::string_view name;
  std::string_view path;
  Paging paging = Paging::next_offset;
  std::string_view list;  ///< Member of `response` that holds the rows; empty: `response` itself.
  std::size_t limit = 0;  ///< Rows asked for; 0: the log knows no such parameter.
  /// Members that name a row together; empty for logs whose rows have no name.
  std::array<std::string_view, 3> id;
  std::array<std::string_view, 2> time;  ///< Members with its time, the better one first.
  std::string_view text;                 ///< One sentence for people.
};

inline constexpr std::array<LogStream, 6> kLogStreams{{
    {.name = "authentication",
     .path = "/admin/v2/logs/authentication",
     .paging = Paging::next_offset,
     .list = "authlogs",
     .limit = 1000,
     .id = {"txid", "isotimestamp"},
     .time = {"isotimestamp", "timestamp"},
     .text = "Every authentication and enrolment, with user, device, place and outcome."},
    {.name = "activity",
     .path = "/admin/v2/logs/activity",
     .paging = Paging::next_offset,
     .list = "items",
     .limit = 1000,
     .id = {"activity_id"},
     .time = {"ts"},
     .text = "What users and administrators changed: devices, policies, users, applications."},
    {.name = "telephony",
     .path = "/admin/v2/logs/telephony",
     .paging = Paging::next_offset,
     .list = "items",
     .limit = 1000,
     .id = {"telephony_id", "ts"},
     .time = {"ts"},
     .text = "Calls and short messages that were sent, with the credits they cost."},
    {.name = "administrator",
     .path = "/admin/v1/logs/administrator",
     .paging = Paging::mintime,
     .list = {},
     .limit = 0,
     .id = {},
     .time = {"timestamp", "isotimestamp"},
     .text = "What administrators did; the activity log repeats most of it in more detail."},
    {.name = "offline_enrollment",
     .path = "/admin/v1/logs/offline_enrollment",
     .paging = Paging::mintime,
     .list = {},
     .limit = 0,
     .id = {},
     .time = {"timestamp", "isotimestamp"},
     .text = "Users who were set up for authentication without a network on Windows."},
    {.name = "trust_monitor",
     .path = "/admin/v1/trust_monitor/events",
     .paging = Paging::offset,
     .list = "events",
     .limit = 200,
     .id = {"sekey", "state", "state_updated_timestamp"},
     .time = {"surfaced_timestamp"},
     .text = "Authentications and changes that Trust Monitor calls unusual."},
}};

/// Null when there is none of that name.
constexpr const LogStream* find_log_stream(std::string_view name) {
  for (const LogStream& stream : kLogStreams) {
    if (stream.name == name) return &stream;
  }
  return nullptr;
}

}  // namespace cistern::connectors::cisco_duo
