// A number in each message that names it, so that an altered message can be told from an invented
// one, and a document found that does not carry the original.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::lab {

/// Which message of which sender.
struct Marker {
  unsigned sender = 0;         ///< 0 to 99.
  std::uint64_t sequence = 0;  ///< 0 to 999,999,999.
  bool operator==(const Marker&) const = default;
};

/// Fourteen digits: 9, the sender, the sequence, and two check digits; where a device writes the
/// number of a connection or of a mail.
std::string marker_text(const Marker& marker);

/// The first marker among the runs of digits in the bytes.
std::optional<Marker> find_marker(std::string_view bytes);

}  // namespace cistern::lab
