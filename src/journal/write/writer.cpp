// The queue and the thread's loop. One group's way to the disk is writer_commit.cpp.
#include "journal/write/writer.hpp"

#include "journal/identity/identity_replay.hpp"
#include "journal/recovery/damage.hpp"
#include "journal/segment/envelope.hpp"

#include <algorithm>

namespace cistern::journal {
namespace {

constexpr std::uint64_t kMaxMetaBytes = 64ULL << 20;
constexpr std::uint64_t kMaxQueuedBytes = 512ULL << 20;
/// What a line adds to its record, about: a commit of very small records is larger than it looks.
constexpr std::uint64_t kLineBytes = 256;
constexpr std::uint64_t kMaxLineBytes = 256ULL << 20;

Failure queue_full(std::size_t commits) {
  return {.verdict = Verdict::retry,
          .code = "journal/queue-full",
          .cause = std::to_string(commits) + " commits wait to be written",
          .consequence = "this commit is not stored; nothing is lost when it is handed over again",
          .next_step = "see `cistern status` for what holds up the store",
          .wait = std::chrono::seconds{1}};
}

/// Memory that a commit takes while it waits.
std::uint64_t bytes_of(const Commit& commit) {
  std::uint64_t bytes = kLineBytes;
  for (const Record& record : commit.records)
    bytes += record.raw.size() + record.meta.size() + sizeof record;
  for (const StateChange& change : commit.state)
    bytes += change.key.size() + (change.value ? change.value->size() : 0);
  return bytes;
}

Failure closed() {
  return {.verdict = Verdict::stop,
          .code = "journal/closed",
          .cause = "the journal is closed",
          .consequence = "nothing of this commit is stored; it is read again after the next start",
          .next_step = "start cistern again"};
}

Failure misuse(std::string cause) {
  return {.verdict = Verdict::stop,
          .code = "journal/misuse",
          .cause = std::move(cause),
          .consequence = "nothing of this commit is stored",
          .next_step = "report this as a bug of cistern"};
}

/// Why a commit cannot be taken, whatever the state of the store.
std::optional<Failure> refuse(const Commit& commit) {
  std::uint64_t raw = 0;
  std::uint64_t meta = 0;
  for (const Record& record : commit.records) {
    raw += record.raw.size();
    meta += record.meta.size() + record.problem.size() + record.stream.size();
    if (!commit.coverage.empty() && record.coverage >= commit.coverage.size()) {
      return misuse("a record names a coverage row that its commit does not have");
    }
    if (!storable(record)) return misuse("the meta of a record is not a JSON object on one line");
  }
  std::uint64_t state = 0;
  for (const StateChange& change : commit.state) {
    state += change.key.size() + (change.value ? change.value->size() : 0);
  }
  if (commit.records.size() * kLineBytes > kMaxLineBytes) {
    return misuse("a commit holds more than a million records");
  }
  if (raw > kMaxCommitBytes) return misuse("a commit holds more than 8 MiB of records");
  if (meta > kMaxMetaBytes) return misuse("a commit holds more than 64 MiB of meta");
  if (state > kMaxCommitBytes) return misuse("a commit changes more than 8 MiB of its position");
  if (commit.connector.empty()) return misuse("a commit names no connector");
  return std::nullopt;
}

}  // namespace

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
  if (auto failure = refuse(commit)) return done(fail(std::move(*failure)));
  const TimePoint received = parts_.clock.now();
  const std::uint64_t bytes = bytes_of(commit);
  std::size_t waiting = 0;
  {
    const std::lock_guard lock{mutex_};
    waiting = queue_.commits.size();
    if (!stopping_ && (waiting == 0 || queued_bytes_ + bytes <= kMaxQueuedBytes)) {
      queued_bytes_ += bytes;
      queue_.commits.push_back({std::move(commit), std::move(done), received});
      wake_.notify_one();
      return;
    }
    if (stopping_) waiting = 0;
  }
  done(fail(waiting == 0 ? closed() : queue_full(waiting)));
}

