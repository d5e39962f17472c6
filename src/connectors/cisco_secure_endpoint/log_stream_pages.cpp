// What an answer means for a stream, and what is committed.
#include "base/backoff.hpp"
#include "connectors/cisco_secure_endpoint/clouds.hpp"
#include "connectors/cisco_secure_endpoint/identity.hpp"
#include "connectors/cisco_secure_endpoint/log_stream.hpp"
#include "connectors/cisco_secure_endpoint/messages.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Backoff kBackoff{.first = seconds{4}, .most = minutes{5}};
constexpr Duration kAuditSettles = minutes{1};
constexpr Duration kBehind = minutes{10};
constexpr unsigned kTornBeforeLoose = 3;

std::vector<PageItem> items_of(const PageBatch& page) {
  std::vector<PageItem> out;
  out.reserve(page.records.size());
  for (std::size_t i = 0; i < page.records.size(); ++i) {
    const Record& record = page.records[i];
    out.push_back({record.identity, record.time, page.by_content[i]});
  }
  return out;
}

}  // namespace

// ---- answers ----

void LogStream::page_answered(std::shared_ptr<const RecordBatch> records,
                              std::optional<TimePoint> server, Turn& turn) {
  in_flight_ = false;
  if (!plan_) return;
  // Whatever stands here was made by the decoder that next_request() gave along.
  const auto page = std::static_pointer_cast<const PageBatch>(std::move(records));
  if (!page) return retry(messages::unreadable_page(words()), turn);
  if (const auto& next = page->facts.next) {
    const auto why = link_refused(options_.api_url, *next);
    if (why) {
      return pause(Report::Kind::stopped, messages::foreign_link(*next, *why), kRecheck, turn);
    }
  }
  works(turn);
  date_plan(server);
  const PageWalk::Taken taken =
      walk_->take(items_of(*page), page->facts.next.has_value(), page->facts.total);
  switch (taken.fate) {
    case PageWalk::Fate::again:
      return;
    case PageWalk::Fate::torn:
      return walk_anew(turn);
    case PageWalk::Fate::go_on:
      return commit_page(page, taken, false, turn);
    case PageWalk::Fate::finished:
      return commit_page(page, taken, part_over(), turn);
  }
}

/// What was read lies before the vendor's own time of the first answer, whatever our clock says.
void LogStream::date_plan(std::optional<TimePoint> server) {
  if (std::exchange(plan_->dated, true) || !server) return;
  const Duration settles = name_ == kAudit ? kAuditSettles : Duration{0};
  plan_->to = std::min(plan_->to, *server - settles);
}

void LogStream::types_answered(const HttpResponse& response, Turn& turn) {
  in_flight_ = false;
  if (!plan_) return;
  auto types = read_event_types(response);
  if (!types) return retry(types.error(), turn);
  works(turn);
  plan_->asks_types = false;
  plan_->types = std::move(*types);
  walk_.emplace(options_.page_size, torn_in_a_row_ >= kTornBeforeLoose);
}

bool LogStream::refused(const ApiError& error, const Failure& failure, Fate fate, Turn& turn) {
  in_flight_ = false;
  switch (fate) {
    case Fate::login:
    case Fate::throttled:
      return false;
    case Fate::denied:
      pause(Report::Kind::denied, failure, kRecheck, turn);
      return true;
    case Fate::refused:
      if (!beyond_reach(error, turn)) pause(Report::Kind::stopped, failure, kRecheck, turn);
      return true;
    case Fate::retry:
      retry(failure, turn);
      return true;
  }
  return true;
}

void LogStream::not_answered(const Failure& failure, Turn& turn) {
  in_flight_ = false;
  if (failure.code == "net/too-large" && walk_ && walk_->halve()) {
    return report(Report::Kind::notice, messages::page_too_large(words(), walk_->limit()), {},
                  turn);
  }
  if (failure.verdict == Verdict::stop) {
    return pause(Report::Kind::stopped, failure, kRecheck, turn);
  }
  retry(failure, turn);
}

