// A deriver makes events out of events: messages out of the lines of a log, findings out of
// records. Here is what a deriver's decisions and their driver (runtime/derive) say to each other.
#pragma once

#include "base/record.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cistern {

/// One stored event, as a deriver sees it. The views live as long as the call that hands it over.
struct DeriverEvent {
  Sequence sequence = 0;
  std::string_view stream;
  TimePoint time{};       ///< Event time; the epoch when the record names none.
  std::string_view meta;  ///< JSON object, or empty.
  std::string_view raw;   ///< JSON (form json) or the text itself, unescaped (form text).
  RawForm form = RawForm::json;
};

/// Events that a deriver has made and that are not handed to the store yet.
class DerivedRecords {
 public:
  struct Entry {
    Identity identity;
    std::string_view stream;  ///< Static text: one of the streams that the connector declares.
    TimePoint time{};
    std::size_t meta_size = 0;
    std::size_t raw_size = 0;
  };
  /// `meta` names the events it was made of under `derived_from`; `raw` is JSON of one line.
  void add(const Identity& identity, std::string_view stream, TimePoint time, std::string_view meta,
           std::string_view raw) {
    entries_.push_back({identity, stream, time, meta.size(), raw.size()});
    bytes_ += meta;
    bytes_ += raw;
  }
  [[nodiscard]] std::uint64_t size() const { return bytes_.size(); }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  /// The bytes of all entries one after the other: meta, then raw. Leaves this empty.
  std::string take(std::vector<Entry>& entries) {
    entries = std::move(entries_);
    entries_.clear();
    std::string bytes = std::move(bytes_);
    bytes_.clear();
    return bytes;
  }

 private:
  std::vector<Entry> entries_;
  std::string bytes_;
};

/// What a deriver holds; for status and metrics.
struct DeriverCounts {
  std::uint64_t open = 0;        ///< Things that are not told yet.
  std::uint64_t open_bytes = 0;  ///< Memory they take, about.
  /// How often a bound was reached or something did not come out whole, by name; since the start of
  /// the process.
  std::map<std::string, std::uint64_t, std::less<>> incidents;
};

/// The decisions of a deriver, without I/O, clock or thread.
///
/// Its driver calls restore() once; then, in the order of sequences, on_event() for each event of
/// its streams, and settle() until nothing is left after each of them; from time to time on_time().
/// Between two calls it may call save(): what save() writes, what settle() has added until then,
/// and the place behind the last event become durable in one commit. The driver asks for no commit
/// larger than the store takes as long as one call to on_event() changes, and one call to settle()
/// changes and adds, less than a MiB beyond what it was permitted.
class Deriver {
 public:
  virtual ~Deriver() = default;
  /// Takes up what was saved. A failure means that it cannot be read.
  virtual Status restore(const Position& saved) = 0;
  virtual void on_event(const DeriverEvent& event) = 0;
  /// The present, also while no event comes. What comes of it waits for settle().
  virtual void on_time(TimePoint now) = 0;
  /// Does what has become due: adds events to `out` until that is done or `out`, or what save()
  /// would write, holds about `most_bytes`. True: something is left.
  virtual bool settle(DerivedRecords& out, std::uint64_t most_bytes) = 0;
  /// About how many bytes save() would write.
  [[nodiscard]] virtual std::uint64_t unsaved_bytes() const = 0;
  /// Appends every change since the last save(), and nothing that did not change.
  virtual void save(StateDelta& delta) = 0;
  [[nodiscard]] virtual DeriverCounts counts() const = 0;
};

}  // namespace cistern
