#include "lab/cisco_secure_endpoint/endpoint_vendor.hpp"

#include "lab/harness/fault_profiles.hpp"
#include "lab/truth/endpoint_truth.hpp"

namespace cistern::lab {

namespace {

EndpointContentOptions content_options(const VendorContext& context) {
  const auto rate = [](double own, double common) { return own < 0 ? common : own; };
  const auto& options = context.options;
  EndpointContentOptions endpoint;
  endpoint.seed = options.seed;
  endpoint.start = context.started;
  endpoint.history = options.history;
  endpoint.history_per_hour = rate(options.endpoint.history_per_hour, options.history_per_hour);
  endpoint.live_per_second = rate(options.endpoint.live_per_second, options.live_per_second);
  endpoint.profile = context.profile;
  return endpoint;
}

EndpointSettings first_settings(const LabOptions& options) {
  EndpointSettings settings;
  if (options.requests_per_minute == 0) settings.requests_per_hour = 0;
  return settings;
}

}  // namespace

EndpointVendor::EndpointVendor(const VendorContext& context)
    : api_(content_options(context), first_settings(context.options), context.clock,
           context.visible_until, context.keep) {}

bool EndpointVendor::serves(const Request& request) const {
  return EndpointApi::serves(request.path);
}

RequestFacts EndpointVendor::facts_of(const Request& request) const {
  return EndpointApi::facts_of(request);
}

Response EndpointVendor::answer(const Request& request, const RequestFacts& facts) {
  return api_.answer(request, facts);
}

Response EndpointVendor::refusal(const Request&, const RequestFacts&, const Fault& fault) const {
  return EndpointApi::refusal(fault);
}

std::optional<Fault> EndpointVendor::draw_fault(FaultProfile profile, const RequestFacts&,
                                                Dice& dice) const {
  return draw_endpoint_fault(profile, dice);
}

std::optional<Response> EndpointVendor::control(const Request& request) {
  if (request.path != "/lab/secure_endpoint/events") return std::nullopt;
  return api_.published(request);
}

void EndpointVendor::save(LabState& state) const {
  state.vendors[std::string(kEndpointVendor)] = api_.state_json();
}

Status EndpointVendor::restore(const LabState& state) {
  const auto kept = state.vendors.find(std::string(kEndpointVendor));
  return kept == state.vendors.end() ? Status{} : api_.restore(kept->second);
}

TruthStream EndpointVendor::truth() const {
  return endpoint_truth_stream(api_);
}

}  // namespace cistern::lab
