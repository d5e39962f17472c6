// A folder that somebody else's sshd writes to, as it lies on the disk.
#pragma once

#include "base/result.hpp"
#include "connectors/cisco_secure_email/file_source.hpp"
#include "connectors/cisco_secure_email/watch_table.hpp"

#include <memory>
#include <string>
#include <vector>

namespace cistern::connectors::cisco_secure_email {

/// What stands in the folder, at most kMostWatched entries: names are data, nothing is followed.
/// Off the loop.
struct WatchListing {
  std::vector<WatchedEntry> entries;
  bool cut = false;  ///< There are more.
};
Result<WatchListing> list_watched(const std::string& folder);

/// The file of that name, as long as it is a plain one and the same as in the listing:
/// "cisco_secure_email/watched-changed" otherwise.
Result<std::unique_ptr<ByteSource>> open_watched(const std::string& folder,
                                                 const WatchedEntry& entry);

/// Removes the file if it is still the one of the listing, unchanged.
Status remove_watched(const std::string& folder, const WatchedEntry& entry);

}  // namespace cistern::connectors::cisco_secure_email
