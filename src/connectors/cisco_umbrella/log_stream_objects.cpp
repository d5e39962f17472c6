// The object half of a log: reading, storing, and what can never be read.
#include "base/bytes.hpp"
#include "connectors/cisco_umbrella/log_stream.hpp"
#include "connectors/cisco_umbrella/messages.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_umbrella {

namespace {

using codec::aws::Remedy;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Backoff kBackoff{.first = seconds{5}, .most = minutes{10}};
/// An upload that is still under way, or a server that cut it, may be sound a little later.
constexpr unsigned kTries = 3;
constexpr Duration kBetweenTries[] = {minutes{10}, minutes{20}};
constexpr Duration kDeniedAgain = minutes{15};

}  // namespace

ObjectSettings LogStream::settings_of(const std::string& key, const PendingObject& object) const {
  ObjectSettings out;
  out.bucket = options_.endpoint.bucket;
  out.key = key;
  out.etag = object.done.etag;
  out.stream = stream_;
  for (const std::string& name : {log_, stream_}) {
    const auto columns = options_.columns.find(name);
    if (columns != options_.columns.end()) out.columns = columns->second;
  }
  return out;
}

std::optional<std::pair<std::string, PollRequest>> LogStream::next_object(Turn& turn) {
  // What a queue names can be fetched, also where listing is not allowed.
  if (turn.now < paused_until_ && !options_.queue) return std::nullopt;
  while (!continuing_.empty()) {
    const std::string key = std::move(continuing_.front());
    continuing_.pop_front();
    const auto open = open_.find(key);
    if (open == open_.end()) continue;
    return std::pair{key, continue_with(key, open->second, turn)};
  }
  // Commits take as long as the disk needs, so more are open than are being fetched.
  while (open_.size() < std::size_t{options_.parallel} * 3) {
    const auto key = objects_.take(turn.now);
    if (!key) return std::nullopt;
    if (auto request = begin(*key, turn)) return std::pair{*key, std::move(*request)};
  }
  return std::nullopt;
}

std::optional<PollRequest> LogStream::begin(const std::string& key, Turn& turn) {
  PendingObject& object = objects_.at(key);
  const bool small = object.done.size.value_or(0) <= options_.max_object_size;
  if (!small) {
    hold_oversize(key, turn);
    return std::nullopt;
  }
  Open& open = open_[key];
  if (!object.done.raw_from) {
    const bool fresh = object.done.records == 0 && object.done.next_row <= 1;
    open.read = std::make_unique<ObjectRead>(settings_of(key, object), object.done,
                                             fresh ? object.before : std::nullopt);
  }
  return continue_with(key, open, turn);
}

PollRequest LogStream::continue_with(const std::string& key, Open& open, Turn& turn) {
  PendingObject& object = objects_.at(key);
  open.in_flight = true;
  PollRequest request =
      open.read ? open.read->request(turn.endpoint)
                : raw_request(turn.endpoint, settings_of(key, object), *object.done.raw_from,
                              object.done.size,
                              object.failure ? object.failure->cause : "its rows cannot be read");
  request.id = turn.next_id++;
  return request;
}

void LogStream::close(const std::string& key) {
  open_.erase(key);
}

void LogStream::object_again(const std::string& key) {
  close(key);
  if (objects_.contains(key)) objects_.put_back(key);
}

void LogStream::object_answered(const std::string& key, const HttpResponse& response,
                                std::shared_ptr<const RecordBatch> records, Turn& turn) {
  const auto found = open_.find(key);
  if (found == open_.end()) return;
  found->second.in_flight = false;
  if (!records) return object_failed(key, messages::no_piece(key), turn);
  if (!found->second.read) return raw_answered(key, response, std::move(records), turn);
  ObjectRead& read = *found->second.read;
  if (const Status accepted = read.accept(response); !accepted) {
    if (accepted.error().code == "aws/object-changed") return read_anew(key, true, turn);
    return object_failed(key, accepted.error(), turn);
  }
  note_columns(read.facts(), turn);
  take_part(key, read.take(records), records, turn);
}

