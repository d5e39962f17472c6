// One file's way: opened, compared with what was taken before, read part by part, committed.
#include "base/bytes.hpp"
#include "connectors/cisco_secure_email/intake_core.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_secure_email {
namespace {

/// Handed to the journal and not durable yet; beyond it reading waits.
constexpr std::uint64_t kMostBytesInFlight = 16ULL << 20;
constexpr std::uint64_t kMostInFlight = 64;
constexpr Duration kPutOff = std::chrono::seconds{30};

TimePoint newest_of(const std::vector<Record>& records) {
  TimePoint newest{};
  for (const Record& record : records)
    newest = std::max(newest, record.time);
  return newest;
}

Failure repeat_notice(const IntakeJob& job) {
  return {.verdict = Verdict::set_aside,
          .code = "cisco_secure_email/incomplete-copy",
          .cause = "the file " + excerpt(job.file.facts.name, 160) +
                   " ends within a file that is stored already",
          .consequence = "it is taken for an incomplete copy of it, and nothing of it is stored",
          .next_step = "none is needed; push the file whole if it is another one"};
}

}  // namespace

void IntakeCore::take(PendingFile file) {
  job_ = std::make_shared<IntakeJob>();
  job_->file = std::move(file);
  if (!job_->file.problem.empty()) {
    const auto job = job_;
    lose(*job, job->file.problem, "damaged");
    return done_with(*job);
  }
  const std::string folder = settings_.watch ? settings_.watch->folder : std::string{};
  off_loop(
      job_, [&inbox = inbox_, folder](IntakeJob& job) { open_job(job, inbox, folder); },
      &IntakeCore::opened);
}

void IntakeCore::off_loop(const std::shared_ptr<IntakeJob>& job,
                          std::function<void(IntakeJob&)> work, Stage then) {
  busy_ = true;
  services_.pool.post([self = shared_from_this(), job, work = std::move(work), then] {
    work(*job);
    self->on_loop([job, then](IntakeCore& core) {
      core.busy_ = false;
      if (core.stopping_) return core.settle_stop();
      // After a refused commit all begins again; what was under work is of no use.
      if (core.failed_) core.job_.reset();
      if (core.job_ != job) return core.pump();
      (core.*then)(job);
    });
  });
}

void IntakeCore::opened(const std::shared_ptr<IntakeJob>& job) {
  if (job->zone_missing) {
    ++facts_.incidents["zone"];
    note({.verdict = Verdict::set_aside,
          .code = "cisco_secure_email/zone",
          .cause = "the time zone " + excerpt(job->file.facts.zone_name, 80) + " is not known here",
          .consequence = "the offset that files tell is used",
          .next_step = "install the package tzdata, or correct the name"},
         Report::Kind::notice);
  }
  if (job->failure) return give_up(job);
  if (!job->opening.refused.empty()) {
    lose(*job, job->opening.refused, "refused_kind");
    return done_with(*job);
  }
  // Too short to be told from others; more of it will come.
  if (!job->file.facts.complete && !job->opening.head.settled) return done_with(*job);
  job->known = memory_->beginning_with(appliance_of(job->opening.head, job->file.facts),
                                       job->opening.head.key);
  off_loop(job, &match_job, &IntakeCore::part_read);
}

void IntakeCore::part_read(const std::shared_ptr<IntakeJob>& job) {
  if (job->failure) return give_up(job);
  Commit commit = commit_of(*job, settings_.connector);
  if (job->match == Match::fresh || job->match == Match::continued) {
    job->part.file.at = services_.clock.now();
    memory_->keep(job->part.file, commit.state);
  }
  if (job->part.end) end_keys(*job, commit.state);
  if (job->part.problems > 0) facts_.incidents["bound"] += job->part.problems;
  std::optional<WatchedEntry> remove;
  const bool taken = job->part.end && job->file.facts.complete;
  if (taken && job->file.watched && settings_.watch->remove) remove = job->file.watched->entry;
  hand_over(std::move(commit), std::move(remove));
  if (!job->part.end) return go_on();
  ++facts_.files;
  if (job->match == Match::repeated || job->match == Match::contained) ++facts_.repeated;
  if (job->match == Match::contained) note(repeat_notice(*job), Report::Kind::notice);
  done_with(*job);
}

void IntakeCore::go_on() {
  job_waits_ = bytes_in_flight_ >= kMostBytesInFlight || in_flight_ >= kMostInFlight;
  if (!job_waits_) off_loop(job_, &continue_job, &IntakeCore::part_read);
}

