#include "connectors/cisco_umbrella/bucket_machine.hpp"

#include "base/bytes.hpp"
#include "connectors/cisco_umbrella/messages.hpp"
#include "connectors/cisco_umbrella/schema.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_umbrella {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kDeleteAtOnce = 5000;

/// Names of the logs that the position speaks of.
std::vector<std::string> logs_of(const Position& position) {
  std::vector<std::string> out;
  for (const std::string_view prefix : {"through/", "done/"}) {
    for (auto it = position.lower_bound(prefix); it != position.end(); ++it) {
      std::string_view key = it->first;
      if (!key.starts_with(prefix)) break;
      key.remove_prefix(prefix.size());
      const std::string_view name = key.substr(0, key.find('/'));
      if (!is_log_name(name)) continue;
      if (std::find(out.begin(), out.end(), name) == out.end()) out.emplace_back(name);
    }
  }
  return out;
}

}  // namespace

std::unique_ptr<PollMachine> make_machine(MachineOptions options,
                                          std::shared_ptr<codec::aws::SigningTerms> terms,
                                          Random& random) {
  return std::make_unique<BucketMachine>(std::move(options), std::move(terms), random);
}

std::string key_name(std::string_view access_key_id) {
  return to_hex(make_identity({kVendor, "access key", access_key_id})).substr(0, 16);
}

BucketMachine::BucketMachine(MachineOptions options,
                             std::shared_ptr<codec::aws::SigningTerms> terms, Random& random)
    : options_(std::move(options)),
      terms_(std::move(terms)),
      random_(random),
      endpoint_(options_.endpoint),
      pace_(options_.listings_per_minute) {
  options_.parallel = std::max(options_.parallel, 1U);
  if (options_.queue) {
    queue_.emplace(*options_.queue, options_.endpoint.bucket, options_.prefix());
  }
}

// ---- events ----

Step BucketMachine::start(const Position& position, TimePoint now) {
  Step step;
  tick(now);
  started_ = now_;
  restore(position, step);
  judge_key(step);
  drive(step);
  return step;
}

Step BucketMachine::on_grant(const Grant& /*grant*/, TimePoint now) {
  Step step;
  tick(now);
  drive(step);
  return step;
}

Step BucketMachine::on_reply(PollReply reply, TimePoint now) {
  Step step;
  tick(now);
  const auto found = operations_.find(reply.id);
  if (found != operations_.end()) {
    const Operation operation = std::move(found->second);
    operations_.erase(found);
    if (operation.kind == Operation::Kind::object) --objects_out_;
    if (reply.response) {
      answered(operation, *reply.response, std::move(reply.records), step);
    } else {
      not_answered(operation, reply.response.error(), step);
    }
  }
  drive(step);
  return step;
}

Step BucketMachine::on_committed(std::uint64_t id, const Result<CommitResult>& result,
                                 TimePoint now) {
  Step step;
  tick(now);
  if (commits_open_ > 0) --commits_open_;
  {
    Turn current = turn(step);
    for (const auto& log : logs_) {
      if (log->committed(id, result, current)) break;
    }
  }
  // Behind a commit that could not be made the journal refuses those that presume it. Once all of
  // them are back, nothing presumes anything any more.
  if (commits_open_ == 0 && chain_->broken()) chain_ = std::make_shared<CommitChain>();
  drive(step);
  return step;
}

Step BucketMachine::on_wake(TimePoint now) {
  Step step;
  tick(now);
  drive(step);
  return step;
}

Step BucketMachine::on_damage(const StoreDamage& damage, TimePoint now) {
  Step step;
  tick(now);
  {
    Turn current = turn(step);
    for (const auto& log : logs_)
      log->mend(damage, current);
  }
  drive(step);
  return step;
}

void BucketMachine::tick(TimePoint now) {
  // A clock that is set back must not put everything off.
  now_ = now;
}

// ---- the position ----

