// The kinds of records that the lab's tenants produce, as templates.
#pragma once

#include "lab/microsoft_365/content_type.hpp"

#include <span>
#include <string_view>

namespace cistern::lab {

struct Family {
  ContentType type;
  unsigned weight;        ///< Beside the other families of its content type.
  std::string_view text;  ///< As RecordTemplate reads it.
};

std::span<const Family> exchange_families();
std::span<const Family> sharepoint_families();
std::span<const Family> entra_families();
std::span<const Family> dlp_families();
std::span<const Family> general_families();

/// A record without `Id`: the vendor says there is none; should one come, it must be kept. Its
/// ObjectId is unique, so that it can be found again.
std::string_view record_without_id();

}  // namespace cistern::lab
