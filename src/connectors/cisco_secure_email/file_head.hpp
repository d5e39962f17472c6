// What the first lines of a file say of all of it.
#pragma once

#include "base/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::connectors::cisco_secure_email {

/// Bytes that are looked at; the banner and some lines behind it.
inline constexpr std::size_t kHeadBytes = 64U << 10;

struct FileHead {
  std::string serial;   ///< Of the appliance; empty when the file has no banner.
  std::string version;  ///< Of AsyncOS.
  std::optional<std::int64_t> offset_seconds;  ///< Local time minus UTC.
  bool entries = false;  ///< Its first line begins an entry, so lines can be joined to entries.
  /// Of its first four lines: the same for a file and for any beginning of it that holds them.
  Identity key;
  bool settled = false;  ///< They are whole, so a longer file has the same key.
};

/// `bytes` are the file's first ones, at most kHeadBytes; `ends` when they are all.
FileHead read_file_head(std::string_view bytes, bool ends);

}  // namespace cistern::connectors::cisco_secure_email
