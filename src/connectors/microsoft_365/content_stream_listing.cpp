// The listing half of a content stream: windows, pages, and what they name.
#include "connectors/microsoft_365/content_stream.hpp"
#include "connectors/microsoft_365/messages.hpp"

#include <algorithm>

namespace cistern::connectors::microsoft_365 {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Backoff kBackoff{.first = seconds{5}, .most = minutes{10}};
constexpr std::size_t kMaxPages = 1000;
/// Failures of one page before the slice is listed from its start.
constexpr unsigned kPageAttempts = 4;
/// Listing waits while so many blobs do: a name takes little memory, but not none.
constexpr std::size_t kMaxKnown = 4096;

}  // namespace

std::optional<HttpRequest> ContentStream::next_listing(Turn& turn) {
  if (!subscription.enabled() || paused(turn.now) || listing_.in_flight) return std::nullopt;
  if (queue_.size() >= kMaxKnown || turn.now < listing_pause_) return std::nullopt;
  if (plan_.under_way() == nullptr) {
    wants_clock_ = !watermark_;
    if (!watermark_) return std::nullopt;
    plan_if_due(turn);
    const auto due = plan_.next_time();
    if (!plan_.take(turn.now, turn.vendor_now, turn.clock_sure)) {
      if (due && *due <= turn.now && !plan_.idle() && !turn.clock_sure) wants_clock_ = true;
      return std::nullopt;
    }
    listing_ = {};
  }
  if (turn.now < listing_.not_before) return std::nullopt;
  listing_.in_flight = true;
  if (!listing_.page.empty()) return page_request(turn.api, listing_.page);
  const Interval& window = plan_.under_way()->window;
  return content_request(turn.api, type_.name, window.from, window.to);
}

void ContentStream::begin_if_first(Turn& turn) {
  if (watermark_ || !turn.clock_sure) return;
  // Stored at once: with a short backfill and a blob that fails for long, a restart would begin at
  // a later time and pass over what was asked for.
  watermark_ = plan_.first_watermark(turn.vendor_now);
  began_ = watermark_;
  swept_ = floor_seconds(turn.vendor_now);
  plan_.begin(*watermark_, *began_);
  Commit commit;
  commit.state = {{key("watermark"), format_time(*watermark_)},
                  {key("began"), format_time(*began_)},
                  {key("swept"), format_time(swept_)}};
  commit.coverage = {being_read(*began_, std::max(swept_, *began_ + seconds{1}))};
  order({.kind = Pending::Kind::note}, std::move(commit), turn);
}

/// From the first moment on the ledger says from when on the stream is owed, also while nothing of
/// the oldest hours could be fetched yet. Whole windows take the row's place.
Coverage ContentStream::being_read(TimePoint from, TimePoint to) const {
  Coverage row;
  row.stream = type_.stream;
  row.kind = "window";
  row.from = from;
  row.to = to;
  row.state = CoverageState::partial;
  return row;
}

WindowPlan::Kind ContentStream::kind_of_poll(const Turn& turn) const {
  if (turn.now < next_poll_) return WindowPlan::Kind::early;
  // A sweep whose blobs still wait must not keep the next one from listing: it may take days until
  // the last of them is stored. The next one knows what waits, so it stands for both.
  const TimePoint last = std::max(swept_, sweep_started_);
  const bool overdue = turn.vendor_now - last >= options_.sweep_interval;
  const bool sweep = !plan_.sweeping() && (overdue || mending_.sweep_wanted);
  return sweep ? WindowPlan::Kind::sweep : WindowPlan::Kind::poll;
}

void ContentStream::plan_if_due(Turn& turn) {
  const bool early = early_at_ && turn.now >= *early_at_;
  if ((turn.now < next_poll_ && !early) || !plan_.newest_listed()) return;
  const WindowPlan::Kind kind = kind_of_poll(turn);
  // Listings between polls do not put the next poll off: only that one looks far behind.
  const bool poll = kind != WindowPlan::Kind::early;
  switch (plan_.plan(turn.vendor_now, turn.clock_sure, kind)) {
    case WindowPlan::Outcome::planned:
      planned_at_ = turn.now;
      early_at_.reset();
      if (poll) {
        poll_told_ = false;
        next_poll_ = turn.now + options_.poll_interval;
      }
      if (plan_.sweeping()) sweep_started_ = floor_seconds(turn.vendor_now);
      if (kind == WindowPlan::Kind::sweep && plan_.sweeping()) begin_mending_sweep(turn);
      break;
    case WindowPlan::Outcome::nothing:
      early_at_.reset();
      if (poll) next_poll_ = turn.now + std::min(options_.poll_interval, Duration{seconds{10}});
      break;
    case WindowPlan::Outcome::clock_doubtful:
      wants_clock_ = true;
      break;
  }
}

void ContentStream::listing_again(bool renewed) {
  listing_.in_flight = false;
  listing_.renewed = listing_.renewed || renewed;
}

void ContentStream::listing_answered(const HttpResponse& response, Turn& turn) {
  if (plan_.under_way() == nullptr) return;
  const Result<ContentPage> page = parse_content(response, turn.api.manage_url);
  if (!page) return listing_failed(page.error(), Fate::retry, turn);
  listing_.in_flight = false;
  listing_.renewed = false;
  listing_.attempts = 0;
  listing_failures_ = 0;
  subscription.confirmed();
  if (listing_.pages++ == 0) {
    listing_.listed_at = server_time(response).value_or(plan_.under_way()->window.to);
  }
  take_page(*page, turn);
}