void IntakeCore::done_with(const IntakeJob& job) {
  if (!job.file.inbox_id.empty()) held_.erase(job.file.inbox_id);
  job_.reset();
  // Not from here: of files that are given up at once many may come one behind the other.
  on_loop([](IntakeCore& core) { core.pump(); });
}

/// The keys of the position that say that the file waits, or that it was taken.
void IntakeCore::end_keys(const IntakeJob& job, StateDelta& changes) {
  if (!job.file.watched) {
    changes.push_back({std::string{journal::kInboxPrefix} + job.file.inbox_id, std::nullopt});
  } else if (job.file.watched->complete) {
    const WatchedEntry& entry = job.file.watched->entry;
    changes.push_back({std::string{kWatchPrefix} + entry.name, entry.state()});
  }
}

/// What fails again and again is lost and said to be; anything else is put off.
void IntakeCore::give_up(const std::shared_ptr<IntakeJob>& job) {
  const Failure failure = *job->failure;
  if (failure.verdict == Verdict::set_aside) {
    lose(*job, failure.cause, "damaged");
    return done_with(*job);
  }
  ++facts_.incidents["put_off"];
  if (job->file.watched) {
    watch_->failed(job->file.facts.name);
    return done_with(*job);
  }
  note(failure, Report::Kind::notice);
  services_.loop.call_after(kPutOff,
                            [weak = weak_from_this(), file = std::move(job->file)]() mutable {
                              const auto self = weak.lock();
                              if (!self || self->stopping_ || !self->held_.contains(file.inbox_id))
                                return;
                              self->queue_.add(std::move(file), self->services_.clock.steady());
                              self->pump();
                            });
  job_.reset();
  pump();
}

void IntakeCore::lose(const IntakeJob& job, const std::string& reason,
                      const std::string& incident) {
  ++facts_.incidents[incident];
  Commit commit = lost_commit_of(job, settings_.connector, reason);
  end_keys(job, commit.state);
  hand_over(std::move(commit));
  services_.journal.set_aside({.id = 0,
                               .owner = "connector/" + settings_.connector,
                               .item = ledger_item(job.file.facts, job.part.file.id),
                               .sequence = 0,
                               .reason = reason,
                               .since = {}},
                              {});
  note({.verdict = Verdict::set_aside,
        .code = "cisco_secure_email/file-lost",
        .cause = "the file " + excerpt(job.file.facts.name, 160) + ": " + reason,
        .consequence = "what could not be read of it is not stored; the ledger names the file",
        .next_step = "push the file again when its sender still has it"},
       Report::Kind::lost, std::string{name_of(job.opening.kind)});
}

void IntakeCore::hand_over(Commit commit, std::optional<WatchedEntry> remove) {
  commit.chain = chain_;
  std::uint64_t bytes = 0;
  for (const Record& record : commit.records)
    bytes += record.raw.size() + record.meta.size();
  const std::string stream = commit.coverage.empty() ? std::string{} : commit.coverage[0].stream;
  const TimePoint newest = newest_of(commit.records);
  ++in_flight_;
  bytes_in_flight_ += bytes;
  services_.memory.add(bytes);
  services_.journal.commit(
      std::move(commit), [self = shared_from_this(), bytes, stream, newest,
                          remove = std::move(remove)](const Result<CommitResult>& result) {
        self->services_.memory.remove(bytes);
        self->on_loop([result, bytes, stream, newest, remove](IntakeCore& core) {
          if (result && remove) core.remove_later(*remove);
          core.committed(result, bytes, stream, newest);
        });
      });
}

void IntakeCore::committed(const Result<CommitResult>& result, std::uint64_t bytes,
                           const std::string& stream, TimePoint newest) {
  --in_flight_;
  bytes_in_flight_ -= std::min(bytes_in_flight_, bytes);
  if (!result) {
    // Behind the first one all others are refused with it.
    if (!std::exchange(failed_, true)) note(result.error(), Report::Kind::retrying);
    return pump();
  }
  facts_.records += result->stored;
  facts_.bytes += bytes;
  if (!stream.empty()) {
    services_.status.stored(settings_.connector, stream, result->stored, result->duplicates,
                            newest);
    Report report;
    report.stream = stream;
    services_.status.report(settings_.connector, report);
  }
  pump();
}

}  // namespace cistern::connectors::cisco_secure_email
