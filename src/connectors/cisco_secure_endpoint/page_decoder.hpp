// A page's body becomes records.
#pragma once

#include "base/record.hpp"
#include "connectors/cisco_secure_endpoint/wire.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_secure_endpoint {

struct PageContext {
  std::string_view stream;  ///< kEvents or kAudit: static text.
  std::string cloud;        ///< As in identities.
};

/// A record larger than this goes to the store in pieces, because a commit is bounded.
inline constexpr std::size_t kMaxPiece = 4U << 20;

/// Made by decode_page() only, so who asked for it knows what came.
struct PageBatch : RecordBatch {
  PageFacts facts;
  /// One for each record: it has no id of its own (RecordKey::by_content).
  std::vector<bool> by_content;
};

/// Splits the answer's `data`, losing no byte of any element. Pure; runs on the worker pool.
///
/// An element that is no valid object stays as it came, with a problem, identified by its bytes;
/// its neighbours are sound. Null when the body is not what was asked for (no object with a `data`
/// array, or one that is cut): taking it for a page would pass over events never seen.
std::shared_ptr<const PageBatch> decode_page(std::string body, const PageContext& context);

/// The record inside a whole answer, for `normalize`: `data` when it is an object or holds exactly
/// one, nothing when it is empty, and the text itself when it is no answer.
std::optional<std::string_view> record_in_answer(std::string_view json);

}  // namespace cistern::connectors::cisco_secure_endpoint
