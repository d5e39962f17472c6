#include "connectors/microsoft_365/content_stream.hpp"

#include "connectors/microsoft_365/messages.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::microsoft_365 {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// While blobs are still being fetched the watermark moves at least by so much, or so seldom.
constexpr Duration kWatermarkStep = hours{1};
constexpr Duration kWatermarkPause = seconds{30};
constexpr Duration kCleaning = hours{1};
constexpr std::size_t kCleanAtOnce = 1000;
/// A delay behind the vendor's clock that polling every minute does not explain.
constexpr Duration kBehind = minutes{10};

std::optional<TimePoint> time_at(const Position& position, const std::string& key) {
  const auto found = position.find(key);
  return found == position.end() ? std::nullopt : parse_time(found->second);
}

}  // namespace

ContentStream::ContentStream(const ContentType& type, const MachineOptions& options)
    : webhook(options.webhook ? &*options.webhook : nullptr),
      type_(type),
      options_(options),
      seen_(type.name),
      plan_(options.backfill, options.overlap) {}

std::string ContentStream::key(std::string_view what) const {
  return std::string(what) + "/" + std::string(type_.name);
}

void ContentStream::restore(const Position& position) {
  seen_.restore(position);
  watermark_ = time_at(position, key("watermark"));
  began_ = time_at(position, key("began"));
  swept_ = time_at(position, key("swept")).value_or(TimePoint{});
  newest_content_ = seen_.newest();
  if (watermark_) plan_.begin(*watermark_, began_.value_or(TimePoint{}));
}

bool ContentStream::nothing_since(TimePoint time) const {
  return listed_once_ && began_ && *began_ <= time && newest_content_ < time;
}

void ContentStream::forget_position() {
  watermark_.reset();
  began_.reset();
  swept_ = {};
  seen_ = SeenBlobs(type_.name);
  newest_content_ = {};
  mending_ = {};
}

void ContentStream::report(Report::Kind kind, const Failure& failure, TimePoint until,
                           Turn& turn) const {
  turn.step.reports.push_back({.kind = kind,
                               .stream = std::string(type_.stream),
                               .through = watermark_.value_or(TimePoint{}),
                               .until = until,
                               .failure = failure});
}

// ---- durable progress ----

void ContentStream::order(Pending what, Commit commit, Turn& turn) {
  const std::uint64_t id = turn.next_id++;
  commits_.emplace(id, std::move(what));
  turn.step.commits.push_back({.id = id, .commit = std::move(commit)});
}

void ContentStream::settle(Turn& turn) {
  begin_if_first(turn);
  for (const Interval& gap : plan_.take_gaps()) {
    gaps_.push_back(gap);
    report(Report::Kind::lost, messages::window_lost(type_.name, gap), {}, turn);
  }
  flush_lost(turn);
  clean(turn);
  give_up_unlisted(turn);
  if (!watermark_ || watermark_in_commit_) return;
  TimePoint to = plan_.listed_through();
  if (const auto oldest = queue_.oldest()) to = std::min(to, floor_seconds(*oldest));
  const std::optional<TimePoint> swept = sweep_done();
  const bool calm = queue_.size() == 0 && plan_.newest_listed();
  const bool far = to >= *watermark_ + kWatermarkStep || turn.now >= next_watermark_;
  if (swept || (to > *watermark_ && (calm || far))) {
    return commit_watermark(std::max(to, *watermark_), swept, turn);
  }
  if (!poll_told_ && plan_.newest_listed()) tell_state(turn);
}

/// A sweep counts when everything that it found behind the watermark is stored as well.
std::optional<TimePoint> ContentStream::sweep_done() const {
  if (sweep_started_ == TimePoint{} || plan_.sweeping()) return std::nullopt;
  const auto oldest = queue_.oldest();
  if (oldest && *oldest < *watermark_) return std::nullopt;
  return sweep_started_;
}

void ContentStream::commit_watermark(TimePoint to, std::optional<TimePoint> swept, Turn& turn) {
  Commit commit;
  if (to > *watermark_) {
    commit.state.push_back({key("watermark"), format_time(to)});
    commit.coverage = window_rows(*watermark_, to);
  }
  if (swept) {
    commit.state.push_back({key("swept"), format_time(*swept)});
    add_mended_rows(*swept, to, commit);
    sweep_started_ = {};
  }
  watermark_in_commit_ = true;
  next_watermark_ = turn.now + kWatermarkPause;
  order({.kind = Pending::Kind::watermark,
         .time = to,
         .swept = swept,
         .mended = swept ? mending_.swept : std::set<std::string>{}},
        std::move(commit), turn);
}