void ContentStream::take_page(const ContentPage& page, Turn& turn) {
  add_blobs(page, *plan_.under_way(), turn);
  if (page.unreadable > 0) {
    listing_.incomplete = messages::unreadable_items(type_.name, page.unreadable);
  }
  if (page.foreign > 0) {
    listing_.incomplete =
        messages::foreign_link(type_.name, page.foreign_host, turn.api.manage_url);
  }
  // The end is a page without the link, even where other pages were empty.
  if (page.next) return follow(*page.next, turn);
  end_slice(turn);
}

void ContentStream::follow(const std::string& next, Turn& turn) {
  if (!link_allowed(turn.api.manage_url, next)) {
    const std::string host = url_origin(next).value_or("an address that is no https URL");
    return slice_failed(messages::foreign_link(type_.name, host, turn.api.manage_url), false, turn);
  }
  const bool repeated = !listing_.links.insert(make_identity({"link", next})).second;
  if (repeated || listing_.pages >= kMaxPages) {
    return slice_failed(
        messages::paging_loop(type_.name, plan_.under_way()->window, listing_.pages), true, turn);
  }
  listing_.page = next;
  listing_.not_before = {};
}

void ContentStream::end_slice(Turn& turn) {
  if (listing_.incomplete) return slice_failed(*listing_.incomplete, false, turn);
  plan_.listed(listing_.listed_at);
  listing_ = {};
  listed_once_ = listed_once_ || plan_.newest_listed();
}

/// A blob that appears behind the watermark lies in a window that counts as whole. Until it is
/// stored the ledger must say so, or an hour would read as whole while something of it is missing.
void ContentStream::add_blobs(const ContentPage& page, const Slice& slice, Turn& turn) {
  Commit late;
  const TimePoint last = slice.window.to - std::chrono::milliseconds{1};
  for (const BlobRef& ref : page.blobs) {
    const Identity name = blob_key(ref.id);
    if (seen_.contains(name) || queue_.contains(name)) continue;
    PendingBlob blob;
    blob.ref = ref;
    blob.available = std::clamp(ref.created, slice.window.from, last);
    newest_content_ = std::max(newest_content_, blob.available);
    const bool announced = announced_.erase(name) > 0;
    blob.ref.created = blob.available;
    const bool late_one = watermark_ && blob.available < *watermark_;
    queue_.add(name, std::move(blob));
    if (!announced && !late_one) unannounced_ = true;
    // What the store has lost is named already.
    if (!late_one || mending_.rows.contains(name)) continue;
    late.coverage.push_back(unfinished_row(name, "listed late, being read"));
  }
  if (!late.coverage.empty()) order({.kind = Pending::Kind::note}, std::move(late), turn);
}

/// Several windows may fail for one reason: the delay grows with the failures of all of them, or
/// many windows would mean many requests. A window that fails by itself delays the others little.
Duration ContentStream::listing_failed_again(const Failure& failure, Turn& turn) {
  const Duration wait = std::max(kBackoff.delay(std::min(listing_failures_++, 16U), turn.random),
                                 Duration{failure.wait});
  listing_pause_ = turn.now + wait;
  return wait;
}

void ContentStream::slice_failed(const Failure& failure, bool narrower, Turn& turn) {
  const unsigned attempts = plan_.under_way()->attempts;
  const Duration own = kBackoff.delay(std::min(attempts + 2, 16U), turn.random);
  const TimePoint again = turn.now + std::max(own, listing_failed_again(failure, turn));
  plan_.failed(again, narrower);
  listing_ = {};
  report(Report::Kind::retrying, failure, again, turn);
}

void ContentStream::listing_failed(const Failure& failure, Fate fate, Turn& turn) {
  listing_.in_flight = false;
  if (plan_.under_way() == nullptr) return;
  switch (fate) {
    case Fate::window:
      // Nothing was listed, so nothing may count as listed: begin again at the watermark.
      listing_ = {};
      plan_.reset(*watermark_);
      next_poll_ = turn.now + kBackoff.delay(4, turn.random);
      wants_clock_ = true;
      return report(Report::Kind::retrying, failure, next_poll_, turn);
    case Fate::start:
    case Fate::disabled: {
      const TimePoint again = subscription.missing(turn.now, turn.random);
      listing_.page.clear();
      listing_.not_before = again;
      if (fate == Fate::disabled || subscription.settling() > 1)
        report(Report::Kind::retrying, failure, again, turn);
      return;
    }
    case Fate::relist:
      return slice_failed(failure, false, turn);
    default:
      break;
  }
  // The page alone is asked for again at first: a long chain would hardly ever come to its end if
  // each failure began it anew.
  const bool too_slow = failure.code == "net/timeout" || failure.code == "net/too-large";
  if (++listing_.attempts >= kPageAttempts || too_slow) {
    return slice_failed(failure, too_slow || plan_.under_way()->attempts > 0, turn);
  }
  listing_failed_again(failure, turn);
  if (listing_.attempts > 1) report(Report::Kind::retrying, failure, listing_pause_, turn);
}

}  // namespace cistern::connectors::microsoft_365
