#include "connectors/cisco_secure_endpoint/event_stream_machine.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "connectors/cisco_secure_endpoint/event_stream_messages.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

using net::amqp091::End;
using net::amqp091::EndKind;

/// How often the position says that the queue is consumed: with events, and without any.
constexpr Duration kSeenWithEvents = std::chrono::minutes{1};
constexpr Duration kSeenIdle = std::chrono::hours{1};
/// Another consumer has the queue: it may end.
constexpr Duration kLockedAgain = std::chrono::minutes{1};
/// The store takes nothing.
constexpr Duration kPausedAgain = std::chrono::seconds{10};
constexpr Duration kAfterStore = std::chrono::seconds{30};
constexpr Duration kGivenUpAgain = std::chrono::hours{1};
/// Messages older than the vendor keeps may be gone from a queue that was not read for so long.
constexpr Duration kLongAway = kQueueKeeps - std::chrono::hours{24};

/// Passing trouble is told when it comes a second time.
bool passes(EndKind kind) {
  return kind == EndKind::forced || kind == EndKind::broken || kind == EndKind::silent ||
         kind == EndKind::reset || kind == EndKind::cancelled;
}

bool asks_for_existence(EndKind kind) {
  return kind == EndKind::refused || kind == EndKind::queue_gone || kind == EndKind::forbidden ||
         kind == EndKind::cancelled;
}

}  // namespace

EventStreamMachine::EventStreamMachine(EventStreamMachineOptions options, Random& random,
                                       const Sealer& sealer)
    : options_(std::move(options)), random_(random), sealer_(sealer) {}

Step EventStreamMachine::start(const Position& position, TimePoint now) {
  place_ = read_stream_place(position);
  begin(now);
  return finish();
}

Step EventStreamMachine::on_grant(const Grant& /*grant*/, TimePoint /*now*/) {
  return {};
}

// ---- the broker ----

void EventStreamMachine::open_broker(TimePoint now) {
  const KnownStream& stream = *place_.stream;
  if (under_way_ > 0) {
    phase_ = Phase::connecting;
    return wait(kPausedAgain, now);
  }
  auto password = sealer_.unseal(password_name(stream), place_.password);
  if (!password) {
    notice(stream_password_lost(stream, password.error()));
    tell_away();
    const std::string& code = password.error().code;
    if (options_.recreate && (code == "sealed/damaged" || code == "sealed/other-key"))
      return ask_removal(stream.id);
    phase_ = Phase::connecting;
    return wait_longer(now);
  }
  phase_ = Phase::connecting;
  ++session_;
  open_ = true;
  chain_ = std::make_shared<CommitChain>();
  orders_.open = {.session = session_,
                  .login = {.host = stream.host,
                            .port = stream.port,
                            .user = stream.user,
                            .password = std::move(*password),
                            .queue = stream.queue}};
}

void EventStreamMachine::close_broker() {
  if (!std::exchange(open_, false)) return;
  orders_.close = true;
  orders_.acknowledge.reset();
  orders_.open.reset();
}

Step EventStreamMachine::on_opened(std::uint64_t session, TimePoint now) {
  if (session != session_ || !open_) return finish();
  phase_ = Phase::consuming;
  attempt_ = 0;
  StateDelta state{seen_now(now)};
  KnownStream& stream = *place_.stream;
  const bool long_away = place_.seen != TimePoint{} && now - place_.seen > kLongAway;
  if (long_away) {
    stream.since = now;
    state.push_back({std::string{kStreamStream}, write_known_stream(stream)});
  }
  place_.seen = now;
  commit(Purpose::seen, std::move(state));
  wait(kSeenIdle, now);
  tell_flowing();
  notice_over();
  return finish();
}

Step EventStreamMachine::on_messages(std::uint64_t session, std::vector<StreamGroup> groups,
                                     TimePoint now) {
  if (session != session_ || !open_) return finish();
  missing_ = 0;
  for (StreamGroup& group : groups) {
    CommitOrder order;
    order.id = next_commit_++;
    order.commit.records = group.batch->records;
    order.commit.owners = {std::move(group.batch)};
    order.commit.chain = chain_;
    if (now - place_.seen >= kSeenWithEvents) {
      order.commit.state = {seen_now(now)};
      place_.seen = now;
    }
    commits_.emplace(order.id,
                     Handed{.purpose = Purpose::messages, .session = session, .tag = group.tag});
    ++under_way_;
    step_.commits.push_back(std::move(order));
  }
  return finish();
}