void BucketMachine::restore(const Position& position, Step& step) {
  const auto text = [&](std::string_view key) {
    const auto found = position.find(key);
    return found == position.end() ? std::string{} : found->second;
  };
  const std::string before = text(kSourceKey);
  const bool ours = before.empty() || before == options_.source();
  StateDelta state;
  if (!ours) forget_source(position, before, step);
  const auto began = ours ? parse_time(text(kBeganKey)) : std::nullopt;
  began_ = began.value_or(std::chrono::floor<minutes>(now_ - options_.lookback));
  if (!began) state.push_back({std::string{kBeganKey}, format_time(began_)});
  if (before != options_.source()) {
    state.push_back({std::string{kSourceKey}, options_.source()});
  }
  const std::string seen = text(kKeySeenKey);
  const std::string name = key_name(options_.access_key_id);
  if (seen.starts_with(name + " ")) {
    key_since_ = parse_time(std::string_view{seen}.substr(name.size() + 1)).value_or(TimePoint{});
    key_seen_ = key_since_ != TimePoint{};
  }
  if (options_.key_created) key_since_ = *options_.key_created;
  if (!state.empty()) commit_state(std::move(state), step);
  if (ours) position_ = position;
  for (const std::string& log : options_.logs)
    add_log(log);
  for (const std::string& log : logs_of(position_)) {
    if (wanted(log)) add_log(log);
  }
  if (options_.logs.empty()) return;
  position_ = {};
}

void BucketMachine::forget_source(const Position& position, const std::string& before, Step& step) {
  tell(Report::Kind::notice, messages::other_source(before, options_.source()), {}, step);
  StateDelta state;
  for (const auto& [key, value] : position) {
    // What a commit cannot hold does no harm: it names objects that this folder does not have.
    if (state.size() >= kDeleteAtOnce && key.starts_with("done/")) continue;
    if (key != kKeySeenKey) state.push_back({key, std::nullopt});
  }
  commit_state(std::move(state), step);
}

void BucketMachine::commit_state(StateDelta state, Step& step) {
  Commit commit;
  commit.state = std::move(state);
  commit.dedupe = false;
  step.commits.push_back({.id = next_id_++, .commit = std::move(commit)});
}

bool BucketMachine::wanted(std::string_view log) const {
  return options_.logs.empty() ||
         std::find(options_.logs.begin(), options_.logs.end(), log) != options_.logs.end();
}

LogStream* BucketMachine::log_of(std::string_view name) {
  for (const auto& log : logs_) {
    if (log->log() == name) return log.get();
  }
  return nullptr;
}

LogStream* BucketMachine::add_log(const std::string& name) {
  if (LogStream* const known = log_of(name)) return known;
  if (logs_.size() >= kMostLogs) return nullptr;
  logs_.push_back(std::make_unique<LogStream>(name, options_));
  logs_.back()->restore(position_, began_);
  return logs_.back().get();
}

// ---- what next ----

Turn BucketMachine::turn(Step& step) {
  return {.now = now_,
          .vendor_now = now_ + vendor_ahead_,
          .random = random_,
          .endpoint = endpoint_,
          .next_id = next_id_,
          .chain = chain_,
          .step = step,
          .finished = finished_};
}

void BucketMachine::tell(Report::Kind kind, const Failure& failure, TimePoint until, Step& step) {
  Report report;
  report.kind = kind;
  report.until = until;
  report.failure = failure;
  step.reports.push_back(std::move(report));
}

void BucketMachine::drive(Step& step) {
  judge_key(step);
  hand_on_finished();
  ask(step);
  Turn current = turn(step);
  for (const auto& log : logs_)
    log->settle(current);
  hand_on_finished();
  note_queue(step);
  commits_open_ += step.commits.size();
  set_wake(step);
}

void BucketMachine::hand_on_finished() {
  for (const std::string& key : finished_) {
    if (queue_) queue_->object_done(key);
  }
  finished_.clear();
}

void BucketMachine::ask(Step& step) {
  if (now_ < blocked_until_) return;
  if (queue_ && now_ >= queue_blocked_until_) ask_queue(step);
  if (now_ < gate_until_) return;
  ask_discovery(step);
  if (now_ >= pace_until_) ask_listings(step);
  ask_objects(step);
}

void BucketMachine::ask_queue(Step& step) {
  // Messages are taken when every log is known that they may name.
  while (true) {
    auto question = queue_->next(now_, !discovering_);
    if (!question) return;
    PollRequest request;
    request.http = std::move(question->request);
    request.urgent = question->ask != QueueReader::Ask::receive;
    send({.kind = Operation::Kind::queue, .ask = question->ask}, std::move(request), step);
  }
}

