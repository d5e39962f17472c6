// The names of objects in the export: `<folder>/<log>/<day>/<slot>-<random>.csv.gz`.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::connectors::cisco_umbrella {

/// Longest name of a log folder that is collected; the vendor's are at most 14.
inline constexpr std::size_t kMaxLogName = 40;

/// A key taken apart. The vendor uploads every ten minutes; four random characters keep two objects
/// of one slot apart, and may be missing on some of the vendor's own pages.
struct ObjectKey {
  std::string log;          ///< "dnslogs"
  std::int64_t minute = 0;  ///< The slot, in minutes since the Unix epoch.
  std::string suffix;       ///< Four letters or digits, or nothing.

  [[nodiscard]] TimePoint slot() const { return TimePoint{std::chrono::minutes{minute}}; }
  friend bool operator==(const ObjectKey&, const ObjectKey&) = default;
};

/// Takes apart a key below `prefix` (the folder with its slash, or nothing); nothing for whatever
/// is not an object of the export: README_FROM_UMBRELLA.txt, folder markers, foreign files, a slot
/// that is not of its day's folder.
std::optional<ObjectKey> parse_object_key(std::string_view prefix, std::string_view key);

/// The key again.
std::string format_object_key(std::string_view prefix, const ObjectKey& key);

/// What a listing starts after to see every object of that slot and later: without the random
/// characters it sorts before all of them.
std::string slot_start(std::string_view prefix, std::string_view log, TimePoint slot);

/// Whether a key below the log's folder sorts behind every possible object: names of days begin
/// with a digit.
bool behind_all_days(std::string_view prefix, std::string_view log, std::string_view key);

/// Whether the text can be the folder of a log: letters, digits, `_` and `-`, at most kMaxLogName,
/// beginning with a letter.
bool is_log_name(std::string_view text);

/// Whether the vendor documents a folder of that name, or it ends as all of them do.
bool looks_like_log(std::string_view text);

/// The suffix as a number from 0 (none) to 62^4, and back.
std::uint32_t suffix_number(std::string_view suffix);
std::string suffix_text(std::uint32_t number);

/// `2026-01-05-08` of an hour counted from the epoch, and back.
std::string hour_text(std::int64_t hour);
std::optional<std::int64_t> parse_hour(std::string_view text);

}  // namespace cistern::connectors::cisco_umbrella
