// Finding the streams: what each answer to a discovery means.
#include "connectors/crowdstrike_falcon/falcon_machine.hpp"
#include "connectors/crowdstrike_falcon/messages.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::crowdstrike_falcon {

using std::chrono::seconds;

namespace {

/// An appId stays taken for up to a minute after a connection broke off; 36 tries are 6 minutes and
/// more.
constexpr unsigned kMostTries = 36;
/// So often a single partition is asked for before the others are closed: some say that an appId
/// counts as taken as long as any of its partitions is connected.
constexpr unsigned kTriesBesideOthers = 6;

Duration retry_delay(Random& random) {
  return seconds{10} + Duration{static_cast<std::int64_t>(20e9 * random.fraction())};
}

Failure with_words(std::string_view what, Failure failure) {
  failure.cause = std::string{what} + failure.cause;
  return failure;
}

}  // namespace

std::optional<TimePoint> FalconMachine::discovery_due() const {
  if (discovery_id_ != 0) return std::nullopt;
  if (!discovered_once_) return hold_until_;
  std::optional<TimePoint> due;
  for (const auto& feed : feeds_) {
    if (feed->state != Feed::State::closed && feed->state != Feed::State::vanished) continue;
    due = due ? std::min(*due, feed->retry_at) : feed->retry_at;
  }
  if (due) due = std::max(*due, hold_until_);
  return due;
}

void FalconMachine::discover(Step& step) {
  discovery_id_ = next_id_++;
  discovery_api_ = options_.api_url;
  PollRequest request;
  request.id = discovery_id_;
  request.http = discovery_request(options_.api_url, app_id_);
  request.not_before = not_before_ == TimePoint{} ? not_before_ : not_before_ - shift_;
  request.urgent = true;
  step.requests.push_back(std::move(request));
}

void FalconMachine::hold(TimePoint until) {
  hold_until_ = std::max(until, now_);
}

void FalconMachine::discovered(const Response& response, Step& step) {
  if (!response) return discovery_failed(response.error(), step);
  if (const auto error = find_error(*response)) return discovery_refused(*response, *error, step);
  auto discovery = parse_discovery(*response);
  if (!discovery) return discovery_failed(discovery.error(), step);
  discovery_renewed_ = false;
  discovery_failures_ = 0;
  if (discovery->unreadable > 0) {
    tell(Report::Kind::notice, messages::unreadable_offers(discovery->unreadable), {}, step);
  }
  const bool connected =
      std::any_of(feeds_.begin(), feeds_.end(), [](const auto& feed) { return feed->connected(); });
  if (discovery->feeds.empty() && !connected) return none_offered(step);
  none_offered_ = 0;
  take_offers(std::move(discovery->feeds), step);
}

void FalconMachine::discovery_failed(const Failure& failure, Step& step) {
  // The login named another cloud after the request had been made for the first one.
  if (options_.api_url != discovery_api_) return hold(now_);
  if (failure.verdict == Verdict::stop) {
    hold(now_ + std::max<Duration>(kRecheck, failure.wait));
    const bool login = failure.code.starts_with(kVendor);
    return tell(login ? Report::Kind::refused : Report::Kind::retrying, failure, hold_until_, step);
  }
  const Duration delay =
      std::max<Duration>(kFailureBackoff.delay(discovery_failures_++, random_), failure.wait);
  hold(now_ + delay);
  tell(Report::Kind::retrying, with_words("the streams cannot be discovered: ", failure),
       hold_until_, step);
}

