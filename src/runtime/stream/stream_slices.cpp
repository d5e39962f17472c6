#include "runtime/stream/stream_slices.hpp"

#include <utility>

namespace cistern::runtime {
namespace {

/// The memory behind a part; its accounting ends when the last user lets go: the journal after the
/// commit, or whoever drops it.
struct Part {
  std::shared_ptr<const StreamBatch> group;
  std::shared_ptr<MemoryHold> hold;
  StreamBatch batch;  ///< Views into the group; unused when the part is the group.
};

}  // namespace

std::vector<std::shared_ptr<const StreamBatch>> slice(
    const std::shared_ptr<const StreamBatch>& group, const std::shared_ptr<MemoryHold>& hold,
    std::uint64_t most_bytes) {
  const auto& records = group->batch.records;
  std::uint64_t total = 0;
  for (const auto& record : records)
    total += record.raw.size();
  std::vector<std::shared_ptr<const StreamBatch>> parts;
  if (total <= most_bytes || records.size() < 2) {
    const auto part = std::make_shared<Part>(Part{group, hold, {}});
    parts.emplace_back(part, group.get());
    return parts;
  }
  for (std::size_t next = 0; next < records.size();) {
    const auto part = std::make_shared<Part>(Part{group, hold, {}});
    StreamBatch& batch = part->batch;
    do {
      batch.batch.bytes += records[next].raw.size();
      batch.batch.records.push_back(records[next]);
      batch.offsets.push_back(group->offsets[next]);
      ++next;
    } while (next < records.size() && batch.batch.bytes + records[next].raw.size() <= most_bytes);
    if (next == records.size()) {
      batch.keep_alives = group->keep_alives;
      batch.at_end = group->at_end;
    }
    parts.emplace_back(part, &part->batch);
  }
  return parts;
}

}  // namespace cistern::runtime
