// The table of the lab's vendors.
#pragma once

#include "lab/crowdstrike_falcon/falcon_vendor.hpp"
#include "lab/microsoft_365/microsoft_vendor.hpp"
#include "lab/vendor.hpp"

#include <memory>
#include <string>
#include <vector>

namespace cistern::lab {

struct Vendors {
  /// In the order in which they are asked whether a request is theirs; the last one takes all.
  std::vector<std::unique_ptr<Vendor>> all;
  /// Two of them, by what they are: the freeze is Microsoft's, and their truth is written together.
  MicrosoftVendor* microsoft = nullptr;
  FalconVendor* falcon = nullptr;

  [[nodiscard]] Vendor& of(const Request& request) const;
};

Vendors make_vendors(const VendorContext& context, Key signing_key);

/// Options that no vendor can work with.
Status check_vendor_options(const LabOptions& options);

/// The options on which the vendors' content depends, as elements of an array.
void write_vendor_content(codec::JsonWriter& writer, const LabOptions& options);

}  // namespace cistern::lab
