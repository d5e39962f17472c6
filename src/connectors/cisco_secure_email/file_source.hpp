// Where a file's bytes come from, and the same bytes without compression.
#pragma once

#include "base/result.hpp"
#include "codec/stream_inflater.hpp"
#include "journal/inbox/inbox.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace cistern::connectors::cisco_secure_email {

/// A file as it lies there. Used by one task at a time, off the loop.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Up to `size` bytes from the offset; none at the end.
  virtual Result<std::string> read(std::uint64_t offset, std::size_t size) = 0;
};

/// A file of the journal's inbox; every byte is checked against its sums.
std::unique_ptr<ByteSource> make_inbox_source(journal::Inbox& inbox, std::string id);

/// Reads a source from its beginning in pieces, decompressed when it is gzip (told by its first
/// bytes, not by its name). However far a file expands, only pieces stand in memory, and beyond
/// `most` bytes it fails with "cisco_secure_email/too-large".
class PlainBytes {
 public:
  PlainBytes(ByteSource& source, std::uint64_t most) : source_(source), most_(most) {}

  /// The next bytes, at most 1 MiB; empty at the end. "codec/damaged": a gzip file that is broken
  /// or ends too early.
  Result<std::string> next();
  /// Passes over so many bytes: at once where the source is plain.
  Status skip(std::uint64_t bytes);
  [[nodiscard]] std::uint64_t offset() const { return offset_; }

 private:
  Status fill();
  Result<std::string> inflate();

  ByteSource& source_;
  std::uint64_t most_;
  std::uint64_t read_ = 0;    ///< Of the source.
  std::uint64_t offset_ = 0;  ///< Of the plain bytes.
  std::string block_;
  std::size_t used_ = 0;  ///< Of the block.
  bool ended_ = false;
  bool begun_ = false;
  std::unique_ptr<codec::StreamInflater> inflater_;
};

}  // namespace cistern::connectors::cisco_secure_email
