#include "runtime/status/commit_tally.hpp"

#include <algorithm>

namespace cistern::runtime {

CommitTally tally(const Commit& commit) {
  CommitTally result;
  StreamCount* count = nullptr;
  std::string_view current;
  for (const auto& record : commit.records) {
    if (count == nullptr || record.stream != current) {
      current = record.stream;
      count = &result.streams[std::string{current}];
    }
    ++count->events;
    count->newest = std::max(count->newest, record.time);
  }
  for (const auto& row : commit.coverage)
    result.row_streams.push_back(row.stream);
  return result;
}

StreamCounts settle(CommitTally tally, const CommitResult& result) {
  auto& streams = tally.streams;
  std::uint64_t left = result.duplicates;
  const auto charge = [&left](StreamCount& count, std::uint64_t duplicates) {
    const std::uint64_t part = std::min({duplicates, left, count.events});
    count.events -= part;
    count.duplicates += part;
    left -= part;
  };
  if (result.per_coverage.size() == tally.row_streams.size()) {
    for (std::size_t row = 0; row < tally.row_streams.size(); ++row) {
      const auto stream = streams.find(tally.row_streams[row]);
      if (stream != streams.end()) charge(stream->second, result.per_coverage[row].duplicates);
    }
  }
  for (auto& [name, count] : streams)
    charge(count, left);
  return std::move(tally.streams);
}

}  // namespace cistern::runtime
