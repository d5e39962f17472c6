#include "connectors/microsoft_365/tenant_machine.hpp"

#include "base/bytes.hpp"
#include "connectors/microsoft_365/messages.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::microsoft_365 {

namespace {
using std::chrono::seconds;
constexpr std::size_t kDeleteAtOnce = 5000;
}  // namespace

std::unique_ptr<NotifiedMachine> make_machine(MachineOptions options, Random& random) {
  return std::make_unique<TenantMachine>(std::move(options), random);
}

TenantMachine::TenantMachine(MachineOptions options, Random& random)
    : options_(std::move(options)), random_(random) {
  api_.manage_url = options_.manage_url;
  options_.max_blobs_pending = std::max(options_.max_blobs_pending, 1U);
  for (const std::string& name : options_.content_types) {
    const ContentType* type = find_content_type(name);
    const bool known = std::any_of(streams_.begin(), streams_.end(),
                                   [&](const auto& stream) { return &stream->type() == type; });
    if (type != nullptr && !known) {
      streams_.push_back(std::make_unique<ContentStream>(*type, options_));
    }
  }
}

// ---- events ----

Step TenantMachine::start(const Position& position, TimePoint now) {
  Step step;
  clock_.tick(now);
  for (const auto& stream : streams_)
    stream->restore(position);
  restore_tenant(position, step);
  drive(step);
  return step;
}

Step TenantMachine::on_grant(const Grant& grant, TimePoint now) {
  Step step;
  clock_.tick(now);
  judge(grant, step);
  drive(step);
  return step;
}

Step TenantMachine::on_reply(PollReply reply, TimePoint now) {
  Step step;
  clock_.tick(now);
  const auto found = operations_.find(reply.id);
  if (found != operations_.end()) {
    const Operation operation = found->second;
    operations_.erase(found);
    if (reply.response) {
      answered(operation, *reply.response, std::move(reply.records), step);
    } else {
      not_answered(operation, reply.response.error(), step);
    }
  }
  drive(step);
  return step;
}

Step TenantMachine::on_committed(std::uint64_t id, const Result<CommitResult>& result,
                                 TimePoint now) {
  Step step;
  clock_.tick(now);
  Turn current = turn(step);
  for (const auto& stream : streams_) {
    if (stream->committed(id, result, current)) break;
  }
  drive(step);
  return step;
}

Step TenantMachine::on_wake(TimePoint now) {
  Step step;
  clock_.tick(now);
  drive(step);
  return step;
}

Step TenantMachine::on_damage(const StoreDamage& damage, TimePoint now) {
  Step step;
  clock_.tick(now);
  Turn current = turn(step);
  for (const auto& stream : streams_)
    stream->mend(damage, current);
  drive(step);
  return step;
}

// ---- which tenant ----

void TenantMachine::restore_tenant(const Position& position, Step& step) {
  const auto text = [&](std::string_view key) {
    const auto found = position.find(key);
    return found == position.end() ? std::string{} : found->second;
  };
  stored_tenant_ = text("tenant");
  stored_domain_ = text("domain");
  for (const auto& [key, value] : position)
    stored_keys_.push_back(key);
  const std::string tenant = lower_case(options_.tenant);
  if (is_guid(tenant)) return tenant_known(tenant, step);
  if (tenant == stored_domain_ && is_guid(stored_tenant_))
    return tenant_known(stored_tenant_, step);
}

void TenantMachine::tenant_known(const std::string& guid, Step& step) {
  const std::string name = lower_case(options_.tenant);
  const std::string domain = is_guid(name) ? std::string{} : name;
  Commit commit;
  if (!stored_tenant_.empty() && stored_tenant_ != guid) {
    const Failure failure = messages::other_tenant(stored_tenant_, guid);
    tell(Report::Kind::notice, failure, {}, step);
    for (const auto& stream : streams_)
      stream->forget_position();
    // What a commit cannot hold does no harm: it names blobs that this tenant does not have.
    for (const std::string& key : stored_keys_) {
      if (commit.state.size() >= kDeleteAtOnce && key.starts_with("seen/")) continue;
      commit.state.push_back({key, std::nullopt});
    }
  }
  stored_keys_ = {};
  if (stored_tenant_ != guid || stored_domain_ != domain) {
    commit.state.push_back({"tenant", guid});
    if (!domain.empty()) commit.state.push_back({"domain", domain});
    step.commits.push_back({.id = next_id_++, .commit = std::move(commit)});
  }
  stored_tenant_ = guid;
  stored_domain_ = domain;
  api_.tenant = guid;
  api_.publisher = options_.publisher.empty() ? guid : options_.publisher;
  phase_ = Phase::listing_subscriptions;
}