void LogStream::take_part(const std::string& key, ObjectRead::Part part,
                          std::shared_ptr<const RecordBatch> batch, Turn& turn) {
  PendingObject& object = objects_.at(key);
  if (part.unlike) return read_anew(key, false, turn);
  if (part.records.empty() && !part.end) {
    if (part.failure) return unreadable(key, *part.failure, turn);
    return continuing_.push_back(key);
  }
  Commit commit;
  commit.records = std::move(part.records);
  commit.owners.push_back(std::move(batch));
  Coverage row = row_of(key, object, part.end ? CoverageState::whole : CoverageState::partial);
  row.offered = commit.records.size();
  if (part.failure) row.reason = part.failure->cause;
  Pending what{.kind = part.end ? Pending::Kind::end : Pending::Kind::part,
               .key = key,
               .done = part.done,
               .failure = std::move(part.failure)};
  if (part.end) {
    const bool whole = !object.durable && part.done.records == commit.records.size();
    what.before = ledger_.find(object.name);
    commit.state.push_back(
        ledger_.add(object.name, {.fate = whole ? ObjectFate::stored : ObjectFate::in_parts,
                                  .version = version_of(part.done.etag),
                                  .records = static_cast<std::uint32_t>(part.done.records),
                                  .digest = part.done.digest}));
    if (object.durable) commit.state.push_back({"object/" + key, std::nullopt});
  } else {
    commit.state.push_back({"object/" + key, progress_text(part.done)});
  }
  commit.coverage.push_back(std::move(row));
  open_.at(key).committing = true;
  order(std::move(what), std::move(commit), turn);
}

void LogStream::finish(const std::string& key, Turn& turn) {
  close(key);
  objects_.remove(key);
  turn.finished.push_back(key);
}

/// Another version than the one whose rows are stored. When it begins with them, only what follows
/// is new; otherwise it is read as what it is, another object under the same name.
void LogStream::read_anew(const std::string& key, bool changed, Turn& turn) {
  close(key);
  PendingObject& object = objects_.at(key);
  if (changed) {
    if (object.done.records > 0) {
      object.before = ObjectEnd{.fate = ObjectFate::stored,
                                .version = version_of(object.done.etag),
                                .records = static_cast<std::uint32_t>(object.done.records),
                                .digest = object.done.digest};
    }
    // The new ETag and size come with the first piece.
    object.done.etag.clear();
    object.done.size.reset();
    report(Report::Kind::notice, messages::changed_while_read(key), {}, turn);
  } else {
    report(Report::Kind::notice, messages::read_as_new(key), {}, turn);
    object.before.reset();
  }
  object.done.next_row = 1;
  object.done.records = 0;
  object.done.digest = 0;
  object.done.raw_from.reset();
  objects_.defer(key, turn.now + (changed ? Duration{seconds{1}} : Duration{0}));
}

// ---- what does not come ----

void LogStream::object_failed(const std::string& key, const Failure& failure, Turn& turn) {
  close(key);
  if (!objects_.contains(key)) return;
  PendingObject& object = objects_.at(key);
  if (object.attempts++ == 0) object.failing_since = turn.now;
  object.failure = failure;
  object.standing = Report::Kind::retrying;
  const Duration wait = kBackoff.delay(std::min(object.attempts - 1, 16U), turn.random);
  objects_.defer(key, turn.now + std::max(wait, Duration{failure.wait}));
  if (object.attempts == 2) told_ = false;
}

void LogStream::object_refused(const std::string& key, Remedy remedy, const Failure& failure,
                               Turn& turn) {
  const auto open = open_.find(key);
  if (open == open_.end() || !objects_.contains(key)) return;
  PendingObject& object = objects_.at(key);
  switch (remedy) {
    case Remedy::object_gone:
      return give_up(key, messages::purged(key, failure), turn);
    case Remedy::set_aside:
      return give_up(key, failure, turn);
    case Remedy::object_changed:
      return read_anew(key, true, turn);
    case Remedy::restart_object:
      // A piece behind the end: of an object whose size nobody told it only says where the end is.
      if (!object.done.size && open->second.read) {
        open->second.in_flight = false;
        open->second.read->ended_before_piece();
        return continuing_.push_back(key);
      }
      return read_anew(key, true, turn);
    case Remedy::denied: {
      close(key);
      if (object.attempts++ == 0) object.failing_since = turn.now;
      object.attempts = std::max(object.attempts, 2U);
      object.failure = messages::object_denied(key, failure);
      object.standing = Report::Kind::denied;
      told_ = false;
      return objects_.defer(key, turn.now + kDeniedAgain);
    }
    default:
      return object_failed(key, failure, turn);
  }
}

/// Larger than the bound: no repetition helps until somebody raises it, and passing it over would
/// lose rows in silence. So it waits, holds `through`, and is said aloud.
void LogStream::hold_oversize(const std::string& key, Turn& turn) {
  PendingObject& object = objects_.at(key);
  if (object.attempts++ == 0) object.failing_since = turn.now;
  object.attempts = std::max(object.attempts, 2U);
  object.failure = messages::object_too_large(key, *object.done.size, options_.max_object_size);
  const TimePoint again = turn.now + hours{1};
  objects_.defer(key, again);
  report(Report::Kind::retrying, *object.failure, again, turn);
  if (std::exchange(object.oversize_told, true)) return;
  Commit commit;
  Coverage row = row_of(key, object, CoverageState::partial);
  row.reason = "larger than max_object_size";
  commit.coverage.push_back(std::move(row));
  order({.kind = Pending::Kind::note}, std::move(commit), turn);
}

