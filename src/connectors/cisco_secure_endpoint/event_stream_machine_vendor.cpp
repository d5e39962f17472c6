// What is asked of the vendor: making, finding and removing the stream.
#include "base/bytes.hpp"
#include "connectors/cisco_secure_endpoint/event_stream_machine.hpp"
#include "connectors/cisco_secure_endpoint/event_stream_messages.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

using net::amqp091::EndKind;

constexpr int kOk = 200;
constexpr int kCreated = 201;
constexpr int kNotFound = 404;
constexpr Duration kFirstPause = std::chrono::minutes{10};
constexpr Duration kMostPause = std::chrono::hours{6};
constexpr Duration kThrottled = std::chrono::minutes{1};
constexpr Duration kMostThrottled = std::chrono::hours{1};
/// The stream exists and its queue does not: after so many looks it is made anew.
constexpr unsigned kMostMissing = 3;

std::string random_digits(Random& random) {
  const std::uint64_t number = random.next();
  return hex_encode({reinterpret_cast<const char*>(&number), 4});
}

}  // namespace

void EventStreamMachine::begin(TimePoint now) {
  if (!place_.stream) {
    if (place_.intent.empty()) return intend(now);
    phase_ = Phase::listing;
    return ask_list();
  }
  if (place_.stream->api_url != options_.api_url) {
    // The keys for it may be others by now, and are no longer ours to use.
    notice(stream_left_behind(*place_.stream));
    told_.clear();
    return intend(now);
  }
  if (place_.stream->wanted != wanted()) return ask_removal(place_.stream->id);
  open_broker(now);
}

/// The name becomes durable before the stream is made: should we end between the two, it is known
/// for certain which stream is ours, and that its password is lost.
void EventStreamMachine::intend(TimePoint /*now*/) {
  phase_ = Phase::intending;
  place_.intent = options_.name + "-" + random_digits(random_);
  place_.stream.reset();
  StateDelta state{{std::string{kStreamIntent}, place_.intent}};
  for (const auto key : {kStreamStream, kStreamPassword, kStreamKeys})
    state.push_back({std::string{key}, std::nullopt});
  commit(Purpose::intent, std::move(state));
}

/// Somebody, or something, removes the streams that we make: not a loop that fills the vendor's
/// list, but ever more rarely.
Duration EventStreamMachine::pause_before_making(TimePoint now) const {
  if (made_ == 0) return Duration{0};
  const unsigned doublings = std::min(made_ - 1, 10U);
  const Duration pause = std::min<Duration>(kFirstPause * (1 << doublings), kMostPause);
  return std::max<Duration>(made_at_ + pause - now, Duration{0});
}

// ---- asking ----

void EventStreamMachine::ask(HttpRequest request) {
  request_ = next_request_++;
  PollRequest asked;
  asked.id = *request_;
  asked.http = std::move(request);
  asked.urgent = true;
  step_.requests.push_back(std::move(asked));
}

void EventStreamMachine::ask_list() {
  phase_ = Phase::listing;
  ask(event_streams_request(options_.api_url));
}

void EventStreamMachine::ask_removal(std::uint64_t id) {
  phase_ = Phase::removing;
  leftover_ = id;
  ask(delete_stream_request(options_.api_url, id));
}

void EventStreamMachine::ask_creation() {
  phase_ = Phase::creating;
  ask(create_stream_request(
      options_.api_url,
      {.name = place_.intent, .types = options_.types, .groups = options_.groups}));
}

void EventStreamMachine::ask_existence() {
  phase_ = Phase::checking;
  ask(stream_request(options_.api_url, place_.stream->id));
}

// ---- answers ----

Step EventStreamMachine::on_reply(PollReply reply, TimePoint now) {
  if (!request_ || *request_ != reply.id) return finish();
  request_.reset();
  if (!reply.response) {
    if (attempt_ > 0) notice(stream_refused(reply.response.error()));
    wait_longer(now);
    return finish();
  }
  const HttpResponse& response = *reply.response;
  switch (phase_) {
    case Phase::listing:
      take_list(response, now);
      break;
    case Phase::removing:
      take_removal(response, now);
      break;
    case Phase::creating:
      take_creation(response, now);
      break;
    case Phase::checking:
      take_existence(response, now);
      break;
    default:
      break;
  }
  return finish();
}