// ---- what next ----

Turn TenantMachine::turn(Step& step) {
  return {.now = clock_.now(),
          .vendor_now = clock_.vendor_now(),
          .clock_sure = clock_.sure(),
          .random = random_,
          .api = api_,
          .next_id = next_id_,
          .step = step};
}

void TenantMachine::tell(Report::Kind kind, const Failure& failure, TimePoint until, Step& step) {
  Report report;
  report.kind = kind;
  report.until = until;
  report.failure = failure;
  step.reports.push_back(std::move(report));
}

void TenantMachine::block(Report::Kind kind, const Failure& failure, Duration wait, bool renew,
                          Step& step) {
  blocked_ = true;
  blocked_until_ = clock_.now() + wait;
  renew_after_block_ = renew_after_block_ || renew;
  if (phase_ == Phase::collecting) phase_ = Phase::listing_subscriptions;
  tell(kind, failure, blocked_until_, step);
}

void TenantMachine::drive(Step& step) {
  Turn current = turn(step);
  for (const auto& stream : streams_) {
    // A first start counts from when it is known what the token allows.
    const bool may_begin = stream->begun() || phase_ == Phase::collecting;
    if (may_begin && !left_out(*stream)) stream->settle(current);
  }
  judge_content(step);
  judge_mending(step);
  ask(step);
  judge_webhook(step);
  set_wake(step);
  for (Report& report : step.reports) {
    if (report.until != TimePoint{}) report.until = clock_.wall(report.until);
  }
}

/// Nothing for a day in all content types together is what doctor warns of as well.
void TenantMachine::judge_content(Step& step) {
  if (phase_ != Phase::collecting || streams_.empty() || !clock_.sure()) return;
  const TimePoint since = clock_.vendor_now() - std::chrono::hours{24};
  const bool nothing = std::all_of(streams_.begin(), streams_.end(), [&](const auto& stream) {
    return left_out(*stream) || stream->nothing_since(since);
  });
  if (nothing == no_content_told_) return;
  // Before everything was listed nobody knows.
  const bool known = std::any_of(streams_.begin(), streams_.end(), [&](const auto& stream) {
    return stream->has_content_since(since);
  });
  if (!nothing && !known) return;
  no_content_told_ = nothing;
  tell(Report::Kind::notice, nothing ? messages::no_content() : messages::content_came(), {}, step);
}

/// What the store had lost is fetched again, or in the ledger as a gap.
void TenantMachine::judge_mending(Step& step) {
  const bool mending = std::any_of(streams_.begin(), streams_.end(), [&](const auto& stream) {
    return !left_out(*stream) && stream->mending();
  });
  const bool told = std::exchange(mending_told_, mending);
  if (told && !mending) tell(Report::Kind::notice, messages::all_asked_again(), {}, step);
}

bool TenantMachine::asks_tenant() const {
  return phase_ != Phase::collecting || clock_asked_ || webhook_asked_;
}

void TenantMachine::ask(Step& step) {
  const TimePoint now = clock_.now();
  if (blocked_ && now < blocked_until_) return;
  if (!gate_.open(now)) return;
  renew_due(step);
  blocked_ = false;
  check_webhook();
  if (asks_tenant()) ask_tenant(step);
  if (phase_ != Phase::collecting) return;
  ask_streams(step);
  ask_blobs(step);
}

/// A role that was granted meanwhile stands only in tokens issued after the grant.
void TenantMachine::renew_due(Step& step) {
  bool due = blocked_ && std::exchange(renew_after_block_, false);
  for (const auto& stream : streams_)
    due = stream->take_renewal(clock_.now()) || due;
  if (!due) return;
  step.renew_credentials = true;
  ++token_epoch_;
}

