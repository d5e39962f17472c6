// One file on its way to records: a part at a time, so that the largest needs no more memory than a
// commit. Everything here runs off the loop and knows neither journal nor clock.
#pragma once

#include "base/digest.hpp"
#include "base/record.hpp"
#include "base/time_zone.hpp"
#include "connectors/cisco_secure_email/file_head.hpp"
#include "connectors/cisco_secure_email/file_lines.hpp"
#include "connectors/cisco_secure_email/file_match.hpp"
#include "connectors/cisco_secure_email/file_memory.hpp"
#include "connectors/cisco_secure_email/file_source.hpp"
#include "connectors/cisco_secure_email/log_kind.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cistern::connectors::cisco_secure_email {

/// What is known of a file beside its bytes.
struct FileFacts {
  std::string name;              ///< As pushed.
  std::string source;            ///< The appliance's configured name, or the user's that pushed.
  std::string host;              ///< Where it was pushed from; may be empty.
  std::optional<LogKind> kind;   ///< As configured.
  std::string zone_name;         ///< As configured; empty: none.
  std::optional<TimeZone> zone;  ///< Overrides the file's own offset.
  bool complete = true;          ///< Nothing is written to it any more.
  std::uint64_t most = 512ULL << 20;  ///< Bytes, decompressed.
};

/// After the first look at a file.
struct FileOpening {
  FileHead head;
  LogKind kind = LogKind::other;
  std::string refused;  ///< Why it is not taken at all; empty when it is.
};
Result<FileOpening> open_file(ByteSource& source, const FileFacts& facts);

/// The serial number, or the source's name where a file does not tell it.
std::string appliance_of(const FileHead& head, const FileFacts& facts);

struct FilePart {
  std::shared_ptr<const RecordBatch> batch;
  KnownFile file;  ///< As it is once the batch is stored.
  bool end = false;
  std::uint64_t problems = 0;
};

class FileReading {
 public:
  /// `match` is of the same source; a fresh file's `match.file` holds only id, appliance and head.
  FileReading(std::unique_ptr<ByteSource> source, FileFacts facts, const FileOpening& opening,
              MatchResult match);

  /// The next part. After a failure with Verdict::set_aside what was read before it stands; nothing
  /// follows.
  Result<FilePart> next();
  [[nodiscard]] const FileFacts& facts() const { return facts_; }

 private:
  class Batch;
  Status begin();
  void take(const FileLine& line);
  void settle();
  void store(const FileLine& line);
  [[nodiscard]] std::int64_t offset_at(std::int64_t wall_seconds) const;
  [[nodiscard]] FilePart part(bool end);
  void finish();

  std::unique_ptr<ByteSource> source_;
  FileFacts facts_;
  FileHead head_;
  LogKind kind_;
  KnownFile file_;
  Digest digest_;
  PlainBytes bytes_;
  FileLines lines_;
  std::string meta_before_;  ///< Of every record, up to the line's number.
  std::string meta_behind_;
  bool begun_ = false;
  Identity known_tail_;  ///< Of a record that was stored when the file was shorter.
  /// Bytes of the last entry: the sum is of what stands before it, because a file without
  /// `End Logfile` counts as taken up to there.
  std::string pending_;
  std::uint64_t summed_ = 0;  ///< Bytes in the sum.
  FileMark before_last_;
  Identity last_identity_;
  bool last_is_end_ = false;
  std::shared_ptr<Batch> batch_;
};

/// The ledger's name of a file: as pushed, with what tells it from others of that name.
std::string ledger_item(const FileFacts& facts, const Identity& id);

}  // namespace cistern::connectors::cisco_secure_email
