// The writer thread: the only one that touches the log, the identity set and the index's write
// path.
#pragma once

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "journal/identity/identity_set.hpp"
#include "journal/inbox/local_inbox.hpp"
#include "journal/index/index.hpp"
#include "journal/journal.hpp"
#include "journal/recovery/recovery.hpp"
#include "journal/segment/group_builder.hpp"
#include "journal/segment/group_cache.hpp"
#include "journal/segment/segment_file.hpp"
#include "journal/write/commit_queue.hpp"
#include "journal/write/group_pace.hpp"
#include "journal/write/listeners.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace cistern::journal {

/// What the writer works with; all of it outlives the writer.
struct WriterParts {
  const JournalOptions& options;
  Files& files;
  const Clock& clock;
  Log& log;
  Index& index;
  GroupCache& cache;
  LocalInbox& inbox;
};

class Writer {
 public:
  Writer(WriterParts parts, const Recovered& recovered, std::unique_ptr<IdentitySet> identities);
  ~Writer();

  /// Makes the store's first segment, or cuts the torn tail of the last one; then the thread runs.
  Status start();

  /// Callers bound what they have in flight; the queue is bounded as well, so that one that does
  /// not cannot take the memory: beyond it commits fail with "journal/queue-full".
  void commit(Commit commit, Journal::Committed done);
  void move_cursor(std::string name, Cursor cursor, bool urgent, Journal::Moved done);
  void set_aside(SetAside item, Journal::Moved done);
  void edit(StoreEdit edit, Journal::Moved done);
  /// A reader met a group that it could not read.
  void report_damage(const GroupPlace& place);
  /// A reader met an index that is damaged or lacks a group.
  void report_index();

  [[nodiscard]] Listeners& listeners() { return listeners_; }
  [[nodiscard]] Health health() const;
  /// Commits what was handed over, then ends the thread. After it the identity set is sealed when
  /// that spares the next start work.
  void close();

 private:
  struct CursorMove {
    std::string name;
    Cursor cursor;
    bool urgent = false;
    Journal::Moved done;
  };
  struct AsideOrder {
    SetAside item;
    Journal::Moved done;
  };
  struct EditOrder {
    StoreEdit edit;
    Journal::Moved done;
  };
  /// What waits to be put into a group, beside commits.
  struct Orders {
    std::vector<CursorMove> moves;
    std::vector<AsideOrder> aside;
    std::vector<EditOrder> edits;
    std::vector<GroupPlace> reported;
    bool index_reported = false;
    [[nodiscard]] bool empty() const {
      return moves.empty() && aside.empty() && edits.empty() && reported.empty() && !index_reported;
    }
  };
  struct Work {
    std::vector<PendingCommit> commits;
    Orders orders;
    [[nodiscard]] bool empty() const { return commits.empty() && orders.empty(); }
  };

  // ---- the thread ----
  void run();
  Work wait_for_work();
  bool take(Work& work);
  void begin_group();
  /// The store's own time: the wall clock at its birth, moved on while it is open and by nothing
  /// else. What is forgotten or removed by age goes by it, so that a wall clock that jumps costs
  /// nothing.
  [[nodiscard]] TimePoint store_time() const;

  // ---- into the open group (writer_absorb.cpp) ----
  void absorb(Work work);
  void absorb_commit(PendingCommit pending);
  void absorb_reported(const GroupPlace& place);
  void absorb_damage(const Damage& damage);
  void note_item(bool prompt, bool commit, bool urgent);

  // ---- one group (writer_commit.cpp) ----
  void flush();
  void compress();
  Status write_group();
  Status ensure_segment();
  Status begin_segment();
  Status apply_to_index();
  bool heal(const Failure& failure);
  bool rebuild();
  bool until_done(const std::function<Status()>& attempt);
  void publish();
  void give_up(const Failure& failure);

  // ---- between groups (writer_upkeep.cpp) ----
  void upkeep();
  void keep_identities();
  Status tend_identities();
  Status complete_identities();
  void retire_segments();
  void rest();
  void remove_files_before(Sequence sequence);
  void cover_damage();
  void update_sizes();
  void choose_gate();
  /// Of segments and inbox.
  [[nodiscard]] std::uint64_t bytes_used() const;
  [[nodiscard]] std::uint64_t reserve() const { return parts_.options.max_size / 10; }
  [[nodiscard]] std::uint64_t segment_limit() const;

  // ---- health ----
  void refused(const Commit& commit, const Journal::Committed& done, Failure failure);
  static void not_made(const Commit& commit, const Journal::Committed& done, Failure failure);
  void pause(const Failure& failure);
  void resume();

  WriterParts parts_;
  const std::string store_id_;

  // Owned by the thread (and by start() and close() while it does not run).
  std::unique_ptr<IdentitySet> identities_;
  bool identities_complete_ = true;  ///< False after damage, until the log was read again.
  std::unique_ptr<SegmentFile> segment_;
  Sequence append_segment_;
  std::uint64_t append_size_;
  GroupBuilder builder_;
  GroupPace pace_;
  OpenGroup open_;
  std::uint64_t group_;  ///< Number of the last durable group.
  Sequence last_;        ///< Last durable sequence.
  std::uint64_t set_aside_id_ = 0;
  std::string buffer_;
  Sequence last_at_upkeep_ = 0;
  bool rested_ = false;  ///< No event was written since memory was given back.
  std::vector<Journal::Moved> moved_;
  std::vector<Damage> damaged_;   ///< Found at start, to be recorded.
  std::vector<Damage> rebuilt_;   ///< Found while the index was made anew, to be recorded.
  std::vector<Damage> to_cover_;  ///< Recorded in the open group.
  WitnessFacts witness_facts_;
  std::unique_ptr<SequenceWitness> witness_;
  TimePoint store_time_at_start_{};
  Duration started_{0};
  Duration upkeep_at_{0};
  Duration expired_at_{0};
  bool due_ = false;
  bool given_up_ = false;
  std::optional<Failure> last_failure_;

  // Shared.
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  CommitQueue commits_;
  Orders orders_;
  bool stopping_ = false;
  Gate gate_ = Gate::all;  ///< Commits that may not pass stay in the queue.
  Health health_;
  Listeners listeners_;

  std::thread thread_;
};

}  // namespace cistern::journal