void LogStream::give_up(const std::string& key, const Failure& failure, Turn& turn) {
  PendingObject& object = objects_.at(key);
  Commit commit;
  Coverage row = row_of(key, object, CoverageState::lost);
  row.reason = failure.cause;
  row.expires = {};
  commit.coverage.push_back(std::move(row));
  const auto before = ledger_.find(object.name);
  commit.state.push_back(ledger_.add(
      object.name, {.fate = ObjectFate::gone, .version = version_of(object.done.etag)}));
  if (object.durable) commit.state.push_back({"object/" + key, std::nullopt});
  tell_lost(key, failure, turn);
  order({.kind = Pending::Kind::end, .key = key, .before = before}, std::move(commit), turn);
}

// A thousand objects that were purged together are one piece of news: the first is told with its
// name, the others as a number a minute later. The ledger names each.
void LogStream::tell_lost(const std::string& /*key*/, const Failure& failure, Turn& turn) {
  if (lost_untold_ == 0 && turn.now >= lost_told_ + minutes{1}) {
    lost_told_ = turn.now;
    return report(Report::Kind::lost, failure, {}, turn);
  }
  ++lost_untold_;
}

// ---- what comes and is not what it should be ----

void LogStream::unreadable(const std::string& key, const Failure& failure, Turn& turn) {
  close(key);
  PendingObject& object = objects_.at(key);
  if (object.unreadable == 0) object.failing_since = turn.now;
  object.failure = failure;
  object.standing = Report::Kind::retrying;
  if (++object.unreadable < kTries) {
    told_ = false;
    return objects_.defer(key, turn.now + kBetweenTries[object.unreadable - 1]);
  }
  object.done.raw_from = 0;
  report(Report::Kind::notice, messages::poisoned(key, failure), {}, turn);
  objects_.put_back(key);
}

void LogStream::raw_answered(const std::string& key, const HttpResponse& response,
                             std::shared_ptr<const RecordBatch> records, Turn& turn) {
  PendingObject& object = objects_.at(key);
  const std::uint64_t from = *object.done.raw_from;
  const auto question = raw_question(settings_of(key, object), from, object.done.size);
  const auto piece = codec::aws::read_piece(question, response, response.wire_bytes);
  if (!piece) {
    if (piece.error().code == "aws/object-changed") return read_anew(key, true, turn);
    return object_failed(key, piece.error(), turn);
  }
  Progress done = object.done;
  done.size = piece->total;
  done.raw_from = from + response.wire_bytes;
  const bool end = *done.raw_from >= piece->total;
  Commit commit;
  commit.records = records->records;
  commit.owners.push_back(std::move(records));
  Coverage row = row_of(key, object, end ? CoverageState::whole : CoverageState::partial);
  row.offered = commit.records.size();
  row.reason = "its rows cannot be read; kept as it came";
  commit.coverage.push_back(std::move(row));
  const auto before = ledger_.find(object.name);
  if (end) {
    commit.state.push_back(
        ledger_.add(object.name, {.fate = ObjectFate::poisoned, .version = version_of(done.etag)}));
    if (object.durable) commit.state.push_back({"object/" + key, std::nullopt});
  } else {
    commit.state.push_back({"object/" + key, progress_text(done)});
  }
  open_.at(key).committing = true;
  order({.kind = end ? Pending::Kind::end : Pending::Kind::part,
         .key = key,
         .done = done,
         .before = before},
        std::move(commit), turn);
}

/// Columns that this build has no names for are kept by position; somebody should hear of a new
/// schema version with its first rows, and not when a field is missed.
void LogStream::note_columns(const ObjectFacts& facts, Turn& turn) {
  if (facts.rows_with_unmapped == 0) return;
  std::string fresh;
  for (const UnmappedColumn& column : facts.unmapped) {
    if (columns_told_.size() >= 256) break;
    if (!columns_told_.insert(column.name).second) continue;
    fresh.append(fresh.empty() ? "" : ", ").append(excerpt(column.name, 100));
  }
  if (!fresh.empty()) report(Report::Kind::notice, messages::new_columns(log_, fresh), {}, turn);
}

}  // namespace cistern::connectors::cisco_umbrella
