#include "connectors/crowdstrike_falcon/falcon_machine.hpp"

#include "connectors/crowdstrike_falcon/messages.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::crowdstrike_falcon {

using std::chrono::seconds;

namespace {
constexpr Duration kTellAgain = seconds{10};
constexpr Duration kClockTolerated = seconds{60};
}  // namespace

std::unique_ptr<StreamMachine> make_machine(MachineOptions options, Random& random) {
  return std::make_unique<FalconMachine>(std::move(options), random);
}

FalconMachine::FalconMachine(MachineOptions options, Random& random)
    : options_(std::move(options)),
      random_(random),
      hosts_{options_.api_url, options_.stream_hosts},
      app_id_(options_.app_id) {}

// ---- events ----

Step FalconMachine::start(const Position& position, TimePoint now) {
  Step step;
  tick(now);
  position_ = position;
  const auto text = [&](std::string_view key) {
    const auto found = position_.find(key);
    return found == position_.end() ? std::string{} : found->second;
  };
  customer_ = text(kCustomerKey);
  through_ = read_time(text(kThroughKey));
  const std::string client = text(kClientKey);
  suspect_ = !customer_.empty() && client != options_.client_id;
  identity_stored_ = !customer_.empty() && !suspect_;
  // To begin again where a place cannot be read would store everything twice.
  if (const auto key = unreadable_cursor(position_, customer_)) {
    fail_for_good(messages::unreadable_position(*key), step);
    return step;
  }
  expect_known_feeds();
  drive(step);
  return step;
}

Step FalconMachine::on_grant(const Grant& grant, TimePoint now) {
  Step step;
  tick(now);
  if (options_.follow_region && !grant.audience.empty()) {
    options_.api_url = grant.audience;
    hosts_.api_url = grant.audience;
  }
  drive(step);
  return step;
}

Step FalconMachine::on_reply(PollReply reply, TimePoint now) {
  Step step;
  tick(now);
  // Nothing can be stored any more, so nothing is opened either.
  if (broken_) return step;
  if (reply.response) observe(*reply.response, step);
  if (reply.id == discovery_id_) {
    discovery_id_ = 0;
    discovered(reply.response, step);
  } else {
    for (const auto& feed : feeds_) {
      if (feed->refresh_id != reply.id) continue;
      feed->refresh_id = 0;
      refreshed(*feed, reply.response, step);
      break;
    }
  }
  drive(step);
  return step;
}

Step FalconMachine::on_committed(std::uint64_t /*id*/, const Result<CommitResult>& result,
                                 TimePoint now) {
  Step step;
  tick(now);
  // A commit that can never be made says that the store is unusable: nothing more is handed over,
  // and what was under way behind it is refused, because it is of the same chain.
  if (!result && !broken_) fail_for_good(result.error(), step);
  drive(step);
  return step;
}

void FalconMachine::fail_for_good(const Failure& failure, Step& step) {
  broken_ = true;
  close_all(step);
  tell(Report::Kind::stopped, failure, {}, step);
}

Step FalconMachine::on_wake(TimePoint now) {
  Step step;
  tick(now);
  drive(step);
  return step;
}

// ---- what next ----

void FalconMachine::tick(TimePoint now) {
  if (now_ != TimePoint{} && now + shift_ < now_) shift_ = now_ - now;
  now_ = now + shift_;
}

void FalconMachine::drive(Step& step) {
  if (broken_) return;
  const auto due = discovery_due();
  if (due && *due <= now_) discover(step);
  for (const auto& feed : feeds_) {
    const bool waits = feed->state == Feed::State::open && feed->refresh_id == 0;
    if (waits && feed->refresh_at <= now_) refresh(*feed, step);
  }
  if (window_at_ <= now_) commit_window(step);
  set_wake(step);
}

void FalconMachine::set_wake(Step& step) const {
  TimePoint wake = window_at_;
  if (const auto due = discovery_due()) wake = std::min(wake, std::max(*due, now_));
  for (const auto& feed : feeds_) {
    if (feed->state == Feed::State::open && feed->refresh_id == 0) {
      wake = std::min(wake, feed->refresh_at);
    }
  }
  step.wake = wake - shift_;
}

void FalconMachine::observe(const HttpResponse& response, Step& step) {
  not_before_ = now_ + quota_pause(response);
  const auto header = response.header("Date");
  const auto date = header ? parse_http_date(*header) : std::nullopt;
  if (!date) return;
  const Duration ahead = now_ - shift_ - *date;
  const bool wrong = std::chrono::abs(ahead) > kClockTolerated;
  const bool news = wrong && std::chrono::abs(ahead - ahead_) > kClockTolerated;
  ahead_ = wrong ? ahead : Duration{0};
  if (!news) return;
  step.reports.push_back({.kind = Report::Kind::notice,
                          .stream = std::string{kStream},
                          .through = {},
                          .until = {},
                          .failure = messages::clock_skew(std::chrono::floor<seconds>(ahead))});
}

TimePoint FalconMachine::vendor_now() const {
  return now_ - shift_ - ahead_;
}

void FalconMachine::tell(Report::Kind kind, Failure failure, TimePoint until, Step& step) {
  if (kind != Report::Kind::notice && kind != Report::Kind::lost) {
    told_ = kind;
    told_at_ = now_;
  }
  step.reports.push_back({.kind = kind,
                          .stream = std::string{kStream},
                          .through = {},
                          .until = until == TimePoint{} ? until : until - shift_,
                          .failure = std::move(failure)});
}

/// One feed that waits is news that another feed's events must not cover up.
void FalconMachine::tell_working(Step& step) {
  bool any = false;
  bool live = true;
  for (const auto& feed : feeds_) {
    if (feed->state == Feed::State::vanished) continue;
    if (feed->state != Feed::State::open) return;
    any = true;
    live = live && feed->live;
  }
  if (!any) return;
  const auto kind = live ? Report::Kind::working : Report::Kind::catching_up;
  if (kind == told_ && now_ < told_at_ + kTellAgain) return;
  told_ = kind;
  told_at_ = now_;
  step.reports.push_back({.kind = kind,
                          .stream = std::string{kStream},
                          .through = common_through().value_or(TimePoint{}),
                          .until = {},
                          .failure = {}});
}

Feed* FalconMachine::feed_of_stream(std::uint64_t stream) {
  for (const auto& feed : feeds_) {
    if (feed->connected() && feed->stream == stream) return feed.get();
  }
  return nullptr;
}

void FalconMachine::remember(StateDelta delta, Commit& commit) {
  for (StateChange& change : delta) {
    if (change.value) {
      position_[change.key] = *change.value;
    } else {
      position_.erase(change.key);
    }
    commit.state.push_back(std::move(change));
  }
}

void FalconMachine::order(Commit commit, Step& step) {
  commit.chain = chain_;
  step.commits.push_back({.id = next_id_++, .commit = std::move(commit)});
}

}  // namespace cistern::connectors::crowdstrike_falcon