/// The stretch in rows: whole, but for the windows that were lost.
std::vector<Coverage> ContentStream::window_rows(TimePoint from, TimePoint to) const {
  std::vector<Coverage> rows;
  const auto add = [&](TimePoint a, TimePoint b, CoverageState state) {
    if (a >= b) return;
    Coverage row;
    row.stream = type_.stream;
    row.kind = "window";
    row.from = a;
    row.to = b;
    row.state = state;
    if (state == CoverageState::lost) {
      row.reason = "not listed within the 7 days that the vendor offers content";
    }
    rows.push_back(std::move(row));
  };
  std::vector<Interval> gaps = gaps_;
  std::sort(gaps.begin(), gaps.end(),
            [](const Interval& a, const Interval& b) { return a.from < b.from; });
  TimePoint at = from;
  for (const Interval& gap : gaps) {
    const TimePoint lost_from = std::clamp(gap.from, at, to);
    const TimePoint lost_to = std::clamp(gap.to, at, to);
    add(at, lost_from, CoverageState::whole);
    add(lost_from, lost_to, CoverageState::lost);
    at = std::max(at, lost_to);
  }
  add(at, to, CoverageState::whole);
  return rows;
}

void ContentStream::clean(Turn& turn) {
  if (turn.now < next_clean_) return;
  next_clean_ = turn.now + minutes{1};
  // A clock that jumped ahead would forget everything.
  if (!turn.clock_sure) return;
  Commit commit;
  commit.state = seen_.evict(turn.vendor_now, kCleanAtOnce);
  next_clean_ = turn.now + (commit.state.size() < kCleanAtOnce ? kCleaning : Duration{seconds{5}});
  if (!commit.state.empty()) order({.kind = Pending::Kind::cleaning}, std::move(commit), turn);
}

void ContentStream::tell_state(Turn& turn) {
  if (paused(turn.now) || !watermark_) return;
  poll_told_ = true;
  const PendingBlob* failing = queue_.oldest_failing();
  if (failing != nullptr && failing->failure) {
    const TimePoint until = queue_.next_deferred().value_or(turn.now);
    return report(Report::Kind::retrying, *failing->failure, until, turn);
  }
  const Duration behind = turn.vendor_now - *watermark_;
  const bool late = behind > std::max(kBehind, Duration{options_.poll_interval * 3});
  report(late ? Report::Kind::catching_up : Report::Kind::working, {}, {}, turn);
}

bool ContentStream::committed(std::uint64_t id, const Result<CommitResult>& result, Turn& turn) {
  const auto found = commits_.find(id);
  if (found == commits_.end()) return false;
  const Pending what = found->second;
  commits_.erase(found);
  if (!result) {
    report(Report::Kind::stopped, result.error(), turn.now + minutes{10}, turn);
  }
  switch (what.kind) {
    case Pending::Kind::watermark:
      watermark_in_commit_ = false;
      next_watermark_ = turn.now + (result ? kWatermarkPause : Duration{minutes{10}});
      if (!result) {
        // The sweep is still to be marked.
        if (what.swept) sweep_started_ = *what.swept;
        break;
      }
      watermark_ = what.time;
      swept_ = what.swept.value_or(swept_);
      for (const std::string& hole : what.mended) {
        mending_.holes.erase(hole);
        mending_.swept.erase(hole);
      }
      std::erase_if(gaps_, [&](const Interval& gap) { return gap.to <= what.time; });
      tell_state(turn);
      break;
    case Pending::Kind::part:
      if (!result) {
        storing_.erase(what.blob);
        queue_.defer(what.blob, turn.now + minutes{10});
      } else if (storing_.at(what.blob).next < storing_.at(what.blob).batch->records.size()) {
        commit_part(what.blob, turn);
      } else {
        storing_.erase(what.blob);
        blob_done(what.blob);
      }
      break;
    case Pending::Kind::gone:
      if (result) {
        blob_done(what.blob);
      } else {
        queue_.defer(what.blob, turn.now + minutes{10});
      }
      break;
    case Pending::Kind::note:
    case Pending::Kind::cleaning:
      break;
  }
  return true;
}

std::optional<TimePoint> ContentStream::next_time(TimePoint now) const {
  if (paused(now)) return paused_until_;
  TimePoint out = std::max(next_clean_, now + seconds{1});
  const auto consider = [&](std::optional<TimePoint> time) {
    if (time) out = std::min(out, *time);
  };
  consider(subscription.start_at());
  consider(queue_.next_deferred());
  if (!mending_.rows.empty()) consider(mending_.next_check);
  if (lost_untold_ > 0) consider(lost_told_ + minutes{1});
  if (subscription.enabled() && !listing_.in_flight) {
    if (now < listing_pause_) {
      consider(listing_pause_);
    } else if (plan_.under_way() != nullptr) {
      consider(listing_.not_before);
    } else {
      consider(plan_.newest_listed() ? std::optional{next_poll_} : std::nullopt);
      consider(plan_.newest_listed() ? early_at_ : std::nullopt);
      consider(plan_.next_time());
    }
  }
  if (watermark_ && !watermark_in_commit_ && queue_.size() > 0) {
    consider(std::max(next_watermark_, now + seconds{1}));
  }
  return out;
}

}  // namespace cistern::connectors::microsoft_365
