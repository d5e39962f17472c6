// Which files were taken, and how far: what makes each one's lines come once, however often, under
// whatever name and in whatever pieces it is pushed.
#pragma once

#include "base/ids.hpp"
#include "base/record.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_secure_email {

/// Files that are remembered; the ones that were taken longest ago are forgotten first.
inline constexpr std::size_t kMostFilesRemembered = 20'000;
inline constexpr std::string_view kFilePrefix = "file/";

/// How far a file was taken. Offsets are of its decompressed bytes.
struct FileMark {
  std::uint64_t size = 0;   ///< Up to the first byte of an entry, or to the end of a whole file.
  std::uint64_t lines = 0;  ///< Lines before it.
  Identity sum;             ///< SHA-256 of the bytes before it.
  friend bool operator==(const FileMark&, const FileMark&) = default;
};

struct KnownFile {
  Identity id;            ///< Part of the identity of each of its records.
  std::string appliance;  ///< Serial number, or the name of the source.
  Identity head;          ///< FileHead::key.
  FileMark mark;
  /// The last entry of a file without `End Logfile` may have been cut: it is taken, and read again
  /// when a longer file comes. Its end, the sum up to there, and the identity of its record.
  std::uint64_t tail_size = 0;
  Identity tail_sum;
  Identity tail;
  std::vector<Identity> steps;  ///< Sums of the first 4 KiB, 16 KiB, 64 KiB ... bytes.
  bool whole = false;           ///< `End Logfile` stands at its end.
  TimePoint at{};               ///< When it was last taken from.
};

/// Size of step n: 4 KiB, 16 KiB, 64 KiB ...
std::uint64_t step_size(std::size_t step);

/// The value below "file/ID" of a position.
std::string encode(const KnownFile& file);
std::optional<KnownFile> decode_known_file(std::string_view id, std::string_view json);

class FileMemory {
 public:
  /// What a position holds; other keys are passed over.
  explicit FileMemory(const Position& position);

  /// The files of the appliance that begin with the same lines.
  [[nodiscard]] std::vector<KnownFile> beginning_with(std::string_view appliance,
                                                      const Identity& head) const;
  /// Remembers the file as it is now. The changes of the position go into the commit that made it
  /// so; among them may be that an old file is forgotten.
  void keep(const KnownFile& file, StateDelta& changes);
  [[nodiscard]] std::size_t size() const { return files_.size(); }

 private:
  std::map<Identity, KnownFile> files_;
  std::multimap<std::pair<std::string, Identity>, Identity> by_head_;
  std::map<std::pair<TimePoint, Identity>, int> by_age_;
};

/// The identity of a file: of its appliance and its first lines, and of a number that tells apart
/// files which begin alike and go on differently.
Identity file_identity(std::string_view appliance, const Identity& head, std::size_t variant);

}  // namespace cistern::connectors::cisco_secure_email
