#include "connectors/cisco_umbrella/listing_plan.hpp"

#include <algorithm>

namespace cistern::connectors::cisco_umbrella {

void ListingPlan::begin(TimePoint began, std::optional<TimePoint> through,
                        std::optional<TimePoint> swept) {
  began_ = began;
  listed_ = through;
  swept_ = swept;
}

TimePoint ListingPlan::oldest(TimePoint vendor_now, TimePoint floor) const {
  return std::max({*began_, vendor_now - pace_.retention, floor});
}

/// After a pause the newest hour is as long as the pause, and one hour: that is what is new.
void ListingPlan::plan_newest(TimePoint now, TimePoint vendor_now, TimePoint floor) {
  const TimePoint known = listed_ ? std::min(vendor_now, *listed_) : *began_;
  Chain chain;
  chain.kind = Chain::Kind::newest;
  chain.from = std::max(listed_ ? known - ListingPace::kNewest : known, oldest(vendor_now, floor));
  newest_ = chain;
  next_newest_ = now + pace_.poll_every;
}

void ListingPlan::plan_wide(TimePoint now, TimePoint vendor_now, TimePoint floor) {
  const TimePoint last = std::max(swept_.value_or(*began_), sweep_begun_);
  const bool sweep = sweep_due_ || vendor_now - last >= ListingPace::kRetentionEvery;
  if (!sweep && (!pace_.by_day || now < next_day_)) return;
  Chain chain;
  chain.kind = sweep ? Chain::Kind::retention : Chain::Kind::day;
  const Duration reach = sweep ? pace_.retention : ListingPace::kDay;
  chain.from = std::max(vendor_now - reach, oldest(vendor_now, floor));
  chain.until = vendor_now - ListingPace::kNewest;
  next_day_ = now + ListingPace::kDayEvery;
  if (sweep) {
    sweep_begun_ = vendor_now;
    sweep_due_ = false;
  }
  if (chain.from < *chain.until) wide_ = chain;
}

Chain* ListingPlan::next(TimePoint now, TimePoint vendor_now, TimePoint floor) {
  if (!began_) return nullptr;
  if (!newest_ && now >= next_newest_) plan_newest(now, vendor_now, floor);
  if (newest_) return now >= newest_->not_before ? &*newest_ : nullptr;
  // Only once it is known what is new: after a pause that is nearly everything.
  if (!wide_ && listed_) plan_wide(now, vendor_now, floor);
  return wide_ && now >= wide_->not_before ? &*wide_ : nullptr;
}

Chain* ListingPlan::under_way(Chain::Kind kind) {
  auto& chain = kind == Chain::Kind::newest ? newest_ : wide_;
  return chain && chain->kind == kind ? &*chain : nullptr;
}

void ListingPlan::end(Chain::Kind kind, TimePoint now) {
  if (kind != Chain::Kind::newest) {
    wide_.reset();
    return;
  }
  if (newest_) listed_ = std::max(listed_.value_or(TimePoint{}), newest_->listed_at);
  newest_.reset();
  next_newest_ = std::max(next_newest_, now);
}

void ListingPlan::hurry(TimePoint now) {
  next_newest_ = std::min(next_newest_, now);
}

std::optional<TimePoint> ListingPlan::next_time(TimePoint now) const {
  if (!began_) return std::nullopt;
  if (newest_) return newest_->not_before;
  TimePoint out = next_newest_;
  if (wide_) {
    out = std::min(out, wide_->not_before);
  } else if (pace_.by_day && listed_) {
    out = std::min(out, std::max(next_day_, now));
  }
  return out;
}

RequestPace::RequestPace(double per_minute)
    : per_second_(per_minute / 60.0), most_(std::max(per_minute / 5.0, 1.0)), left_(most_) {}

Duration RequestPace::take(TimePoint now) {
  if (last_ != TimePoint{} && now > last_) {
    const double seconds = std::chrono::duration<double>(now - last_).count();
    left_ = std::min(most_, left_ + seconds * per_second_);
  }
  last_ = std::max(last_, now);
  if (left_ < 1.0) {
    const double wait = (1.0 - left_) / per_second_;
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(wait)) +
           std::chrono::milliseconds{1};
  }
  left_ -= 1.0;
  return Duration{0};
}

}  // namespace cistern::connectors::cisco_umbrella
