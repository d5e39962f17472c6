// The life of one stream: opened, refreshed, ended.
#include "codec/value_stream.hpp"
#include "connectors/crowdstrike_falcon/event_decoder.hpp"
#include "connectors/crowdstrike_falcon/falcon_machine.hpp"
#include "connectors/crowdstrike_falcon/messages.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::crowdstrike_falcon {

using std::chrono::seconds;

namespace {
Failure early_end() {
  Failure out;
  out.verdict = Verdict::retry;
  out.code = "crowdstrike_falcon/short-streams";
  out.cause = "the vendor ended it soon after it was asked for";
  return out;
}
}  // namespace

void FalconMachine::open(Feed& feed, FeedOffer offer, Step& step) {
  if (const auto why = stream_url_refused(hosts_, offer.url)) {
    feed.retry_at = now_ + kRecheck;
    return tell(Report::Kind::stopped, messages::foreign_stream(offer.url, *why), feed.retry_at,
                step);
  }
  feed.state = Feed::State::opening;
  feed.stream = next_id_++;
  feed.refusal.reset();
  feed.asked = start_of(feed, options_, suspect_);
  feed.place = feed.cursor.last;
  feed.junk.clear();
  feed.live = false;
  feed.brought = 0;
  feed.refresh_url = std::move(offer.refresh_url);
  feed.refresh_interval = offer.refresh_interval;
  feed.refresh_at = now_ + refresh_delay(feed.refresh_interval);
  feed.session_end = now_ + feed.refresh_interval;
  feed.refresh_renewed = false;
  // An answer to a refresh of the session before is none for this one.
  feed.refresh_id = 0;

  StreamOpening opening;
  opening.id = feed.stream;
  opening.http = stream_request(offer.url, offer.token, feed.asked);
  opening.idle_limit = options_.idle_limit;
  opening.framer = [] { return codec::json_value_framer(); };
  const DecoderContext context{.feed = feed.key,
                               .partition = feed.partition,
                               .epoch = feed.cursor.epoch,
                               .filter = options_.filter};
  opening.decode = [context](StreamValues values) {
    return decode_events(std::move(values), context);
  };
  step.streams.open.push_back(std::move(opening));
}

void FalconMachine::close(Feed& feed, TimePoint retry_at, Step& step) {
  step.streams.close.push_back(feed.stream);
  feed.state = Feed::State::closed;
  feed.refresh_id = 0;
  feed.retry_at = retry_at;
}

Step FalconMachine::on_opened(std::uint64_t stream, const HttpResponse& response, TimePoint now) {
  Step step;
  tick(now);
  Feed* feed = feed_of_stream(stream);
  if (feed == nullptr) return step;
  if (response.status / 100 != 2) {
    feed->refusal = find_error(response);
    feed->asked_wait = throttle_delay(response, now);
    return step;
  }
  feed->state = Feed::State::open;
  feed->opened = now_;
  feed->failures = 0;
  if (feed->asked.kind == StreamStart::Kind::newest) {
    // Until an event gives the feed a place, this is what it goes on from after a reconnect.
    feed->began = vendor_now();
    Commit commit;
    remember({{began_key(feed->key), time_value(*feed->began)}}, commit);
    order(std::move(commit), step);
  }
  if (!feed->first_seen && feed->asked.kind == StreamStart::Kind::newest) {
    feed->first_seen = vendor_now();
  }
  tell_working(step);
  drive(step);
  return step;
}

Step FalconMachine::on_ended(std::uint64_t stream, const StreamEnd& end, TimePoint now) {
  Step step;
  tick(now);
  Feed* feed = feed_of_stream(stream);
  if (feed == nullptr) return step;
  const bool was_open = feed->state == Feed::State::open;
  feed->state = Feed::State::closed;
  feed->refresh_id = 0;
  if (feed->refusal) {
    opening_refused(*feed, step);
  } else if (was_open) {
    stream_ended(*feed, end.status, step);
  } else {
    const Failure why = end.status ? early_end() : end.status.error();
    const Duration delay = kFailureBackoff.delay(feed->failures++, random_);
    feed->retry_at = now_ + std::max<Duration>(delay, why.wait);
    tell(Report::Kind::retrying, messages::stream_ended(feed->partition, why), feed->retry_at,
         step);
  }
  drive(step);
  return step;
}

