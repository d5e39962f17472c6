// An answer's body becomes records; pure, run off the loop.
#pragma once

#include "base/ids.hpp"
#include "base/record.hpp"
#include "connectors/cisco_duo/log_stream.hpp"
#include "connectors/cisco_duo/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace cistern::connectors::cisco_duo {

/// How often each row without an id was met in one chain of pages, by its content.
///
/// Such a row is named by its content and its number among equal ones. Equal rows have equal times,
/// so a window holds either all of them or none, and counting begins anew only where a chain
/// begins: with the first page of a window (v2), or with a page that starts at a whole second (v1,
/// where a page that ends inside a second is followed by one that begins with that second again).
/// However pages cut equal rows, n of them get the numbers 1 to n, and rows that are read again get
/// the numbers they had.
using Occurrences = std::unordered_map<Identity, std::uint32_t, IdentityHash>;

/// Beyond so many kinds of rows without an id in one chain the others are not named (and would be
/// stored again if they are read again).
inline constexpr std::size_t kMaxOccurrences = 100'000;

struct PageContext {
  const LogStream* stream = nullptr;
  std::string account;                         ///< As account_of() gives it.
  std::shared_ptr<const Occurrences> counted;  ///< Of the chain's pages so far; null: none.
};

/// What a body says beside its records.
struct PageFacts {
  std::optional<Refusal> refusal;  ///< A 200 that says FAIL.
  std::string problem;             ///< Why the body cannot be taken; empty for a sound page.
  std::string next;                ///< What to send for the next page; empty on the last one.
  std::size_t rows = 0;
  TimePoint oldest{};  ///< Of the rows that name a time; epoch when none does.
  TimePoint newest{};
  bool ascending = true;
  std::size_t without_id = 0;  ///< In logs whose rows have one.
  std::shared_ptr<const Occurrences> counted;
};

/// Null when there are no records to be had (facts say why, or that the page is empty). Every
/// record is validated, identified and left word for word.
std::shared_ptr<const RecordBatch> decode_page(std::string body, const PageContext& context,
                                               PageFacts& facts);

}  // namespace cistern::connectors::cisco_duo
