// What answers mean to the machine of a bucket.
#include "base/bytes.hpp"
#include "connectors/cisco_umbrella/bucket_machine.hpp"
#include "connectors/cisco_umbrella/messages.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_umbrella {

namespace {

using codec::aws::AwsError;
using codec::aws::Remedy;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kRecheck = minutes{15};
constexpr Duration kDiscoverEvery = hours{1};
constexpr Duration kDiscoverNothing = minutes{5};
/// A key that was just made may not be known everywhere yet.
constexpr Duration kNewKey = minutes{2};
constexpr Duration kNewKeyAgain = seconds{10};
constexpr unsigned kOutageAfter = 3;
constexpr std::size_t kMostFound = 1000;
constexpr Backoff kThrottle{.first = seconds{1}, .most = seconds{60}};
constexpr Backoff kOutage{.first = seconds{5}, .most = minutes{10}};
constexpr Backoff kBackoff{.first = seconds{5}, .most = minutes{10}};

bool is_success(int status) {
  return status == 200 || status == 206;
}

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Whether a success bears a mark of S3 or SQS: a portal that answers everything with its page
/// proves neither the key nor the region.
bool is_the_vendors(bool object, const HttpResponse& response) {
  if (response.header("x-amz-request-id") || response.header("x-amzn-requestid")) return true;
  if (object) return response.header("ETag").has_value();
  return response.body.find("<ListBucketResult") != std::string::npos ||
         response.body.starts_with('{');
}

codec::aws::Operation operation_of(bool queue, bool object) {
  if (queue) return codec::aws::Operation::queue;
  return object ? codec::aws::Operation::get : codec::aws::Operation::list;
}

}  // namespace

void BucketMachine::answered(const Operation& operation, const HttpResponse& response,
                             std::shared_ptr<const RecordBatch> records, Step& step) {
  if (!is_success(response.status)) return refused(operation, response, step);
  if (is_the_vendors(operation.kind == Operation::Kind::object, response)) succeeded(step);
  if (const auto date = response.header("Date")) {
    if (const auto time = parse_http_date(*date)) vendor_ahead_ = *time - now_;
  }
  Turn current = turn(step);
  switch (operation.kind) {
    case Operation::Kind::discover:
      return discovered(response, step);
    case Operation::Kind::list:
      return logs_[operation.log]->listing_answered(response, current);
    case Operation::Kind::object:
      return logs_[operation.log]->object_answered(operation.key, response, std::move(records),
                                                   current);
    case Operation::Kind::queue:
      return queue_answered(operation, response, step);
  }
}

void BucketMachine::succeeded(Step& step) {
  region_adopted_ = false;
  clock_corrected_ = false;
  unreachable_ = 0;
  gate_failures_ = 0;
  if (key_seen_) return;
  key_seen_ = true;
  if (key_since_ == TimePoint{}) key_since_ = now_;
  next_key_check_ = now_;
  commit_state(
      {{std::string{kKeySeenKey}, key_name(options_.access_key_id) + " " + format_time(now_)}},
      step);
}

// ---- finding logs ----

void BucketMachine::discovered(const HttpResponse& response, Step& step) {
  const auto page = codec::aws::read_listing(response.body);
  if (!page) {
    return not_answered({.kind = Operation::Kind::discover}, page.error(), step);
  }
  discovering_ = false;
  discovery_failures_ = 0;
  const std::string prefix = options_.prefix();
  for (std::string_view folder : page->prefixes) {
    if (!folder.starts_with(prefix) || !folder.ends_with('/')) continue;
    folder.remove_prefix(prefix.size());
    folder.remove_suffix(1);
    auto& list = is_log_name(folder) ? discovery_found_ : discovery_others_;
    if (list.size() < kMostFound) list.emplace_back(folder);
  }
  discovery_token_ = page->next_token;
  if (!discovery_token_.empty() && discovery_found_.size() < kMostFound) {
    next_discovery_ = now_;
    return;
  }
  discovery_over(step);
}

void BucketMachine::discovery_over(Step& step) {
  const auto found = std::exchange(discovery_found_, {});
  const auto others = std::exchange(discovery_others_, {});
  discovery_token_.clear();
  // Names that the vendor uses go first, should there be more folders than can be collected.
  for (const bool named : {true, false}) {
    for (const std::string& log : found) {
      if (looks_like_log(log) != named || add_log(log) != nullptr) continue;
      if (std::exchange(too_many_told_, true)) continue;
      tell(Report::Kind::notice, messages::too_many_logs(log, kMostLogs), {}, step);
    }
  }
  position_ = {};
  const bool any =
      std::any_of(logs_.begin(), logs_.end(), [](const auto& log) { return log->proven(); });
  next_discovery_ = now_ + (any ? kDiscoverEvery : kDiscoverNothing);
  if (any) return;
  std::string organisations;
  for (const std::string& folder : others) {
    if (all_digits(folder) && organisations.size() < 200)
      organisations.append(organisations.empty() ? "" : ", ").append(folder);
  }
  tell(Report::Kind::retrying, messages::no_logs(options_.source(), organisations), next_discovery_,
       step);
}

