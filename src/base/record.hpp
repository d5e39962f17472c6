// What a connector hands to the journal: records, its position, and what was asked and offered, in
// one commit.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cistern {

/// How `raw` stands in the store.
enum class RawForm : std::uint8_t {
  json,   ///< One valid JSON value of at most 128 levels without line breaks: embedded as it is.
  text,   ///< UTF-8: stored as a JSON string.
  bytes,  ///< Anything: stored as base64 under `raw_base64`.
};

/// One thing the vendor said. The views point into memory owned by the commit.
struct Record {
  Identity identity;        ///< Zero: none known; the journal gives (store id, sequence).
  std::string_view stream;  ///< "audit.exchange"; bounded set per connector.
  TimePoint time{};         ///< Event time; epoch when the record names none.
  std::string_view meta;    ///< A JSON object without line breaks, or empty for none.
  std::string_view raw;     ///< The vendor's bytes.
  RawForm form = RawForm::json;
  std::string_view problem;    ///< Why it cannot be interpreted; empty for a sound record.
  std::uint32_t coverage = 0;  ///< Index of its row in Commit::coverage (when that is not empty).
};

/// Records and the memory that they point into.
struct RecordBatch {
  std::string storage;
  std::vector<Record> records;
  std::uint64_t bytes = 0;  ///< Sum of the raw sizes.
};

/// A connector's own small ordered key-value space, durable with the records it belongs to.
using Position = std::map<std::string, std::string, std::less<>>;

/// Changes to a position: an upsert, or a deletion where there is no value.
struct StateChange {
  std::string key;
  std::optional<std::string> value;
  friend bool operator==(const StateChange&, const StateChange&) = default;
};
using StateDelta = std::vector<StateChange>;

/// A row of the ledger: what the vendor was asked for or offered, and what became of it.
enum class CoverageState : std::uint8_t {
  partial,  ///< Some of it is stored; the rest follows.
  whole,    ///< All of it is stored.
  lost,     ///< It can no longer be read at the vendor; `reason` says why.
  damaged,  ///< It was stored, and the store has lost it: to be asked for again. `reason` says
            ///< what.
};

std::string_view to_string(CoverageState state);
std::optional<CoverageState> coverage_state_from(std::string_view text);

struct Coverage {
  std::string stream;
  std::string kind;  ///< "window", "blob", "object", "offsets".
  std::string item;  ///< The vendor's name of a blob or object; empty for a window.
  TimePoint from{};  ///< Window: [from, to). Blob: both the time it became available.
  TimePoint to{};
  CoverageState state = CoverageState::whole;
  std::string reason;         ///< Why it is lost, or partial for long.
  TimePoint expires{};        ///< Until when the vendor keeps it; epoch when unknown.
  std::uint64_t offered = 0;  ///< Records the vendor offered in this commit's part of the row.
};

/// Ties commits together whose later ones presume the earlier, such as those of a stream's offsets:
/// behind the first that cannot be made, the journal refuses all that were handed over after it
/// ("journal/behind-failed"). One chain for one sequence of hand-overs. Safe on any thread.
class CommitChain {
 public:
  [[nodiscard]] bool broken() const { return broken_.load(std::memory_order_acquire); }
  void set_broken() { broken_.store(true, std::memory_order_release); }

 private:
  std::atomic<bool> broken_{false};
};

/// Makes records, position and ledger rows durable together, or none of them. At most 8 MiB of raw
/// bytes, unless it holds a single record; larger objects go in parts.
struct Commit {
  std::string connector;
  std::vector<Record> records;
  std::vector<std::shared_ptr<const void>> owners;  ///< Keep the memory behind `records` alive.
  StateDelta state;
  std::vector<Coverage> coverage;
  bool dedupe = true;  ///< Whether records whose identity is remembered are dropped as repeated.
  std::shared_ptr<CommitChain> chain;  ///< None: it stands alone.
  /// Its sender cannot be asked again later, so it may use the reserve of a store that is full.
  bool pushed = false;
  /// A sender says nothing more before it hears of this commit (RELP's window): it shares its group
  /// only with what comes within a few milliseconds.
  bool awaited = false;
};

struct CoverageCounts {
  std::uint64_t stored = 0;
  std::uint64_t duplicates = 0;
};

struct CommitResult {
  Sequence first = 0;  ///< Of the first stored record; 0 if none was stored.
  std::uint64_t stored = 0;
  std::uint64_t duplicates = 0;
  std::vector<CoverageCounts> per_coverage;
};

/// What the ledger knows of a connector after the store has lost events.
struct StoreDamage {
  Sequence through = 0;  ///< The last sequence that is gone; 0: nothing is.
  /// All rows but windows. Those in state `damaged` were stored and are gone. What a position calls
  /// done and is not named here is gone as well, with its commit. Rows of kind kMendedKind name
  /// sequences (`item`: "5-9"): in state damaged, without a stream, they are gone; in state whole
  /// their stream has asked again, as far as the vendor offered what came from `from` on.
  std::vector<Coverage> items;
};

inline constexpr std::string_view kMendedKind = "mended";

inline constexpr std::uint64_t kMaxCommitBytes = 8ULL * 1024 * 1024;
/// Of the raw bytes of one record, which is committed alone when it is larger than a commit.
inline constexpr std::uint64_t kMaxRecordBytes = 64ULL * 1024 * 1024;

}  // namespace cistern
