// Which stretches of a log are known without a gap, and the lines that the roll-over of files
// tears.
#include "connectors/cisco_secure_email/join_space.hpp"
#include "connectors/cisco_secure_email/mail_line_header.hpp"

#include <algorithm>
#include <cstdlib>

namespace cistern::connectors::cisco_secure_email {
namespace {

constexpr std::size_t kMostGaps = 32;
constexpr std::string_view kBegin = "Begin Logfile";
constexpr std::string_view kEnd = "End Logfile";

bool is_banner(std::string_view body) {
  if (body.empty()) return false;
  switch (body.front()) {
    case 'B':
      return body.starts_with(kBegin);
    case 'E':
      return body.starts_with(kEnd);
    case 'V':
      return body.starts_with("Version: ");
    case 'T':
      return body.starts_with("Time offset from UTC:");
    default:
      return false;
  }
}

/// Whether the half of a torn line says itself when it was written.
bool says_when(const HeldLine& half) {
  constexpr std::size_t kTime = std::string_view{"Mon Mar 18 08:12:01"}.size();
  const std::size_t at = half.text.rfind('\n');
  return at == std::string::npos || half.text.size() - at > kTime;
}

}  // namespace

// ---- one line comes ----

// A line is applied when the next one of its file is there, because the roll-over may tear a file's
// last line: half a line could name another message.
void JoinSpace::add(const LogLine& line) {
  resting_ = false;
  Span* known = current_ != nullptr && current_->file == line.file ? current_ : nullptr;
  const std::int64_t seconds =
      line.has_header ? line.seconds : (known != nullptr ? known->end : line.seconds);
  Span& span = known != nullptr ? *known : span_for(line, seconds);
  if (!line.has_header) return take_fragment(span, line.text);
  if (span.file_begin == 0) place(span, seconds);
  if (is_banner(line.body)) return take_banner(span, line);
  release(span);
  if (!span.has_content) {
    span.has_content = true;
    join_neighbours();
  }
  // Through the current file: neighbours may just have been joined.
  Span& now = *current_;
  const std::int64_t time = std::max(seconds, now.file_begin);
  const LineKey key = line_key(time, time == now.file_begin, line.line);
  if (line.text.size() > bounds_.held_bytes) {
    apply_text(line.text, key, line.sequence);
  } else {
    now.held.text = line.text;
    now.held.key = key;
    now.held.sequence = line.sequence;
  }
  advance(now, time);
}

Span& JoinSpace::span_for(const LogLine& line, std::int64_t seconds) {
  for (Span* span : order_) {
    if (span->file != line.file) continue;
    current_ = span;
    join_neighbours();
    if (current_->file == line.file) return *current_;
    break;
  }
  Span& span = spans_.open(next_span_++);
  own_changed_ = true;
  span.begin = span.end = span.file_begin = seconds;
  span.file = line.file;
  span.facts_of_file = bounded_text(line.file_facts, kMostText);
  span.said(line_key(seconds, false, 0));
  order_.push_back(&span);
  current_ = &span;
  spans_.changed(span, static_cast<std::int64_t>(span.file.size() + span.facts_of_file.size()));
  sort_spans();
  // The file before is not read any longer.
  join_neighbours();
  bound_spans();
  return *current_;
}

/// A file whose first line has no header says with the next one when it begins.
void JoinSpace::place(Span& span, std::int64_t seconds) {
  span.begin = span.end = span.file_begin = seconds;
  sort_spans();
}

void JoinSpace::sort_spans() {
  std::sort(order_.begin(), order_.end(), [](const Span* a, const Span* b) {
    return a->begin != b->begin ? a->begin < b->begin : a->number < b->number;
  });
}

void JoinSpace::take_banner(Span& span, const LogLine& line) {
  release(span);
  advance(span, line.seconds);
  // Facts of the file grow while its head is read.
  span.facts_of_file = bounded_text(line.file_facts, kMostText);
  if (line.body.starts_with(kEnd)) {
    span.ended = true;
    span.has_content = true;
    spans_.changed(span);
    join_neighbours();
    return;
  }
  // Who joins continuation lines joins the end of a torn line to the last line of the head.
  const std::size_t torn = line.body.find('\n');
  if (torn != std::string_view::npos) take_fragment(span, line.body.substr(torn + 1));
  spans_.changed(span);
}

void JoinSpace::take_fragment(Span& span, std::string_view text) {
  if (span.has_content) {
    // The continuation of a line that somebody did not join.
    if (!span.held.text.empty() && span.held.text.size() + text.size() < bounds_.held_bytes) {
      span.held.text += '\n';
      span.held.text += text;
      spans_.changed(span, static_cast<std::int64_t>(text.size()));
    }
    return;
  }
  if (!span.fragment.empty()) span.fragment += '\n';
  span.fragment +=
      bounded_text(text, bounds_.held_bytes - std::min(bounds_.held_bytes, span.fragment.size()));
  spans_.changed(span, static_cast<std::int64_t>(text.size()));
}

/// Applies the line that was held: it is whole.
void JoinSpace::release(Span& span) {
  if (span.held.text.empty()) return;
  std::swap(buffer_, span.held.text);
  span.held.text.clear();
  apply_text(buffer_, span.held.key, span.held.sequence);
}

void JoinSpace::advance(Span& span, std::int64_t seconds) {
  if (seconds > span.end) {
    const std::int64_t from = span.end;
    span.end = seconds;
    pop_due(from + 1, seconds);
  }
  spans_.changed(span);
}

void JoinSpace::pop_due(std::int64_t from, std::int64_t to) {
  const auto begin = due_.lower_bound(from);
  const auto end = due_.upper_bound(to);
  for (auto at = begin; at != end; ++at) {
    for (const Ref& ref : at->second)
      ready_.push_back(ref);
  }
  due_.erase(begin, end);
}

// ---- neighbours ----

/// When the line was written that the roll-over tore in two; nothing when the halves make none:
/// those of different lines do not, when a file between them is missing.
std::optional<std::int64_t> JoinSpace::torn_at(const Span& left, const Span& right) {
  const std::string text = left.held.text + right.fragment;
  std::size_t at = text.rfind('\n');
  while (at != std::string::npos && at > 0 && !begins_entry(std::string_view{text}.substr(at + 1)))
    at = text.rfind('\n', at - 1);
  const auto whole = read_line_header(
      std::string_view{text}.substr(at == std::string::npos || at == 0 ? 0 : at + 1));
  const auto held = read_line_header(text);
  if (!whole || !held) return std::nullopt;
  const std::int64_t offset = held->wall_seconds - seconds_of(left.held.key);
  const std::int64_t written = whole->wall_seconds - offset;
  if (written < left.end) return std::nullopt;
  return written;
}

/// How long after the left one's last word the right one begins; nothing when their edges do not
/// belong together.
std::optional<std::int64_t> JoinSpace::distance(const Span& left, const Span& right) {
  if (!left.held.text.empty() && !right.fragment.empty()) {
    const auto written = torn_at(left, right);
    if (!written) return std::nullopt;
    return std::abs(right.begin - *written);
  }
  return right.begin - left.end;
}

/// The file that is read may still say how it ends, how it begins, or fill what was missing.
bool JoinSpace::grows(const Span& left, const Span& right) const {
  if (&left == current_) return !left.ended;
  return &right == current_ && (!right.has_content || inside(right, left));
}

/// Files are named after the second in which they begin, so none fits between two that meet in one
/// second. Any other distance may be a short file that is still to come.
bool JoinSpace::follows(const Span& left, const Span& right) const {
  if (grows(left, right)) return false;
  // What lies inside of a stretch is part of it, and must not stand between it and the next one.
  if (inside(right, left)) return true;
  const auto seconds = distance(left, right);
  if (!seconds || *seconds > 0) return false;
  // A line that was torn in its time would go with the rest of any other.
  return right.begin <= left.end || says_when(left.held);
}

/// Whether nothing needs to be missing between two that are not waited for any longer: a roll-over
/// may take a few seconds.
bool JoinSpace::adjacent(const Span& left, const Span& right) const {
  if (left.ended && !right.fragment.empty()) return false;
  const auto seconds = distance(left, right);
  return seconds && *seconds <= times_.adjacent;
}

void JoinSpace::join_neighbours() {
  for (std::size_t i = 0; i + 1 < order_.size();) {
    if (follows(*order_[i], *order_[i + 1])) {
      merge(*order_[i], *order_[i + 1], false);
    } else {
      ++i;
    }
  }
}

/// The left one becomes both.
void JoinSpace::merge(Span& left, Span& right, bool gap) {
  if (inside(right, left)) return absorb(left, right);
  const std::int64_t from = left.end;
  if (gap) {
    if (gaps_.size() >= kMostGaps) gaps_.erase(gaps_.begin());
    gaps_.emplace_back(left.end, right.begin);
    own_changed_ = true;
    incident("gap");
  }
  glue(left, right, gap);
  left.end = std::max(left.end, right.end);
  left.file = right.file;
  left.file_begin = right.file_begin;
  left.facts_of_file = right.facts_of_file;
  left.ended = right.ended;
  if (right.has_content) left.held = right.held;
  left.has_content = left.has_content || right.has_content;
  if (current_ == &right) current_ = &left;
  std::erase(order_, &right);
  spans_.erase(right);
  spans_.changed(left);
  pop_due(from, left.end);
  unblock();
}

/// An older file has come after its younger neighbours were joined without it.
void JoinSpace::absorb(Span& whole, Span& part) {
  incident("late_file");
  release(part);
  if (!part.fragment.empty()) incident("torn_line");
  std::erase_if(gaps_, [&](const auto& gap) {
    return part.begin <= gap.first + times_.adjacent && gap.second <= part.end + times_.adjacent;
  });
  own_changed_ = true;
  if (current_ == &part) current_ = nullptr;
  std::erase(order_, &part);
  const std::int64_t from = part.begin;
  spans_.erase(part);
  pop_due(from, whole.end);
  unblock();
}

/// Puts the halves of a torn line together, and applies it when it is whole.
void JoinSpace::glue(Span& left, Span& right, bool gap) {
  const bool torn = !right.fragment.empty();
  if (torn && (gap || (left.held.text.empty() && left.has_content))) {
    incident("torn_line");
    left.held.text.clear();
  } else if (torn && !left.has_content) {
    left.fragment += right.fragment;
  } else if (torn) {
    left.held.text += right.fragment;
  }
  right.fragment.clear();
  // A file that holds nothing but the middle of a line leaves it open.
  if (right.has_content || right.ended) release(left);
}

void JoinSpace::give_up_gaps() {
  for (std::size_t i = 0; i + 1 < order_.size();) {
    if (!grows(*order_[i], *order_[i + 1])) {
      merge(*order_[i], *order_[i + 1], !adjacent(*order_[i], *order_[i + 1]));
    } else {
      ++i;
    }
  }
  if (!order_.empty() && !order_.front()->before_known) {
    order_.front()->before_known = true;
    if (!order_.front()->fragment.empty()) incident("torn_line");
    order_.front()->fragment.clear();
    spans_.changed(*order_.front());
  }
  unblock();
}

/// What an older file holds that came after its neighbours were joined without it.
bool JoinSpace::inside(const Span& part, const Span& whole) {
  return part.begin >= whole.begin && part.end < whole.end;
}

bool JoinSpace::has_gaps() const {
  return order_.size() > 1 || (!order_.empty() && !order_.front()->before_known);
}

void JoinSpace::bound_spans() {
  while (order_.size() > bounds_.spans) {
    incident("spans");
    merge(*order_[0], *order_[1], !adjacent(*order_[0], *order_[1]));
  }
}

const Span* JoinSpace::span_of(std::int64_t seconds) const {
  // Two that meet may share a second; what was said then is not over before the first goes on.
  const Span* before = order_.empty() ? nullptr : order_.front();
  for (const Span* span : order_) {
    if (span->begin > seconds) break;
    if (seconds <= span->end) return span;
    before = span;
  }
  return before;
}

void JoinSpace::unblock() {
  ready_.insert(ready_.end(), blocked_.begin(), blocked_.end());
  blocked_.clear();
}

void JoinSpace::rest() {
  current_ = nullptr;
  join_neighbours();
  resting_ = true;
  messages_.each([this](const Message& message) {
    if (!message.settled && (message.finish != kNever || message.abort != kNever)) {
      ready_.push_back({Kind::message, message.number, kAnyTime});
    }
  });
}

}  // namespace cistern::connectors::cisco_secure_email
