// Whether a file that no state names is the first batch of ours.
#pragma once

#include "destinations/file/file_settings.hpp"

#include <cstdint>
#include <string_view>

namespace cistern::destinations {

/// Larger files are not looked into: the first batch of a new file is far smaller.
inline constexpr std::uint64_t kLargestStart = 16ULL << 20;

/// A crash between the birth of a file and the storing of its state leaves a file with one whole
/// batch, whose events are due again, perhaps in batches with other borders. So either the content
/// begins with the batch, or the batch with the content.
bool is_own_start(Compression compression, std::string_view content, std::string_view batch);

}  // namespace cistern::destinations
