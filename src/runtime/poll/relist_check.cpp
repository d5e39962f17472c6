#include "runtime/poll/relist_check.hpp"

#include <algorithm>
#include <set>

namespace cistern::runtime {
namespace {

using journal::LedgerRow;
using Key = std::pair<std::string_view, std::string_view>;

struct Judgement {
  ItemStanding standing;
  std::string reason;
};

Judgement by_row(const LedgerRow& row) {
  switch (row.coverage.state) {
    case CoverageState::lost:
    case CoverageState::damaged:
      return {ItemStanding::lost, row.coverage.reason};
    case CoverageState::partial:
      return {ItemStanding::reading, row.coverage.reason};
    case CoverageState::whole:
      break;
  }
  // Fetched again after a crash it counts again, on both sides.
  if (row.stored + row.duplicates >= row.coverage.offered) return {ItemStanding::stored, {}};
  return {ItemStanding::short_of, std::to_string(row.coverage.offered) + " records offered, " +
                                      std::to_string(row.stored + row.duplicates) + " stored"};
}

Judgement judge(const OfferedItem& item, const LedgerRow* row, const Position& position,
                const std::map<std::string, TimePoint>& through) {
  if (row != nullptr) return by_row(*row);
  if (position.contains(item.done_key)) return {ItemStanding::stored, {}};
  const auto known = through.find(item.stream);
  if (known == through.end() || item.available >= known->second) {
    return {ItemStanding::reading, "not listed by the collector yet"};
  }
  return {ItemStanding::missing, "the store knows nothing of it"};
}

}  // namespace

std::string_view to_string(ItemStanding standing) {
  switch (standing) {
    case ItemStanding::stored:
      return "stored";
    case ItemStanding::short_of:
      return "short";
    case ItemStanding::reading:
      return "being read";
    case ItemStanding::lost:
      return "lost";
    case ItemStanding::missing:
      return "missing";
  }
  return "?";
}

bool RelistResult::sound() const {
  return findings.empty();
}

RelistResult check_relisted(std::span<const OfferedItem> offered, std::span<const LedgerRow> ledger,
                            const Position& position,
                            const std::map<std::string, TimePoint>& through) {
  std::map<Key, const LedgerRow*> rows;
  for (const LedgerRow& row : ledger) {
    if (row.coverage.kind != "window") rows[{row.coverage.stream, row.coverage.item}] = &row;
  }
  RelistResult result;
  std::set<Key> judged;
  for (const OfferedItem& item : offered) {
    const Key key{item.stream, item.item};
    if (!judged.insert(key).second) continue;
    const auto row = rows.find(key);
    auto [standing, reason] =
        judge(item, row == rows.end() ? nullptr : row->second, position, through);
    ++result.counts[standing];
    if (standing == ItemStanding::stored || standing == ItemStanding::reading) continue;
    result.findings.push_back({.item = item, .standing = standing, .reason = std::move(reason)});
  }
  std::stable_sort(
      result.findings.begin(), result.findings.end(),
      [](const auto& a, const auto& b) { return a.item.available < b.item.available; });
  return result;
}

}  // namespace cistern::runtime