void Writer::move_cursor(std::string name, Cursor cursor, bool urgent, Journal::Moved done) {
  {
    const std::lock_guard lock{mutex_};
    if (!stopping_) {
      queue_.moves.push_back({std::move(name), std::move(cursor), urgent, std::move(done)});
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
      queue_.aside.push_back({std::move(item), std::move(done)});
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
      queue_.edits.push_back({std::move(edit), std::move(done)});
      wake_.notify_one();
      return;
    }
  }
  if (done) done(fail(closed()));
}

void Writer::report_damage(const GroupPlace& place) {
  const std::lock_guard lock{mutex_};
  if (stopping_) return;
  queue_.reported.push_back(place);
  wake_.notify_one();
}

void Writer::report_index() {
  const std::lock_guard lock{mutex_};
  if (stopping_) return;
  queue_.index_reported = true;
  wake_.notify_one();
}

TimePoint Writer::store_time() const {
  return store_time_at_start_ + (parts_.clock.steady() - started_);
}

std::uint64_t Writer::on_append(std::function<void(Sequence)> listener) {
  const std::lock_guard lock{listener_mutex_};
  listeners_.emplace_back(next_listener_, std::move(listener));
  return next_listener_++;
}

void Writer::remove_listener(std::uint64_t id) {
  const std::lock_guard lock{listener_mutex_};
  std::erase_if(listeners_, [&](const auto& listener) { return listener.first == id; });
}

Health Writer::health() const {
  const std::lock_guard lock{mutex_};
  Health health = health_;
  health.commits_waiting = queue_.commits.size();
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
    if (stopping_ && builder_.empty() && (queue_.empty() || full_)) break;
  }
  give_up(last_failure_ ? *last_failure_ : closed());
}

/// What may go into the open group now. Call with the mutex held.
bool Writer::take(Work& work) {
  std::uint64_t bytes = open_.bytes;
  while (!full_ && !queue_.commits.empty() && !pace_.full(bytes)) {
    for (const Record& record : queue_.commits.front().commit.records) {
      bytes += record.raw.size() + record.meta.size();
    }
    queued_bytes_ -= std::min(queued_bytes_, bytes_of(queue_.commits.front().commit));
    work.commits.push_back(std::move(queue_.commits.front()));
    queue_.commits.pop_front();
  }
  work.moves.swap(queue_.moves);
  work.aside.swap(queue_.aside);
  // Behind all commits that were handed over before: as long as some wait for their turn it waits.
  if (queue_.commits.empty()) work.edits.swap(queue_.edits);
  work.reported.swap(queue_.reported);
  std::swap(work.index_reported, queue_.index_reported);
  return !work.empty();
}