void EventStreamMachine::take_list(const HttpResponse& response, TimePoint now) {
  if (response.status != kOk) return refused(response, "event streams", now);
  const auto streams = read_streams(response.body);
  if (!streams) {
    notice(stream_refused(streams.error()));
    return wait_longer(now);
  }
  const auto ours = std::find_if(streams->begin(), streams->end(), [&](const ListedStream& one) {
    return one.name == place_.intent;
  });
  if (ours != streams->end()) return ask_removal(ours->id);
  ask_creation();
}

void EventStreamMachine::take_removal(const HttpResponse& response, TimePoint now) {
  const bool gone =
      (response.status >= 200 && response.status <= 299) || response.status == kNotFound;
  if (!gone) return refused(response, "an event stream that is to be removed", now);
  if (place_.stream) return intend(now);
  ask_list();
}

void EventStreamMachine::take_creation(const HttpResponse& response, TimePoint now) {
  if (response.status != kOk && response.status != kCreated)
    return refused(response, "a new event stream", now);
  auto created = read_created_stream(response.body);
  if (created) return keep(std::move(*created), now);
  notice(stream_refused(created.error()));
  wait_longer(now);
}

void EventStreamMachine::keep(CreatedStream created, TimePoint now) {
  KnownStream stream{.id = created.id,
                     .name = place_.intent,
                     .api_url = options_.api_url,
                     .wanted = wanted(),
                     .user = created.user,
                     .queue = created.queue,
                     .host = created.host,
                     .port = created.port,
                     .since = now};
  ++made_;
  made_at_ = now;
  const auto password = sealer_.seal(password_name(stream), created.password);
  const auto keys = sealer_.seal(keys_name(stream), options_.keys);
  if (!password || !keys) {
    notice(stream_refused(password ? keys.error() : password.error()));
    return wait_longer(now);
  }
  phase_ = Phase::keeping;
  place_.password = *password;
  place_.keys = *keys;
  commit(Purpose::keep, {{std::string{kStreamIntent}, std::nullopt},
                         {std::string{kStreamStream}, write_known_stream(stream)},
                         {std::string{kStreamPassword}, *password},
                         {std::string{kStreamKeys}, *keys}});
  place_.stream = std::move(stream);
  place_.seen = now;
  attempt_ = 0;
}

/// Of a queue that was gone, or closed to us.
void EventStreamMachine::take_existence(const HttpResponse& response, TimePoint now) {
  if (response.status == kNotFound) {
    tell_away();
    if (options_.recreate) {
      notice(stream_made_again(*place_.stream));
      return intend(now);
    }
    notice(stream_gone(*place_.stream));
    phase_ = Phase::given_up;
    return wait(std::chrono::hours{1}, now);
  }
  if (response.status != kOk) return refused(response, "the event stream", now);
  if (last_end_ != EndKind::cancelled) ++missing_;
  // Its password has changed, or its queue is lost: nothing we can do at the broker helps.
  if (missing_ >= kMostMissing && options_.recreate) {
    missing_ = 0;
    tell_away();
    return ask_removal(place_.stream->id);
  }
  phase_ = Phase::connecting;
  wait_longer(now);
}

void EventStreamMachine::refused(const HttpResponse& response, std::string_view what,
                                 TimePoint now) {
  const ErrorRow& row = row_of(response.status);
  Failure failure = stream_refused(to_failure(row, read_error(response), what));
  // The limit of five, or a name that is taken: with which status is not documented. Any refusal of
  // the request itself is told in the vendor's words, and not repeated at once.
  const bool of_the_request = response.status >= 400 && response.status <= 499;
  const Fate fate = row.fate == Fate::retry && of_the_request ? Fate::refused : row.fate;
  switch (fate) {
    case Fate::throttled: {
      const Duration reset = read_rate(response).reset.value_or(kThrottled);
      return wait(std::clamp<Duration>(reset, std::chrono::seconds{1}, kMostThrottled), now);
    }
    case Fate::retry:
      if (attempt_ > 0) notice(std::move(failure));
      return wait_longer(now);
    case Fate::login:
    case Fate::denied:
    case Fate::refused:
      notice(std::move(failure));
      return wait(kRecheck, now);
  }
}

}  // namespace cistern::connectors::cisco_secure_endpoint
