// gzip and zstd with bounds: what comes from a network may be a bomb.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cistern::codec {

/// Decompresses one or more gzip members (libdeflate); zeros behind the last one are padding. Fails
/// with "codec/too-large" when the result would exceed `max_size`, "codec/damaged" when the input
/// is cut or not gzip (empty input is not gzip). Both are Verdict::set_aside: the same bytes will
/// fail again. Memory is bounded by `max_size` and by what the data really expands to, whatever it
/// claims.
Result<std::string> gunzip(std::string_view bytes, std::uint64_t max_size);

/// zlib or raw deflate, as servers send for Content-Encoding: deflate. Failures as gunzip(); bytes
/// behind the end of the data are damage.
Result<std::string> inflate_deflate(std::string_view bytes, std::uint64_t max_size);

/// One gzip member. Levels 0 (stored) to 12; others are taken to the nearest.
std::string gzip(std::string_view bytes, int level = 6);

/// Appends one zstd frame with content size and checksum.
void zstd_compress(std::string_view bytes, int level, std::string& out);

/// Decompresses all frames (skippable ones are passed over; no frame at all is an empty text).
/// Failures as gunzip(); a frame's checksum is verified where it has one.
Result<std::string> zstd_decompress(std::string_view bytes, std::uint64_t max_size);

}  // namespace cistern::codec
