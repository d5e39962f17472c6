// Files that were pushed to us, durable before their sender is told so.
//
// A file lies in the store under a name of ours; the name its sender gave is a word in its
// description. It belongs to the store when a commit has put its key, `inbox/<id>`, into the
// connector's position; a commit that takes the key away consumes it. So a file is taken into the
// log exactly once: its last records and the end of its key are one commit. The format is
// docs/formats/journal.md.
#pragma once

#include "base/record.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::journal {

inline constexpr std::string_view kInboxPrefix = "inbox/";

/// Of one file. Whoever takes files may set a lower bound.
inline constexpr std::uint64_t kMaxInboxFileBytes = 1ULL << 30;
/// Of all connectors together: files that wait to be taken into the log.
inline constexpr std::uint64_t kMaxInboxFiles = 20'000;
/// Files that are being received at the same time.
inline constexpr std::uint64_t kMaxInboxOpen = 512;
/// Of a description.
inline constexpr std::uint64_t kMaxInboxDescription = 16U << 10;
/// A file is summed and read in blocks of so many bytes: reads that begin at a multiple are
/// cheapest.
inline constexpr std::uint64_t kInboxBlock = 4ULL << 20;

/// A file that waits to be consumed.
struct InboxEntry {
  std::string id;  ///< Generated; ids sort by arrival.
  std::string connector;
  std::string description;  ///< The JSON object that was given with it.
  std::uint64_t size = 0;
  TimePoint received{};
  /// Not empty: the file is gone or cut, and this says so. It can only be consumed as lost.
  std::string problem;

  /// Of the connector's position: a commit that deletes it consumes the file.
  [[nodiscard]] std::string key() const { return std::string{kInboxPrefix} + id; }
};

/// A file that is being received. Its calls come one after the other, from any thread. Callbacks
/// come in the order of the calls, on the inbox's thread (or inside the call once the inbox is
/// closed); they must only hand the news on. Destroying it abandons what was not finished;
/// callbacks that are due still come.
class InboxFile {
 public:
  virtual ~InboxFile() = default;
  /// Adds bytes. Who appends waits for `written` before much more is handed over (a few MiB at
  /// most): that is its back-pressure. A failure is final, the file is gone and its room given
  /// back; later calls get the same one.
  virtual void append(std::string bytes, std::function<void(Status)> written) = 0;
  /// Replaces the description given to create().
  virtual void describe(std::string description) = 0;
  /// No more bytes follow. `stored` comes when file, name and key are durable: only then may the
  /// sender be told. After a failure nothing of it is kept. "journal/inbox-size" when `create` was
  /// told another size. While the store pauses it waits.
  virtual void finish(std::function<void(Result<InboxEntry>)> stored) = 0;
  /// The transfer broke off: nothing of it is kept. Without effect after finish().
  virtual void abandon() = 0;
};

/// Safe from any thread.
class Inbox {
 public:
  virtual ~Inbox() = default;
  /// Begins a file; returns at once and touches no disk. `description` is a JSON object without
  /// line breaks. `size`, when the sender names it beforehand (nothing: unknown), refuses what
  /// cannot fit before its bytes come. Failures are values that a sender may be told:
  /// "journal/inbox-full" (too many files, or a quarter of store.max_size), "journal/reserve-full"
  /// (the store), "file/no-space" (the disk), "journal/inbox-size", "journal/misuse",
  /// "journal/closed". They are counted in Health::inbox_refused.
  virtual Result<std::unique_ptr<InboxFile>> create(const std::string& connector,
                                                    std::string description,
                                                    std::optional<std::uint64_t> size) = 0;
  /// The connector's durable files, oldest first.
  [[nodiscard]] virtual std::vector<InboxEntry> list(const std::string& connector) const = 0;
  /// Up to `size` bytes from `offset`; fewer only at the end. Reads the disk, so not on the I/O
  /// loop. Every byte returned is checked against the sums in the entry's key:
  /// "journal/inbox-damaged" names file and byte, and none of that block is returned. A file that
  /// was consumed meanwhile fails with "journal/inbox-missing", as one that is gone does.
  virtual Result<std::string> read(const std::string& id, std::uint64_t offset,
                                   std::size_t size) = 0;
  /// Called with each file that has become durable, on the journal's writer thread: it must only
  /// hand the news on. The id is for remove_listener.
  virtual std::uint64_t on_stored(std::function<void(const InboxEntry&)> listener) = 0;
  /// After it returns the listener is not called any more. Not from within a listener.
  virtual void remove_listener(std::uint64_t id) = 0;
};

}  // namespace cistern::journal
