// What the writer does between groups: identities, retention, damage, sizes.
#include "base/thread_memory.hpp"
#include "journal/recovery/damage.hpp"
#include "journal/store_layout.hpp"
#include "journal/write/retention.hpp"
#include "journal/write/writer.hpp"

#include <algorithm>

namespace cistern::journal {
namespace {

constexpr Duration kUpkeepEvery = std::chrono::seconds{2};
constexpr Duration kExpireEvery = std::chrono::hours{1};

/// Everything else waits as well, so this is the more urgent news.
Failure reserve_is_full(std::uint64_t max_size, std::uint64_t reserve) {
  return {.verdict = Verdict::retry,
          .code = "journal/reserve-full",
          .cause = "the store has reached store.max_size (" + std::to_string(max_size) +
                   " bytes) and used up the reserve for pushed data (" + std::to_string(reserve) +
                   "); all of it still waits to be delivered",
          .consequence =
              "pushed data waits as well: senders that can wait are held back, datagrams "
              "are lost and counted",
          .next_step =
              "see `cistern status` for the destination that is behind; cure it, raise "
              "store.max_size, or give up what it has not read with `cistern destination "
              "forget NAME`",
          .wait = std::chrono::seconds{1}};
}

Failure store_is_full(std::uint64_t max_size) {
  return {.verdict = Verdict::retry,
          .code = "journal/full",
          .cause = "the store has reached store.max_size (" + std::to_string(max_size) +
                   " bytes) and all of it still waits to be delivered",
          .consequence =
              "connectors wait; nothing is lost as long as the vendors keep their events; "
              "what is pushed to us still goes into a reserve",
          .next_step =
              "see `cistern status` for the destination that is behind; cure it, raise "
              "store.max_size, or give up what it has not read with `cistern destination "
              "forget NAME`",
          .wait = std::chrono::seconds{1}};
}

}  // namespace

void Writer::upkeep() {
  if (identities_->wants_seal()) keep_identities();
  const Duration now = parts_.clock.steady();
  const bool full = gate_ != Gate::all || bytes_used() >= parts_.options.max_size;
  // Between its turns upkeep costs nothing; a store at its limit looks at each group.
  if (!full && now < upkeep_at_) return;
  upkeep_at_ = now + kUpkeepEvery;
  keep_identities();
  if (now >= expired_at_) {
    expired_at_ = now + kExpireEvery;
    static_cast<void>(parts_.index.expire(std::min(parts_.clock.now(), store_time())));
  }
  retire_segments();
  rest();
}

/// A store that nobody writes to or reads from holds on to nothing that it can make again.
void Writer::rest() {
  const bool forgotten = parts_.cache.rest();
  if (last_ != last_at_upkeep_) {
    last_at_upkeep_ = last_;
    rested_ = false;
    return;
  }
  if (rested_ && !forgotten) return;
  rested_ = true;
  builder_.release_memory();
  buffer_ = std::string{};
  release_thread_memory();
}

void Writer::keep_identities() {
  // Failures leave everything as it was; the set stays in memory and the next turn tries again.
  if (auto status = tend_identities(); !status) {
    parts_.log.warning("journal", "identity files could not be tended",
                       {{"reason", status.error().sentence()}});
  }
}

Status Writer::tend_identities() {
  if (auto status = complete_identities(); !status) return status;
  if (identities_->wants_seal() && last_ > identities_->covered_through()) {
    if (auto status = identities_->seal(last_); !status) return status;
  }
  const Sequence covered = identities_->covered_through();
  auto status = identities_->maintain(store_time());
  if (identities_->covered_through() < covered) identities_complete_ = false;
  return status;
}

void Writer::retire_segments() {
  auto segments = parts_.index.segments();
  auto cursors = parts_.index.cursors();
  if (!segments || !cursors) return;
  RetentionFacts facts{.segments = std::move(*segments),
                       .read_before = read_before(*cursors),
                       .now = store_time(),
                       .keep = parts_.options.keep,
                       .max_size = parts_.options.max_size -
                                   std::min(parts_.options.max_size, parts_.inbox.counts().bytes)};
  std::uint64_t total = 0;
  for (const SegmentInfo& segment : facts.segments)
    total += segment.size;
  const bool over = total >= facts.max_size;
  if (over && !facts.segments.empty() &&
      facts.segments.back().last >= facts.segments.back().first &&
      facts.segments.back().last < facts.read_before) {
    // All of it is read, and only a segment that is not written any more can go.
    if (!begin_segment()) return;
    auto again = parts_.index.segments();
    if (!again) return;
    facts.segments = std::move(*again);
  }
  const Sequence before = removable_before(facts);
  if (before > 0) {
    // What goes must not be needed to know again which records were seen.
    if (!complete_identities()) return;
    if (identities_->covered_through() + 1 < before && !identities_->seal(last_)) return;
    builder_.set_removed_before(before);
    flush();
    if (given_up_) return;
    remove_files_before(before);
    update_sizes();
  }
  choose_gate();
}

std::uint64_t Writer::bytes_used() const {
  const std::uint64_t inbox = parts_.inbox.counts().bytes;
  const std::lock_guard lock{mutex_};
  return health_.bytes_on_disk + inbox;
}

void Writer::choose_gate() {
  const std::uint64_t most = parts_.options.max_size;
  const std::uint64_t used = bytes_used();
  // Without limit (repair) the sum would overflow.
  const bool exhausted = used >= most && used - most >= reserve();
  const Gate gate = used < most ? Gate::all : exhausted ? Gate::none : Gate::pushed;
  {
    const std::lock_guard lock{mutex_};
    gate_ = gate;
  }
  if (gate == Gate::all) return resume();
  pause(exhausted ? reserve_is_full(most, reserve()) : store_is_full(most));
}

/// The removal is durable in the log; a crash here leaves files that the next start removes.
void Writer::remove_files_before(Sequence sequence) {
  auto segments = list_segments(parts_.options.path, parts_.files);
  if (!segments) return;
  bool removed = false;
  for (const Sequence first : *segments) {
    if (first >= sequence) break;
    removed = parts_.files.remove(segment_path(parts_.options.path, first)).has_value() || removed;
  }
  if (removed) {
    static_cast<void>(parts_.files.sync_directory(journal_directory(parts_.options.path)));
  }
}

void Writer::cover_damage() {
  for (const Damage& damage : to_cover_) {
    if (auto status = cover_damaged(parts_.options.path, damage, parts_.files); !status) {
      parts_.log.warning("journal", "damaged bytes stay where they are",
                         {{"reason", status.error().sentence()}});
    }
  }
  to_cover_.clear();
}

void Writer::update_sizes() {
  auto segments = parts_.index.segments();
  auto mark = parts_.index.mark();
  if (!segments || !mark) return;
  const std::lock_guard lock{mutex_};
  health_.segments = segments->size();
  health_.bytes_on_disk = 0;
  for (const SegmentInfo& segment : *segments)
    health_.bytes_on_disk += segment.size;
  health_.oldest = mark->removed_before;
  parts_.inbox.set_log_bytes(health_.bytes_on_disk);
}

}  // namespace cistern::journal