// ---- the queue ----

void BucketMachine::queue_answered(const Operation& operation, const HttpResponse& response,
                                   Step& step) {
  if (!queue_trouble_.empty()) {
    tell(Report::Kind::notice, messages::queue_works(std::exchange(queue_trouble_, {})), {}, step);
  }
  if (operation.ask != QueueReader::Ask::receive) {
    return queue_->answered(operation.ask, response);
  }
  auto named = queue_->received(response, now_);
  if (!named) return not_answered(operation, named.error(), step);
  offer_all(*named, step);
}

void BucketMachine::offer_all(const std::vector<QueueReader::Named>& named, Step& step) {
  for (std::size_t at = 0; at < named.size();) {
    const std::uint64_t message = named[at].message;
    bool keep = false;
    for (; at < named.size() && named[at].message == message; ++at) {
      const QueueReader::Named& one = named[at];
      if (!wanted(one.name.log)) continue;
      LogStream* const log = add_log(one.name.log);
      if (log == nullptr) {
        keep = true;
        continue;
      }
      Turn current = turn(step);
      const Offer offer = log->offer(one.name, one.etag, one.size, one.time, current);
      if (offer == Offer::full) keep = true;
      if (offer == Offer::pending) queue_->wait_for(message, one.key);
    }
    queue_->offered(message, keep);
  }
}

void BucketMachine::note_queue(Step& step) {
  if (!queue_) return;
  const QueueCounts& counts = queue_->counts();
  if (counts.foreign > queue_told_.foreign && queue_told_.foreign == 0) {
    tell(Report::Kind::notice, messages::foreign_messages(counts.foreign), {}, step);
    queue_told_.foreign = counts.foreign;
  }
  if (counts.repeated > queue_told_.repeated && queue_told_.repeated == 0) {
    tell(Report::Kind::notice, messages::repeated_messages(counts.repeated), {}, step);
    queue_told_.repeated = counts.repeated;
  }
  if (counts.damaged > queue_told_.damaged && queue_told_.damaged == 0) {
    tell(Report::Kind::notice, messages::damaged_messages(counts.damaged), {}, step);
    queue_told_.damaged = counts.damaged;
  }
}

// ---- refusals ----

void BucketMachine::refused(const Operation& operation, const HttpResponse& response, Step& step) {
  const AwsError error = codec::aws::read_error(response);
  const auto& row = codec::aws::row_of(operation_of(operation.kind == Operation::Kind::queue,
                                                    operation.kind == Operation::Kind::object),
                                       error);
  const Failure failure = messages::refusal(codec::aws::to_failure(row, error), error,
                                            options_.managed, options_.source());
  switch (row.remedy) {
    case Remedy::adopt_region:
      return adopt_region(operation, error, failure, step);
    case Remedy::correct_clock:
      return correct_clock(operation, error, failure, step);
    case Remedy::refused: {
      again(operation);
      const bool fresh = error.code == "InvalidAccessKeyId" && now_ < started_ + kNewKey;
      if (fresh) return block(operation, Report::Kind::retrying, failure, kNewKeyAgain, step);
      return block(operation, Report::Kind::refused, failure, kRecheck, step);
    }
    case Remedy::denied:
      return denied(operation, failure, step);
    case Remedy::throttled: {
      if (operation.kind == Operation::Kind::queue) {
        queue_->failed(operation.ask, now_ + kOutage.delay(1, random_));
        return;
      }
      again(operation);
      const auto header = response.header("Retry-After");
      const auto asked = header ? parse_retry_after(*header, now_, minutes{10}) : std::nullopt;
      return close_gate(operation, asked.value_or(Duration{0}), failure, Report::Kind::throttled,
                        step);
    }
    case Remedy::retry:
    case Remedy::restart_listing:
    case Remedy::object_gone:
    case Remedy::object_changed:
    case Remedy::restart_object:
    case Remedy::set_aside:
    case Remedy::forget_message:
      return failed(operation, row.remedy, failure, step);
  }
}

/// What the queue refuses stops the queue alone: listing finds everything without it.
void BucketMachine::block(const Operation& operation, Report::Kind kind, const Failure& failure,
                          Duration wait, Step& step) {
  if (operation.kind == Operation::Kind::queue) {
    queue_blocked_until_ = now_ + wait;
    queue_trouble_ = failure.code;
    return tell(Report::Kind::notice, failure, {}, step);
  }
  const bool told = now_ < blocked_until_;
  blocked_until_ = std::max(blocked_until_, now_ + wait);
  if (!told) tell(kind, failure, blocked_until_, step);
}