void LogStream::retry(const Failure& failure, Turn& turn) {
  const Duration wait = kBackoff.delay(std::min(attempts_++, 16U), turn.random);
  pause(Report::Kind::retrying, failure, std::max(wait, Duration{failure.wait}), turn);
}

void LogStream::works(Turn& turn) {
  attempts_ = 0;
  if (!std::exchange(troubled_, false)) return;
  Report out;
  out.kind = Report::Kind::working;
  out.stream = name_;
  out.through = through_;
  turn.step.reports.push_back(std::move(out));
}

// ---- as deep as the vendor lets us ----

/// A page far behind is refused where the first one was answered: the vendor does not page so deep.
bool LogStream::beyond_reach(const ApiError& error, Turn& turn) {
  const bool deep = error.status == 400 && plan_ && walk_ && walk_->offset() > 0;
  if (!deep || plan_->asks_types) return false;
  const bool parted = !plan_->types.empty();
  if (!parted) {
    report(Report::Kind::notice, messages::split(words(), walk_->offset()), {}, turn);
  }
  if (name_ == kAudit) {
    // The end of the window moves; its second is asked for again, because it may have been cut.
    const TimePoint end = std::chrono::floor<seconds>(walk_->oldest()) + seconds{1};
    if (walk_->oldest() == TimePoint{} || end >= plan_->end) {
      give_up_part(turn);
      return true;
    }
    plan_->end = end;
    walk_.emplace(options_.page_size, torn_in_a_row_ >= kTornBeforeLoose);
    return true;
  }
  if (parted) {
    give_up_part(turn);
  } else {
    plan_->asks_types = true;
  }
  return true;
}

void LogStream::give_up_part(Turn& turn) {
  const std::string type = plan_->types.empty() ? std::string{} : plan_->types.back();
  const TimePoint to = std::max(walk_->oldest(), plan_->from) + seconds{1};
  const Failure failure = messages::out_of_reach(words(), type, plan_->from, to);
  report(Report::Kind::lost, failure, {}, turn);
  if (!plan_->lost) {
    plan_->lost.emplace();
    plan_->lost->stream = name_;
    plan_->lost->kind = "window";
    plan_->lost->state = CoverageState::lost;
    plan_->lost->reason = failure.cause;
  }
  plan_->lost->to = std::max(plan_->lost->to, to);
  if (!part_over()) return;
  Commit commit;
  add_end(commit);
  pending_.last = true;
  order(std::move(commit), turn);
}

bool LogStream::part_over() {
  if (plan_->types.size() <= 1) return true;
  plan_->types.pop_back();
  walk_.emplace(options_.page_size, torn_in_a_row_ >= kTornBeforeLoose);
  return false;
}

// ---- commits ----

std::optional<Coverage> LogStream::window(CoverageState state) const {
  Coverage row;
  row.stream = name_;
  row.kind = "window";
  // The store had lost something of what lies before as well, rows of the ledger perhaps among it.
  row.from = plan_->holes.empty() ? through_ : plan_->from;
  row.to = plan_->to;
  row.state = state;
  if (row.from >= row.to) return std::nullopt;
  return row;
}

void LogStream::commit_page(const std::shared_ptr<const PageBatch>& page,
                            const PageWalk::Taken& taken, bool last, Turn& turn) {
  const std::size_t count = taken.identities.size();
  pending_.last = last;
  if (!last && !plan_->told && plan_->to - through_ > kBehind) {
    plan_->told = true;
    Report out;
    out.kind = Report::Kind::catching_up;
    out.stream = name_;
    out.through = through_;
    turn.step.reports.push_back(std::move(out));
  }
  std::size_t at = 0;
  do {
    Commit commit;
    commit.owners = {page};
    std::uint64_t bytes = 0;
    for (; at < count; ++at) {
      Record record = page->records[taken.first + at];
      if (!commit.records.empty() && bytes + record.raw.size() > kMaxCommitBytes) break;
      bytes += record.raw.size();
      record.identity = taken.identities[at];
      commit.records.push_back(record);
    }
    if (commit.records.empty() && !last) return;
    const bool end = last && at == count;
    if (auto row = window(CoverageState::partial)) {
      row->offered = commit.records.size();
      commit.coverage.push_back(std::move(*row));
    }
    if (end) add_end(commit);
    order(std::move(commit), turn);
  } while (at < count);
}

