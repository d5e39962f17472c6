#include "lab/crowdstrike_falcon/feeds.hpp"

#include "lab/harness/random.hpp"

#include <algorithm>
#include <array>

namespace cistern::lab {

namespace {

// A collector in a loop of reconnects feeds itself with audit events; the lab's memory is bounded.
constexpr std::size_t kMostAdded = 20'000;
constexpr std::size_t kMostLines = 1000;
constexpr std::size_t kWindow = 256;
constexpr double kQuiet = 50;

// A busy feed somewhere in its life, one that begins at 0, one whose numbers no double holds.
constexpr auto kFirstOffsets =
    std::to_array<std::uint64_t>({1'532'900, 0, (std::uint64_t{1} << 53) + 1});

FeedPace pace_of(const FeedsOptions& options, unsigned customer, unsigned partition) {
  FeedPace pace;
  pace.key = key_of({options.seed, 0xFA1C, customer, partition});
  pace.start = options.start;
  pace.history = options.history;
  const double busy = std::max(options.partitions, 2U) - 1;
  const double share = partition == 1 ? 1 / kQuiet : 1 / busy;
  pace.history_per_hour = options.history_per_hour * share;
  pace.live_per_second = options.live_per_second * share;
  pace.first_offset = kFirstOffsets[partition % kFirstOffsets.size()];
  return pace;
}

tl::unexpected<Failure> full() {
  return fail_stop("lab/too-many-events",
                   "the feed is frozen, or holds as many added events as a lab keeps",
                   "start a new lab");
}

AddedEvent audit_event(AddedKind kind, const FeedAsk& ask) {
  AddedEvent event;
  event.kind = kind;
  event.app_id = ask.app_id;
  event.client_id = ask.client_id;
  event.asked = ask.asked_words;
  event.filter = ask.filter_words;
  return event;
}

}  // namespace

std::string feed_id_of(unsigned partition) {
  return partition == 0 ? "0" : std::to_string(partition) + "a";
}

Feeds::Feeds(const FeedsOptions& options, std::function<TimePoint()> visible_until,
             std::function<bool()> frozen, Keep keep)
    : options_(options),
      visible_until_(std::move(visible_until)),
      frozen_(std::move(frozen)),
      keep_(std::move(keep)) {
  for (unsigned customer = 1; customer <= options_.customers; ++customer) {
    for (unsigned partition = 0; partition < options_.partitions; ++partition) {
      held_.push_back(
          {Feed(customer, partition, pace_of(options_, customer, partition)), {}, {}, {}});
    }
  }
}

void Feeds::restore(const std::vector<FeedRow>& rows) {
  const std::lock_guard lock(mutex_);
  for (const auto& row : rows) {
    if (row.customer == 0 || row.customer > options_.customers) continue;
    if (row.partition < options_.partitions) held(row.customer, row.partition).feed.restore(row);
  }
}

std::optional<unsigned> Feeds::partition_of(std::string_view feed_id) const {
  for (unsigned partition = 0; partition < options_.partitions; ++partition) {
    if (feed_id_of(partition) == feed_id) return partition;
  }
  return std::nullopt;
}

Feeds::Held& Feeds::held(unsigned customer, unsigned partition) {
  return held_[(customer - 1) * options_.partitions + partition];
}

const FeedSchedule& Feeds::schedule(unsigned customer, unsigned partition) const {
  return held_[(customer - 1) * options_.partitions + partition].feed.schedule();
}

TimePoint Feeds::visible_until() const {
  return visible_until_();
}

TimePoint Feeds::advance(Held& held) {
  held.horizon = std::max(held.horizon, visible_until_());
  if (held.retention > Duration{0}) {
    const auto limit = held.horizon - held.retention;
    const auto& added = held.feed.row().added;
    const auto old =
        std::partition_point(added.begin(), added.end(),
                             [limit](const AddedEvent& event) { return event.time < limit; });
    held.feed.expire(
        {held.feed.schedule().count(limit), static_cast<std::uint64_t>(old - added.begin())});
  }
  return held.horizon;
}

Status Feeds::keep_all() const {
  if (!keep_) return {};
  std::vector<FeedRow> rows;
  for (const auto& held : held_)
    rows.push_back(held.feed.row());
  return keep_(rows);
}

Status Feeds::add(Held& held, AddedEvent event) {
  const auto before = held.feed.row();
  const auto when = advance(held);
  held.feed.add(std::move(event), when);
  auto kept = keep_all();
  if (!kept) held.feed.restore(before);
  return kept;
}

bool Feeds::takes_more(const Held& held) const {
  return !frozen_() && held.feed.row().added.size() < kMostAdded;
}

void Feeds::record(Held& held, const FeedAsk& ask, FeedCursor cursor) {
  auto& demand = held.feed.demand();
  // Not the offset of the next event: what is added before that one is read as well.
  auto first = held.feed.schedule().number_behind(cursor.own) + cursor.added;
  if (ask.from == FeedAsk::From::offset && ask.offset > 0) {
    first = ask.offset + (ask.inclusive ? 0 : 1);
    demand.asked = std::max(demand.asked, ask.offset);
  }
  const bool is_first = !demand.first;
  demand.first = std::min(demand.first.value_or(first), first);
  if (ask.types.empty()) return;
  if (is_first) {
    demand.types = ask.types;
    return;
  }
  // A type that only one of several streams asked for is not owed.
  if (!demand.types) {
    demand.types = ask.types;
  } else {
    std::erase_if(*demand.types, [&](const auto& type) { return !ask.types.contains(type); });
  }
}

std::optional<FeedGap> Feeds::gone(Held& held, const FeedAsk& ask) {
  if (ask.from != FeedAsk::From::offset || ask.offset == 0) return std::nullopt;
  auto gap = held.feed.expired_above(ask.offset);
  if (!gap) return std::nullopt;
  gap->noticed = held.horizon;
  auto& demand = held.feed.demand();
  // Asked for again, it is the same gap, or a longer one by now.
  if (!demand.gaps.empty() && demand.gaps.back().from == gap->from) demand.gaps.pop_back();
  demand.gaps.push_back(*gap);
  demand.first = std::min(demand.first.value_or(ask.offset), ask.offset);
  demand.asked = std::max(demand.asked, ask.offset);
  return gap;
}

FeedCursor Feeds::place_of(const Held& held, const FeedAsk& ask) {
  const auto& feed = held.feed;
  if (ask.from == FeedAsk::From::newest) return feed.end(held.horizon);
  if (ask.from == FeedAsk::From::oldest || ask.offset == 0) return feed.oldest();
  auto cursor = feed.at(ask.inclusive ? ask.offset : ask.offset + 1);
  cursor.own = std::max(cursor.own, feed.oldest().own);
  cursor.added = std::max(cursor.added, feed.oldest().added);
  return feed.before(cursor, ask.rewind);
}

Result<Feeds::Opened> Feeds::open(unsigned customer, unsigned partition, const FeedAsk& ask,
                                  bool audited) {
  const std::lock_guard lock(mutex_);
  auto& held = this->held(customer, partition);
  advance(held);
  Opened opened;
  opened.lines = held.lines.size();
  opened.gap = gone(held, ask);
  Status kept;
  if (opened.gap) {
    kept = keep_all();
  } else {
    opened.cursor = place_of(held, ask);
    record(held, ask, opened.cursor);
    kept = audited && takes_more(held) ? add(held, audit_event(AddedKind::stream_started, ask))
                                       : keep_all();
  }
  if (!kept) return tl::unexpected(kept.error());
  return opened;
}

void Feeds::stopped(unsigned customer, unsigned partition, const FeedAsk& ask) {
  const std::lock_guard lock(mutex_);
  auto& held = this->held(customer, partition);
  if (!takes_more(held)) return;
  // If it cannot be kept, the event does not come to be, and nobody has seen it.
  static_cast<void>(add(held, audit_event(AddedKind::stream_stopped, ask)));
}

FeedWindow Feeds::window(unsigned customer, unsigned partition, FeedCursor cursor,
                         std::size_t lines) {
  const std::lock_guard lock(mutex_);
  auto& held = this->held(customer, partition);
  FeedWindow out;
  const auto end = held.feed.end(advance(held));
  out.own_end = end.own;
  const auto& added = held.feed.row().added;
  const auto last = std::min<std::uint64_t>(end.added, cursor.added + kWindow);
  for (auto at = cursor.added; at < last; ++at)
    out.added.push_back(added[at]);
  // What is added beyond the window may belong before own events that it would let through.
  if (last < end.added) out.own_end = std::min(out.own_end, added[last].after);
  for (auto at = lines; at < held.lines.size(); ++at)
    out.lines.push_back(held.lines[at]);
  return out;
}

Status Feeds::add_large(unsigned customer, unsigned partition, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  auto& held = this->held(customer, partition);
  if (!takes_more(held)) return full();
  AddedEvent event;
  event.kind = AddedKind::large;
  event.bytes = bytes;
  return add(held, std::move(event));
}

Status Feeds::expire(unsigned customer, unsigned partition) {
  const std::lock_guard lock(mutex_);
  auto& held = this->held(customer, partition);
  held.feed.expire(held.feed.end(advance(held)));
  return keep_all();
}

void Feeds::keep_for(unsigned customer, Duration retention) {
  const std::lock_guard lock(mutex_);
  for (unsigned partition = 0; partition < options_.partitions; ++partition)
    held(customer, partition).retention = retention;
}

Status Feeds::plant_line(unsigned customer, unsigned partition, std::string line) {
  const std::lock_guard lock(mutex_);
  auto& held = this->held(customer, partition);
  if (held.lines.size() >= kMostLines) return full();
  held.lines.push_back(std::move(line));
  return {};
}

std::vector<Feed> Feeds::snapshot() const {
  const std::lock_guard lock(mutex_);
  std::vector<Feed> out;
  for (const auto& held : held_)
    out.push_back(held.feed);
  return out;
}

std::vector<std::string> Feeds::planted_lines() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  for (const auto& held : held_)
    out.insert(out.end(), held.lines.begin(), held.lines.end());
  return out;
}

}  // namespace cistern::lab
