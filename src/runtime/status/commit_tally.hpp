// How many events of which stream a commit holds, counted before it is handed over.
#pragma once

#include "base/record.hpp"

#include <map>
#include <string>
#include <vector>

namespace cistern::runtime {

struct StreamCount {
  std::uint64_t events = 0;
  std::uint64_t duplicates = 0;
  TimePoint newest{};
};
using StreamCounts = std::map<std::string, StreamCount, std::less<>>;

/// Which streams a commit's records belong to, by ledger row.
struct CommitTally {
  StreamCounts streams;
  std::vector<std::string> row_streams;  ///< Stream of each coverage row.
};

CommitTally tally(const Commit& commit);

/// What became of the commit's records, stream by stream. Duplicates are known exactly where the
/// rows name the streams or there is one stream; else they are taken from the streams in order.
StreamCounts settle(CommitTally tally, const CommitResult& result);

}  // namespace cistern::runtime
