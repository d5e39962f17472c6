// Which files of a watched folder may be taken: decisions over what a scan saw.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_secure_email {

inline constexpr std::string_view kWatchPrefix = "watch/";
/// Entries of the folder that are looked at; what is beyond is named.
inline constexpr std::size_t kMostWatched = 20'000;

/// One entry of the folder.
struct WatchedEntry {
  std::string name;
  bool regular = true;  ///< No link, folder, pipe or device.
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified = 0;  ///< Nanoseconds.
  bool ends = false;          ///< Its last line is `End Logfile`.

  /// What tells whether it is still the same; stands in the position once it was taken.
  [[nodiscard]] std::string state() const;
};

struct WatchedFile {
  WatchedEntry entry;
  /// Nothing is written to it any more. Otherwise its last entry may still grow and is left.
  bool complete = false;
};

struct WatchDecision {
  std::vector<WatchedFile> ready;
  std::vector<std::pair<std::string, std::string>> refused;  ///< Name and reason, once each.
  std::vector<std::string> gone;  ///< Taken before, and not there any more: to be forgotten.
};

/// scp writes in place under the final name, so a folder never shows that a file is complete. A
/// file is taken when its last line is `End Logfile`, or when its size and time have not changed
/// for `stable` and in two scans; then as one that may still grow, until it has been the same for
/// an hour.
class WatchTable {
 public:
  /// `taken`: by name, the states that the position holds.
  WatchTable(Duration stable, std::map<std::string, std::string, std::less<>> taken)
      : stable_(stable), taken_(std::move(taken)) {}

  /// `now` is steady.
  WatchDecision scan(const std::vector<WatchedEntry>& entries, Duration now);
  /// The file was handed over as it was then.
  void took(const WatchedFile& file);
  /// It was not taken after all, and is looked at again.
  void failed(const std::string& name);

 private:
  struct Seen {
    std::string state;
    Duration since{0};
    unsigned scans = 0;
    bool taken = false;     ///< As it is now, but for what may still grow.
    bool complete = false;  ///< Taken whole.
    bool refused = false;
  };
  std::optional<WatchedFile> look(const WatchedEntry& entry, Seen& seen, Duration now) const;

  Duration stable_;
  std::map<std::string, std::string, std::less<>> taken_;
  std::map<std::string, Seen, std::less<>> seen_;
};

}  // namespace cistern::connectors::cisco_secure_email
