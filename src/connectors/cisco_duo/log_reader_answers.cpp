// What an answer means for one log.
#include "base/backoff.hpp"
#include "connectors/cisco_duo/log_reader.hpp"
#include "connectors/cisco_duo/messages.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_duo {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Backoff kBackoff{.first = seconds{10}, .most = minutes{10}};

/// 60 seconds with the vendor's usual two requests a minute, then twice as long each time, ten
/// times that at most. Jitter only adds: a pause that is too short is refused again.
Duration throttle_pause(Duration first, unsigned attempt, Random& random) {
  const Duration most = first * 10;
  Duration pause = first;
  for (unsigned i = 0; i < attempt && pause < most; ++i)
    pause *= 2;
  pause = std::min(pause, most);
  return pause + Duration{static_cast<std::int64_t>(static_cast<double>(pause.count()) * 0.1 *
                                                    random.fraction())};
}

}  // namespace

void LogReader::request_ended(TimePoint at) {
  pace_.sent(at);
}

void LogReader::page(std::shared_ptr<const RecordBatch> records, Turn& turn) {
  failures_ = 0;
  throttled_ = 0;
  const Aim aim = std::exchange(asked_, Aim::nothing);
  std::optional<PageWalk>& walk = aim == Aim::again ? again_ : forward_;
  if (!walk) return;
  if (facts_->without_id > 0 && !std::exchange(without_id_told_, true)) {
    report(Report::Kind::notice, messages::without_id(stream_.name, facts_->without_id), {}, turn);
  }
  PageWalk after = *walk;
  after.advance(*facts_);
  std::vector<Stretch> gaps = after.take_gaps();
  tell_gaps(gaps, turn);
  if (aim == Aim::again) again_gaps_.insert(again_gaps_.end(), gaps.begin(), gaps.end());
  const TimePoint through = std::max(*watermark_, after.through());
  storing_.emplace(Storing{.aim = aim,
                           .records = std::move(records),
                           .next = 0,
                           .after = std::move(after),
                           .through = through,
                           .gaps = std::move(gaps)});
  commit_part(turn);
}

void LogReader::pause(Report::Kind kind, const Failure& failure, Duration wait, Turn& turn) {
  not_before_ = std::max(not_before_, turn.now() + wait);
  report(kind, failure, not_before_, turn);
}

void LogReader::refused(const ErrorRow& row, const Refusal& refusal, Turn& turn) {
  const Aim aim = std::exchange(asked_, Aim::nothing);
  std::optional<PageWalk>& walk = aim == Aim::again ? again_ : forward_;
  const Failure failure = to_failure(row, refusal, stream_.name);
  switch (row.fate) {
    case Fate::token:
      // Going on by time always moves, so this cannot go round in circles; but a vendor that
      // refuses every place should be heard of.
      if (walk) walk->go_on_by_time();
      if (failures_++ > 0) report(Report::Kind::notice, failure, {}, turn);
      return;
    case Fate::limit:
      if (!std::exchange(without_limit_, true)) return;
      return pause(Report::Kind::stopped, failure, minutes{30}, turn);
    case Fate::window:
      walk.reset();
      if (aim == Aim::forward) return try_again(failure, turn);
      next_again_ = turn.now() + std::chrono::hours{12};
      return;
    case Fate::denied:
      return pause(Report::Kind::denied, failure, row.recheck, turn);
    case Fate::request:
    case Fate::unavailable:
    case Fate::clock:
    case Fate::signature:
    case Fate::refused:
      return pause(Report::Kind::stopped, failure, std::max(row.recheck, minutes{5}), turn);
    case Fate::throttled:
      return throttled(failure, std::nullopt, turn);
    case Fate::retry:
      return try_again(failure, turn);
  }
}

void LogReader::throttled(const Failure& failure, std::optional<Duration> asked, Turn& turn) {
  asked_ = Aim::nothing;
  const Duration pause = std::max(asked.value_or(Duration{0}),
                                  throttle_pause(pace_.stretch(), throttled_, turn.random));
  ++throttled_;
  not_before_ = std::max(not_before_, turn.now() + pause);
  pace_.hold(not_before_);
  report(Report::Kind::throttled, failure, not_before_, turn);
}

void LogReader::try_again(const Failure& failure, Turn& turn) {
  asked_ = Aim::nothing;
  const Duration wait = std::max(kBackoff.delay(failures_, turn.random), Duration{failure.wait});
  ++failures_;
  pause(failure.verdict == Verdict::stop ? Report::Kind::stopped : Report::Kind::retrying, failure,
        failure.verdict == Verdict::stop ? std::max<Duration>(wait, minutes{5}) : wait, turn);
}

}  // namespace cistern::connectors::cisco_duo
