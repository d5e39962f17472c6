// One delivered ECS document beside the vendor's record.
#pragma once

#include "lab/truth/ledger.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cistern::lab {

/// The parts of an ECS document that say which record it is.
struct DocumentKeys {
  bool readable = false;  ///< It is a JSON object.
  std::string event_id;
  std::string cistern_id;
  std::string object_id;                       ///< o365.audit.ObjectId
  std::optional<std::string> original;         ///< event.original
  std::string falcon_customer;                 ///< crowdstrike.metadata.customerIDString
  std::string falcon_feed;                     ///< cistern.meta.feed
  std::optional<std::uint64_t> falcon_offset;  ///< crowdstrike.metadata.offset
};
DocumentKeys keys_of(std::string_view document);

/// What differs from the vendor's record, or nothing: the time, tenant and provider; and each
/// top-level string, number and truth value, which must stand under `o365.audit` under its own name
/// or anywhere else in the document with the same text.
std::optional<std::string> difference(std::string_view document, const Ledger& ledger,
                                      const Entry& entry);

}  // namespace cistern::lab
