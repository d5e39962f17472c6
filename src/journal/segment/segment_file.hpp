// The segment that is being written.
#pragma once

#include "base/files.hpp"
#include "journal/segment/segment_format.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace cistern::journal {

/// Appends groups to one segment. Belongs to the writer thread.
class SegmentFile {
 public:
  /// Creates the segment, replacing an earlier one of that name: header into a file with another
  /// name, sync, rename, sync of the folder. After success the header survives a power cut; after a
  /// failure an earlier segment of that name is untouched.
  static Result<std::unique_ptr<SegmentFile>> create(const std::string& store,
                                                     const SegmentHeader& header, Files& files);
  /// Opens a segment for appending at `size`; what follows there is cut. The bytes before it must
  /// be durable; the cut becomes so with the next group.
  static Result<std::unique_ptr<SegmentFile>> open(const std::string& store, Sequence first,
                                                   std::uint64_t size, Files& files);

  /// After success the bytes survive a power cut. After a failure nothing of them counts; whether
  /// usable() decides if the next attempt may use this file.
  Status append(std::string_view bytes);
  /// Lays a missing frame over damaged bytes, so that zstd tools can read what follows.
  Status cover(std::uint64_t offset, std::uint64_t size);

  /// False after a failed sync: the kernel may have dropped the pages that it could not write and
  /// marked them clean, so that a later sync reports success for bytes that are not on the disk.
  [[nodiscard]] bool usable() const { return usable_; }
  [[nodiscard]] Sequence first() const { return first_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  SegmentFile(std::unique_ptr<File> file, Sequence first, std::uint64_t size)
      : file_(std::move(file)), first_(first), size_(size) {}

  std::unique_ptr<File> file_;
  Sequence first_;
  std::uint64_t size_;  ///< Durable bytes.
  bool usable_ = true;
};

}  // namespace cistern::journal
