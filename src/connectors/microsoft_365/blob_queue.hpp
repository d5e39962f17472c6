// Blobs that were listed and are not stored yet.
#pragma once

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "connectors/microsoft_365/wire.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace cistern::connectors::microsoft_365 {

struct PendingBlob {
  BlobRef ref;
  /// When it became available, held inside the window that listed it: a blob with a strange
  /// contentCreated must not hold or pass the watermark.
  TimePoint available{};
  unsigned attempts = 0;       ///< That failed.
  unsigned not_found = 0;      ///< Answers 404 without a code of the API, in a row.
  unsigned unfinished = 0;     ///< Bodies that were no whole array, in a row.
  bool renewed = false;        ///< A new token was asked for because of it.
  bool oversize_told = false;  ///< Its row in the ledger says that it is larger than the bound.
  TimePoint failing_since{};
  std::optional<Failure> failure;  ///< The last one.
};

/// Hands blobs out oldest first, because the oldest expire first. A failed blob waits by itself and
/// stands in nobody's way; all blobs in here hold the watermark.
class BlobQueue {
 public:
  /// False if it is in the queue already.
  bool add(const Identity& key, PendingBlob blob);
  [[nodiscard]] bool contains(const Identity& key) const { return blobs_.contains(key); }

  /// The next one to be fetched: a failed one whose time has come, else the oldest waiting.
  std::optional<Identity> take(TimePoint now);
  /// To the front again at once, without counting as a failure (throttled, token renewed).
  void put_back(const Identity& key);
  /// Not before that time.
  void defer(const Identity& key, TimePoint not_before);
  void remove(const Identity& key);

  [[nodiscard]] PendingBlob& at(const Identity& key) { return blobs_.at(key); }
  [[nodiscard]] const PendingBlob& at(const Identity& key) const { return blobs_.at(key); }

  [[nodiscard]] std::size_t size() const { return blobs_.size(); }
  [[nodiscard]] bool ready(TimePoint now) const;
  /// When the first deferred blob may be asked for.
  [[nodiscard]] std::optional<TimePoint> next_deferred() const;
  /// Least `available` of all blobs in here, under way or not.
  [[nodiscard]] std::optional<TimePoint> oldest() const;
  /// The blob available for longest of those that failed more than once; a single failure is
  /// ordinary.
  [[nodiscard]] const PendingBlob* oldest_failing() const;

 private:
  std::map<Identity, PendingBlob> blobs_;
  std::set<std::pair<TimePoint, Identity>> by_age_;    ///< All.
  std::set<std::pair<TimePoint, Identity>> waiting_;   ///< By age.
  std::set<std::pair<TimePoint, Identity>> deferred_;  ///< By time.
};

}  // namespace cistern::connectors::microsoft_365