void FalconMachine::discovery_refused(const HttpResponse& response, const AnswerError& error,
                                      Step& step) {
  const ErrorRow& row = row_of(Operation::discovery, error);
  const Failure failure = to_failure(row, error);
  if (row.fate == Fate::renew && !discovery_renewed_) {
    discovery_renewed_ = true;
    step.renew_credentials = true;
    return hold(now_);
  }
  switch (row.fate) {
    case Fate::throttled:
      hold(now_ + throttle_delay(response, now_ - shift_));
      return tell(Report::Kind::throttled, failure, hold_until_, step);
    case Fate::denied:
      hold(now_ + kRecheck);
      step.renew_credentials = true;  // A scope that is granted now stands in the next token.
      return tell(Report::Kind::denied, failure, hold_until_, step);
    case Fate::renew:
      hold(now_ + kRecheck);
      discovery_renewed_ = false;
      return tell(Report::Kind::refused, failure, hold_until_, step);
    case Fate::refused:
      hold(now_ + kRecheck);
      return tell(Report::Kind::stopped, failure, hold_until_, step);
    case Fate::gone:
    case Fate::expired:
    case Fate::retry:
      hold(now_ + kFailureBackoff.delay(discovery_failures_++, random_));
      return tell(Report::Kind::retrying, failure, hold_until_, step);
  }
}

void FalconMachine::none_offered(Step& step) {
  ++none_offered_;
  const bool over = none_offered_ >= kMostTries;
  hold(now_ + (over ? kRecheck : retry_delay(random_)));
  tell(Report::Kind::retrying, messages::no_streams(app_id_, none_offered_, over), hold_until_,
       step);
  if (!over || options_.app_id_fallback.empty()) return;
  const std::string& other =
      app_id_ == options_.app_id ? options_.app_id_fallback : options_.app_id;
  tell(Report::Kind::notice, messages::using_fallback(app_id_, other), {}, step);
  app_id_ = other;
  none_offered_ = 0;
  hold(now_);
}

bool FalconMachine::wanted(const FeedOffer& offer) const {
  const auto& list = options_.partitions;
  return list.empty() || std::find(list.begin(), list.end(), offer.partition) != list.end();
}

/// What was read before is expected again: after a restart the vendor may still hold some
/// partitions for the connection that ended, and they must not be taken for gone.
void FalconMachine::expect_known_feeds() {
  for (const std::string& partition : options_.partitions) {
    if (feeds_.size() >= kMaxFeeds) return;
    feeds_.push_back(std::make_unique<Feed>());
    feeds_.back()->partition = partition;
  }
  if (!options_.partitions.empty()) return;
  const std::string prefix = cursor_key(customer_, "");
  for (auto at = position_.lower_bound(prefix); at != position_.end(); ++at) {
    if (!at->first.starts_with(prefix) || feeds_.size() >= kMaxFeeds) return;
    const std::string key = at->first.substr(prefix.size());
    if (position_.contains(vanished_key(key))) continue;
    const auto mark = std::min(key.find('@'), key.size());
    feeds_.push_back(std::make_unique<Feed>());
    feeds_.back()->feed = key.substr(0, mark);
    feeds_.back()->partition = key.substr(std::min(mark + 1, key.size()));
    restore(*feeds_.back(), key);
  }
}

void FalconMachine::restore(Feed& feed, std::string key) {
  feed.key = std::move(key);
  feed.cursor = find_cursor(position_, customer_, feed.key);
  const auto began = position_.find(began_key(feed.key));
  if (began != position_.end()) feed.began = read_time(began->second);
}

/// Of the user's options, which may name a feed by its partition.
void FalconMachine::find_floor(Feed& feed) const {
  const auto& offsets = options_.start_offsets;
  for (const std::string& name : {feed.key, feed.partition, std::string{"*"}}) {
    const auto found = offsets.find(name);
    if (found != offsets.end() && !feed.floor) feed.floor = found->second;
  }
  if (!feed.floor && options_.start == FirstStart::offset) feed.floor = options_.start_offset;
}

