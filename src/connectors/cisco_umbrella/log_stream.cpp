#include "connectors/cisco_umbrella/log_stream.hpp"

#include "connectors/cisco_umbrella/messages.hpp"
#include "connectors/cisco_umbrella/schema.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_umbrella {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// While objects are still being read `through` moves at least by so much, or so seldom.
constexpr Duration kStep = hours{1};
constexpr Duration kPause = seconds{30};
constexpr Duration kCleaning = hours{1};
constexpr std::size_t kCleanAtOnce = 1000;
/// A delay behind the vendor's clock that the pace of polls does not explain.
constexpr Duration kBehind = minutes{30};
constexpr Duration kNotCommitted = minutes{1};
constexpr Duration kKeptLonger = hours{48};

std::optional<TimePoint> time_at(const Position& position, const std::string& key) {
  const auto found = position.find(key);
  return found == position.end() ? std::nullopt : parse_time(found->second);
}

}  // namespace

LogStream::LogStream(std::string log, const MachineOptions& options)
    : log_(std::move(log)),
      stream_(stream_of_folder(log_)),
      prefix_(options.prefix()),
      options_(options),
      ledger_(log_),
      plan_({.poll_every = options.queue ? std::max<Duration>(options.poll_every, hours{1})
                                         : options.poll_every,
             .retention = options.retention,
             .by_day = !options.queue}),
      proven_(looks_like_log(log_)) {}

void LogStream::restore(const Position& position, TimePoint began) {
  ledger_.restore(position);
  newest_slot_ = ledger_.newest();
  began_ = began;
  proven_ = proven_ || ledger_.size() > 0;
  through_ = time_at(position, "through/" + log_);
  plan_.begin(began, through_, time_at(position, "swept/" + log_));
  const std::string prefix = "object/" + prefix_ + log_ + "/";
  for (auto it = position.lower_bound(prefix); it != position.end(); ++it) {
    if (!it->first.starts_with(prefix)) break;
    const std::string key = it->first.substr(std::string_view{"object/"}.size());
    const auto name = parse_object_key(prefix_, key);
    const auto done = parse_progress(it->second);
    if (!name || !done) continue;
    PendingObject object;
    object.name = *name;
    object.done = *done;
    object.durable = true;
    object.before = ledger_.find(*name);
    objects_.add(key, std::move(object));
  }
}

void LogStream::report(Report::Kind kind, const Failure& failure, TimePoint until,
                       Turn& turn) const {
  turn.step.reports.push_back({.kind = kind,
                               .stream = stream_,
                               .through = through_.value_or(TimePoint{}),
                               .until = until,
                               .failure = failure});
}

void LogStream::pause(Report::Kind kind, const Failure& failure, TimePoint until, Turn& turn) {
  paused_until_ = until;
  report(kind, failure, until, turn);
}

void LogStream::order(Pending what, Commit commit, Turn& turn) {
  const std::uint64_t id = turn.next_id++;
  commits_.emplace(id, std::move(what));
  // Position decides what was read, so identities are computed and not remembered.
  commit.dedupe = false;
  commit.chain = turn.chain;
  turn.step.commits.push_back({.id = id, .commit = std::move(commit)});
}

Coverage LogStream::row_of(const std::string& key, const PendingObject& object,
                           CoverageState state) const {
  Coverage row;
  row.stream = stream_;
  row.kind = "object";
  row.item = key;
  row.from = object.done.available;
  row.to = object.done.available;
  row.state = state;
  // In an own bucket the owner's rules decide, which nobody tells us.
  if (options_.managed) row.expires = object.done.available + options_.retention;
  return row;
}

// ---- durable progress ----

void LogStream::settle(Turn& turn) {
  clean(turn);
  if (lost_untold_ > 0 && turn.now >= lost_told_ + minutes{1}) {
    report(Report::Kind::lost, messages::objects_gone(log_, lost_untold_), {}, turn);
    lost_untold_ = 0;
    lost_told_ = turn.now;
  }
  const auto listed = plan_.listed_through();
  if (!listed || !proven_ || through_in_commit_ || turn.now < paused_until_) return;
  TimePoint to = *listed;
  if (const auto oldest = objects_.oldest()) to = std::min(to, *oldest);
  to = std::max(TimePoint{std::chrono::floor<seconds>(to)}, through_.value_or(began_));
  const auto swept = sweep_done();
  const TimePoint from = through_.value_or(began_);
  const bool calm = objects_.size() == 0;
  const bool far = to >= from + kStep || turn.now >= next_through_;
  if (swept || (to > from && (calm || far))) return commit_through(to, swept, turn);
  if (!told_ && listed_once_) tell_state(turn);
}

/// A sweep counts when everything that it found is done with as well.
std::optional<TimePoint> LogStream::sweep_done() const {
  if (!sweep_ended_) return std::nullopt;
  const auto first = objects_.first_number();
  if (first && *first <= sweep_mark_) return std::nullopt;
  return sweep_ended_;
}

void LogStream::commit_through(TimePoint to, std::optional<TimePoint> swept, Turn& turn) {
  Commit commit;
  const TimePoint from = through_.value_or(began_);
  if (to > from) {
    commit.state.push_back({"through/" + log_, format_time(to)});
    Coverage row;
    row.stream = stream_;
    row.kind = "window";
    row.from = from;
    row.to = to;
    commit.coverage.push_back(std::move(row));
  }
  if (swept) {
    commit.state.push_back({"swept/" + log_, format_time(*swept)});
    sweep_ended_.reset();
  }
  through_in_commit_ = true;
  next_through_ = turn.now + kPause;
  order({.kind = Pending::Kind::through, .through = to, .swept = swept}, std::move(commit), turn);
}

