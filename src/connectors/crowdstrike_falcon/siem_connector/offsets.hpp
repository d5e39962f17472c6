// Where the connector had read to.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cistern::connectors::crowdstrike_falcon {

/// What an offset file says: feed id or partition -> offset. "" is an offset whose key names no
/// feed, which then holds for all.
using KnownOffsets = std::map<std::string, std::uint64_t>;

inline constexpr std::size_t kMaxOffsetFile = 1U << 20;
inline constexpr std::size_t kMaxOffsets = 1000;

/// Reads the text of a `stream_offsets` file. Its form is not documented; these are understood: a
/// JSON object of key to number or to an object with `offset`, also below one more name; and lines
/// of a key, a colon, `=`, comma or white space, and a number. A key is matched to a feed by the
/// path segment that a feed's address has. Of two offsets for one feed the lower counts: what is
/// read twice is recognised, what is left out is lost. Nothing when no offset is found.
KnownOffsets parse_offsets(std::string_view text);

/// The highest number that stands behind one of the marks in the old output (its end will do).
std::optional<std::uint64_t> highest_offset(std::string_view output,
                                            std::span<const std::string> marks);

}  // namespace cistern::connectors::crowdstrike_falcon
