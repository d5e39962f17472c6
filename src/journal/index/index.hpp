// The index of the store in SQLite: a function of the log's headers and control frames.
#pragma once

#include "base/files.hpp"
#include "journal/index/database.hpp"
#include "journal/index/row_digest.hpp"
#include "journal/segment/segment_format.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cistern::journal {

struct SegmentInfo {
  Sequence first = 0;
  Sequence last = 0;       ///< first - 1 while it has no events.
  std::uint64_t size = 0;  ///< Bytes up to the end of its last applied group.
  TimePoint newest{};      ///< The store's time when its last group was written.
};

/// Where a group's events stand.
struct GroupPlace {
  Sequence segment = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;  ///< Data and control.
  std::uint64_t data = 0;
  std::uint64_t lines = 0;
  Sequence first = 0;
  Sequence last = 0;
};

/// How far the index has followed the log.
struct AppliedMark {
  std::string store;
  Sequence segment = 0;      ///< 0: nothing applied.
  std::uint64_t offset = 0;  ///< Where the next group would begin.
  std::uint64_t group = 0;
  Sequence last = 0;
  Sequence removed_before = 1;
  TimePoint store_time{};
  std::string boot;        ///< Boot of the machine that it was opened under.
  bool clean = false;      ///< Closed in order.
  std::uint64_t rows = 0;  ///< Sum of all rows but those of groups.
};

/// Safe from any thread: one connection behind one mutex. Failures are "journal/index", or
/// "journal/index-damaged" when only recreate() helps.
class Index {
 public:
  /// Opens or creates the index; `path` is not used in memory. Fails when the file is no index of
  /// this version, or when SQLite finds it damaged.
  static Result<std::unique_ptr<Index>> open(const std::string& path, DatabaseMode mode,
                                             Files& files);

  /// A copy in memory, which can follow the log further than the file does.
  static Result<std::unique_ptr<Index>> copy(Index& from, Files& files);

  // ---- following the log ----
  /// Others wait until it is released: nobody may see an index that is half made.
  [[nodiscard]] std::unique_lock<std::recursive_mutex> exclusive() {
    return std::unique_lock{mutex_};
  }
  /// Throws everything away and begins anew with an empty file.
  Status recreate(Files& files);
  /// Many changes in one transaction, while the index is rebuilt.
  Status begin_bulk();
  Status end_bulk();
  /// The state becomes the header's; ledger rows of whole blobs and objects stay.
  Status apply(const SegmentHeader& header, std::uint64_t header_size);
  /// Adds a group that ends at `end` of the segment.
  Status apply(const GroupControl& control, Sequence segment, std::uint64_t end);
  /// Cursor moves of a group whose events are damaged.
  Status apply_cursors(const GroupControl& control);
  /// Bytes of the segment that are not valid, up to `end`, are passed over.
  Status skip(Sequence segment, std::uint64_t end);
  Status expire(TimePoint now);

  // ---- trust ----
  /// Fails when it does not match its sum.
  Result<AppliedMark> mark();
  /// Whether SQLite and the sum of all rows find nothing wrong. Rows of groups are checked as they
  /// are read: "journal/index-damaged".
  Status check();
  Status set_open(const std::string& store, const std::string& boot);
  /// Writes everything to the main file; the caller syncs it.
  Status checkpoint();
  Status set_clean();

  // ---- queries ----
  Result<std::vector<SegmentInfo>> segments();
  /// The header of a segment that begins now; its own fields are the caller's.
  Result<SegmentHeader> snapshot();
  /// The group that holds the sequence, or the first one behind it.
  Result<std::optional<GroupPlace>> group_at(Sequence sequence);
  /// Groups with remembered identities that reach beyond `after`, written since then by the store's
  /// time.
  Result<std::vector<GroupPlace>> remembering(Sequence after, TimePoint since);
  /// The first group with an arrival at or after that time.
  Result<std::optional<GroupPlace>> group_received(TimePoint received);
  /// Ledger rows that commits of the group may have changed, by connector: those of items whose
  /// last commit arrived with the group's, or up to an hour later, because a large item comes in
  /// several commits.
  Result<std::vector<LedgerRow>> stored_with(const GroupPlace& place);
  /// The last group that ends before the sequence.
  Result<std::optional<GroupPlace>> group_before(Sequence sequence);
  Result<Position> position(const std::string& connector);
  /// The keys of all positions that begin so, with their values, by connector.
  Result<std::vector<ConnectorPart>> keys(std::string_view prefix);
  Result<std::vector<NamedCursor>> cursors();
  Result<std::vector<LedgerRow>> ledger(const std::string& connector);
  Result<std::vector<StreamTotals>> totals();
  Result<std::vector<SetAside>> set_aside();
  Result<std::vector<std::string>> connectors();
  /// Recorded ones, and those noted.
  Result<std::vector<Hole>> missing();
  /// A hole that was found and is not recorded in the log yet, so that readers can cross it
  /// meanwhile. Lives in memory only.
  void note_missing(Hole hole);
  /// Empty for an index that an older version made, until a writer has opened it.
  Result<std::vector<Renamed>> renamed();
  /// A sum over the rows of each table but the ledger: for comparing an index with one made anew
  /// from the log.
  Result<std::vector<std::pair<std::string, std::string>>> digests();

 private:
  Index(std::string path, DatabaseMode mode, std::string vfs)
      : path_(std::move(path)), mode_(mode), vfs_(std::move(vfs)) {}
  Status connect();
  Status read_mark();
  void replace_state(const SegmentHeader& header);
  void apply_part(const ConnectorPart& part);
  void apply_cursor(const NamedCursor& named);
  void apply_set_aside(const SetAside& item);
  void apply_totals(const StreamTotals& totals);
  void apply_missing(const Hole& hole);
  void apply_removed_before(Sequence sequence);
  void apply_edit(const StoreEdit& edit);
  void rename_connector(const std::string& former, const std::string& present);
  void remove_connector(const std::string& name);
  void add_group(const GroupControl& control, Sequence segment, std::uint64_t end);
  void set_meta(std::string_view name, std::string_view text);
  void write_mark();
  std::string meta(std::string_view name);
  void begin();
  Status end();
  Position read_position(const std::string& connector);
  std::vector<NamedCursor> read_cursors();
  std::vector<SetAside> read_set_aside();
  std::vector<StreamTotals> read_totals();
  std::vector<std::string> read_connectors();
  std::vector<Hole> read_missing();
  std::vector<Renamed> read_renamed();

  std::recursive_mutex mutex_;
  std::string path_;
  DatabaseMode mode_;
  std::string vfs_;
  RowDigest digest_;  ///< Outlives the connection that changes it.
  std::unique_ptr<Database> database_;
  AppliedMark mark_;     ///< As committed.
  AppliedMark working_;  ///< As the open transaction leaves it.
  bool bulk_ = false;
  std::vector<Hole> noted_;
};

}  // namespace cistern::journal