void LogStream::clean(Turn& turn) {
  if (turn.now < next_clean_) return;
  Commit commit;
  const TimePoint oldest = turn.vendor_now - options_.retention - kKeptLonger;
  commit.state = ledger_.evict(oldest, kCleanAtOnce);
  const bool more = commit.state.size() >= kCleanAtOnce;
  next_clean_ = turn.now + (more ? Duration{seconds{5}} : kCleaning);
  if (commit.state.empty()) return;
  if (commit.state.back().key.starts_with("floor/")) {
    report(Report::Kind::notice, messages::ledger_full(log_, ledger_.floor()), {}, turn);
  }
  order({.kind = Pending::Kind::note}, std::move(commit), turn);
}

void LogStream::tell_state(Turn& turn) {
  if (turn.now < paused_until_) return;
  told_ = true;
  const PendingObject* const failing = objects_.oldest_failing();
  if (failing != nullptr) {
    return report(failing->standing, *failing->failure, objects_.next_deferred().value_or(turn.now),
                  turn);
  }
  const Duration behind = turn.vendor_now - through_.value_or(began_);
  const bool late = behind > std::max(kBehind, options_.poll_every * 3);
  const bool catching_up = late && (objects_.size() > 0 || !listed_once_);
  report(catching_up ? Report::Kind::catching_up : Report::Kind::working, {}, {}, turn);
}

bool LogStream::committed(std::uint64_t id, const Result<CommitResult>& result, Turn& turn) {
  const auto found = commits_.find(id);
  if (found == commits_.end()) return false;
  Pending what = std::move(found->second);
  commits_.erase(found);
  const bool behind = !result && result.error().code == "journal/behind-failed";
  if (!result && !behind)
    report(Report::Kind::stopped, result.error(), turn.now + minutes{10}, turn);
  switch (what.kind) {
    case Pending::Kind::through:
      through_in_commit_ = false;
      next_through_ = turn.now + (result ? kPause : kNotCommitted);
      if (!result) {
        if (what.swept) sweep_ended_ = what.swept;
        break;
      }
      through_ = what.through;
      if (what.swept) plan_.swept(*what.swept);
      tell_state(turn);
      break;
    case Pending::Kind::part:
    case Pending::Kind::end:
      part_committed(std::move(what), result, turn);
      break;
    case Pending::Kind::note:
      break;
  }
  return true;
}

void LogStream::part_committed(Pending what, const Result<CommitResult>& result, Turn& turn) {
  const bool end = what.kind == Pending::Kind::end;
  if (!objects_.contains(what.key)) return;
  PendingObject& object = objects_.at(what.key);
  if (!result) {
    // Nothing of it is durable, so the next attempt begins where the last durable part ended.
    if (end) ledger_.take_back(object.name, what.before);
    close(what.key);
    return objects_.defer(what.key, turn.now + kNotCommitted);
  }
  object.attempts = 0;
  if (end) return finish(what.key, turn);
  object.done = what.done;
  object.durable = true;
  if (what.failure) return unreadable(what.key, *what.failure, turn);
  const auto open = open_.find(what.key);
  if (open == open_.end()) return objects_.put_back(what.key);
  open->second.committing = false;
  continuing_.push_back(what.key);
}

std::optional<TimePoint> LogStream::next_time(TimePoint now) const {
  TimePoint out = std::max(next_clean_, now + seconds{1});
  const auto consider = [&](std::optional<TimePoint> time) {
    if (time) out = std::min(out, *time);
  };
  if (now < paused_until_) {
    consider(paused_until_);
    return out;
  }
  consider(objects_.next_deferred());
  if (lost_untold_ > 0) consider(lost_told_ + minutes{1});
  if (listing_ == nullptr && !objects_.full()) consider(plan_.next_time(now));
  if (!through_in_commit_ && objects_.size() > 0 && listed_once_) {
    consider(std::max(next_through_, now + seconds{1}));
  }
  return out;
}

// An object whose rows took one commit is gone whole or not at all, so it can be read again. Of one
// that took several, what is left is not known row by row, and reading it again would store rows
// twice: it stays a gap in the ledger.
void LogStream::mend(const StoreDamage& damage, Turn& turn) {
  std::size_t again = 0;
  for (const Coverage& row : damage.items) {
    if (row.stream != stream_ || row.kind != "object" || row.state != CoverageState::damaged)
      continue;
    const auto name = parse_object_key(prefix_, row.item);
    if (!name || name->log != log_ || objects_.contains(row.item)) continue;
    const auto end = ledger_.find(*name);
    if (!end || end->fate != ObjectFate::stored) continue;
    ledger_.take_back(*name, std::nullopt);
    PendingObject object;
    object.name = *name;
    object.done.available = row.from;
    object.late = true;
    objects_.add(row.item, std::move(object));
    ++again;
  }
  if (again > 0) report(Report::Kind::notice, messages::asked_again(log_, again), {}, turn);
}

}  // namespace cistern::connectors::cisco_umbrella
