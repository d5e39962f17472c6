// Values of the streams become commits, and the ledger says what they prove.
#include "base/bytes.hpp"
#include "connectors/crowdstrike_falcon/event_decoder.hpp"
#include "connectors/crowdstrike_falcon/falcon_machine.hpp"
#include "connectors/crowdstrike_falcon/messages.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::crowdstrike_falcon {

using std::chrono::seconds;

namespace {
/// What the vendor sent a moment ago may still be on its way through decoding.
constexpr Duration kSettling = seconds{5};
/// A window without events, so that a quiet stream is complete through now as well.
constexpr Duration kWindowEvery = seconds{60};
/// Windows beside events.
constexpr Duration kWindowBeside = seconds{10};
constexpr Duration kTellLeftOut = std::chrono::hours{24};

/// Without a time a row would speak of every hour.
Coverage gap_row(const Feed& feed, const OffsetGap& gap) {
  Coverage row;
  row.stream = kStream;
  row.kind = "offsets";
  row.item = feed.key + ":" + std::to_string(gap.from) + "-" + std::to_string(gap.to);
  row.from = gap.after == TimePoint{} ? gap.before : gap.after;
  row.to = std::max(row.from, gap.before);
  row.state = CoverageState::lost;
  row.reason = messages::gap_reason(gap);
  return row;
}

/// The first event that has a place.
const Record* first_event(const StreamBatch& batch) {
  for (std::size_t i = 0; i < batch.batch.records.size(); ++i) {
    if (batch.offsets[i] != StreamBatch::kNoOffset && batch.batch.records[i].form == RawForm::json)
      return &batch.batch.records[i];
  }
  return nullptr;
}

}  // namespace

Step FalconMachine::on_values(std::uint64_t stream, std::shared_ptr<const StreamBatch> values,
                              TimePoint now) {
  Step step;
  tick(now);
  Feed* feed = feed_of_stream(stream);
  if (feed == nullptr || values == nullptr || broken_) return step;
  if (belongs_to_us(*values, step)) {
    Intake intake = take_in(*feed, *values, customer_, vendor_now() + kOrderSlack);
    if (!intake.renumbered) advance_through(*feed, *values, intake);
    feed->brought += intake.kept.size() + intake.left_out;
    const bool renumbered = intake.renumbered;
    store(*feed, std::move(intake), values, step);
    if (renumbered) begin_anew(*feed, step);
    tell_working(step);
  }
  drive(step);
  return step;
}

/// Whose events these are is known with the first one only. A position that another API client left
/// behind may be another customer's, whose offsets mean nothing here; until that is known the feeds
/// are read from their beginning, and of the same customer they are then read from the position.
bool FalconMachine::belongs_to_us(const StreamBatch& batch, Step& step) {
  if (!customer_.empty() && !suspect_) return true;
  const Record* event = first_event(batch);
  const std::string customer =
      event == nullptr ? std::string{} : lower_case(read_facts(event->raw).customer);
  if (customer.empty()) return true;
  const std::string before = std::exchange(customer_, customer);
  const bool was_suspect = std::exchange(suspect_, false);
  if (before.empty() || before == customer) {
    if (was_suspect) read_anew(step);
    return !was_suspect;
  }
  tell(Report::Kind::notice, messages::other_customer(before, customer), {}, step);
  change_customer(step);
  return false;
}

/// Nothing of the batch is taken: it was asked for with the other customer's offset. The feeds are
/// read from where the new customer's begin.
void FalconMachine::change_customer(Step& step) {
  Commit commit;
  through_ = {};
  StateDelta delta = identity_delta();
  delta.push_back({std::string{kThroughKey}, std::nullopt});
  for (const auto& feed : feeds_) {
    feed->cursor = find_cursor(position_, customer_, feed->key);
    feed->began.reset();
    if (options_.start == FirstStart::now && !feed->cursor.last) feed->began = vendor_now();
    delta.push_back({began_key(feed->key), std::nullopt});
    if (feed->began) delta.back().value = time_value(*feed->began);
    feed->expired.reset();
    feed->first_seen.reset();
    feed->through = {};
  }
  remember(std::move(delta), commit);
  order(std::move(commit), step);
  read_anew(step);
}

void FalconMachine::read_anew(Step& step) {
  close_all(step);
  for (const auto& feed : feeds_)
    feed->retry_at = now_ + options_.reconnect_delay;
}

StateDelta FalconMachine::identity_delta() {
  identity_stored_ = true;
  return {{std::string{kCustomerKey}, customer_}, {std::string{kClientKey}, options_.client_id}};
}

