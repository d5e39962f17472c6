// The blob half of a content stream: fetching, storing, and what can never be stored.
#include "base/bytes.hpp"
#include "connectors/microsoft_365/blob_decoder.hpp"
#include "connectors/microsoft_365/content_stream.hpp"
#include "connectors/microsoft_365/messages.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::microsoft_365 {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Backoff kBackoff{.first = seconds{5}, .most = minutes{10}};
/// A gateway may answer 404 for a while; a loss is for ever.
constexpr unsigned kNotFoundAnswers = 3;
/// Bodies without an end that are fetched again before what they hold is kept.
constexpr unsigned kUnfinishedBodies = 3;
constexpr Duration kEscalateAfter = hours{24};
/// Where the vendor named no expiration; the longest one seen was about 20 days.
constexpr Duration kUnknownExpiration = hours{24 * 30};

}  // namespace

bool ContentStream::blob_ready(TimePoint now) const {
  return !paused(now) && queue_.ready(now);
}

std::pair<Identity, PollRequest> ContentStream::next_blob(Turn& turn) {
  const Identity name = *queue_.take(turn.now);
  const PendingBlob& blob = queue_.at(name);
  PollRequest request;
  request.id = turn.next_id++;
  request.http = blob_request(turn.api, blob.ref.url, options_.max_blob);
  BlobContext context{.stream = type_.stream,
                      .tenant = turn.api.tenant,
                      .content_id = blob.ref.id,
                      .created_text = blob.ref.created_text,
                      .accept_unfinished = blob.unfinished >= kUnfinishedBodies};
  request.decode = [context = std::move(context)](std::string body) {
    return decode_blob(std::move(body), context);
  };
  return {name, std::move(request)};
}

void ContentStream::blob_again(const Identity& name, bool renewed) {
  PendingBlob& blob = queue_.at(name);
  blob.renewed = blob.renewed || renewed;
  queue_.put_back(name);
}

void ContentStream::blob_answered(const Identity& name, std::shared_ptr<const RecordBatch> records,
                                  Turn& turn) {
  PendingBlob& blob = queue_.at(name);
  blob.not_found = 0;
  if (!records) {
    ++blob.unfinished;
    return blob_failed(name, messages::blob_unfinished(type_.name, blob.ref), turn);
  }
  storing_[name] = {.batch = std::move(records)};
  commit_part(name, turn);
}

/// One part a time: the row says whole only when every part before is durable. Parts carry no
/// position of their own, because after a crash the blob is fetched again from its start, and the
/// journal knows the records of the parts that it has.
void ContentStream::commit_part(const Identity& name, Turn& turn) {
  const PendingBlob& blob = queue_.at(name);
  Storing& storing = storing_.at(name);
  const std::vector<Record>& records = storing.batch->records;
  Commit commit;
  std::uint64_t bytes = 0;
  while (storing.next < records.size()) {
    const Record& record = records[storing.next];
    if (!commit.records.empty() && bytes + record.raw.size() > kMaxCommitBytes) break;
    bytes += record.raw.size();
    commit.records.push_back(record);
    ++storing.next;
  }
  const bool last = storing.next == records.size();
  Coverage row = last ? blob_row(blob.ref, CoverageState::whole) : unfinished_row(name, {});
  row.offered = commit.records.size();
  commit.coverage.push_back(std::move(row));
  if (last) commit.state.push_back(seen_.change(name, blob.ref.created, blob.ref.expires));
  commit.owners.push_back(storing.batch);
  order({.kind = Pending::Kind::part, .blob = name}, std::move(commit), turn);
}

Coverage ContentStream::blob_row(const BlobRef& blob, CoverageState state) const {
  Coverage row;
  row.stream = type_.stream;
  row.kind = "blob";
  row.item = blob.id;
  row.from = blob.created;
  row.to = blob.created;
  row.state = state;
  row.expires = blob.expires;
  return row;
}

void ContentStream::blob_done(const Identity& name) {
  const BlobRef& ref = queue_.at(name).ref;
  seen_.insert(name, ref.created, ref.expires);
  queue_.remove(name);
  mending_.rows.erase(name);
}

