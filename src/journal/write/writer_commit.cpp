// One group's way: lines, disk, sync, index, and the news of it.
#include "codec/compress.hpp"
#include "journal/segment/envelope.hpp"
#include "journal/write/writer.hpp"

#include <algorithm>
#include <utility>

namespace cistern::journal {
namespace {

constexpr std::size_t kFrameLines = 1U << 20;
constexpr std::size_t kHolesShown = 1000;

/// The next piece of lines that becomes a frame: whole lines, about 1 MiB.
std::string_view next_piece(std::string_view lines) {
  if (lines.size() <= kFrameLines) return lines;
  std::size_t end = lines.rfind('\n', kFrameLines - 1);
  if (end == std::string_view::npos) end = lines.find('\n', kFrameLines);
  return end == std::string_view::npos ? lines : lines.substr(0, end + 1);
}

}  // namespace

void Writer::flush() {
  compress();
  builder_.control().written = parts_.clock.now();
  builder_.control().store_time = store_time();
  if (!until_done([this] { return write_group(); })) return;
  if (!until_done([this] { return apply_to_index(); })) return;
  resume();
  publish();
  begin_group();
  cover_damage();
}

void Writer::compress() {
  buffer_.clear();
  std::string_view lines = builder_.lines();
  GroupControl& control = builder_.control();
  control.lines = lines.size();
  while (!lines.empty()) {
    const std::string_view piece = next_piece(lines);
    codec::zstd_compress(piece, parts_.options.compression_level, buffer_);
    lines.remove_prefix(piece.size());
  }
  control.data = buffer_.size();
  if (control.data > 0) control.data_sum = make_identity({buffer_});
}

/// Tries until it is done, once a second. While stopping there is one attempt.
bool Writer::until_done(const std::function<Status()>& attempt) {
  while (true) {
    auto status = attempt();
    if (status) return true;
    if (heal(status.error())) continue;
    pause(status.error());
    std::unique_lock lock{mutex_};
    if (stopping_) {
      last_failure_ = status.error();
      given_up_ = true;
      return false;
    }
    wake_.wait_for(lock, parts_.options.retry_delay, [this] { return stopping_; });
  }
}

Status Writer::write_group() {
  GroupControl& control = builder_.control();
  if (auto status = witness_->reserve(control.last); !status) return status;
  if (auto status = ensure_segment(); !status) return status;
  control.offset = segment_->size();
  buffer_.resize(control.data);
  append_sealed_frame(buffer_, kControlMagic, encode_control(control));
  const Duration before = parts_.clock.steady();
  if (auto status = segment_->append(buffer_); !status) return status;
  const std::lock_guard lock{mutex_};
  health_.last_sync = parts_.clock.steady() - before;
  return {};
}

Status Writer::ensure_segment() {
  if (segment_ != nullptr && segment_->usable() && segment_->size() < segment_limit()) return {};
  return begin_segment();
}

std::uint64_t Writer::segment_limit() const {
  // A small store needs small segments: only whole ones can be removed.
  constexpr std::uint64_t kLeast = 64U << 10;
  return std::min(parts_.options.segment_size, std::max(kLeast, parts_.options.max_size / 8));
}

Status Writer::begin_segment() {
  auto header = parts_.index.snapshot();
  if (!header) return fail(header.error());
  auto mark = parts_.index.mark();
  if (!mark) return fail(mark.error());
  header->store = store_id_;
  header->first = last_ + 1;
  header->group = group_;
  header->last = last_;
  header->written = parts_.clock.now();
  header->store_time = store_time();
  header->removed_before = mark->removed_before;
  auto segment = SegmentFile::create(parts_.options.path, *header, parts_.files);
  if (!segment) return fail(segment.error());
  // Until the index knows the segment nothing is written to it; another attempt replaces it.
  if (auto status = parts_.index.apply(*header, (*segment)->size()); !status) return status;
  segment_ = std::move(*segment);
  return {};
}

Status Writer::apply_to_index() {
  auto mark = parts_.index.mark();
  if (!mark) return fail(mark.error());
  // An index that was rebuilt meanwhile has found the group in the log.
  if (mark->group >= builder_.control().group) return {};
  const std::uint64_t end = builder_.control().offset + buffer_.size();
  return parts_.index.apply(builder_.control(), segment_->first(), end);
}

/// An index that SQLite calls damaged does not become sound by waiting.
bool Writer::heal(const Failure& failure) {
  if (failure.code != "journal/index-damaged") return false;
  parts_.log.error("journal", "the index of the store is damaged; it is rebuilt from the log",
                   {{"reason", failure.cause}});
  return rebuild();
}

bool Writer::rebuild() {
  auto damaged = rebuild_index(parts_.options.path, parts_.files, parts_.index);
  if (!damaged) return false;
  for (const Damage& damage : *damaged)
    parts_.index.note_missing(damage.hole);
  // Recorded with the next group: this one may be on its way to the disk.
  std::move(damaged->begin(), damaged->end(), std::back_inserter(rebuilt_));
  return true;
}

void Writer::publish() {
  const GroupControl control = std::move(builder_.control());
  for (const Identity& identity : builder_.identities())
    identities_->insert(identity, control.store_time);
  if (control.has_events()) witness_->note(control.last);
  last_ = control.last;
  group_ = control.group;
  {
    const std::lock_guard lock{mutex_};
    health_.last = last_;
    ++health_.groups_written;
    health_.raw_bytes_written += builder_.raw_bytes();
    health_.identities = identities_->size();
    for (const Hole& hole : control.missing) {
      if (health_.holes.size() < kHolesShown) health_.holes.push_back(hole);
    }
  }
  parts_.inbox.apply(control);
  update_sizes();
  if (!control.missing.empty()) listeners_.damaged();
  if (control.has_events()) {
    parts_.cache.put(make_group(control.first, control.last, std::string{builder_.lines()}));
  }
  for (Outcome& outcome : builder_.outcomes()) {
    if (outcome.done) outcome.done(std::move(outcome.result));
  }
  for (Journal::Moved& done : moved_)
    done({});
  if (control.has_events()) listeners_.appended(last_);
}

/// Tells everybody who still waits that the journal has ended.
void Writer::give_up(const Failure& failure) {
  for (Outcome& outcome : builder_.outcomes()) {
    if (outcome.done) outcome.done(fail(failure));
  }
  for (Journal::Moved& done : moved_)
    done(fail(failure));
  begin_group();
  Orders left;
  std::vector<PendingCommit> commits;
  {
    const std::lock_guard lock{mutex_};
    std::swap(left, orders_);
    while (!commits_.empty())
      commits.push_back(commits_.pop(Gate::all));
  }
  for (PendingCommit& pending : commits)
    pending.done(fail(failure));
  for (CursorMove& move : left.moves) {
    if (move.done) move.done(fail(failure));
  }
  for (AsideOrder& order : left.aside) {
    if (order.done) order.done(fail(failure));
  }
  for (EditOrder& order : left.edits) {
    if (order.done) order.done(fail(failure));
  }
}

}  // namespace cistern::journal
