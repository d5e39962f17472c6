// CrowdStrike Falcon in the lab's table of vendors.
#pragma once

#include "lab/crowdstrike_falcon/falcon_api.hpp"
#include "lab/vendor.hpp"

#include <mutex>
#include <vector>

namespace cistern::lab {

class FalconVendor final : public Vendor {
 public:
  explicit FalconVendor(const VendorContext& context);

  [[nodiscard]] std::string_view name() const override { return kFalconVendor; }
  [[nodiscard]] std::string_view switches() const override { return "falcon"; }
  [[nodiscard]] bool serves(const Request& request) const override;
  [[nodiscard]] RequestFacts facts_of(const Request& request) const override;
  Response answer(const Request& request, const RequestFacts& facts) override;
  [[nodiscard]] Response refusal(const Request& request, const RequestFacts& facts,
                                 const Fault& fault) const override;
  [[nodiscard]] std::optional<Fault> draw_fault(FaultProfile profile, const RequestFacts& facts,
                                                Dice& dice) const override;
  Status change(std::string_view json) override { return api_.change(json); }
  [[nodiscard]] std::string status_json() const override { return api_.status_json(); }
  void save(LabState& state) const override;
  Status restore(const LabState& state) override;

  [[nodiscard]] const FalconApi& api() const { return api_; }

 private:
  Status keep_feeds(const std::vector<FeedRow>& feeds);

  const std::function<Status()> keep_;
  mutable std::mutex mutex_;
  std::vector<FeedRow> rows_;  // As last told; the feeds themselves are locked while they tell.
  FalconApi api_;
};

}  // namespace cistern::lab
