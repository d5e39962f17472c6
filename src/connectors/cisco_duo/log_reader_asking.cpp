// What is asked next: windows, their ends, and the requests of their pages.
#include "connectors/cisco_duo/log_reader.hpp"
#include "connectors/cisco_duo/messages.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_duo {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// Of the vendor's 180 days; a request may wait an hour for its turn.
constexpr Duration kReach = kRetention - hours{1};
constexpr Duration kMostLookback = hours{24 * 179};
constexpr Duration kAgain = hours{24};
/// Identities are remembered for 11 days, so what is asked again within 7 is not stored twice.
constexpr Duration kMendable = hours{24 * 7};

}  // namespace

Duration LogReader::step_of_time() const {
  if (stream_.paging == Paging::mintime) return seconds{1};
  return milliseconds{1};
}

TimePoint LogReader::horizon(const VendorClock& clock) const {
  return floor_to(clock.vendor_surely() - kSettling, step_of_time());
}

/// Stored with the first page: until then our clock may prove wrong.
void LogReader::begin_if_first(Turn& turn) {
  if (watermark_) return;
  began_ =
      floor_to(turn.clock.vendor_now() - std::min(options_.lookback, kMostLookback), seconds{1});
  watermark_ = began_;
}

void LogReader::clock_refused(const VendorClock& clock) {
  asked_ = Aim::nothing;
  if (!clock.known()) return;
  if (forward_ && forward_->to() > horizon(clock)) forward_.reset();
  if (begun_) return;
  watermark_.reset();
  forward_.reset();
}

/// What is older than the vendor keeps it is lost, and asking for it is refused.
void LogReader::drop_expired(Turn& turn) {
  const TimePoint oldest = floor_to(turn.clock.vendor_now() - kReach, seconds{1});
  // Our own clock alone must not declare anything lost.
  if (*watermark_ >= oldest || !turn.clock.known()) return;
  const TimePoint stored = forward_ ? std::max(*watermark_, forward_->reached()) : *watermark_;
  if (stored >= oldest) {
    if (forward_ && forward_->from() < oldest) forward_->go_on_by_time();
    return;
  }
  const Stretch gap{stored, oldest};
  report(Report::Kind::lost, messages::expired(stream_.name, gap), {}, turn);
  Commit commit;
  commit.coverage = rows_of(*watermark_, oldest, {gap}, messages::expired_reason());
  commit.state = {{key("watermark"), format_time(oldest)}, {key("window"), std::nullopt}};
  watermark_ = oldest;
  forward_.reset();
  next_poll_ = turn.now();
  order(std::move(commit), turn);
}

void LogReader::plan_forward(Turn& turn) {
  const TimePoint present = horizon(turn.clock);
  TimePoint from = overlap_ ? std::max(*watermark_ - options_.overlap, began_) : *watermark_;
  from = floor_to(from, step_of_time());
  TimePoint to = present;
  if (present <= *watermark_) {
    // Only an answer tells the vendor's clock, and until it is known the present may seem to lie
    // behind what is stored: what was asked last is asked once more, because waiting for our own
    // clock would take minutes after each start.
    to = floor_to(*watermark_, step_of_time());
    if (turn.clock.known() || from >= to) {
      next_poll_ = turn.now() + options_.poll_interval;
      return;
    }
  } else if (stream_.paging != Paging::mintime) {
    // v1 logs know no end: a page is as full as it can be, however far the present is.
    to = std::min(present, floor_to(*watermark_ + window_, step_of_time()));
  }
  forward_.emplace(stream_, from, to);
  planned_at_ = turn.now();
  window_end_ = to;
  reaches_present_ = to == present;
}

void LogReader::plan_again(Turn& turn) {
  const TimePoint present = floor_to(turn.clock.vendor_now(), seconds{1});
  const Duration back = holes_.empty() ? kAgain : kMendable;
  again_from_ = std::max(present - back, floor_to(began_, seconds{1}));
  asking_for_holes_ = holes_;
  const TimePoint to = floor_to(*watermark_, seconds{1});
  if (again_from_ >= to) {
    next_again_ = turn.now() + hours{1};
    return;
  }
  again_gaps_.clear();
  again_.emplace(stream_, again_from_, to);
}

std::optional<PollRequest> LogReader::next_request(Turn& turn) {
  if (asked_ != Aim::nothing || commit_ != 0 || turn.now() < not_before_) return std::nullopt;
  begin_if_first(turn);
  drop_expired(turn);
  if (commit_ != 0) return std::nullopt;
  if (!forward_ && turn.now() >= next_poll_) plan_forward(turn);
  const bool calm = !forward_ && reaches_present_;
  if (calm && !again_ && turn.now() >= next_again_) plan_again(turn);
  const PageWalk* const walk = forward_ ? &*forward_ : again_ ? &*again_ : nullptr;
  if (walk == nullptr || (!forward_ && !calm)) return std::nullopt;
  asked_ = forward_ ? Aim::forward : Aim::again;
  asked_token_ = walk->token();
  PollRequest request;
  request.id = turn.next_id++;
  request.http = page_request(options_.api, stream_,
                              {.from = walk->from(),
                               .to = walk->to(),
                               .token = walk->token(),
                               .without_limit = without_limit_});
  request.not_before = turn.clock.wall(pace_.next(turn.now()));
  facts_ = std::make_shared<PageFacts>();
  request.decode =
      [facts = facts_,
       context = PageContext{.stream = &stream_, .account = account_, .counted = walk->counted()}](
          std::string body) { return decode_page(std::move(body), context, *facts); };
  return request;
}

std::optional<TimePoint> LogReader::next_time(TimePoint now) const {
  if (asked_ != Aim::nothing || commit_ != 0) return std::nullopt;
  if (now < not_before_) return not_before_;
  if (forward_ || !watermark_ || (again_ && reaches_present_)) return now;
  return reaches_present_ ? std::min(next_poll_, next_again_) : next_poll_;
}

void LogReader::mend(const StoreDamage& damage, Turn& turn) {
  std::set<std::string> gone;
  for (const Coverage& row : damage.items) {
    if (row.kind == kMendedKind && row.state == CoverageState::damaged) gone.insert(row.item);
  }
  for (const Coverage& row : damage.items) {
    const bool mended = row.kind == kMendedKind && row.state == CoverageState::whole;
    if (mended && row.stream == stream_.name) gone.erase(row.item);
  }
  const std::size_t before = holes_.size();
  holes_.merge(gone);
  if (holes_.size() == before) return;
  const bool under_way = asked_ == Aim::again || (storing_ && storing_->aim == Aim::again);
  if (!under_way) again_.reset();
  next_again_ = turn.now();
  report(Report::Kind::notice, messages::asked_again(stream_.name), {}, turn);
}

}  // namespace cistern::connectors::cisco_duo