void TenantMachine::send(Operation operation, PollRequest request, Step& step) {
  if (request.id == 0) request.id = next_id_++;
  operation.gate_epoch = gate_.epoch();
  operation.token_epoch = token_epoch_;
  request.urgent = operation.kind != Operation::Kind::blob;
  operations_.emplace(request.id, operation);
  step.requests.push_back(std::move(request));
}

void TenantMachine::ask_tenant(Step& step) {
  const auto in_flight = [&](const auto& entry) {
    return entry.second.kind == Operation::Kind::resolve ||
           entry.second.kind == Operation::Kind::subscriptions;
  };
  if (std::any_of(operations_.begin(), operations_.end(), in_flight)) return;
  if (clock_.now() < tenant_call_at_ || operations_.size() >= gate_.limit()) return;
  PollRequest request;
  if (phase_ == Phase::resolving) {
    request.http = openid_request(options_.login_url, options_.tenant);
    request.authorize = false;
    return send({.kind = Operation::Kind::resolve}, std::move(request), step);
  }
  request.http = subscriptions_request(api_);
  send({.kind = Operation::Kind::subscriptions}, std::move(request), step);
}

bool TenantMachine::left_out(const ContentStream& stream) const {
  if (stream.type().name != kDlp || options_.dlp_required || !grant_) return false;
  return std::find(grant_->roles.begin(), grant_->roles.end(), "ActivityFeed.ReadDlp") ==
         grant_->roles.end();
}

void TenantMachine::ask_streams(Step& step) {
  Turn current = turn(step);
  const auto starting = [](const auto& entry) {
    return entry.second.kind == Operation::Kind::start;
  };
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const std::size_t index = (first_stream_ + i) % streams_.size();
    ContentStream& stream = *streams_[index];
    if (left_out(stream) || stream.paused(current.now)) continue;
    if (operations_.size() >= gate_.limit()) return;
    PollRequest request;
    const bool one_is_starting = std::any_of(operations_.begin(), operations_.end(), starting);
    if (!one_is_starting && start_due(stream)) {
      send_start(index, step);
    } else if (auto listing = stream.next_listing(current)) {
      request.http = std::move(*listing);
      send({.kind = Operation::Kind::list, .stream = index}, std::move(request), step);
    }
    if (stream.wants_clock() && !clock_.sure() && !clock_asked_) {
      clock_asked_ = true;
      ask_tenant(step);
    }
  }
}

void TenantMachine::ask_blobs(Step& step) {
  if (streams_.empty()) return;
  Turn current = turn(step);
  auto in_flight = static_cast<std::size_t>(
      std::count_if(operations_.begin(), operations_.end(),
                    [](const auto& entry) { return entry.second.kind == Operation::Kind::blob; }));
  const auto room = [&] {
    return in_flight < options_.max_blobs_pending && operations_.size() < gate_.limit();
  };
  // One from each in turn, so that a content type with a long backlog delays no other.
  bool found = true;
  while (found && room()) {
    found = false;
    for (std::size_t i = 0; i < streams_.size() && room(); ++i) {
      const std::size_t index = (first_stream_ + i) % streams_.size();
      ContentStream& stream = *streams_[index];
      if (left_out(stream) || !stream.blob_ready(current.now)) continue;
      auto [blob, request] = stream.next_blob(current);
      send({.kind = Operation::Kind::blob, .stream = index, .blob = blob}, std::move(request),
           step);
      ++in_flight;
      found = true;
    }
    first_stream_ = (first_stream_ + 1) % streams_.size();
  }
}

void TenantMachine::set_wake(Step& step) {
  const TimePoint now = clock_.now();
  TimePoint wake = now + seconds{60};
  const auto consider = [&](TimePoint time) {
    if (time > now) wake = std::min(wake, time);
  };
  if (blocked_ && now < blocked_until_) {
    consider(blocked_until_);
  } else if (!gate_.open(now)) {
    consider(gate_.until());
  } else if (asks_tenant()) {
    consider(tenant_call_at_);
  } else if (options_.webhook) {
    consider(webhook_check_);
  }
  for (const auto& stream : streams_) {
    if (left_out(*stream)) continue;
    // A time that has passed and still waits, waits for an answer, not for the clock.
    if (const auto time = stream->next_time(now)) consider(*time);
    if (const auto time = webhook_time(*stream)) consider(*time);
  }
  step.wake = clock_.wall(wake);
}

}  // namespace cistern::connectors::microsoft_365
