// The listing half of a log: pages, and what they name.
#include "base/bytes.hpp"
#include "connectors/cisco_umbrella/log_stream.hpp"
#include "connectors/cisco_umbrella/messages.hpp"
#include "connectors/cisco_umbrella/schema.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_umbrella {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Backoff kBackoff{.first = seconds{5}, .most = minutes{10}};
/// The hour of uploads that a listing proves ends so long before it: an object bears the time at
/// which its upload began.
constexpr Duration kMargin = minutes{1};

}  // namespace

std::optional<HttpRequest> LogStream::next_listing(Turn& turn) {
  if (listing_ != nullptr || turn.now < paused_until_ || objects_.full()) return std::nullopt;
  Chain* const chain = plan_.next(turn.now, turn.vendor_now, ledger_.floor());
  if (chain == nullptr) return std::nullopt;
  listing_ = chain;
  codec::aws::ListQuestion question;
  question.prefix = prefix_ + log_ + "/";
  question.continuation_token = chain->token;
  if (chain->token.empty()) {
    question.start_after =
        chain->start_after.empty() ? slot_start(prefix_, log_, chain->from) : chain->start_after;
  }
  return codec::aws::list_objects(turn.endpoint, question);
}

void LogStream::listing_postponed(TimePoint until) {
  if (listing_ != nullptr) listing_->not_before = until;
  listing_ = nullptr;
}

void LogStream::listing_answered(const HttpResponse& response, Turn& turn) {
  if (listing_ == nullptr) return;
  const auto page = codec::aws::read_listing(response.body);
  if (!page) return listing_failed(page.error(), turn);
  Chain& chain = *listing_;
  listing_ = nullptr;
  chain.not_before = {};
  if (chain.pages++ == 0) {
    const auto date = response.header("Date");
    const auto time = date ? parse_http_date(*date) : std::nullopt;
    chain.listed_at = time.value_or(turn.vendor_now) - kMargin;
  }
  take_page(chain, *page, turn);
}

void LogStream::take_page(Chain& chain, const codec::aws::Listing& page, Turn& turn) {
  bool over = page.next_token.empty();
  for (const codec::aws::ListedObject& object : page.objects) {
    if (behind_all_days(prefix_, log_, object.key)) {
      over = true;
      break;
    }
    if (chain.until && object.key >= slot_start(prefix_, log_, *chain.until)) {
      over = true;
      break;
    }
    take_object(object, chain, turn);
  }
  const bool onward = page.objects.empty() || page.objects.back().key > chain.start_after;
  if (!page.objects.empty() && onward) chain.start_after = page.objects.back().key;
  // A folder that no page calls one of the export's is looked at by its first page only.
  if (over || (!proven_ && !page.objects.empty())) return end_chain(chain, turn);
  // A server that says that more follows and repeats itself would be asked for ever.
  if (!onward || page.next_token == chain.token) {
    listing_ = &chain;
    return listing_failed(messages::listing_stands_still(log_), turn);
  }
  chain.attempts = 0;
  chain.token = page.next_token;
}

void LogStream::take_object(const codec::aws::ListedObject& listed, const Chain& chain,
                            Turn& turn) {
  const auto name = parse_object_key(prefix_, listed.key);
  if (!name || name->log != log_) return note_foreign(listed.key);
  proven_ = true;
  newest_slot_ = std::max(newest_slot_, name->slot());
  const TimePoint when = listed.last_modified == TimePoint{} ? name->slot() : listed.last_modified;
  PendingObject object;
  object.name = *name;
  object.done.etag = listed.etag;
  object.done.size = listed.size;
  object.done.available = std::min(when, chain.listed_at + kMargin);
  if (objects_.contains(listed.key)) {
    PendingObject& known = objects_.at(listed.key);
    const bool unread = !open_.contains(listed.key) && !known.durable;
    if (unread && known.done.etag != listed.etag && !known.done.raw_from) {
      known.done.etag = listed.etag;
      known.done.size = listed.size;
    }
    return;
  }
  const auto end = ledger_.find(*name);
  if (end && (end->version == version_of(listed.etag) || end->fate == ObjectFate::gone)) return;
  if (end) {
    object.before = end;
    report(Report::Kind::notice, messages::new_version(listed.key), {}, turn);
  }
  add(std::move(object), turn);
}

