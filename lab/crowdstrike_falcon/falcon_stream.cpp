#include "lab/crowdstrike_falcon/falcon_stream.hpp"

#include <algorithm>

namespace cistern::lab {

namespace {

constexpr std::size_t kFill = 256 * 1024;

}  // namespace

SessionRules rules_of(const FalconCustomer& customer) {
  return {std::chrono::seconds{customer.refresh_interval}, customer.session_cap,
          customer.lock_whole_app};
}

FalconStream::FalconStream(const FalconSources& sources, StreamSession session, FeedAsk ask,
                           const Feeds::Opened& opened, std::uint64_t key)
    : sources_(sources),
      session_(std::move(session)),
      ask_(std::move(ask)),
      cursor_(opened.cursor),
      lines_(opened.lines),
      dice_(key),
      carriage_return_(dice_.below(8) == 0),
      last_(sources.clock.steady()) {}

FalconStream::~FalconStream() {
  const auto customer = sources_.customers.get(session_.customer);
  const auto release = std::chrono::duration_cast<Duration>(customer.release * dice_.fraction());
  sources_.sessions.close(session_, sources_.clock.steady() + release);
  if (customer.audit_streams) sources_.feeds.stopped(session_.customer, session_.partition, ask_);
}

LiveBody::Next FalconStream::next(std::string& piece, std::size_t limit) {
  const auto customer = sources_.customers.get(session_.customer);
  const auto now = sources_.clock.steady();
  if (!sources_.sessions.alive(session_, rules_of(customer), now)) {
    // What is left of a line is not said any more.
    return dice_.below(2) == 0 ? Next::end : Next::cut;
  }
  if (sent_ == buffer_.size()) {
    buffer_.clear();
    sent_ = 0;
    fill();
  }
  if (buffer_.empty()) {
    if (now - last_ < customer.keep_alive) return Next::nothing;
    line_end();
  }
  last_ = now;
  return hand_out(piece, limit);
}

LiveBody::Next FalconStream::hand_out(std::string& piece, std::size_t limit) {
  const auto left = buffer_.size() - sent_;
  auto size = std::min(limit, left);
  // A chunk ends where it likes, also within a line.
  if (size == left && size > 1 && dice_.below(4) == 0) size = 1 + dice_.below(size - 1);
  piece.assign(buffer_, sent_, size);
  sent_ += size;
  return Next::bytes;
}

bool FalconStream::wanted(std::string_view type) const {
  return ask_.types.empty() || ask_.types.contains(std::string(type));
}

void FalconStream::line_end() {
  buffer_.append(carriage_return_ ? "\r\n" : "\n");
}

void FalconStream::fill() {
  const auto first = cursor_.added;
  const auto window = sources_.feeds.window(session_.customer, session_.partition, cursor_, lines_);
  for (const auto& line : window.lines) {
    buffer_.append(line);
    line_end();
  }
  lines_ += window.lines.size();
  while (buffer_.size() < kFill) {
    const auto at = cursor_.added - first;
    if (at < window.added.size() && window.added[at].after <= cursor_.own) {
      fill_added(window, first);
    } else if (cursor_.own < window.own_end) {
      fill_own();
    } else {
      return;
    }
  }
}

void FalconStream::fill_added(const FeedWindow& window, std::uint64_t first) {
  const auto& added = window.added[cursor_.added - first];
  if (wanted(FalconGenerator::type_of(added))) {
    EventPlace place;
    place.customer = session_.customer;
    place.partition = session_.partition;
    place.offset =
        sources_.feeds.schedule(session_.customer, session_.partition).number_behind(added.after) +
        cursor_.added;
    FalconGenerator::append_added(buffer_, place, added);
    line_end();
  }
  ++cursor_.added;
}

void FalconStream::fill_own() {
  EventPlace place;
  place.customer = session_.customer;
  place.partition = session_.partition;
  place.own = cursor_.own;
  if (wanted(sources_.generator.type_of(place))) {
    const auto& schedule = sources_.feeds.schedule(session_.customer, session_.partition);
    place.offset = schedule.number_of(cursor_.own) + cursor_.added;
    place.time = schedule.time_of(cursor_.own);
    const auto quirks = sources_.generator.quirks_of(place);
    for (int times = quirks.repeated ? 2 : 1; times > 0; --times) {
      sources_.generator.append(buffer_, place);
      if (!quirks.no_line_end || !quirks.noise.empty()) line_end();
    }
    if (!quirks.noise.empty()) {
      buffer_.append(quirks.noise);
      line_end();
    }
  }
  ++cursor_.own;
}

}  // namespace cistern::lab