Step EventStreamMachine::on_ended(std::uint64_t session, const End& end, TimePoint now) {
  if (session != session_ || !open_) return finish();
  open_ = false;
  if (end.kind == EndKind::stopped) return finish();
  if (end.kind == EndKind::paused) {
    phase_ = Phase::connecting;
    wait(kPausedAgain, now);
    return finish();
  }
  last_end_ = end.kind;
  if (!passes(end.kind) || attempt_ > 0) {
    notice(stream_interrupted(*place_.stream, end, place_.seen));
    tell_away();
  }
  if (asks_for_existence(end.kind)) {
    ask_existence();
    return finish();
  }
  phase_ = Phase::connecting;
  if (end.kind == EndKind::locked) {
    wait(kLockedAgain, now);
  } else {
    wait_longer(now);
  }
  return finish();
}

// ---- what has become durable ----

Step EventStreamMachine::on_committed(std::uint64_t id, const Result<CommitResult>& result,
                                      TimePoint now) {
  const auto found = commits_.find(id);
  if (found == commits_.end()) return finish();
  const Handed handed = found->second;
  commits_.erase(found);
  if (handed.purpose == Purpose::messages) --under_way_;
  if (!result) {
    commit_failed(handed.purpose, now);
    return finish();
  }
  switch (handed.purpose) {
    case Purpose::intent:
      phase_ = Phase::listing;
      if (const Duration pause = pause_before_making(now); pause > Duration{0}) {
        wait(pause, now);
      } else {
        ask_list();
      }
      break;
    case Purpose::keep:
      open_broker(now);
      break;
    case Purpose::messages:
      if (handed.session == session_ && open_) {
        orders_.acknowledge = std::max(orders_.acknowledge.value_or(0), handed.tag);
      }
      break;
    case Purpose::forget:
    case Purpose::seen:
      break;
  }
  return finish();
}

/// What was not stored is not acknowledged: the broker gives it again on the next connection.
void EventStreamMachine::commit_failed(Purpose purpose, TimePoint now) {
  switch (purpose) {
    case Purpose::messages:
      if (!open_) return;
      close_broker();
      phase_ = Phase::connecting;
      return wait(kAfterStore, now);
    case Purpose::intent:
      phase_ = Phase::intending;
      return wait(kAfterStore, now);
    case Purpose::keep:
      // Made at the vendor and not known here: found again by its name, and removed.
      place_.stream.reset();
      phase_ = Phase::listing;
      return wait(kAfterStore, now);
    case Purpose::forget:
    case Purpose::seen:
      return;
  }
}

StateChange EventStreamMachine::seen_now(TimePoint now) {
  return {std::string{kStreamSeen}, format_time(now)};
}

// ---- time ----

Step EventStreamMachine::on_wake(TimePoint now) {
  if (retry_at_ && now >= *retry_at_) {
    retry_at_.reset();
    act(now);
  }
  return finish();
}

void EventStreamMachine::act(TimePoint now) {
  switch (phase_) {
    case Phase::intending:
      return intend(now);
    case Phase::listing:
    case Phase::creating:
      return ask_list();
    case Phase::removing:
      return ask_removal(leftover_);
    case Phase::checking:
      return ask_existence();
    case Phase::connecting:
      return open_broker(now);
    case Phase::consuming:
      place_.seen = now;
      commit(Purpose::seen, {seen_now(now)});
      return wait(kSeenIdle, now);
    case Phase::given_up:
      return wait(kGivenUpAgain, now);
    case Phase::keeping:
      return;
  }
}

void EventStreamMachine::wait(Duration delay, TimePoint now) {
  retry_at_ = now + delay;
}

// ---- steps ----

void EventStreamMachine::commit(Purpose purpose, StateDelta state) {
  CommitOrder order;
  order.id = next_commit_++;
  order.commit.state = std::move(state);
  commits_.emplace(order.id, Handed{.purpose = purpose, .session = session_, .tag = 0});
  step_.commits.push_back(std::move(order));
}

void EventStreamMachine::tell_flowing() {
  state_ = StreamState{.flowing = true, .covered_from = place_.stream->since};
  orders_.state = state_;
}

void EventStreamMachine::tell_away() {
  if (!state_ || !state_->flowing) return;
  state_ = StreamState{};
  orders_.state = state_;
}

/// Once for each kind of trouble, not once for each attempt.
void EventStreamMachine::notice(Failure failure) {
  if (told_ == failure.cause) return;
  told_ = failure.cause;
  Report report;
  report.kind = Report::Kind::notice;
  report.failure = std::move(failure);
  step_.reports.push_back(std::move(report));
}

void EventStreamMachine::notice_over() {
  if (told_.empty()) return;
  notice(stream_works());
  told_.clear();
}

Step EventStreamMachine::finish() {
  step_.wake = retry_at_;
  return std::exchange(step_, {});
}

std::string EventStreamMachine::wanted() const {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("name").string(options_.name).key("types").begin_array();
  for (const std::uint64_t type : options_.types)
    writer.number(type);
  writer.end_array().key("groups").begin_array();
  for (const std::string& group : options_.groups)
    writer.string(lower_case(group));
  writer.end_array().end_object();
  return out;
}

}  // namespace cistern::connectors::cisco_secure_endpoint
