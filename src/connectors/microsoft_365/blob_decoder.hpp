// A content blob's body becomes records.
#pragma once

#include "base/record.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace cistern::connectors::microsoft_365 {

struct BlobContext {
  std::string_view stream;   ///< Static text.
  std::string tenant;        ///< GUID in lower case.
  std::string content_id;    ///< For meta: "blob".
  std::string created_text;  ///< For meta: "created", as the vendor wrote it; may be empty.
  /// An array without its end is kept as far as it goes, instead of being asked for again.
  bool accept_unfinished = false;
};

/// A record larger than this goes to the store in pieces, because a commit is bounded.
inline constexpr std::size_t kMaxPiece = 4U << 20;

/// Splits the body into records, losing no byte of any element. Pure; runs on the worker pool.
///
/// Identity is (vendor, organization, record id), both in lower case; the record's own
/// OrganizationId counts, the tenant where it has none. A record without id is identified by its
/// bytes: an empty id would make all such records one. An element that cannot be interpreted stays
/// as it came, with a problem. Beyond one element for each 128 bytes (and 65,536 in any case) the
/// rest of the body is kept as text in pieces.
///
/// Null when the body is not what was asked for: not an array at all (a gateway's page, nothing),
/// or an array without end. Taking such a body for the content would pass over events never seen.
std::shared_ptr<const RecordBatch> decode_blob(std::string body, const BlobContext& context);

/// {"blob":...,"created":...}
std::string blob_meta(const BlobContext& context);

}  // namespace cistern::connectors::microsoft_365
