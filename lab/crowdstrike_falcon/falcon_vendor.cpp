#include "lab/crowdstrike_falcon/falcon_vendor.hpp"

#include "lab/harness/fault_profiles.hpp"

namespace cistern::lab {

namespace {

FalconApiOptions api_options(const VendorContext& context) {
  const auto rate = [](double own, double common) { return own < 0 ? common : own; };
  const auto& options = context.options;
  FalconApiOptions falcon;
  falcon.feeds.seed = options.seed;
  falcon.feeds.customers = options.tenants;
  falcon.feeds.partitions = options.falcon_partitions;
  falcon.feeds.start = context.started;
  falcon.feeds.history = options.history;
  falcon.feeds.history_per_hour = rate(options.falcon_history_per_hour, options.history_per_hour);
  falcon.feeds.live_per_second = rate(options.falcon_live_per_second, options.live_per_second);
  falcon.profile = context.profile;
  falcon.fault_seed = key_of({options.seed, context.starts});
  return falcon;
}

}  // namespace

FalconVendor::FalconVendor(const VendorContext& context)
    : keep_(context.keep),
      api_(api_options(context), context.clock, context.visible_until, context.frozen,
           [this](const std::vector<FeedRow>& feeds) { return keep_feeds(feeds); }) {}

bool FalconVendor::serves(const Request& request) const {
  return FalconApi::serves(request.path);
}

RequestFacts FalconVendor::facts_of(const Request& request) const {
  return api_.facts_of(request);
}

Response FalconVendor::answer(const Request& request, const RequestFacts& facts) {
  return api_.answer(request, facts);
}

Response FalconVendor::refusal(const Request&, const RequestFacts& facts,
                               const Fault& fault) const {
  return api_.refusal(facts, fault);
}

std::optional<Fault> FalconVendor::draw_fault(FaultProfile profile, const RequestFacts& facts,
                                              Dice& dice) const {
  return draw_falcon_fault(profile, facts.operation, dice);
}

Status FalconVendor::keep_feeds(const std::vector<FeedRow>& feeds) {
  {
    const std::lock_guard lock(mutex_);
    rows_ = feeds;
  }
  return keep_();
}

void FalconVendor::save(LabState& state) const {
  const std::lock_guard lock(mutex_);
  state.feeds = rows_;
}

Status FalconVendor::restore(const LabState& state) {
  api_.feeds().restore(state.feeds);
  const std::lock_guard lock(mutex_);
  rows_ = state.feeds;
  return {};
}

}  // namespace cistern::lab
