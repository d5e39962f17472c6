#include "runtime/derive/event_source.hpp"

#include "base/bytes.hpp"
#include "codec/json_scan.hpp"

#include <algorithm>
#include <utility>

namespace cistern::runtime {

EventSource::EventSource(std::unique_ptr<journal::Reader> reader, std::string connector,
                         std::set<std::string, std::less<>> streams)
    : reader_(std::move(reader)), connector_(std::move(connector)), streams_(std::move(streams)) {}

void EventSource::start_at(Sequence next) {
  next_ = next;
  group_.reset();
}

Result<bool> EventSource::open_group() {
  if (group_ && next_ <= group_->last) return true;
  group_.reset();
  auto read = reader_->read(next_);
  if (!read) return fail(std::move(read.error()));
  if (read->hole && read->hole->to >= next_) {
    next_ = read->hole->to + 1;
    hole_ = std::move(read->hole);
  }
  if (!read->group || read->group->last < next_) return false;
  group_ = std::move(read->group);
  const auto& envelopes = group_->envelopes;
  const auto at = std::lower_bound(envelopes.begin(), envelopes.end(), next_,
                                   [](const journal::Envelope& envelope, Sequence sequence) {
                                     return envelope.sequence < sequence;
                                   });
  at_ = static_cast<std::size_t>(at - envelopes.begin());
  return true;
}

bool EventSource::wanted(const journal::Envelope& envelope) const {
  return envelope.connector == connector_ && envelope.problem.empty() &&
         streams_.contains(envelope.stream);
}

std::optional<DeriverEvent> EventSource::take() {
  if (!group_) return std::nullopt;
  while (at_ < group_->envelopes.size()) {
    const journal::Envelope& envelope = group_->envelopes[at_++];
    next_ = envelope.sequence + 1;
    if (!wanted(envelope)) continue;
    DeriverEvent event{.sequence = envelope.sequence,
                       .stream = envelope.stream,
                       .meta = envelope.meta,
                       .raw = envelope.raw,
                       .form = envelope.form};
    if (!unescape(envelope, event)) continue;
    if (envelope.time != time_text_) {
      time_text_ = envelope.time;
      time_ = parse_time(time_text_).value_or(TimePoint{});
    }
    event.time = time_;
    return event;
  }
  next_ = group_->last + 1;
  group_.reset();
  return std::nullopt;
}

bool EventSource::unescape(const journal::Envelope& envelope, DeriverEvent& event) {
  if (envelope.form == RawForm::bytes) {
    auto bytes = base64_decode(envelope.raw);
    if (!bytes) return false;
    text_ = std::move(*bytes);
    event.raw = text_;
  } else if (envelope.form == RawForm::text && envelope.raw.find('\\') != std::string_view::npos) {
    text_.clear();
    codec::append_unescaped(text_, envelope.raw);
    event.raw = text_;
  }
  return true;
}

std::optional<journal::Hole> EventSource::take_hole() {
  return std::exchange(hole_, std::nullopt);
}

}  // namespace cistern::runtime
