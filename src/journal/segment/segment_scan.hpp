// Walks over a segment's bytes and says what is there: pure, without files.
#pragma once

#include "journal/segment/segment_format.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::journal {

/// A group with a valid control frame.
struct ScannedGroup {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;  ///< Data frames and control frame.
  std::string_view data;   ///< The data frames.
  std::string_view control_json;
  GroupControl control;
};

/// Bytes before the last valid control frame that are no valid group.
struct DamagedRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::optional<GroupControl> control;  ///< When only the data is damaged.
  bool known = false;                   ///< A missing frame lies over it: dealt with before.
};

struct ScanVisitor {
  std::function<bool(ScannedGroup&)> group;  ///< False ends the scan.
  std::function<void(const DamagedRange&)> damaged;
};

/// Whether the sums of compressed data are checked. Without, only frame heads are touched, which
/// lets an index of many gigabytes be rebuilt in seconds; readers check what they decompress.
enum class CheckData : std::uint8_t { yes, no };

struct ScanEnd {
  std::uint64_t valid = 0;  ///< Where the last group or damaged range ends.
  std::uint64_t size = 0;   ///< More than `valid`: the rest is a torn tail.
};

/// Scans groups from the offset, which must be the beginning of a group.
ScanEnd scan_groups(std::string_view segment, std::uint64_t from, CheckData check,
                    const ScanVisitor& visitor);

struct HeaderFrame {
  SegmentHeader header;
  std::uint64_t size = 0;  ///< Where the groups begin.
};

/// The header at the beginning of a segment. "journal/damaged" when it is not sound.
Result<HeaderFrame> read_header(std::string_view segment);

/// Where the groups begin although the header is not sound: behind its frame when its size can be
/// believed, otherwise at the first group whose control frame is sound; the size of the segment
/// when there is none.
std::uint64_t groups_behind_damaged_header(std::string_view segment);

}  // namespace cistern::journal