/// An end in order is the vendor's habit, and no news unless it becomes a loop.
void FalconMachine::stream_ended(Feed& feed, const Status& status, Step& step) {
  feed.short_lives = was_sound(feed, now_) ? 0 : feed.short_lives + 1;
  feed.retry_at = now_ + reconnect_delay(feed, options_.reconnect_delay, random_);
  if (status && feed.short_lives <= 3) return;
  const Failure why = status ? early_end() : status.error();
  tell(Report::Kind::retrying, messages::stream_ended(feed.partition, why), feed.retry_at, step);
}

void FalconMachine::opening_refused(Feed& feed, Step& step) {
  const AnswerError error = *std::exchange(feed.refusal, std::nullopt);
  const bool offset_asked = feed.asked.kind == StreamStart::Kind::offset;
  const ErrorRow& row = row_of(Operation::stream, error, offset_asked);
  const Failure failure = to_failure(row, error);
  Report::Kind kind = Report::Kind::retrying;
  switch (row.fate) {
    case Fate::expired: {
      const std::uint64_t from = feed.cursor.last ? *feed.cursor.last + 1 : feed.asked.offset;
      feed.expired = ExpiredOffsets{.from = from, .failure = failure};
      feed.retry_at = now_ + options_.reconnect_delay;
      break;
    }
    case Fate::denied:
    case Fate::refused:
      kind = Report::Kind::denied;
      feed.retry_at = now_ + kRecheck;
      step.renew_credentials = true;
      break;
    case Fate::throttled:
      kind = Report::Kind::throttled;
      feed.retry_at = now_ + feed.asked_wait;
      break;
    case Fate::renew:
    case Fate::gone:
    case Fate::retry:
      feed.retry_at = now_ + kFailureBackoff.delay(feed.failures++, random_);
      break;
  }
  tell(kind, failure, feed.retry_at, step);
}

// ---- refresh ----

void FalconMachine::refresh(Feed& feed, Step& step) {
  feed.refresh_id = next_id_++;
  PollRequest request;
  request.id = feed.refresh_id;
  request.http = refresh_request(feed.refresh_url);
  request.not_before = not_before_ == TimePoint{} ? not_before_ : not_before_ - shift_;
  request.urgent = true;
  step.requests.push_back(std::move(request));
}

void FalconMachine::refreshed(Feed& feed, const Response& response, Step& step) {
  if (feed.state != Feed::State::open) return;
  if (!response) return refresh_failed(feed, response.error(), response.error().wait, step);
  const auto error = find_error(*response);
  if (!error) {
    feed.refresh_renewed = false;
    feed.session_end = now_ + feed.refresh_interval;
    feed.refresh_at = now_ + refresh_delay(feed.refresh_interval);
    return;
  }
  const ErrorRow& row = row_of(Operation::refresh, *error);
  const Failure failure = to_failure(row, *error);
  if (row.fate == Fate::gone) {
    feed.short_lives = was_sound(feed, now_) ? 0 : feed.short_lives + 1;
    close(feed, now_ + reconnect_delay(feed, options_.reconnect_delay, random_), step);
    return tell(Report::Kind::retrying, failure, feed.retry_at, step);
  }
  if (row.fate == Fate::renew && !feed.refresh_renewed) {
    feed.refresh_renewed = true;
    step.renew_credentials = true;
    feed.refresh_at = now_;
    return;
  }
  const Duration wait =
      row.fate == Fate::throttled ? throttle_delay(*response, now_ - shift_) : Duration{0};
  refresh_failed(feed, failure, wait, step);
}

/// Tried again while the session lives; then it is over, and a new one is discovered. The stream
/// itself goes on meanwhile.
void FalconMachine::refresh_failed(Feed& feed, const Failure& failure, Duration wait, Step& step) {
  constexpr Duration kMost = seconds{60};
  // Otherwise the attempts would come ever faster towards the end of the session.
  const Duration least = std::min<Duration>(seconds{5}, feed.refresh_interval / 20);
  const Duration left = feed.session_end - now_;
  const Duration delay = std::max({wait, least, std::min<Duration>(left / 4, kMost)});
  if (delay >= left) {
    close(feed, now_ + options_.reconnect_delay, step);
    return tell(Report::Kind::retrying, failure, feed.retry_at, step);
  }
  feed.refresh_at = now_ + delay;
}

}  // namespace cistern::connectors::crowdstrike_falcon