void ContentStream::blob_failed(const Identity& name, const Failure& failure, Turn& turn) {
  if (failure.code == "net/too-large") return hold_oversize(name, turn);
  PendingBlob& blob = queue_.at(name);
  if (blob.attempts++ == 0) blob.failing_since = turn.now;
  blob.failure = failure;
  if (turn.now - blob.failing_since > kEscalateAfter) {
    blob.failure->consequence =
        "content " + excerpt(blob.ref.id, 160) + " has been failing for " +
        format_duration(turn.now - blob.failing_since) +
        (blob.ref.expires == TimePoint{} ? std::string{}
                                         : " and expires at " + format_time(blob.ref.expires)) +
        "; the other contents go on";
    blob.failure->next_step = "open a support ticket with Microsoft and quote this message";
  }
  const Duration wait = kBackoff.delay(std::min(blob.attempts - 1, 16U), turn.random);
  queue_.defer(name, turn.now + std::max(wait, Duration{failure.wait}));
  // Told by the end of the poll otherwise; a first failure is nothing to wake anybody for.
  if (blob.attempts == 2) poll_told_ = false;
}

void ContentStream::blob_refused(const Identity& name, const ApiError& error,
                                 const Failure& failure, Turn& turn) {
  PendingBlob& blob = queue_.at(name);
  const Fate fate = error.row->fate;
  const bool coded = !error.vendor_code.empty();
  if (fate == Fate::expired || (fate == Fate::gone && coded))
    return give_up_blob(name, failure, turn);
  if (fate == Fate::gone && ++blob.not_found >= kNotFoundAnswers) {
    return give_up_blob(name, failure, turn);
  }
  if (fate != Fate::gone) blob.not_found = 0;
  // An answer shows that the vendor is reachable, so its time is known, and past the expiration no
  // repetition can help. Without an answer nothing is ever given up.
  const TimePoint expires =
      blob.ref.expires == TimePoint{} ? blob.ref.created + kUnknownExpiration : blob.ref.expires;
  if (turn.clock_sure && turn.vendor_now > expires) return give_up_blob(name, failure, turn);
  blob_failed(name, failure, turn);
}

void ContentStream::give_up_blob(const Identity& name, const Failure& failure, Turn& turn) {
  const BlobRef& ref = queue_.at(name).ref;
  Commit commit;
  Coverage row = blob_row(ref, CoverageState::lost);
  row.reason = failure.cause;
  commit.coverage.push_back(std::move(row));
  commit.state.push_back(seen_.change(name, ref.created, ref.expires));
  tell_lost(ref, failure.cause, turn);
  order({.kind = Pending::Kind::gone, .blob = name}, std::move(commit), turn);
}

/// Larger than the bound: no repetition helps until somebody raises it, and cutting the blob would
/// lose events in silence. So it waits, holds the watermark, and is said aloud.
void ContentStream::hold_oversize(const Identity& name, Turn& turn) {
  PendingBlob& blob = queue_.at(name);
  const Failure failure = messages::blob_too_large(type_.name, blob.ref, options_.max_blob);
  const bool over = blob.ref.expires != TimePoint{} && turn.vendor_now > blob.ref.expires;
  if (turn.clock_sure && over) return give_up_blob(name, failure, turn);
  blob.attempts += 2;
  blob.failure = failure;
  const TimePoint again = turn.now + hours{1};
  queue_.defer(name, again);
  report(Report::Kind::retrying, failure, again, turn);
  if (std::exchange(blob.oversize_told, true)) return;
  Commit commit;
  commit.coverage.push_back(unfinished_row(name, "larger than max_blob"));
  order({.kind = Pending::Kind::note, .blob = name}, std::move(commit), turn);
}

// A thousand contents that expired together are one piece of news: the first is told with its name,
// the others as a number a minute later. The ledger names each.
void ContentStream::tell_lost(const BlobRef& blob, std::string_view reason, Turn& turn) {
  if (lost_untold_ == 0 && turn.now >= lost_told_ + minutes{1}) {
    lost_told_ = turn.now;
    return report(Report::Kind::lost, messages::blob_lost(type_.name, blob, reason), {}, turn);
  }
  lost_between_ = lost_untold_ == 0 ? Interval{blob.created, blob.created}
                                    : Interval{std::min(lost_between_.from, blob.created),
                                               std::max(lost_between_.to, blob.created)};
  ++lost_untold_;
}

void ContentStream::flush_lost(Turn& turn) {
  if (lost_untold_ == 0 || turn.now < lost_told_ + minutes{1}) return;
  report(Report::Kind::lost, messages::blobs_lost(type_.name, lost_untold_, lost_between_), {},
         turn);
  lost_untold_ = 0;
  lost_told_ = turn.now;
}

}  // namespace cistern::connectors::microsoft_365
