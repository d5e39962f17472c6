#include "lab/cisco_duo/duo_vendor.hpp"

#include "lab/harness/fault_profiles.hpp"
#include "lab/truth/duo_truth.hpp"

#include <boost/json.hpp>

namespace cistern::lab {

namespace json = boost::json;

namespace {

DuoContentOptions content_options(const VendorContext& context) {
  const auto rate = [](double own, double common) { return own < 0 ? common : own; };
  const auto& options = context.options;
  DuoContentOptions duo;
  duo.seed = options.seed;
  duo.accounts = options.tenants;
  duo.start = context.started;
  duo.history = options.history;
  duo.history_per_hour = rate(options.duo.history_per_hour, options.history_per_hour);
  duo.live_per_second = rate(options.duo.live_per_second, options.live_per_second);
  duo.crowded_seconds = options.duo.crowded_seconds;
  duo.profile = context.profile;
  return duo;
}

DuoSettings first_settings(const LabOptions& options) {
  DuoSettings settings;
  if (options.requests_per_minute == 0) settings.requests_per_minute = 0;
  return settings;
}

}  // namespace

DuoVendor::DuoVendor(const VendorContext& context)
    : api_(content_options(context), first_settings(context.options), context.clock,
           context.visible_until, context.keep) {}

bool DuoVendor::serves(const Request& request) const {
  return DuoApi::serves(request.path);
}

RequestFacts DuoVendor::facts_of(const Request& request) const {
  return DuoApi::facts_of(request);
}

Response DuoVendor::answer(const Request& request, const RequestFacts& facts) {
  return api_.answer(request, facts);
}

Response DuoVendor::refusal(const Request&, const RequestFacts&, const Fault& fault) const {
  return DuoApi::refusal(fault);
}

std::optional<Fault> DuoVendor::draw_fault(FaultProfile profile, const RequestFacts&,
                                           Dice& dice) const {
  return draw_duo_fault(profile, dice);
}

void DuoVendor::save(LabState& state) const {
  std::string text;
  codec::JsonWriter writer(text);
  writer.begin_array();
  for (const auto& demand : api_.demands()) {
    writer.begin_array().number(std::uint64_t{demand.account});
    writer.string(to_string(demand.stream)).number(demand.from).end_array();
  }
  writer.end_array();
  state.vendors[std::string(kDuoVendor)] = std::move(text);
}

Status DuoVendor::restore(const LabState& state) {
  const auto kept = state.vendors.find(std::string(kDuoVendor));
  if (kept == state.vendors.end()) return {};
  std::vector<DuoDemand> demands;
  try {
    const auto root = json::parse(kept->second);
    for (const auto& row : root.as_array()) {
      const auto& parts = row.as_array();
      for (const auto stream : kDuoStreams) {
        if (std::string_view{parts.at(1).as_string()} != to_string(stream)) continue;
        demands.push_back(
            {parts.at(0).to_number<unsigned>(), stream, parts.at(2).to_number<std::int64_t>()});
      }
    }
  } catch (const std::exception&) {
    return fail_stop("lab/bad-state", "what the lab's state file says of Duo cannot be read",
                     "remove the file");
  }
  api_.restore(demands);
  return {};
}

TruthStream DuoVendor::truth() const {
  return duo_truth_stream(api_);
}

}  // namespace cistern::lab
