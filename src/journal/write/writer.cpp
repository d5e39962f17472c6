// The queue and the thread's loop. What it takes goes into the open group in writer_absorb.cpp, and
// to the disk in writer_commit.cpp.
#include "journal/write/writer.hpp"

#include "journal/write/commit_bounds.hpp"

#include <algorithm>

namespace cistern::journal {
Writer::Writer(WriterParts parts, const Recovered& recovered,
               std::unique_ptr<IdentitySet> identities)
    : parts_(parts),
      store_id_(recovered.store_id),
      identities_(std::move(identities)),
      append_segment_(recovered.append_segment),
      append_size_(recovered.append_size),
      builder_(recovered.store_id),
      pace_(parts.options.group_size, parts.options.group_delay, parts.options.idle_delay),
      group_(recovered.group),
      last_(recovered.last),
      damaged_(recovered.damaged),
      witness_facts_(recovered.witness),
      started_(parts.clock.steady()) {}

Writer::~Writer() {
  close();
}

Status Writer::start() {
  auto aside = parts_.index.set_aside();
  if (!aside) return fail(aside.error());
  for (const SetAside& item : *aside)
    set_aside_id_ = std::max(set_aside_id_, item.id);
  auto missing = parts_.index.missing();
  if (!missing) return fail(missing.error());
  health_.holes = std::move(*missing);
  for (const Damage& damage : damaged_)
    parts_.index.note_missing(damage.hole);
  health_.last = last_;
  health_.since = parts_.clock.now();
  auto mark = parts_.index.mark();
  if (!mark) return fail(mark.error());
  store_time_at_start_ = mark->store_time == TimePoint{} ? parts_.clock.now() : mark->store_time;
  auto witness = SequenceWitness::open(parts_.options.path, parts_.files, witness_facts_);
  if (!witness) return fail(witness.error());
  witness_ = std::move(*witness);
  remove_files_before(mark->removed_before);
  if (append_segment_ != 0) {
    auto segment =
        SegmentFile::open(parts_.options.path, append_segment_, append_size_, parts_.files);
    if (!segment) return fail(segment.error());
    segment_ = std::move(*segment);
  } else if (damaged_.empty()) {
    // A full disk must not stop the start: the thread tries again with the first commit.
    if (auto status = begin_segment(); !status) pause(status.error());
  }
  update_sizes();
  begin_group();
  thread_ = std::thread([this] { run(); });
  return {};
}

void Writer::commit(Commit commit, Journal::Committed done) {
  if (auto failure = refuse(commit)) return refused(commit, done, std::move(*failure));
  PendingCommit pending{std::move(commit), std::move(done), parts_.clock.now()};
  bool stopping = false;
  std::size_t waiting = 0;
  {
    const std::lock_guard lock{mutex_};
    stopping = stopping_;
    if (!stopping && commits_.push(pending)) {
      wake_.notify_one();
      return;
    }
    waiting = commits_.size();
  }
  if (stopping) return not_made(pending.commit, pending.done, closed());
  refused(pending.commit, pending.done, queue_full(waiting));
}

void Writer::refused(const Commit& commit, const Journal::Committed& done, Failure failure) {
  {
    const std::lock_guard lock{mutex_};
    ++health_.commits_refused;
  }
  not_made(commit, done, std::move(failure));
}

/// Before the caller hears of it: what it hands over meanwhile is behind this one.
void Writer::not_made(const Commit& commit, const Journal::Committed& done, Failure failure) {
  if (commit.chain) commit.chain->set_broken();
  done(fail(std::move(failure)));
}

void Writer::move_cursor(std::string name, Cursor cursor, bool urgent, Journal::Moved done) {
  {
    const std::lock_guard lock{mutex_};
    if (!stopping_) {
      orders_.moves.push_back({std::move(name), std::move(cursor), urgent, std::move(done)});
      wake_.notify_one();
      return;
    }
  }
  if (done) done(fail(closed()));
}

void Writer::set_aside(SetAside item, Journal::Moved done) {
  if (item.since == TimePoint{}) item.since = parts_.clock.now();
  {
    const std::lock_guard lock{mutex_};
    if (!stopping_) {
      orders_.aside.push_back({std::move(item), std::move(done)});
      wake_.notify_one();
      return;
    }
  }
  if (done) done(fail(closed()));
}

void Writer::edit(StoreEdit edit, Journal::Moved done) {
  {
    const std::lock_guard lock{mutex_};
    if (!stopping_) {
      orders_.edits.push_back({std::move(edit), std::move(done)});
      wake_.notify_one();
      return;
    }
  }
  if (done) done(fail(closed()));
}

void Writer::report_damage(const GroupPlace& place) {
  const std::lock_guard lock{mutex_};
  if (stopping_) return;
  orders_.reported.push_back(place);
  wake_.notify_one();
}

void Writer::report_index() {
  const std::lock_guard lock{mutex_};
  if (stopping_) return;
  orders_.index_reported = true;
  wake_.notify_one();
}

TimePoint Writer::store_time() const {
  return store_time_at_start_ + (parts_.clock.steady() - started_);
}

Health Writer::health() const {
  const std::lock_guard lock{mutex_};
  Health health = health_;
  health.commits_waiting = commits_.size();
  const InboxCounts inbox = parts_.inbox.counts();
  health.bytes_on_disk += inbox.bytes;
  health.inbox_files = inbox.files;
  health.inbox_bytes = inbox.bytes;
  health.inbox_refused = inbox.refused;
  health.reserve = reserve();
  health.reserve_used =
      std::max(health.bytes_on_disk, parts_.options.max_size) - parts_.options.max_size;
  return health;
}

void Writer::close() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
    wake_.notify_all();
  }
  if (!thread_.joinable()) return;
  thread_.join();
  // A few thousand identities are read from the log again faster than a file for them is worth.
  constexpr std::uint64_t kWorthAFile = 20'000;
  if (identities_->size() > 0 && last_ > identities_->covered_through() + kWorthAFile) {
    static_cast<void>(identities_->seal(last_));
  }
  witness_->close();
  const std::lock_guard lock{mutex_};
  health_.state = Health::State::failed;
  health_.failure = closed();
}