void FalconMachine::store(Feed& feed, Intake intake,
                          const std::shared_ptr<const StreamBatch>& batch, Step& step) {
  if (intake.kept.empty() && !intake.moved && intake.repeated == 0) return;
  Commit commit;
  // Its place in the feed says whether an event was stored before; what has no place is recognised
  // by its identity.
  commit.dedupe = intake.unplaced;
  count(feed, intake, commit, step);
  if (intake.gap) {
    commit.coverage.push_back(gap_row(feed, *intake.gap));
    tell(Report::Kind::lost, messages::offsets_lost(feed.key, *intake.gap), {}, step);
  }
  StateDelta delta;
  if (intake.moved) {
    feed.cursor.customer = customer_;
    delta.push_back({cursor_key(customer_, feed.key), cursor_value(feed.cursor)});
    if (!identity_stored_ && !customer_.empty()) {
      for (StateChange& change : identity_delta())
        delta.push_back(std::move(change));
    }
  }
  if (intake.began_passed) delta.push_back({began_key(feed.key), std::nullopt});
  remember(std::move(delta), commit);
  if (now_ >= window_written_ + kWindowBeside) add_window(commit);
  if (!intake.kept.empty()) commit.owners.push_back(batch);
  commit.records = std::move(intake.kept);
  order(std::move(commit), step);
}

/// The records point at the first row, which sums up what the feed offered and what was stored.
/// What was repeated and what a filter left out have rows of their own.
void FalconMachine::count(const Feed& feed, const Intake& intake, Commit& commit, Step& step) {
  const auto add = [&](std::string_view what, std::string_view reason, std::uint64_t offered) {
    commit.coverage.push_back({.stream = std::string{kStream},
                               .kind = "offsets",
                               .item = feed.key + std::string{what},
                               .from = intake.earliest,
                               .to = intake.latest,
                               .state = CoverageState::whole,
                               .reason = std::string{reason},
                               .expires = {},
                               .offered = offered});
  };
  if (!intake.kept.empty() || intake.moved) add("", "", intake.kept.size());
  if (intake.repeated > 0) add(" repeated", "read before", intake.repeated);
  if (intake.before_start > 0) add(" before start", "older than `start`", intake.before_start);
  if (intake.left_out == 0) return;
  add(" left out", "left out by event_types or exclude_event_types", intake.left_out);
  left_out_ += intake.left_out;
  if (left_out_told_ != TimePoint{} && now_ < left_out_told_ + kTellLeftOut) return;
  left_out_told_ = now_;
  tell(Report::Kind::notice, messages::left_out(left_out_), {}, step);
}

void FalconMachine::begin_anew(Feed& feed, Step& step) {
  tell(Report::Kind::notice, messages::renumbered(feed.key), {}, step);
  ++feed.cursor.epoch;
  feed.cursor.last.reset();
  feed.began = feed.cursor.newest;
  feed.expired.reset();
  Commit commit;
  remember({{cursor_key(customer_, feed.key), cursor_value(feed.cursor)},
            {began_key(feed.key), time_value(*feed.began)}},
           commit);
  order(std::move(commit), step);
  close(feed, now_ + options_.reconnect_delay, step);
}

/// An event with creation time C entered the feed at C or later, and everything that entered before
/// it has been read, because a feed is in order. A keep-alive says that there was nothing more,
/// which is true of now only while nothing waits behind it.
void FalconMachine::advance_through(Feed& feed, const StreamBatch& batch, const Intake& intake) {
  if (suspect_) return;
  const TimePoint settled = vendor_now() - kSettling;
  TimePoint through = std::min(feed.cursor.newest, settled);
  const bool nothing_more = batch.keep_alives > 0 && batch.at_end;
  if (nothing_more || intake.latest > settled - kWindowEvery) feed.live = true;
  if (nothing_more) through = settled;
  if (!feed.first_seen && intake.earliest != TimePoint{}) feed.first_seen = intake.earliest;
  if (!feed.first_seen && nothing_more) feed.first_seen = settled;
  feed.through = std::max(feed.through, through);
}

std::optional<TimePoint> FalconMachine::common_through() const {
  std::optional<TimePoint> through;
  for (const auto& feed : feeds_) {
    if (feed->state == Feed::State::vanished) continue;
    through = through ? std::min(*through, feed->through) : feed->through;
  }
  if (!through || *through == TimePoint{}) return std::nullopt;
  return through;
}

/// Complete through means: what the vendor had put into every feed before then is stored.
void FalconMachine::add_window(Commit& commit) {
  const auto through = common_through();
  if (!through || *through <= through_) return;
  TimePoint from = through_;
  if (from == TimePoint{}) {
    from = *through;
    for (const auto& feed : feeds_)
      from = std::min(from, feed->first_seen.value_or(from));
  }
  window_written_ = now_;
  window_at_ = now_ + kWindowEvery;
  if (from < *through) {
    commit.coverage.push_back({.stream = std::string{kStream},
                               .kind = "window",
                               .item = {},
                               .from = from,
                               .to = *through,
                               .state = CoverageState::whole,
                               .reason = {},
                               .expires = {},
                               .offered = 0});
  }
  through_ = *through;
  remember({{std::string{kThroughKey}, time_value(through_)}}, commit);
}

void FalconMachine::commit_window(Step& step) {
  window_at_ = now_ + kWindowEvery;
  Commit commit;
  add_window(commit);
  if (!commit.state.empty()) order(std::move(commit), step);
}

}  // namespace cistern::connectors::crowdstrike_falcon