bool BucketMachine::ask_discovery(Step& step) {
  if (!options_.logs.empty() || discovering_ || now_ < next_discovery_) return false;
  discovering_ = true;
  codec::aws::ListQuestion question;
  question.prefix = options_.prefix();
  question.delimiter = "/";
  question.continuation_token = discovery_token_;
  PollRequest request;
  request.http = codec::aws::list_objects(endpoint_, question);
  request.urgent = true;
  send({.kind = Operation::Kind::discover}, std::move(request), step);
  return true;
}

void BucketMachine::ask_listings(Step& step) {
  for (std::size_t i = 0; i < logs_.size(); ++i) {
    const std::size_t at = (first_log_ + i) % logs_.size();
    Turn current = turn(step);
    auto question = logs_[at]->next_listing(current);
    if (!question) continue;
    const Duration wait = pace_.take(now_);
    if (wait > Duration{0}) {
      pace_until_ = now_ + wait;
      logs_[at]->listing_postponed(pace_until_);
      first_log_ = at;
      return;
    }
    PollRequest request;
    request.http = std::move(*question);
    request.urgent = true;
    send({.kind = Operation::Kind::list, .log = at}, std::move(request), step);
  }
}

void BucketMachine::ask_objects(Step& step) {
  // A turn for each log: a folder with a backlog of millions does not hold up the others.
  bool any = true;
  while (any && objects_out_ < options_.parallel) {
    any = false;
    for (std::size_t i = 0; i < logs_.size() && objects_out_ < options_.parallel; ++i) {
      const std::size_t at = (first_log_ + i) % logs_.size();
      Turn current = turn(step);
      auto next = logs_[at]->next_object(current);
      if (!next) continue;
      any = true;
      ++objects_out_;
      send({.kind = Operation::Kind::object, .log = at, .key = std::move(next->first)},
           std::move(next->second), step);
    }
    if (!logs_.empty()) first_log_ = (first_log_ + 1) % logs_.size();
  }
}

void BucketMachine::send(Operation operation, PollRequest request, Step& step) {
  if (request.id == 0) request.id = next_id_++;
  operation.terms = terms_epoch_;
  operation.gate = gate_epoch_;
  operations_.emplace(request.id, std::move(operation));
  step.requests.push_back(std::move(request));
}

void BucketMachine::set_wake(Step& step) {
  TimePoint out = now_ + hours{1};
  const auto consider = [&](TimePoint time) {
    if (time > now_) out = std::min(out, time);
  };
  for (const auto& log : logs_) {
    if (const auto time = log->next_time(now_)) {
      out = std::min(out, std::max(*time, now_ + std::chrono::milliseconds{100}));
    }
  }
  if (queue_) {
    if (const auto time = queue_->next_time()) {
      out = std::min(out, std::max(*time, now_ + std::chrono::milliseconds{100}));
    }
    consider(queue_blocked_until_);
  }
  if (options_.logs.empty() && !discovering_) {
    out = std::min(out, std::max(next_discovery_, now_ + std::chrono::milliseconds{100}));
  }
  consider(pace_until_);
  // While nothing may be asked, the end of that is what matters.
  const TimePoint closed = queue_ ? blocked_until_ : std::max(blocked_until_, gate_until_);
  if (closed > now_) out = closed;
  consider(gate_until_);
  consider(next_key_check_);
  step.wake = out;
}

// ---- the key ----

/// A key of a Cisco-managed bucket is refused 90 days after it was made, while the vendor goes on
/// writing. What nobody told us is counted from its first use here, which may be later.
void BucketMachine::judge_key(Step& step) {
  if (now_ < next_key_check_) return;
  next_key_check_ = now_ + hours{1};
  const bool ages = options_.managed || options_.key_created.has_value();
  if (!ages || key_since_ == TimePoint{}) return;
  const TimePoint ends = key_since_ + kKeyLife;
  tell(Report::Kind::credential, {}, ends, step);
  const Duration age = now_ + vendor_ahead_ - key_since_;
  const Failure news = messages::key_age(age, ends, options_.key_created.has_value());
  if (news.code == key_told_) return;
  if (!key_told_.empty()) {
    tell(Report::Kind::notice, messages::key_is_new(key_told_), {}, step);
  }
  key_told_ = news.code;
  if (!news.code.empty()) tell(Report::Kind::notice, news, {}, step);
}

}  // namespace cistern::connectors::cisco_umbrella
