#include "connectors/cisco_duo/log_reader.hpp"

#include "connectors/cisco_duo/messages.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_duo {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

/// What polling every few minutes does not explain.
constexpr Duration kBehind = minutes{10};
/// Half of what is read, so that everything up to 12 hours late is met.
constexpr Duration kAgainEvery = hours{12};

}  // namespace

LogReader::LogReader(const LogStream& stream, const MachineOptions& options, Duration stagger)
    : stream_(stream),
      options_(options),
      account_(account_of(options.api)),
      pace_(options.requests_per_minute, options.burst),
      window_(hours{6}),
      stagger_(stagger) {}

std::string LogReader::key(std::string_view what) const {
  return std::string{what} + "/" + std::string{stream_.name};
}

void LogReader::restore(const Position& position, TimePoint now) {
  not_before_ = now + stagger_;
  const auto text = [&](std::string_view what) {
    const auto found = position.find(key(what));
    return found == position.end() ? std::string{} : found->second;
  };
  watermark_ = parse_time(text("watermark"));
  began_ = parse_time(text("began")).value_or(TimePoint{});
  begun_ = watermark_.has_value();
  const auto again = parse_time(text("again"));
  next_again_ = again ? *again + kAgainEvery : TimePoint{};
  if (watermark_) forward_ = PageWalk::parse(stream_, text("window"));
  if (forward_ && forward_->to() <= *watermark_) forward_.reset();
  if (forward_) window_end_ = forward_->to();
}

void LogReader::forget() {
  watermark_.reset();
  began_ = {};
  begun_ = false;
  forward_.reset();
  again_.reset();
  next_again_ = {};
}

void LogReader::report(Report::Kind kind, const Failure& failure, TimePoint until,
                       Turn& turn) const {
  turn.step.reports.push_back({.kind = kind,
                               .stream = std::string{stream_.name},
                               .through = watermark_.value_or(TimePoint{}),
                               .until = until,
                               .failure = failure});
}

void LogReader::tell_state(Turn& turn) {
  if (!watermark_) return;
  forecast_.note(*watermark_, turn.clock.vendor_now() - kSettling, turn.now());
  const Duration behind = turn.clock.vendor_now() - *watermark_;
  const bool late = behind > std::max(kBehind, Duration{options_.poll_interval * 3});
  report(late ? Report::Kind::catching_up : Report::Kind::working, {}, {}, turn);
}

// ---- what the ledger is told ----

Coverage LogReader::window_row(TimePoint from, TimePoint to, CoverageState state) const {
  Coverage row;
  row.stream = stream_.name;
  row.kind = "window";
  row.from = from;
  row.to = to;
  row.state = state;
  return row;
}

/// [from, to) in rows: whole, but for the gaps.
std::vector<Coverage> LogReader::rows_of(TimePoint from, TimePoint to,
                                         const std::vector<Stretch>& gaps,
                                         const std::string& reason) const {
  std::vector<Coverage> rows;
  TimePoint at = from;
  const auto whole = [&](TimePoint end) {
    if (at < end) rows.push_back(window_row(at, end, CoverageState::whole));
  };
  for (const Stretch& gap : gaps) {
    const TimePoint begin = std::clamp(gap.from, at, to);
    const TimePoint end = std::clamp(gap.to, at, to);
    whole(begin);
    if (begin < end) {
      rows.push_back(window_row(begin, end, CoverageState::lost));
      rows.back().reason = reason;
    }
    at = std::max(at, end);
  }
  whole(to);
  return rows;
}

void LogReader::tell_gaps(const std::vector<Stretch>& gaps, Turn& turn) {
  constexpr std::size_t kRemembered = 1000;
  for (const Stretch& gap : gaps) {
    // The overlap of later polls meets the same second again.
    if (!gaps_told_.insert(gap.from).second) continue;
    report(Report::Kind::lost, messages::gap(stream_.name, gap, stream_.paging), {}, turn);
    if (gaps_told_.size() > kRemembered) gaps_told_.erase(gaps_told_.begin());
  }
}

// ---- commits ----

void LogReader::order(Commit commit, Turn& turn) {
  commit_ = turn.next_id++;
  turn.step.commits.push_back({.id = commit_, .commit = std::move(commit)});
}

