// What the file destination stores with its cursor.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cistern::destinations {

/// Bytes before `length` whose checksum tells the file from another one with the same inode number
/// (file systems use numbers again at once).
inline constexpr std::uint64_t kMarkSize = 4096;

struct FileState {
  std::uint64_t inode = 0;
  std::uint64_t length = 0;  ///< Up to here every byte belongs to a delivered event.
  std::uint32_t mark = 0;    ///< CRC-32 of the last kMarkSize bytes before `length`.
  TimePoint opened{};        ///< When the file was begun.
  std::string rotate_to;  ///< Not empty: the file is to be renamed to this before the next batch.
};

std::uint32_t mark_of(std::string_view last_bytes);

/// A small JSON object.
std::string render_state(const FileState& state);
/// Fails with "file/bad-state" when it is not ours, or of a newer version.
Result<FileState> parse_state(std::string_view text);

}  // namespace cistern::destinations