/// Once: the server says where the bucket is. The new host follows from a checked region; nothing
/// follows an address out of an answer, and no signature goes to another host.
void BucketMachine::adopt_region(const Operation& operation, const AwsError& error,
                                 const Failure& failure, Step& step) {
  again(operation);
  if (operation.terms != terms_epoch_) return;
  const bool of_queue = operation.kind == Operation::Kind::queue;
  const auto moved =
      of_queue || region_adopted_ ? std::nullopt : codec::aws::in_region(endpoint_, error.region);
  if (!moved) return block(operation, Report::Kind::refused, failure, kRecheck, step);
  const Failure news = messages::other_region(endpoint_.region, moved->region);
  endpoint_ = *moved;
  terms_->allow({.origin = endpoint_.origin, .service = "s3", .region = endpoint_.region});
  region_adopted_ = true;
  ++terms_epoch_;
  tell(Report::Kind::notice, news, {}, step);
}

/// Once: the vendor says what time it is. Signatures bear its time from then on; this machine's
/// clock stays as wrong as it is, and is said to be.
void BucketMachine::correct_clock(const Operation& operation, const AwsError& error,
                                  const Failure& failure, Step& step) {
  again(operation);
  if (operation.terms != terms_epoch_) return;
  const auto offset = codec::aws::clock_offset(error, now_);
  if (!offset || clock_corrected_)
    return block(operation, Report::Kind::refused, failure, kRecheck, step);
  terms_->set_clock_offset(*offset);
  vendor_ahead_ = *offset;
  clock_corrected_ = true;
  ++terms_epoch_;
  if (std::exchange(clock_told_, true)) return;
  tell(Report::Kind::notice, messages::clock_skew(-*offset), {}, step);
}

void BucketMachine::denied(const Operation& operation, const Failure& failure, Step& step) {
  Turn current = turn(step);
  switch (operation.kind) {
    case Operation::Kind::discover:
      discovering_ = false;
      next_discovery_ = now_ + kRecheck;
      return tell(Report::Kind::denied, failure, next_discovery_, step);
    case Operation::Kind::list:
      logs_[operation.log]->listing_again();
      return logs_[operation.log]->pause(Report::Kind::denied, failure, now_ + kRecheck, current);
    case Operation::Kind::object:
      return logs_[operation.log]->object_refused(operation.key, Remedy::denied, failure, current);
    case Operation::Kind::queue:
      queue_->again(operation.ask);
      return block(operation, Report::Kind::denied, failure, kRecheck, step);
  }
}

void BucketMachine::failed(const Operation& operation, Remedy remedy, const Failure& failure,
                           Step& step) {
  Turn current = turn(step);
  switch (operation.kind) {
    case Operation::Kind::discover: {
      discovering_ = false;
      if (remedy == Remedy::restart_listing) discovery_token_.clear();
      next_discovery_ = now_ + kBackoff.delay(std::min(discovery_failures_++, 16U), random_);
      if (discovery_failures_ > 1) tell(Report::Kind::retrying, failure, next_discovery_, step);
      return;
    }
    case Operation::Kind::list:
      if (remedy == Remedy::restart_listing) {
        return logs_[operation.log]->listing_restart(current);
      }
      return logs_[operation.log]->listing_failed(failure, current);
    case Operation::Kind::object:
      return logs_[operation.log]->object_refused(operation.key, remedy, failure, current);
    case Operation::Kind::queue:
      if (remedy == Remedy::forget_message) return queue_->answered(operation.ask, {});
      return queue_->failed(operation.ask, now_ + kBackoff.delay(2, random_));
  }
}

void BucketMachine::again(const Operation& operation) {
  switch (operation.kind) {
    case Operation::Kind::discover:
      discovering_ = false;
      return;
    case Operation::Kind::list:
      return logs_[operation.log]->listing_again();
    case Operation::Kind::object:
      return logs_[operation.log]->object_again(operation.key);
    case Operation::Kind::queue:
      return queue_->again(operation.ask);
  }
}

/// Many requests are under way when the vendor begins to refuse. They count as one refusal, or the
/// delay would double with each: an answer to a request sent before the gate closed says nothing.
void BucketMachine::close_gate(const Operation& operation, std::optional<Duration> asked,
                               const Failure& failure, Report::Kind kind, Step& step) {
  if (operation.gate != gate_epoch_) return;
  const Backoff& backoff = kind == Report::Kind::throttled ? kThrottle : kOutage;
  const Duration wait = std::max(backoff.delay(std::min(gate_failures_++, 16U), random_),
                                 asked.value_or(Duration{0}));
  ++gate_epoch_;
  gate_until_ = now_ + wait;
  tell(kind, failure, gate_until_, step);
}

void BucketMachine::not_answered(const Operation& operation, const Failure& failure, Step& step) {
  const bool of_network = failure.code.starts_with("net/");
  const bool of_answer = failure.code == "aws/listing" || failure.code == "aws/queue-answer";
  if (failure.verdict != Verdict::retry && !of_answer && failure.code != "net/too-large") {
    // The signer or the network refuses for good: every request would meet the same.
    again(operation);
    return block(operation, Report::Kind::stopped, failure, kRecheck, step);
  }
  if (of_network && ++unreachable_ >= kOutageAfter) {
    close_gate(operation, std::nullopt, failure, Report::Kind::retrying, step);
  }
  failed(operation, Remedy::retry, failure, step);
}

}  // namespace cistern::connectors::cisco_umbrella
