// The journal: every event exactly once, with the position it was read at, durable in one commit.
//
// The format is docs/formats/journal.md. This interface shows no files, so that another
// implementation can stand behind it.
#pragma once

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/record.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::journal {

class Inbox;  // journal/inbox/inbox.hpp

struct JournalOptions {
  std::string path;                             ///< The store's folder.
  Duration keep = std::chrono::hours{24 * 30};  ///< Read segments older than this go.
  /// Of all segments and the inbox. Reached: commits wait, but pushed ones, which may use a reserve
  /// of a tenth on top.
  std::uint64_t max_size = 100ULL << 30;
  std::uint64_t segment_size = 256ULL << 20;  ///< A new segment begins at about this size.
  std::uint64_t group_size = 1ULL << 20;      ///< A group closes at about so many bytes of lines,
  Duration group_delay = std::chrono::milliseconds{200};  ///< or so long after its first record.
  Duration idle_delay =
      std::chrono::seconds{5};  ///< State and cursor moves wait so long for records.
  /// How long identities are remembered, by arrival. A day more than the longest queue that hands
  /// messages out again keeps them (10 days, Secure Endpoint's event streams); Microsoft 365 offers
  /// a blob for 7 days.
  Duration identity_window = std::chrono::hours{24 * 11};
  std::size_t identities_in_memory = 1'000'000;  ///< Remembered ones beyond it go into a file.
  std::uint64_t cache_size = 64ULL << 20;  ///< Of recent groups kept decompressed for readers.
  Duration retry_delay = std::chrono::seconds{1};  ///< After a write that failed.
  int compression_level = 1;
};

/// One line of a group, as views into the group's memory.
struct Envelope {
  Sequence sequence = 0;
  std::string_view id;  ///< 32 hex digits.
  std::string_view connector;
  std::string_view stream;
  std::string_view received;  ///< RFC 3339 text: when it arrived here.
  std::string_view time;      ///< RFC 3339 text, or empty.
  std::string_view meta;      ///< JSON object, or empty.
  std::string_view problem;   ///< JSON-escaped text without quotes, or empty.
  std::string_view raw;  ///< JSON value (json), the inside of a JSON string still escaped (text),
                         ///< base64 (bytes).
  RawForm form = RawForm::json;
};

/// Parses one line of the store (without its line break). Nothing if it is not one of ours.
std::optional<Envelope> parse_envelope(std::string_view line);

/// Committed lines, decompressed; shared by all readers at the tail.
struct Group {
  Sequence first = 0;
  Sequence last = 0;
  std::string lines;                ///< Each ends with '\n'.
  std::vector<Envelope> envelopes;  ///< Views into `lines`, in order of sequence.
};

/// A reader's place, stored under its name, with a few bytes of the reader's own (the file
/// destination keeps its file's inode and length there).
struct Cursor {
  Sequence next = 1;  ///< The first sequence not yet delivered.
  std::string state;
  std::uint64_t delivered = 0;  ///< Events delivered since the cursor began.
  std::uint64_t skipped =
      0;  ///< Events filtered out, dropped by the view, or missing in the store.
};

/// The name of the cursor that keeps what a connector's deriver has not read from being removed. No
/// destination can be called so; it is renamed and removed with its connector.
inline std::string deriver_cursor(std::string_view connector) {
  return "deriver/" + std::string{connector};
}
inline bool is_deriver_cursor(std::string_view name) {
  return name.starts_with("deriver/");
}

/// Sequences that cannot be read any more, and why.
struct Hole {
  Sequence from = 0;
  Sequence to = 0;  ///< Inclusive.
  std::string reason;
};

struct ReadResult {
  std::shared_ptr<const Group> group;  ///< Empty at the end of the store.
  std::optional<Hole> hole;            ///< Crossed before the group.
};

/// Reads groups in order. One thread at a time; several readers may run beside each other.
class Reader {
 public:
  virtual ~Reader() = default;
  /// The group that holds `next`, or the first one after it. At the end of the store an empty
  /// result; set a wake-up with Journal::on_append. A group that proves damaged is a hole.
  virtual Result<ReadResult> read(Sequence next) = 0;
};

struct SetAside {
  std::uint64_t id = 0;
  std::string owner;      ///< "connector/NAME" or "destination/NAME".
  std::string item;       ///< Blob id, or the sequence as text.
  Sequence sequence = 0;  ///< 0 for what is not in the store.
  std::string reason;
  TimePoint since{};
};

/// A change that a person asks for to what is stored under names. Events are never touched by it.
struct StoreEdit {
  enum class Kind : std::uint8_t {
    rename_connector,  ///< Position, ledger, totals and set-aside items of `name` become `to`'s.
    remove_connector,  ///< They go.
    forget_reader,     ///< The cursor `name` goes, and what was set aside for the reader.
    drop_set_aside,    ///< The item `id` goes.
  };
  Kind kind = Kind::drop_set_aside;
  std::string name{};
  std::string to{};
  std::uint64_t id = 0;
};

/// A connector's former name, under which events stand in the store, and the present one.
struct Renamed {
  std::string former;
  std::string present;
  friend bool operator==(const Renamed&, const Renamed&) = default;
};

/// A ledger row as kept: the last state with the sums over its commits.
struct LedgerRow {
  std::string connector;
  Coverage coverage;
  std::uint64_t stored = 0;
  std::uint64_t duplicates = 0;
  TimePoint updated{};
};

struct StreamTotals {
  std::string connector;
  std::string stream;
  std::uint64_t events = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t problems = 0;  ///< Events kept with a problem.
  std::uint64_t bytes = 0;     ///< Of raw.
  TimePoint oldest{};          ///< Event times.
  TimePoint newest{};
  TimePoint last_received{};
};

struct Health {
  enum class State : std::uint8_t { writing, paused, failed };
  State state = State::writing;
  Failure failure;  ///< Why it is paused or failed.
  TimePoint since{};
  Sequence last = 0;                ///< Last durable sequence.
  Sequence oldest = 1;              ///< First sequence still in the store.
  std::uint64_t bytes_on_disk = 0;  ///< Segments and inbox.
  std::uint64_t segments = 0;
  std::uint64_t inbox_files = 0;  ///< Pushed to us whole, and not taken into the log yet.
  std::uint64_t inbox_bytes = 0;  ///< Of these and of those that are being received.
  std::uint64_t inbox_refused =
      0;                      ///< Pushed files that were not taken, at a bound or a full disk.
  std::uint64_t reserve = 0;  ///< Bytes above max_size that pushed data may use.
  std::uint64_t reserve_used = 0;
  std::uint64_t groups_written = 0;
  std::uint64_t raw_bytes_written = 0;
  std::uint64_t identities = 0;
  std::uint64_t commits_waiting = 0;
  std::uint64_t commits_refused = 0;  ///< Beyond a bound; nothing of them is stored.
  Duration last_sync{0};              ///< How long the last sync took.
  std::vector<Hole> holes;            ///< Found at start or since.
};

/// All functions are safe from any thread unless said otherwise.
class Journal {
 public:
  using Committed = std::function<void(Result<CommitResult>)>;
  using Moved = std::function<void(Status)>;
  virtual ~Journal() = default;

  // ---- writing ----
  /// Hands the commit to the writer thread. `done` is called on that thread when the commit is
  /// durable; it must only hand the news on. While the disk is full or read-only commits wait, and
  /// health() says so. A commit of several records and more than kMaxCommitBytes, of a record
  /// beyond kMaxRecordBytes, of more than a million records, or with a bad coverage index is our
  /// bug and fails with "journal/misuse"; one that comes while 512 MiB wait, with
  /// "journal/queue-full". Both are counted in Health::commits_refused. After close() everything
  /// fails with "journal/closed".
  ///
  /// Commits become durable in the order of handing over. At max_size those with `pushed` go on
  /// within the reserve and pass the others, so all commits of a connector are pushed or none is.
  virtual void commit(Commit commit, Committed done) = 0;
  /// Stores a reader's cursor. May wait up to `idle_delay` for records to share a sync with, unless
  /// `urgent`.
  virtual void move_cursor(std::string name, Cursor cursor, bool urgent, Moved done) = 0;
  /// Puts an item on the set-aside list, durable like a commit.
  virtual void set_aside(SetAside item, Moved done) = 0;
  /// Makes the change durable, behind everything that was handed over before it. The component that
  /// owns the name must not write meanwhile: what it hands over later would be kept under the old
  /// name.
  virtual void edit(StoreEdit edit, Moved done) = 0;

  // ---- reading ----
  virtual std::unique_ptr<Reader> reader() = 0;
  /// Called on the writer thread after each durable group; returns an id for remove_listener.
  virtual std::uint64_t on_append(std::function<void(Sequence last)> listener) = 0;
  /// Called on the writer thread when it has recorded that events are gone, their identities
  /// forgotten and their rows in the ledger `damaged`; the id is for remove_listener as well.
  virtual std::uint64_t on_damage(std::function<void()> listener) = 0;
  virtual void remove_listener(std::uint64_t id) = 0;
  /// Files pushed to us, which lives as long as the journal; null where nothing can be written.
  virtual Inbox* inbox() { return nullptr; }
  /// Readers' positions, so that retention never removes what a destination has not read.
  virtual Result<Position> position(const std::string& connector) = 0;
  virtual Result<std::optional<Cursor>> cursor(const std::string& name) = 0;
  virtual Result<std::vector<std::pair<std::string, Cursor>>> cursors() = 0;
  /// The first sequence received at or after that time; last + 1 if there is none.
  virtual Result<Sequence> sequence_at(TimePoint received) = 0;

  // ---- knowing ----
  virtual Result<std::vector<LedgerRow>> ledger(const std::string& connector) = 0;  ///< "" = all.
  /// What the store has lost, and what the ledger still knows of that connector.
  virtual Result<StoreDamage> damage(const std::string& connector) = 0;
  virtual Result<std::vector<StreamTotals>> totals() = 0;
  virtual Result<std::vector<SetAside>> set_aside_list() = 0;
  virtual Result<std::vector<std::string>> connectors() = 0;  ///< That ever committed.
  virtual Result<std::vector<Renamed>> renamed() = 0;
  /// The event with that identity, if the store still has it: its sequence.
  virtual Result<std::optional<Sequence>> find(const Identity& identity) = 0;
  [[nodiscard]] virtual Health health() const = 0;
  [[nodiscard]] virtual std::string store_id() const = 0;

  // ---- ending ----
  /// Commits what was handed over, then stops the writer. Idempotent.
  virtual void close() = 0;
};

/// Opens or creates a store for writing, and takes its lock. Cuts a torn tail, moves damaged groups
/// aside, replays the log into the index, rebuilds the index when it is lost or damaged. Failures:
/// "journal/locked" (with the other process), "journal/version", "journal/not-a-store",
/// "file/...".
Result<std::unique_ptr<Journal>> open_journal(JournalOptions options, Files& files,
                                              const Clock& clock, Random& random, Log& log);

/// Opens a store only for reading, beside a running writer or without one: write calls fail with
/// "journal/read-only".
Result<std::unique_ptr<Journal>> open_journal_read_only(JournalOptions options, Files& files,
                                                        const Clock& clock, Log& log);

// ---- offline tools ----

struct VerifyReport {
  std::uint64_t segments = 0;
  std::uint64_t groups = 0;
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
  std::uint64_t repeated_identities = 0;  ///< Within the remembered window.
  std::vector<std::string> problems;      ///< Each a sentence with segment and offset.
};
/// Reads everything, checks every checksum, sequence, line and the index against the log. Writes
/// nothing. `progress` (may be empty) gets bytes done and in all.
Result<VerifyReport> verify_store(
    const std::string& path, Files& files,
    const std::function<void(std::uint64_t, std::uint64_t)>& progress);

struct RepairReport {
  std::vector<std::string> found;  ///< What is wrong, each a sentence.
  std::vector<std::string> steps;  ///< What is done about it, or would be.
  std::vector<Hole> missing;       ///< Events that the store has lost, those named before included.
  std::vector<LedgerRow> reopened;  ///< What the ledger no longer counts as stored.
};

struct RepairParts {
  Files& files;
  const Clock& clock;
  Random& random;
  Log& log;
};

/// Brings a store into order that verify_store() finds fault with: rebuilds index and identity
/// files from the log, moves damaged groups aside and records what is lost with them. Without
/// `apply` it only says so and writes nothing. Fails with "journal/locked" while a cistern writes
/// the store.
Result<RepairReport> repair_store(const std::string& path, bool apply, const RepairParts& parts);

/// Calls `line` for every event line from `from` on, in order, until it returns false. With
/// `control` also for each group's control frame as a JSON object.
Status dump_store(const std::string& path, Files& files, Sequence from, bool control,
                  const std::function<bool(std::string_view)>& line);

}  // namespace cistern::journal
