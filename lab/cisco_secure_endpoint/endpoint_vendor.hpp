// Secure Endpoint in the lab's table of vendors.
#pragma once

#include "lab/cisco_secure_endpoint/endpoint_api.hpp"
#include "lab/vendor.hpp"

namespace cistern::lab {

class EndpointVendor final : public Vendor {
 public:
  explicit EndpointVendor(const VendorContext& context);

  [[nodiscard]] std::string_view name() const override { return kEndpointVendor; }
  [[nodiscard]] std::string_view switches() const override { return "secure_endpoint"; }
  [[nodiscard]] bool serves(const Request& request) const override;
  [[nodiscard]] RequestFacts facts_of(const Request& request) const override;
  Response answer(const Request& request, const RequestFacts& facts) override;
  [[nodiscard]] Response refusal(const Request& request, const RequestFacts& facts,
                                 const Fault& fault) const override;
  [[nodiscard]] std::optional<Fault> draw_fault(FaultProfile profile, const RequestFacts& facts,
                                                Dice& dice) const override;
  Status change(std::string_view json) override { return api_.change(json); }
  [[nodiscard]] std::string status_json() const override { return api_.status_json(); }
  std::optional<Response> control(const Request& request) override;
  void save(LabState& state) const override;
  Status restore(const LabState& state) override;
  [[nodiscard]] TruthStream truth() const override;

 private:
  EndpointApi api_;
};

}  // namespace cistern::lab
