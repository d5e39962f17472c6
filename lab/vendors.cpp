#include "lab/vendors.hpp"

#include "base/bytes.hpp"
#include "lab/cisco_duo/duo_vendor.hpp"
#include "lab/cisco_secure_endpoint/endpoint_vendor.hpp"
#include "lab/cisco_umbrella/umbrella_vendor.hpp"

namespace cistern::lab {

namespace {

Status check_umbrella(const UmbrellaOptions& options) {
  constexpr std::uint64_t most_rows = 100'000'000;
  if (options.slot < std::chrono::seconds{1} || options.schema < 1 || options.schema > 17 ||
      options.large_rows > most_rows) {
    return fail_stop("lab/bad-options",
                     "Umbrella's slots are at least a second long, its schema is 1 to 17, and a "
                     "large object has at most 100000000 rows",
                     "give numbers in these ranges");
  }
  for (const auto& folder : options.folders) {
    if (find_folder(folder) != nullptr) continue;
    return fail_stop("lab/bad-options", "Umbrella exports no folder '" + excerpt(folder, 40) + "'",
                     "name folders such as dnslogs, proxylogs or firewalllogs");
  }
  if (notification_way_from(options.notification)) return {};
  return fail_stop("lab/bad-options",
                   "there is no way '" + excerpt(options.notification, 40) + "' into the queue",
                   "choose direct, sns or eventbridge");
}

}  // namespace

Vendor& Vendors::of(const Request& request) const {
  for (const auto& vendor : all) {
    if (vendor->serves(request)) return *vendor;
  }
  return *all.back();
}

Vendors make_vendors(const VendorContext& context, Key signing_key) {
  auto microsoft = std::make_unique<MicrosoftVendor>(context, std::move(signing_key));
  auto falcon = std::make_unique<FalconVendor>(context);
  Vendors vendors;
  vendors.microsoft = microsoft.get();
  vendors.falcon = falcon.get();
  vendors.all.push_back(std::move(falcon));
  vendors.all.push_back(std::make_unique<UmbrellaVendor>(context));
  vendors.all.push_back(std::make_unique<DuoVendor>(context));
  vendors.all.push_back(std::make_unique<EndpointVendor>(context));
  // Last: what no other claims is a request to its login host.
  vendors.all.push_back(std::move(microsoft));
  return vendors;
}

Status check_vendor_options(const LabOptions& options) {
  if (options.tenants == 0 || options.tenants > 99'999) {
    return fail_stop("lab/bad-options", "the number of tenants must be between 1 and 99999",
                     "give a number in that range");
  }
  if (options.falcon_partitions == 0 || options.falcon_partitions > 64) {
    return fail_stop("lab/bad-options",
                     "the number of Falcon's partitions must be between 1 and 64",
                     "give a number in that range");
  }
  if (options.duo.crowded_seconds > 1000) {
    return fail_stop("lab/bad-options", "more than 1000 crowded seconds of Duo were asked for",
                     "give a smaller number");
  }
  return check_umbrella(options.umbrella);
}

void write_vendor_content(codec::JsonWriter& writer, const LabOptions& options) {
  writer.number(std::uint64_t{options.falcon_partitions}).number(options.falcon_history_per_hour);
  writer.number(options.falcon_live_per_second);
  const auto& umbrella = options.umbrella;
  writer.number(std::int64_t{umbrella.history.count()}).number(umbrella.rows_per_hour);
  writer.number(umbrella.live_per_second).number(std::int64_t{umbrella.slot.count()});
  writer.number(std::uint64_t{umbrella.schema}).boolean(umbrella.headers);
  writer.number(umbrella.large_rows);
  for (const auto& folder : umbrella.folders)
    writer.string(folder);
  writer.number(options.duo.history_per_hour).number(options.duo.live_per_second);
  writer.number(std::uint64_t{options.duo.crowded_seconds});
  writer.number(options.endpoint.history_per_hour).number(options.endpoint.live_per_second);
}

}  // namespace cistern::lab
