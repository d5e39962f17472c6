#include "connectors/cisco_secure_endpoint/log_stream.hpp"

#include "connectors/cisco_secure_endpoint/clouds.hpp"
#include "connectors/cisco_secure_endpoint/identity.hpp"
#include "connectors/cisco_secure_endpoint/messages.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// The audit log is read in closed windows; what is younger may still be growing.
constexpr Duration kAuditSettles = minutes{1};
/// How long the vendor is said to keep events.
constexpr Duration kRetention = hours{24 * 30};
/// Overlap while the event stream brings what comes late.
constexpr Duration kGlance = minutes{5};

TimePoint whole_seconds(TimePoint time) {
  return std::chrono::floor<seconds>(time);
}

}  // namespace

LogStream::LogStream(std::string_view name, const MachineOptions& options)
    : name_(name), options_(options), cloud_(identity_host(options.api_url)) {}

std::string_view LogStream::words() const {
  return name_ == kAudit ? "the audit log" : "events";
}

std::string LogStream::key(std::string_view name) const {
  return std::string{name_} + "/" + std::string{name};
}

Status LogStream::restore(const Position& position) {
  const auto read = [&](std::string_view name, TimePoint& to) -> Status {
    const auto found = position.find(key(name));
    if (found == position.end()) return {};
    const auto time = parse_time(found->second);
    if (!time) return fail(messages::unreadable_position(found->first));
    to = *time;
    return {};
  };
  TimePoint began{};
  Status status = read("began", began);
  if (status) status = read("through", through_);
  if (status) status = read("swept", swept_);
  unreadable_ = !status;
  if (began == TimePoint{}) return status;
  began_ = began;
  if (through_ == TimePoint{}) through_ = began;
  return status;
}

void LogStream::forget_position() {
  began_.reset();
  through_ = {};
  swept_ = {};
  unreadable_ = false;
}

/// Stored at once: with a walk that fails for long, a restart would begin at a later time and pass
/// over what was asked for.
bool LogStream::begin(Turn& turn) {
  if (began_) return note_ == 0;
  const TimePoint now = whole_seconds(turn.vendor_now);
  began_ = now - options_.backfill;
  through_ = *began_;
  swept_ = now;
  Commit commit;
  commit.state = {{key("began"), format_time(*began_)}, {key("swept"), format_time(swept_)}};
  Coverage row;
  row.stream = name_;
  row.kind = "window";
  row.from = *began_;
  row.to = std::max(now, *began_ + seconds{1});
  row.state = CoverageState::partial;
  commit.coverage = {std::move(row)};
  note_ = turn.next_id++;
  turn.step.commits.push_back({.id = note_, .commit = std::move(commit)});
  return false;
}

/// Events come by the stream, and nothing older than its beginning is unread.
bool LogStream::compares() const {
  return name_ == kEvents && stream_.flowing && through_ >= stream_.covered_from;
}

/// While the event stream flows, what it brings is looked at from a little before the watermark,
/// and now and then from long before.
TimePoint LogStream::start_of(const Plan& plan) const {
  const Duration overlap = compares() ? std::min(options_.overlap, kGlance) : options_.overlap;
  TimePoint from = through_ - overlap;
  if (plan.compare) from = std::min(from, plan.to - options_.compare_back);
  if (plan.sweep) from = std::min(from, plan.to - options_.sweep);
  if (!holes_.empty()) from = std::min(from, plan.to - kRetention);
  return std::max(whole_seconds(from), whole_seconds(*began_));
}

void LogStream::make_plan(Turn& turn) {
  const bool audit = name_ == kAudit;
  Plan plan;
  plan.to = whole_seconds(turn.vendor_now - (audit ? kAuditSettles : Duration{0}));
  plan.sweep = plan.to - swept_ >= options_.sweep_interval;
  plan.compare = (compares() || make_up_) && turn.now >= next_compare_;
  plan.from = start_of(plan);
  plan.holes = holes_;
  plan.end = plan.to;
  requests_ = 0;
  if (plan.to <= plan.from) {
    next_poll_ = turn.now + seconds{10};
    return;
  }
  plan_ = std::move(plan);
  walk_.emplace(options_.page_size, torn_in_a_row_ >= 3);
}

std::optional<PollRequest> LogStream::next_request(Turn& turn) {
  if (unreadable_ || in_flight_ || !pending_.commits.empty()) return std::nullopt;
  if (turn.now < not_before_ || !begin(turn)) return std::nullopt;
  if (!plan_ && turn.now >= next_poll_) make_plan(turn);
  if (!plan_) return std::nullopt;
  in_flight_ = true;
  ++requests_;
  PollRequest request;
  request.id = turn.next_id++;
  if (plan_->asks_types) {
    request.http = event_types_request(options_.api_url);
    return request;
  }
  request.http = page_request();
  request.decode = [context = PageContext{name_, cloud_}](std::string body) {
    return std::shared_ptr<const RecordBatch>(decode_page(std::move(body), context));
  };
  return request;
}

HttpRequest LogStream::page_request() const {
  if (name_ == kAudit) {
    return audit_request(options_.api_url, {.from = plan_->from,
                                            .to = plan_->end,
                                            .offset = walk_->offset(),
                                            .limit = walk_->limit()});
  }
  return events_request(options_.api_url,
                        {.from = plan_->from,
                         .offset = walk_->offset(),
                         .limit = walk_->limit(),
                         .event_type = plan_->types.empty() ? std::string{} : plan_->types.back()});
}

std::optional<TimePoint> LogStream::next_time() const {
  if (unreadable_ || in_flight_ || !pending_.commits.empty()) return std::nullopt;
  if (plan_) return not_before_;
  return std::max(not_before_, next_poll_);
}

void LogStream::pause(Report::Kind kind, const Failure& failure, Duration wait, Turn& turn) {
  in_flight_ = false;
  troubled_ = true;
  not_before_ = turn.now + wait;
  report(kind, failure, not_before_, turn);
}

void LogStream::report(Report::Kind kind, const Failure& failure, TimePoint until,
                       Turn& turn) const {
  Report out;
  out.kind = kind;
  out.stream = name_;
  out.until = until;
  out.failure = failure;
  turn.step.reports.push_back(std::move(out));
}

/// What a stream that has ended did not bring any more is looked for at once.
void LogStream::stream_state(const StreamState& state, Turn& turn) {
  if (name_ != kEvents) return;
  if (stream_.flowing && !state.flowing) {
    make_up_ = true;
    next_compare_ = turn.now;
    next_poll_ = turn.now;
  }
  stream_ = state;
}

/// Which records are gone nobody can say by name, so all that the vendor keeps is read again; what
/// the store still has is recognised.
void LogStream::mend(const StoreDamage& damage, Turn& turn) {
  std::set<std::string> gone;
  for (const Coverage& row : damage.items) {
    if (row.kind != kMendedKind) continue;
    if (row.state == CoverageState::damaged) gone.insert(row.item);
    if (row.state != CoverageState::damaged && row.stream == name_) mended_.insert(row.item);
  }
  std::size_t news = 0;
  for (const std::string& hole : gone) {
    if (!mended_.contains(hole) && holes_.insert(hole).second) ++news;
  }
  if (news == 0) return;
  next_poll_ = turn.now;
  report(Report::Kind::notice, messages::asked_again(words(), news), {}, turn);
}

}  // namespace cistern::connectors::cisco_secure_endpoint