Feed* FalconMachine::feed_for(const FeedOffer& offer, Step& step) {
  const auto same = [](const std::string& known, const std::string& offered) {
    return known.empty() || known == offered;
  };
  bool taken = false;
  Feed* found = nullptr;
  for (const auto& feed : feeds_) {
    if (same(feed->feed, offer.feed) && same(feed->partition, offer.partition)) {
      if (found == nullptr || found->partition.empty()) found = feed.get();
    } else {
      taken = taken || feed->key == offer.feed;
    }
  }
  if (found == nullptr) {
    if (feeds_.size() >= kMaxFeeds) return nullptr;
    feeds_.push_back(std::make_unique<Feed>());
    found = feeds_.back().get();
  }
  found->feed = offer.feed;
  found->partition = offer.partition;
  if (found->key.empty()) {
    restore(*found, taken ? offer.feed + "@" + offer.partition : offer.feed);
    if (taken) {
      tell(Report::Kind::notice, messages::same_feed_twice(offer.feed, offer.partition), {}, step);
    }
  }
  find_floor(*found);
  return found;
}

void FalconMachine::take_offers(std::vector<FeedOffer> offers, Step& step) {
  const std::size_t offered = offers.size();
  std::vector<Feed*> seen;
  for (FeedOffer& offer : offers) {
    if (!wanted(offer)) continue;
    Feed* feed = feed_for(offer, step);
    if (feed == nullptr || std::find(seen.begin(), seen.end(), feed) != seen.end()) continue;
    seen.push_back(feed);
    // What was merely not offered is taken as soon as it is, whichever feed was asked for.
    const bool due = feed->retry_at <= now_ || feed->missing > 0;
    came_back(*feed, step);
    if (feed->state == Feed::State::closed && due) open(*feed, std::move(offer), step);
  }
  const bool any = std::any_of(feeds_.begin(), feeds_.end(), [](const auto& feed) {
    return feed->connected() || feed->opened != TimePoint{};
  });
  if (seen.empty() && !any) {
    hold(now_ + kRecheck);
    return tell(Report::Kind::stopped, messages::none_wanted(offered), hold_until_, step);
  }
  discovered_once_ = true;
  for (const auto& feed : feeds_) {
    if (feed->state == Feed::State::vanished && feed->retry_at <= now_)
      feed->retry_at = now_ + kRecheck;
    const bool waits = feed->state == Feed::State::closed && feed->retry_at <= now_;
    if (waits && std::find(seen.begin(), seen.end(), feed.get()) == seen.end()) {
      missing(*feed, step);
    }
  }
}

void FalconMachine::missing(Feed& feed, Step& step) {
  ++feed.missing;
  const std::string name =
      feed.partition.empty() ? "feed " + feed.feed : "partition " + feed.partition;
  if (feed.missing >= kMostTries) {
    // Looked for again now and then, because it may come back while the others stay connected.
    feed.state = Feed::State::vanished;
    feed.retry_at = now_ + kRecheck;
    tell(Report::Kind::notice, messages::partition_vanished(name), {}, step);
    if (feed.key.empty()) return;
    Commit commit;
    remember({{vanished_key(feed.key), time_value(vendor_now())}}, commit);
    return order(std::move(commit), step);
  }
  feed.retry_at = now_ + retry_delay(random_);
  tell(Report::Kind::retrying, messages::partition_missing(name, feed.missing), feed.retry_at,
       step);
  if (feed.missing == kTriesBesideOthers) close_all(step);
}

void FalconMachine::came_back(Feed& feed, Step& step) {
  feed.missing = 0;
  if (feed.state == Feed::State::vanished) feed.state = Feed::State::closed;
  if (!position_.contains(vanished_key(feed.key))) return;
  Commit commit;
  remember({{vanished_key(feed.key), std::nullopt}}, commit);
  order(std::move(commit), step);
}

void FalconMachine::close_all(Step& step) {
  for (const auto& feed : feeds_) {
    if (feed->connected()) close(*feed, now_ + options_.reconnect_delay, step);
  }
}

}  // namespace cistern::connectors::crowdstrike_falcon
