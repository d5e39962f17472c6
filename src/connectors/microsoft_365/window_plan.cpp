#include "connectors/microsoft_365/window_plan.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cistern::connectors::microsoft_365 {

namespace {
constexpr Duration kWidest = std::chrono::hours{24};
constexpr Duration kNarrowest = std::chrono::minutes{5};
/// While catching up pages stay small and the watermark moves often.
constexpr Duration kCatchUp = std::chrono::hours{1};
constexpr Duration kBehind = std::chrono::hours{3};
constexpr Duration kEarlyOverlap = std::chrono::minutes{1};
}  // namespace

TimePoint floor_seconds(TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time);
}

void WindowPlan::begin(TimePoint watermark, TimePoint began) {
  began_ = floor_seconds(began);
  reset(watermark);
}

TimePoint WindowPlan::first_watermark(TimePoint vendor_now) const {
  return floor_seconds(vendor_now - std::min(backfill_, kReach));
}

void WindowPlan::reset(TimePoint watermark) {
  slices_.clear();
  under_way_ = false;
  sweep_until_ = {};
  frontier_ = floor_seconds(watermark);
}

WindowPlan::Outcome WindowPlan::plan(TimePoint vendor_now, bool clock_sure, Kind kind) {
  const TimePoint to = floor_seconds(vendor_now);
  if (frontier_ > to) return clock_sure ? Outcome::nothing : Outcome::clock_doubtful;
  const TimePoint reach = to - kReach;
  if (frontier_ < to - kUtmost) {
    if (!clock_sure) return Outcome::clock_doubtful;
    gaps_.push_back({frontier_, reach});
    frontier_ = reach;
  }
  const bool behind = to - frontier_ > kBehind;
  const bool sweep_now = kind == Kind::sweep && !behind;
  const Duration overlap = kind == Kind::early ? std::min(overlap_, kEarlyOverlap) : overlap_;
  const TimePoint wanted = sweep_now ? reach : std::max(frontier_ - overlap, reach);
  const TimePoint from = std::min(frontier_, std::max(wanted, began_));
  if (from >= to) return Outcome::nothing;
  cut({from, to}, behind ? kCatchUp : kWidest, frontier_);
  if (sweep_now) sweep_until_ = to;
  frontier_ = to;
  return Outcome::planned;
}

void WindowPlan::cut(Interval window, Duration width, TimePoint fresh_from) {
  for (TimePoint at = window.from; at < window.to; at += width) {
    slices_.push_back({.window = {at, std::min(at + width, window.to)}, .fresh_from = fresh_from});
  }
}

std::optional<Slice> WindowPlan::take(TimePoint now, TimePoint vendor_now, bool clock_sure) {
  if (under_way_) return std::nullopt;
  const TimePoint reach = floor_seconds(vendor_now) - kReach;
  const TimePoint utmost = floor_seconds(vendor_now) - kUtmost;
  for (std::size_t i = 0; i < slices_.size();) {
    Slice& slice = slices_[i];
    if (slice.not_before > now) {
      ++i;
      continue;
    }
    if (slice.window.from < utmost) {
      if (!clock_sure) return std::nullopt;
      const Interval lost{std::max(slice.window.from, slice.fresh_from),
                          std::min(slice.window.to, reach)};
      if (lost.from < lost.to) gaps_.push_back(lost);
      slice.window.from = reach;
      if (slice.window.from >= slice.window.to) {
        slices_.erase(slices_.begin() + static_cast<std::ptrdiff_t>(i));
        continue;
      }
    }
    std::rotate(slices_.begin(), slices_.begin() + static_cast<std::ptrdiff_t>(i),
                slices_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    under_way_ = true;
    return slices_.front();
  }
  return std::nullopt;
}

void WindowPlan::listed(TimePoint server_now) {
  const Slice slice = slices_.front();
  slices_.erase(slices_.begin());
  under_way_ = false;
  const TimePoint known = floor_seconds(server_now);
  if (slice.window.to > known) {
    // Our clock ran ahead of the vendor's: the rest of the plan lies in its future.
    std::erase_if(slices_, [&](const Slice& other) { return other.window.from >= known; });
    frontier_ = std::min(frontier_, std::max(known, std::min(slice.fresh_from, frontier_)));
  }
  if (!sweeping()) sweep_until_ = {};
}

void WindowPlan::failed(TimePoint not_before, bool narrower) {
  under_way_ = false;
  Slice& slice = slices_.front();
  ++slice.attempts;
  slice.not_before = not_before;
  const Duration width = slice.window.to - slice.window.from;
  if (!narrower || width / 2 < kNarrowest) return;
  Slice later = slice;
  const TimePoint middle = floor_seconds(slice.window.from + width / 2);
  slice.window.to = middle;
  later.window.from = middle;
  slices_.insert(slices_.begin() + 1, later);
}

bool WindowPlan::newest_listed() const {
  return std::none_of(slices_.begin(), slices_.end(),
                      [&](const Slice& slice) { return slice.window.to >= frontier_; });
}

bool WindowPlan::sweeping() const {
  return sweep_until_ != TimePoint{} &&
         std::any_of(slices_.begin(), slices_.end(),
                     [&](const Slice& slice) { return slice.window.to <= sweep_until_; });
}

std::optional<TimePoint> WindowPlan::next_time() const {
  std::optional<TimePoint> out;
  for (const Slice& slice : slices_)
    out = std::min(out.value_or(slice.not_before), slice.not_before);
  return out;
}

TimePoint WindowPlan::listed_through() const {
  TimePoint out = frontier_;
  for (const Slice& slice : slices_) {
    if (slice.window.to <= slice.fresh_from) continue;
    out = std::min(out, std::max(slice.window.from, slice.fresh_from));
  }
  return out;
}

std::vector<Interval> WindowPlan::take_gaps() {
  return std::exchange(gaps_, {});
}

}  // namespace cistern::connectors::microsoft_365