void LogStream::add_end(Commit& commit) const {
  commit.state.push_back({key("through"), format_time(std::max(through_, plan_->to))});
  if (plan_->sweep) commit.state.push_back({key("swept"), format_time(plan_->to)});
  if (const auto row = window(CoverageState::whole)) {
    // The row that counts this page's records becomes the whole one.
    if (commit.coverage.empty()) commit.coverage.push_back(*row);
    commit.coverage.front().state = CoverageState::whole;
    // Behind it, so that the gap stays to be seen beside the window.
    if (plan_->lost && plan_->lost->to > row->from) {
      Coverage lost = *plan_->lost;
      lost.from = row->from;
      lost.to = std::min(lost.to, row->to);
      commit.coverage.push_back(std::move(lost));
    }
  }
  for (const std::string& hole : plan_->holes) {
    Coverage row;
    row.stream = name_;
    row.kind = kMendedKind;
    row.item = hole;
    row.from = plan_->from;
    row.to = plan_->to;
    commit.coverage.push_back(std::move(row));
  }
}

void LogStream::order(Commit commit, Turn& turn) {
  commit.chain = plan_->chain;
  const std::uint64_t id = turn.next_id++;
  pending_.commits.insert(id);
  turn.step.commits.push_back({.id = id, .commit = std::move(commit)});
}

bool LogStream::committed(std::uint64_t id, const Result<CommitResult>& result, Turn& turn) {
  if (id == note_ && id != 0) {
    note_ = 0;
    if (!result) {
      forget_position();
      not_before_ = turn.now + kBackoff.delay(2, turn.random);
    }
    return true;
  }
  if (pending_.commits.erase(id) == 0) return false;
  if (!result) {
    // The driver has said what is wrong with the store. Nothing is known to be stored, so the walk
    // begins anew.
    pending_ = {};
    plan_.reset();
    walk_.reset();
    not_before_ = turn.now + kBackoff.delay(2, turn.random);
    return true;
  }
  if (pending_.commits.empty() && std::exchange(pending_.last, false)) walk_over(turn);
  return true;
}

// ---- ends ----

void LogStream::walk_anew(Turn& turn) {
  plan_.reset();
  walk_.reset();
  next_poll_ = turn.now;
  ++torn_in_a_row_;
  if (torn_in_a_row_ >= kTornBeforeLoose && !std::exchange(loose_told_, true)) {
    report(Report::Kind::notice, messages::loose(words()), {}, turn);
  }
  // Pages that are read well are no success of a walk, so its own count decides.
  const Duration wait = kBackoff.delay(std::min(torn_in_a_row_ + 1, 16U), turn.random);
  pause(Report::Kind::retrying, messages::torn(words()), wait, turn);
}

void LogStream::walk_over(Turn& turn) {
  through_ = std::max(through_, plan_->to);
  if (plan_->sweep) swept_ = plan_->to;
  if (plan_->compare) {
    next_compare_ = turn.now + options_.compare_interval;
    make_up_ = false;
  }
  for (const std::string& hole : plan_->holes) {
    holes_.erase(hole);
    mended_.insert(hole);
  }
  // After a change of what the walks find, they may join again.
  if (torn_in_a_row_ < kTornBeforeLoose) torn_in_a_row_ = 0;
  plan_.reset();
  walk_.reset();
  next_poll_ = turn.now + std::max(options_.poll_interval, turn.gate.spacing(requests_));
  if (!holes_.empty() || make_up_) next_poll_ = turn.now;
  Report out;
  out.kind = Report::Kind::working;
  out.stream = name_;
  out.through = through_;
  turn.step.reports.push_back(std::move(out));
}

}  // namespace cistern::connectors::cisco_secure_endpoint
