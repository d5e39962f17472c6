// The options of the file destination.
#pragma once

#include "base/time.hpp"
#include "config/options.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::destinations {

enum class Compression : std::uint8_t { none, gzip, zstd };

struct FileSettings {
  std::string path;
  Compression compression = Compression::none;
  std::uint64_t rotate_size = 0;  ///< 0: not by size.
  Duration rotate_every{0};       ///< 0: not by time.
  std::uint64_t keep_files = 0;   ///< Rotated files; 0: all.
  Duration keep_for{0};           ///< Rotated files, since their rotation; 0: for ever.
  unsigned mode = 0600;
};

std::span<const config::Option> file_options();

/// Whether the path option asks for standard output: "-", also when the loader took it for a file
/// of the configuration's folder.
bool is_standard_output(std::string_view path);

/// "0640": three or four octal digits with which the owner may read and write.
std::optional<unsigned> parse_mode(std::string_view text);

/// Mistakes that concern several options, or the form of one.
void check_file_options(const config::Values& values, std::vector<config::Problem>& problems);

/// The values must have passed check_file_options.
FileSettings file_settings(const config::Values& values);

/// One batch as it stands in the file: the bytes, one gzip member, or one zstd frame. The same
/// bytes for the same input, always: the comparison after a crash depends on it.
std::string encode_batch(Compression compression, std::string_view bytes);

}  // namespace cistern::destinations
