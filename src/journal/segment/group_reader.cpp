#include "journal/segment/group_reader.hpp"

#include "codec/compress.hpp"
#include "journal/segment/envelope.hpp"
#include "journal/store_layout.hpp"

#include <algorithm>

namespace cistern::journal {
namespace {

/// Holes that a reader crosses one after the other are told as one.
void extend(std::optional<Hole>& hole, Sequence from, Sequence to, std::string_view reason) {
  if (to < from) return;
  if (!hole) {
    hole = Hole{from, to, std::string{reason}};
    return;
  }
  hole->to = to;
  if (hole->reason.find(reason) == std::string::npos) hole->reason.append("; ").append(reason);
}

/// Says for a range without events why they are gone; false when nobody has recorded it of some.
bool extend_by_known(std::optional<Hole>& hole, Sequence from, Sequence to, const AppliedMark& mark,
                     const std::vector<Hole>& missing) {
  bool recorded = true;
  while (from <= to) {
    if (from < mark.removed_before) {
      const Sequence end = std::min(to, mark.removed_before - 1);
      extend(hole, from, end, kRemovedReason);
      from = end + 1;
      continue;
    }
    const auto known = std::find_if(missing.begin(), missing.end(), [&](const Hole& other) {
      return other.from <= from && other.to >= from;
    });
    const Sequence end = known == missing.end() ? to : std::min(to, known->to);
    extend(hole, from, end, known == missing.end() ? kUnknownReason : known->reason);
    recorded = recorded && known != missing.end();
    from = end + 1;
  }
  return recorded;
}

Failure index_lacks(Sequence sequence) {
  return {.verdict = Verdict::retry,
          .code = "journal/index-damaged",
          .cause = "the index of the store lacks the group of event " + std::to_string(sequence),
          .consequence = "nothing is lost; the index is rebuilt from the log",
          .next_step = "check the disk of the store",
          .wait = std::chrono::seconds{1}};
}

}  // namespace

Result<ReadResult> GroupSource::read(Sequence next) {
  auto result = try_read(std::max<Sequence>(next, 1));
  if (!result && result.error().code == "journal/index-damaged" && alarms_.index) alarms_.index();
  return result;
}

Result<ReadResult> GroupSource::try_read(Sequence next) {
  ReadResult result;
  while (true) {
    if (cache_ != nullptr) {
      result.group = cache_->find(next);
      if (result.group != nullptr) return result;
    }
    auto mark = index_.mark();
    if (!mark) return fail(mark.error());
    if (next > mark->last) return result;
    auto place = index_.group_at(next);
    if (!place) return fail(place.error());
    const Sequence found = *place ? (*place)->first : mark->last + 1;
    if (found > next) {
      auto missing = index_.missing();
      if (!missing) return fail(missing.error());
      // Every hole of the log is recorded, so what the index alone does not have may be there. A
      // recorded hole may have no better reason than an unknown one.
      const bool recorded = extend_by_known(result.hole, next, found - 1, *mark, *missing);
      if (alarms_.index && !recorded) return fail(index_lacks(next));
      next = found;
      continue;
    }
    auto group = load(**place);
    if (!group) {
      // Retention may have removed the segment between the two questions.
      auto again = index_.mark();
      if (again && again->removed_before > next) continue;
      return fail(group.error());
    }
    if (*group != nullptr) {
      result.group = std::move(*group);
      return result;
    }
    if (alarms_.group) alarms_.group(**place);
    extend(result.hole, next, (*place)->last, kDamagedReason);
    next = (*place)->last + 1;
  }
}

Result<std::string> GroupSource::lines_of(const GroupPlace& place) {
  auto file = files_.open(segment_path(store_, place.segment), OpenMode::read);
  if (!file) return fail(file.error());
  auto view = (*file)->view(place.offset, place.data);
  if (!view) return fail(view.error());
  const std::string_view bytes = (*view)->bytes();
  if (bytes.size() != place.data || place.lines > kMaxGroupLines) return std::string{};
  auto lines = codec::zstd_decompress(bytes, place.lines);
  if (!lines || lines->size() != place.lines) return std::string{};
  return std::move(*lines);
}

Result<std::shared_ptr<const Group>> GroupSource::load(const GroupPlace& place) {
  auto lines = lines_of(place);
  if (!lines) return fail(lines.error());
  return make_group(place.first, place.last, std::move(*lines));
}

Result<std::optional<Sequence>> GroupSource::find(const Identity& identity) {
  const std::string hex = to_hex(identity);
  const std::string wanted = ",\"id\":\"" + hex + "\"";
  auto mark = index_.mark();
  if (!mark) return fail(mark.error());
  // From the newest on: what people look for is mostly recent.
  for (Sequence before = mark->last + 1; before > 1;) {
    auto place = index_.group_before(before);
    if (!place) return fail(place.error());
    if (!*place) break;
    before = (*place)->first;
    auto cached = cache_ == nullptr ? nullptr : cache_->find(before);
    std::string owned;
    if (cached == nullptr) {
      auto lines = lines_of(**place);
      if (!lines) return fail(lines.error());
      owned = std::move(*lines);
    }
    const std::string_view lines = cached == nullptr ? std::string_view{owned} : cached->lines;
    // The text may also stand inside a vendor's words, so each hit is looked at as a line.
    for (auto at = lines.find(wanted); at != std::string_view::npos;
         at = lines.find(wanted, at + 1)) {
      const auto begin = lines.rfind('\n', at);
      const auto start = begin == std::string_view::npos ? 0 : begin + 1;
      const auto envelope = parse_envelope(lines.substr(start, lines.find('\n', at) - start));
      if (envelope && envelope->id == hex) return envelope->sequence;
    }
  }
  return std::nullopt;
}

Result<Sequence> GroupSource::sequence_at(TimePoint received) {
  auto mark = index_.mark();
  if (!mark) return fail(mark.error());
  auto place = index_.group_received(received);
  if (!place) return fail(place.error());
  if (!*place) return mark->last + 1;
  auto group = load(**place);
  if (!group) return fail(group.error());
  if (*group == nullptr) return (*place)->first;
  for (const Envelope& envelope : (*group)->envelopes) {
    const auto time = parse_time(envelope.received);
    if (time && *time >= received) return envelope.sequence;
  }
  return (*place)->last + 1;
}

}  // namespace cistern::journal