Writer::Work Writer::wait_for_work() {
  Work work;
  std::unique_lock lock{mutex_};
  const auto ready = [&] {
    return stopping_ || !queue_.moves.empty() || !queue_.aside.empty() ||
           !queue_.reported.empty() || queue_.index_reported ||
           (!queue_.edits.empty() && queue_.commits.empty()) || (!full_ && !queue_.commits.empty());
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

void Writer::absorb(Work work) {
  if (work.index_reported) rebuild();
  for (const Damage& damage : std::exchange(rebuilt_, {}))
    absorb_damage(damage);
  for (const GroupPlace& place : work.reported) {
    auto still = parts_.index.group_at(place.first);
    if (!still || !*still || (*still)->first != place.first) continue;
    auto damage = examine_group(parts_.options.path, place, parts_.files);
    if (damage && *damage) absorb_damage(**damage);
  }
  for (CursorMove& move : work.moves) {
    builder_.add_cursor(std::move(move.name), std::move(move.cursor));
    if (move.done) moved_.push_back(std::move(move.done));
    note_item(false, false, move.urgent);
  }
  for (AsideOrder& order : work.aside) {
    if (order.item.id == 0) order.item.id = ++set_aside_id_;
    builder_.add_set_aside(std::move(order.item));
    if (order.done) moved_.push_back(std::move(order.done));
    note_item(true, false, false);
  }
  for (PendingCommit& pending : work.commits)
    absorb_commit(std::move(pending));
  for (EditOrder& order : work.edits) {
    builder_.add_edit(std::move(order.edit));
    if (order.done) moved_.push_back(std::move(order.done));
    note_item(false, false, true);
  }
  if (pace_.full(open_.bytes)) due_ = true;
}

void Writer::absorb_commit(PendingCommit pending) {
  const bool prompt = !pending.commit.records.empty();
  const auto remembered = [&](const Identity& identity) { return identities_->contains(identity); };
  auto status = complete_identities();
  const Sequence covered = identities_->covered_through();
  if (status) status = builder_.add(pending, remembered);
  if (!status && identities_->covered_through() < covered) {
    // A file of the set proved damaged and was left out; what it held is read from the log again.
    identities_complete_ = false;
    status = complete_identities();
    if (status) status = builder_.add(pending, remembered);
  }
  if (!status) return pending.done(fail(status.error()));
  note_item(prompt, true, false);
}

/// Until the log was read again after damage, the set would let repeated records pass, and must not
/// be sealed as if it covered them.
Status Writer::complete_identities() {
  if (identities_complete_) return {};
  auto status = replay_identities(parts_.options.path, parts_.files, parts_.index,
                                  store_time() - parts_.options.identity_window, *identities_);
  identities_complete_ = status.has_value();
  return status;
}

void Writer::absorb_damage(const Damage& damage) {
  if (auto status = copy_damaged(parts_.options.path, damage, parts_.files); !status) {
    parts_.log.warning("journal", "damaged bytes could not be copied",
                       {{"reason", status.error().sentence()}});
  } else {
    to_cover_.push_back(damage);
  }
  const bool events = damage.hole.to >= damage.hole.from && damage.hole.from != 0;
  // Before the hole is recorded: what is recorded as lost must not be refused as repeated.
  if (events) {
    identities_complete_ = false;
    if (auto status = identities_->forget(damage.hole.from, damage.hole.to); !status) {
      parts_.log.warning("journal", "lost events may be refused as repeated until the next start",
                         {{"reason", status.error().sentence()}});
    }
  }
  parts_.log.error(
      "journal", events ? "events are missing in the store" : "state is missing in the store",
      {{"from", damage.hole.from},
       {"to", damage.hole.to},
       {"reason", damage.hole.reason},
       {"segment", damage.segment},
       {"offset", damage.offset},
       {"bytes", damage.size},
       {"next step", "check the disk; `cistern coverage` names the hours that are hit"}});
  if (events) {
    parts_.index.note_missing(damage.hole);
    builder_.add_missing(damage.hole);
    for (const ConnectorPart& part : damage.reopened)
      builder_.reopen(part);
  }
  note_item(true, false, true);
}

void Writer::note_item(bool prompt, bool commit, bool urgent) {
  if (!open_.prompt && !open_.commits && !open_.urgent && open_.opened == Duration{0}) {
    open_.opened = parts_.clock.steady();
  }
  // The wait for company begins with the first item that somebody waits for.
  if (prompt && !open_.prompt) open_.opened = parts_.clock.steady();
  open_.prompt = open_.prompt || prompt;
  open_.commits = open_.commits || commit;
  open_.urgent = open_.urgent || urgent;
  open_.bytes = builder_.lines().size();
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
    if (health_.state != Health::State::paused || full_) return;
    health_.state = Health::State::writing;
    health_.failure = {};
    health_.since = parts_.clock.now();
  }
  parts_.log.info("journal", "writing again");
}

}  // namespace cistern::journal