/// What is found behind `through` lies in a window that counts as whole. Until it is stored the
/// ledger must say so, or an hour would read as whole while something of it is missing.
bool LogStream::add(PendingObject object, Turn& turn) {
  const std::string key = format_object_key(prefix_, object.name);
  object.late = through_ && object.done.available < *through_;
  const bool late = object.late;
  objects_.add(key, std::move(object));
  if (!late) return true;
  Commit commit;
  Coverage row = row_of(key, objects_.at(key), CoverageState::partial);
  row.reason = "listed late, being read";
  commit.coverage.push_back(std::move(row));
  order({.kind = Pending::Kind::note}, std::move(commit), turn);
  return true;
}

Offer LogStream::offer(const ObjectKey& name, const std::string& etag,
                       std::optional<std::uint64_t> size, TimePoint available, Turn& turn) {
  const std::string key = format_object_key(prefix_, name);
  proven_ = true;
  newest_slot_ = std::max(newest_slot_, name.slot());
  if (objects_.contains(key)) return Offer::pending;
  const auto end = ledger_.find(name);
  if (end && (etag.empty() || end->version == version_of(etag))) return Offer::done;
  if (objects_.full()) return Offer::full;
  PendingObject object;
  object.name = name;
  object.before = end;
  object.done.etag = etag;
  object.done.size = size;
  object.done.available = available == TimePoint{} ? turn.vendor_now : available;
  if (end) report(Report::Kind::notice, messages::new_version(key), {}, turn);
  add(std::move(object), turn);
  return Offer::pending;
}

void LogStream::note_foreign(const std::string& key) {
  if (foreign_++ == 0) foreign_example_ = excerpt(key, 200);
}

void LogStream::end_chain(Chain& chain, Turn& turn) {
  const Chain::Kind kind = chain.kind;
  if (kind == Chain::Kind::retention) {
    sweep_mark_ = objects_.last_number();
    sweep_ended_ = sweep_at_ = chain.listed_at;
  }
  if (foreign_ > 0 && foreign_ > foreign_told_) {
    foreign_told_ = foreign_;
    report(Report::Kind::notice, messages::foreign_keys(log_, foreign_, foreign_example_), {},
           turn);
  }
  foreign_ = 0;
  plan_.end(kind, turn.now);
  if (kind != Chain::Kind::newest) return;
  listed_once_ = true;
  told_ = false;
  judge_freshness(turn);
}

void LogStream::listing_failed(const Failure& failure, Turn& turn) {
  Chain* const chain = std::exchange(listing_, nullptr);
  if (chain == nullptr) return;
  const Duration wait = kBackoff.delay(std::min(chain->attempts++, 16U), turn.random);
  chain->not_before = turn.now + std::max(wait, Duration{failure.wait});
  // A page that was cut may have been cut because of its token.
  if (chain->attempts % 4 == 0) chain->token.clear();
  if (chain->attempts > 1) report(Report::Kind::retrying, failure, chain->not_before, turn);
}

void LogStream::listing_restart(Turn& turn) {
  Chain* const chain = std::exchange(listing_, nullptr);
  if (chain == nullptr) return;
  chain->token.clear();
  chain->not_before = turn.now + kBackoff.delay(std::min(chain->attempts++, 16U), turn.random);
}

/// A queue of uploads that dries up shows nowhere else: silence of a log that is never silent.
void LogStream::judge_freshness(Turn& turn) {
  const auto known = known_logs();
  const auto found = std::find_if(known.begin(), known.end(),
                                  [&](const LogFolder& one) { return one.folder == log_; });
  if (found == known.end() || found->freshness == Duration{0}) return;
  if (newest_slot_ == TimePoint{}) return;
  const Duration age = turn.vendor_now - newest_slot_;
  const bool stale = age > found->freshness;
  if (stale == stale_told_) return;
  stale_told_ = stale;
  report(Report::Kind::notice,
         stale ? messages::no_new_objects(log_, age) : messages::new_objects_came(log_), {}, turn);
}

}  // namespace cistern::connectors::cisco_umbrella