void LogReader::commit_part(Turn& turn) {
  Storing& storing = *storing_;
  Commit commit;
  std::uint64_t bytes = 0;
  if (storing.records) {
    const auto& records = storing.records->records;
    while (storing.next < records.size()) {
      const std::uint64_t size = records[storing.next].raw.size();
      if (!commit.records.empty() && bytes + size > kMaxCommitBytes) break;
      bytes += size;
      commit.records.push_back(records[storing.next++]);
    }
    commit.owners.push_back(storing.records);
  }
  const std::size_t rows = commit.records.size();
  const bool last = !storing.records || storing.next >= storing.records->records.size();
  if (last) {
    add_last_part(commit, rows);
  } else if (storing.aim == Aim::forward) {
    commit.coverage.push_back(window_row(*watermark_, storing.after.to(), CoverageState::partial));
    commit.coverage.front().offered = rows;
  }
  order(std::move(commit), turn);
}

void LogReader::add_last_part(Commit& commit, std::size_t rows) {
  if (storing_->aim == Aim::forward) return add_forward_rows(commit, rows);
  if (!storing_->after.done()) return;
  commit.coverage =
      rows_of(again_from_, storing_->after.to(), again_gaps_, messages::gap_reason(stream_.paging));
  if (!commit.coverage.empty()) commit.coverage.front().offered = rows;
  commit.state.push_back({key("again"), format_time(storing_->after.to())});
  for (const std::string& hole : asking_for_holes_) {
    Coverage row = window_row(again_from_, storing_->after.to(), CoverageState::whole);
    row.kind = kMendedKind;
    row.item = hole;
    commit.coverage.push_back(std::move(row));
  }
}

void LogReader::add_forward_rows(Commit& commit, std::size_t rows) const {
  const Storing& storing = *storing_;
  if (storing.through > *watermark_) {
    commit.coverage =
        rows_of(*watermark_, storing.through, storing.gaps, messages::gap_reason(stream_.paging));
    commit.state.push_back({key("watermark"), format_time(storing.through)});
  } else {
    commit.coverage.push_back(
        window_row(*watermark_, std::max(storing.after.to(), *watermark_), CoverageState::partial));
    if (!begun_) commit.state.push_back({key("watermark"), format_time(*watermark_)});
  }
  commit.coverage.front().offered = rows;
  if (!begun_) commit.state.push_back({key("began"), format_time(began_)});
  if (storing.after.done()) {
    commit.state.push_back({key("window"), std::nullopt});
  } else {
    commit.state.push_back({key("window"), storing.after.text()});
  }
}

bool LogReader::committed(std::uint64_t id, const Result<CommitResult>& result, Turn& turn) {
  if (id == 0 || id != commit_) return false;
  commit_ = 0;
  if (!result) {
    // Asked for again: the position has not moved.
    storing_.reset();
    not_before_ = turn.now() + minutes{10};
    report(Report::Kind::stopped, result.error(), not_before_, turn);
    return true;
  }
  if (!storing_) return true;
  if (storing_->records && storing_->next < storing_->records->records.size()) {
    commit_part(turn);
    return true;
  }
  page_stored(turn);
  return true;
}

void LogReader::page_stored(Turn& turn) {
  Storing stored = std::move(*storing_);
  storing_.reset();
  if (stored.aim == Aim::again) {
    again_ = std::move(stored.after);
    if (!again_->done()) return;
    for (const std::string& hole : std::exchange(asking_for_holes_, {}))
      holes_.erase(hole);
    next_again_ = holes_.empty() ? turn.now() + kAgainEvery : turn.now();
    again_.reset();
    return;
  }
  begun_ = true;
  watermark_ = std::max(*watermark_, stored.through);
  forward_ = std::move(stored.after);
  if (forward_->done()) window_done(turn);
  tell_state(turn);
}

void LogReader::window_done(Turn& turn) {
  constexpr Duration kLeast = hours{1};
  constexpr Duration kMost = hours{24 * 30};
  // Windows of one page waste requests, long chains are a long way to begin again.
  if (forward_->pages() <= 1) window_ = std::min<Duration>(window_ * 2, kMost);
  if (forward_->pages() > 12) window_ = std::max<Duration>(window_ / 2, kLeast);
  const bool shortened = forward_->to() < window_end_;
  forward_.reset();
  const bool near = turn.clock.vendor_now() - *watermark_ < hours{24};
  overlap_ = near;
  next_poll_ = shortened || !reaches_present_ ? turn.now() : planned_at_ + options_.poll_interval;
}

}  // namespace cistern::connectors::cisco_duo
