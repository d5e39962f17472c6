#include "journal/index/completeness.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace cistern::journal {
namespace {

using Key = std::pair<std::string, std::string>;

Gap gap_of(const Coverage& row, Gap::Kind kind) {
  return {.kind = kind,
          .from = row.from,
          .to = row.to,
          .item = row.item,
          .reason = row.reason,
          .expires = row.expires};
}

/// Windows, whole or lost, cover time; what lies between two of them was asked by nobody.
void add_windows(std::vector<const LedgerRow*> windows, StreamCompleteness& stream) {
  std::sort(windows.begin(), windows.end(),
            [](const auto* a, const auto* b) { return a->coverage.from < b->coverage.from; });
  for (const auto* row : windows) {
    const auto& window = row->coverage;
    if (stream.through == TimePoint{}) {
      stream.from = window.from;
      stream.through = window.from;
    }
    if (window.from > stream.through) {
      stream.gaps.push_back({.kind = Gap::Kind::unread,
                             .from = stream.through,
                             .to = window.from,
                             .item = {},
                             .reason = "not asked for yet",
                             .expires = {}});
    }
    if (window.state != CoverageState::whole)
      stream.gaps.push_back(gap_of(window, Gap::Kind::lost));
    stream.through = std::max(stream.through, window.to);
  }
}

void add_items(const std::vector<const LedgerRow*>& items, StreamCompleteness& stream) {
  for (const auto* row : items) {
    if (row->coverage.state == CoverageState::lost || row->coverage.state == CoverageState::damaged)
      stream.gaps.push_back(gap_of(row->coverage, Gap::Kind::lost));
    if (row->coverage.state == CoverageState::partial)
      stream.gaps.push_back(gap_of(row->coverage, Gap::Kind::pending));
  }
}

}  // namespace

std::string_view to_string(Gap::Kind kind) {
  switch (kind) {
    case Gap::Kind::lost:
      return "lost";
    case Gap::Kind::pending:
      return "pending";
    case Gap::Kind::unread:
      return "unread";
  }
  return "?";
}

bool StreamCompleteness::whole() const {
  return std::none_of(gaps.begin(), gaps.end(),
                      [](const Gap& gap) { return gap.kind != Gap::Kind::pending; });
}

std::vector<StreamCompleteness> completeness(std::span<const LedgerRow> ledger,
                                             std::span<const StreamTotals> totals) {
  struct Rows {
    std::vector<const LedgerRow*> windows;
    std::vector<const LedgerRow*> items;
  };
  std::map<Key, Rows> rows;
  for (const auto& row : ledger) {
    auto& of_stream = rows[{row.connector, row.coverage.stream}];
    const bool whole_or_lost_window =
        row.coverage.kind == "window" && row.coverage.state != CoverageState::partial;
    (whole_or_lost_window ? of_stream.windows : of_stream.items).push_back(&row);
  }
  for (const auto& total : totals)
    rows[{total.connector, total.stream}];
  std::vector<StreamCompleteness> streams;
  for (auto& [key, of_stream] : rows) {
    StreamCompleteness stream;
    stream.connector = key.first;
    stream.stream = key.second;
    add_windows(std::move(of_stream.windows), stream);
    add_items(of_stream.items, stream);
    std::stable_sort(stream.gaps.begin(), stream.gaps.end(),
                     [](const Gap& a, const Gap& b) { return a.from < b.from; });
    for (const auto& total : totals) {
      if (total.connector != key.first || total.stream != key.second) continue;
      stream.stored = total.events;
      stream.duplicates = total.duplicates;
    }
    streams.push_back(std::move(stream));
  }
  return streams;
}

}  // namespace cistern::journal
