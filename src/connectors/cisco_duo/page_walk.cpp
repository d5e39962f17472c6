#include "connectors/cisco_duo/page_walk.hpp"

#include "connectors/cisco_duo/wire.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace cistern::connectors::cisco_duo {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

std::optional<TimePoint> take_time(std::string_view& text) {
  const std::string_view word = take_word(text);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  constexpr std::int64_t kMost = 9'000'000'000'000;
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  if (number < 0 || number > kMost) return std::nullopt;
  return TimePoint{milliseconds{number}};
}

}  // namespace

PageWalk::PageWalk(const LogStream& stream, TimePoint from, TimePoint to)
    : stream_(&stream), from_(from), to_(to), end_(to) {}

void PageWalk::advance(const PageFacts& page) {
  ++pages_;
  ascending_ =
      ascending_ && page.ascending && (page.oldest == TimePoint{} || page.oldest >= newest_);
  newest_ = std::max(newest_, page.newest);
  if (stream_->paging == Paging::mintime) return advance_by_second(page);
  advance_by_place(page);
}

void PageWalk::advance_by_place(const PageFacts& page) {
  counted_ = page.counted;
  if (page.next.empty() || page.rows == 0) {
    done_ = true;
    return;
  }
  const bool new_place = places_.insert(make_identity({page.next})).second;
  if (!new_place || page.next == token_ || pages_ >= kMaxPages) return go_on_by_time();
  token_ = page.next;
}

void PageWalk::advance_by_second(const PageFacts& page) {
  const TimePoint second = floor_to(page.newest, seconds{1});
  if (page.rows >= kMaybeMore && second > from_) {
    from_ = std::min(second, to_);
  } else if (page.rows >= kFullPage) {
    gaps_.push_back({from_, from_ + seconds{1}});
    from_ += seconds{1};
  } else {
    from_ = to_;
  }
  done_ = from_ >= to_;
}

TimePoint PageWalk::reached() const {
  if (stream_->paging != Paging::next_offset || !ascending_) return from_;
  return std::clamp(floor_to(newest_, milliseconds{1}), from_, to_);
}

void PageWalk::go_on_by_time() {
  token_.clear();
  places_.clear();
  counted_.reset();
  pages_ = 0;
  if (const TimePoint stored = reached(); stored > from_) {
    from_ = stored;
    skip_ = kLeastWindow;
    done_ = from_ >= to_;
    return;
  }
  newest_ = {};
  ascending_ = true;
  const bool unordered = stream_->paging == Paging::offset;
  if (unordered && skip_ == kLeastWindow && to_ - from_ > kLeastWindow) {
    to_ = floor_to(from_ + (to_ - from_) / 2, milliseconds{1});
    return;
  }
  const TimePoint end = std::min(from_ + skip_, end_);
  gaps_.push_back({from_, end});
  from_ = end;
  to_ = end_;
  skip_ *= 2;
  done_ = from_ >= to_;
}

std::string PageWalk::text() const {
  std::string out = std::to_string(unix_milliseconds(from_)) + " " +
                    std::to_string(unix_milliseconds(to_)) + " " +
                    std::to_string(unix_milliseconds(newest_)) + (ascending_ ? " up " : " mixed ");
  // Rows without an id are numbered from the chain's beginning, so there it must begin again.
  if (!counted_ || counted_->empty()) out += token_;
  return out;
}

std::optional<PageWalk> PageWalk::parse(const LogStream& stream, std::string_view text) {
  const auto from = take_time(text);
  const auto to = take_time(text);
  const auto newest = take_time(text);
  const std::string_view order = take_word(text);
  if (!from || !to || !newest || *from >= *to || text.size() > kMaxToken) return std::nullopt;
  PageWalk walk(stream, *from, *to);
  walk.token_ = text;
  // Beginning again, it meets the same rows again.
  if (!walk.token_.empty()) {
    walk.newest_ = *newest;
    walk.ascending_ = order == "up";
  }
  return walk;
}

}  // namespace cistern::connectors::cisco_duo
