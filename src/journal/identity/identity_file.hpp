// One sealed identity file: written once from sorted identities, then mapped and only read.
// Layout: docs/formats/identities.md.
#pragma once

#include "base/files.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "journal/identity/identity_filter.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::journal {

inline constexpr std::uint64_t kIdentityPage = 4096;
inline constexpr std::size_t kMaxReplaced = 64;

/// Sequences, both inclusive.
struct CoveredRange {
  Sequence first = 0;
  Sequence last = 0;
  friend bool operator==(const CoveredRange&, const CoveredRange&) = default;
};

std::string identity_file_name(CoveredRange range);
/// Nothing if the name is not that of an identity file; `suffix` is what must follow ".bin".
std::optional<CoveredRange> parse_identity_file_name(std::string_view name,
                                                     std::string_view suffix);

struct IdentityHeader {
  std::uint64_t serial = 0;
  CoveredRange range;
  TimePoint oldest{};
  TimePoint newest{};
  std::uint64_t count = 0;
  std::uint64_t blocks = 1;
  std::uint32_t checksums_crc = 0;
  std::vector<std::uint64_t> replaces;

  [[nodiscard]] FilterShape filter() const { return {.count = count, .blocks = blocks}; }
  [[nodiscard]] std::uint64_t filter_offset() const;
  [[nodiscard]] std::uint64_t checksums_offset() const;
  [[nodiscard]] std::uint64_t file_size() const;
};

/// One page.
std::string encode_identity_header(const IdentityHeader& header);
/// Nothing if the page is not a sound header of this version.
std::optional<IdentityHeader> decode_identity_header(std::string_view page);

/// The failure of a look-up or merge that met a damaged page. The caller sets the file aside.
Failure damaged_page(const std::string& path);

class IdentityFile {
 public:
  enum class Answer : std::uint8_t { absent, present, damaged };

  /// Checks name, header and the checksums part. Damage has the code "journal/identities-damaged";
  /// every other failure comes from the operating system.
  static Result<std::unique_ptr<IdentityFile>> open(Files& files, const std::string& path,
                                                    CoveredRange range);

  [[nodiscard]] const IdentityHeader& header() const { return header_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const FilterView& filter() const { return filter_; }
  /// Bytes of the filter and of what is kept beside it.
  [[nodiscard]] std::uint64_t memory_bytes() const;
  /// The filter proved damaged: look-ups are exact but slow until the file is written anew.
  [[nodiscard]] bool wants_rewrite() const { return filter_damaged_; }

  /// Exact. Checks the checksum of every page it reads for the first time.
  Answer contains(const Identity& identity, const FilterKey& key);
  /// The identity at that place; nothing if its page is damaged.
  std::optional<Identity> at(std::uint64_t index);
  /// Reads and checks every page, and the order of the identities: empty, or what is wrong.
  std::string verify();

 private:
  IdentityFile(std::string path, IdentityHeader header, std::unique_ptr<FileView> view);
  bool sound(std::uint64_t offset, std::uint64_t size);
  bool check_page(std::uint64_t page);
  Answer search(const Identity& identity);
  Answer compare_run(const Identity& identity, const FilterKey& key, const FilterRun& run);

  std::string path_;
  IdentityHeader header_;
  std::unique_ptr<FileView> view_;
  std::string_view bytes_;
  FilterView filter_;
  std::vector<std::uint64_t> checked_;  ///< One bit a page: its checksum was right.
  bool filter_damaged_ = false;
};

/// Writes one file: add() in ascending order, then finish(). The path is a temporary name; renaming
/// and syncing the directory are the caller's.
class IdentityFileWriter {
 public:
  /// `expected` as for FilterBuilder.
  static Result<IdentityFileWriter> create(Files& files, const std::string& path,
                                           std::uint64_t expected);

  Status add(const Identity& identity);
  /// After success what was added so far needs no more time in finish().
  Status sync();
  /// Completes serial, range, times and `replaces` of the header with what was written. After
  /// success the whole file survives a power cut, once its directory entry does.
  Status finish(IdentityHeader header);
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  IdentityFileWriter(std::unique_ptr<File> file, std::uint64_t expected)
      : file_(std::move(file)), filter_(expected) {}
  Status flush();
  void pad();

  std::unique_ptr<File> file_;
  FilterBuilder filter_;
  std::string buffer_;
  std::string checksums_;
  std::uint64_t offset_ = kIdentityPage;
  std::uint64_t count_ = 0;
};

}  // namespace cistern::journal