void Writer::run() {
  for (Damage& damage : damaged_) {
    const bool replaced = damage.segment == last_ + 1;
    absorb_damage(damage);
    // A segment without events gives way to a new one of the same name.
    if (replaced)
      std::erase_if(to_cover_,
                    [&](const Damage& other) { return other.segment == damage.segment; });
  }
  damaged_.clear();
  while (!given_up_) {
    absorb(wait_for_work());
    if (due_ && !builder_.empty()) flush();
    due_ = false;
    // What upkeep writes is a group of its own, so an open one comes first.
    if (!given_up_ && builder_.empty()) upkeep();
    const std::lock_guard lock{mutex_};
    if (stopping_ && builder_.empty() && orders_.empty() && !commits_.ready(gate_)) break;
  }
  give_up(last_failure_ ? *last_failure_ : closed());
}

/// What may go into the open group now. Call with the mutex held.
bool Writer::take(Work& work) {
  std::uint64_t bytes = open_.bytes;
  while (commits_.ready(gate_) && !pace_.full(bytes)) {
    work.commits.push_back(commits_.pop(gate_));
    for (const Record& record : work.commits.back().commit.records)
      bytes += record.raw.size() + record.meta.size();
  }
  work.orders.moves.swap(orders_.moves);
  work.orders.aside.swap(orders_.aside);
  // Behind all commits that were handed over before: as long as some wait for their turn it waits.
  if (commits_.empty()) work.orders.edits.swap(orders_.edits);
  work.orders.reported.swap(orders_.reported);
  std::swap(work.orders.index_reported, orders_.index_reported);
  return !work.empty();
}

Writer::Work Writer::wait_for_work() {
  Work work;
  std::unique_lock lock{mutex_};
  const auto ready = [&] {
    return stopping_ || !orders_.moves.empty() || !orders_.aside.empty() ||
           !orders_.reported.empty() || orders_.index_reported ||
           (!orders_.edits.empty() && commits_.empty()) || commits_.ready(gate_);
  };
  if (take(work)) return work;
  if (stopping_) {
    due_ = true;
    return work;
  }
  if (builder_.empty()) {
    // The bound lets upkeep see that time has passed, and that a full store has room again.
    wake_.wait_for(lock, parts_.options.retry_delay, ready);
    take(work);
    return work;
  }
  const Duration patience = pace_.wait(open_, parts_.clock.steady());
  // The condition's own time-out counts as well as the clock, which a test may have stopped.
  if (patience <= Duration{0} || !wake_.wait_for(lock, patience, ready)) {
    due_ = true;
    return work;
  }
  take(work);
  return work;
}

void Writer::begin_group() {
  builder_.begin(group_ + 1, last_ + 1);
  open_ = OpenGroup{};
  moved_.clear();
}

void Writer::pause(const Failure& failure) {
  bool news = false;
  {
    const std::lock_guard lock{mutex_};
    news = health_.state != Health::State::paused || health_.failure.code != failure.code;
    if (health_.state != Health::State::paused) health_.since = parts_.clock.now();
    health_.state = Health::State::paused;
    health_.failure = failure;
  }
  if (news) {
    parts_.log.error("journal", "writing is paused; nothing is lost, it goes on by itself",
                     {{"code", failure.code}, {"reason", failure.sentence()}});
  }
}

void Writer::resume() {
  {
    const std::lock_guard lock{mutex_};
    if (health_.state != Health::State::paused || gate_ != Gate::all) return;
    health_.state = Health::State::writing;
    health_.failure = {};
    health_.since = parts_.clock.now();
  }
  parts_.log.info("journal", "writing again");
}

}  // namespace cistern::journal
