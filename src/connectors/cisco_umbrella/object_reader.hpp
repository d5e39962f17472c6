// What the bytes of one object in the bucket hold: the pieces of a gzip CSV file become records,
// one for each row, without ever standing in memory as a whole.
#pragma once

#include "base/record.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_umbrella {

/// A batch is full when its rows and what is noted beside them reach this many bytes. Raw bytes
/// alone are fewer, so a batch fits one commit.
inline constexpr std::size_t kBatchBytes = kMaxCommitBytes;
/// A longer row is cut: its first bytes become a record with a problem, the rest is passed over.
/// Rows of the vendor are some hundred bytes; text of an administrator's change some thousand.
inline constexpr std::size_t kMaxRowBytes = std::size_t{1} << 20;
/// More columns than this make a record with a problem. The widest log known has 57.
inline constexpr std::size_t kMaxColumns = 1024;
/// What one object may expand to, unless said otherwise.
inline constexpr std::uint64_t kMaxExpandedBytes = std::uint64_t{8} << 30;
/// Logs shrink to a tenth, repeated ones to a fiftieth; gzip allows a thousandth, which only a bomb
/// reaches. Looked at once kFreeExpansion bytes came out.
inline constexpr std::uint64_t kMaxExpansion = 400;
inline constexpr std::uint64_t kFreeExpansion = std::uint64_t{64} << 20;

struct ObjectSettings {
  std::string bucket;
  std::string key;
  std::string etag;  ///< Without its quotes.
  /// The stream of its records: stream_of_folder() of the key's log folder.
  std::string stream;
  /// The operator's list of columns for this log, by commas, in order; empty: none. It counts where
  /// the object has no header row.
  std::string columns;
  /// Rows before this one were committed by an earlier reading: they are read and not given.
  std::uint64_t first_row = 1;
  std::uint64_t max_expanded = kMaxExpandedBytes;
};

/// A column that this build has no name for, and how many rows had it.
struct UnmappedColumn {
  std::string name;  ///< As the header spells it (at most 100 bytes), else "col_17".
  std::uint64_t rows = 0;
  friend bool operator==(const UnmappedColumn&, const UnmappedColumn&) = default;
};

/// What is known of the object so far.
struct ObjectFacts {
  /// Rows met, from the first byte on: each header row counts as one, an empty line does not.
  std::uint64_t rows = 0;
  /// The first row that has not been given: what the position stores beside the etag. Read again
  /// from there, no row is given twice and none is left out.
  std::uint64_t next_row = 1;
  std::uint64_t records = 0;   ///< Given by this reader.
  std::uint64_t expanded = 0;  ///< Bytes of CSV.
  std::uint64_t compressed = 0;
  bool has_header = false;
  /// Rows that hold an unmapped column: "schema newer than this build" when not 0.
  std::uint64_t rows_with_unmapped = 0;
  /// Those columns, at most 64 of them; what the first batch holds is named with it.
  std::vector<UnmappedColumn> unmapped;
  /// Rows whose number of columns fits neither the header nor any schema version.
  std::uint64_t rows_misshapen = 0;
  /// Rows that became records with a problem (too long, too many columns).
  std::uint64_t rows_with_problem = 0;
  /// Everything that can be read has been read. With `failure`: the rest cannot.
  bool finished = false;
  /// `cisco_umbrella/object-damaged` (no gzip, or a broken one), `cisco_umbrella/object-cut` (its
  /// bytes end too early), `cisco_umbrella/object-too-large` (it expands beyond the bounds); all
  /// Verdict::set_aside. What was given before is sound.
  std::optional<Failure> failure;
};

/// Reads one object. Pieces of any size come in order; after each, rows are given a batch at a
/// time:
///
///     batch = reader.read(std::move(piece), last);
///     while (reader.more()) batch = reader.read_on();
///
/// Not thread-safe, but the calls may come from different threads one after the other, so each can
/// be made by a PollRequest::decode on the pool. Beside the piece and the batch it holds at most
/// one unfinished row and 256 KiB of text; an object that is there whole and small is expanded at
/// once (at most 16 MiB). A piece of 512 KiB rarely holds more than one batch.
///
/// An object that does not begin as gzip does but as text is taken as plain CSV: a proxy, or a
/// Content-Encoding, has then expanded it already.
class ObjectReader {
 public:
  explicit ObjectReader(ObjectSettings settings);
  ~ObjectReader();
  ObjectReader(const ObjectReader&) = delete;
  ObjectReader& operator=(const ObjectReader&) = delete;

  /// Takes the next piece; `last` with the one that ends the object (an empty one will do). Must
  /// not be called while more(). Never null; a batch may be empty.
  std::shared_ptr<const RecordBatch> read(std::string piece, bool last);
  /// The pieces so far hold more rows than were given.
  [[nodiscard]] bool more() const;
  /// Further rows of the pieces so far.
  std::shared_ptr<const RecordBatch> read_on();

  /// After a failure, when it is certain that asking again is of no use: the beginning of the row
  /// that the failure cut, as one record with the failure's cause as its problem. Empty where
  /// nothing was begun. Not to be called before: the row comes whole when the object does.
  std::shared_ptr<const RecordBatch> remainder();

  [[nodiscard]] const ObjectFacts& facts() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cistern::connectors::cisco_umbrella
