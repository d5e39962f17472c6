// What the store has lost again: which contents, listing them again, and what is lost for good.
#include "connectors/microsoft_365/content_stream.hpp"
#include "connectors/microsoft_365/messages.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>

namespace cistern::connectors::microsoft_365 {

namespace {

constexpr std::size_t kGivenUpAtOnce = 1000;

}  // namespace

// A content's name is no way to it: only a listing has its address. So all that the vendor still
// lists is listed again, as in each sweep, and what does not count as done is fetched.
void ContentStream::mend(const StoreDamage& damage, Turn& turn) {
  std::set<Identity> stored;
  std::set<std::string> gone;
  std::set<std::string> mended;
  std::size_t found = 0;
  for (const Coverage& row : damage.items) {
    const bool damaged = row.state == CoverageState::damaged;
    if (row.kind == kMendedKind && damaged) gone.insert(row.item);
    if (row.stream != type_.stream) continue;
    if (row.kind == kMendedKind && !damaged) mended.insert(row.item);
    if (row.kind != "blob") continue;
    const Identity name = blob_key(row.item);
    if (!damaged) {
      stored.insert(name);
      continue;
    }
    seen_.forget(name);
    if (mending_.rows.insert_or_assign(name, row).second) ++found;
  }
  bool news = found > 0;
  for (const std::string& hole : gone) {
    if (!mended.contains(hole)) news = mending_.holes.insert(hole).second || news;
  }
  if (!news) return;
  // The commit that stored a content may be gone whole, and what it wrote into the ledger with it.
  if (!mending_.holes.empty()) found += seen_.keep_only(stored);
  mending_.sweep_wanted = true;
  mending_.next_check = turn.now;
  next_poll_ = turn.now;
  report(Report::Kind::notice, messages::asked_again(type_.name, found), {}, turn);
}

void ContentStream::begin_mending_sweep(Turn& turn) {
  if (!std::exchange(mending_.sweep_wanted, false)) return;
  mending_.swept = mending_.holes;
  mending_.from = std::max(floor_seconds(turn.vendor_now) - WindowPlan::kReach,
                           floor_seconds(began_.value_or(TimePoint{})));
}

/// Rows of windows may be gone with the group. The sweep has listed them all, up to the watermark
/// `to`, and everything that it named is stored.
void ContentStream::add_mended_rows(TimePoint swept, TimePoint to, Commit& commit) const {
  if (mending_.swept.empty()) return;
  std::vector<Coverage> windows = window_rows(mending_.from, to);
  std::move(windows.begin(), windows.end(), std::back_inserter(commit.coverage));
  for (const std::string& hole : mending_.swept) {
    Coverage row;
    row.stream = type_.stream;
    row.kind = kMendedKind;
    row.item = hole;
    row.from = mending_.from;
    row.to = swept;
    commit.coverage.push_back(std::move(row));
  }
}

/// Parts of it may be stored; the ledger must go on saying so if the store had lost it.
Coverage ContentStream::unfinished_row(const Identity& name, std::string_view reason) const {
  const auto lost = mending_.rows.find(name);
  const bool damaged = lost != mending_.rows.end();
  Coverage row =
      blob_row(queue_.at(name).ref, damaged ? CoverageState::damaged : CoverageState::partial);
  row.reason = damaged ? lost->second.reason : reason;
  return row;
}

/// Within its 7 days a content is waited for, whatever a listing lacks; after them nobody can list
/// it any more.
void ContentStream::give_up_unlisted(Turn& turn) {
  if (mending_.rows.empty() || turn.now < mending_.next_check || !turn.clock_sure) return;
  mending_.next_check = turn.now + std::chrono::hours{1};
  const TimePoint reach = turn.vendor_now - WindowPlan::kReach;
  Commit commit;
  for (auto row = mending_.rows.begin(); row != mending_.rows.end();) {
    const bool over = row->second.from < reach && !queue_.contains(row->first);
    if (!over) {
      ++row;
      continue;
    }
    Coverage lost = std::move(row->second);
    row = mending_.rows.erase(row);
    lost.state = CoverageState::lost;
    lost.reason += "; the vendor does not list it any more";
    lost.offered = 0;
    tell_lost({.id = lost.item,
               .url = {},
               .created_text = {},
               .created = lost.from,
               .expires = lost.expires},
              lost.reason, turn);
    commit.coverage.push_back(std::move(lost));
    if (commit.coverage.size() < kGivenUpAtOnce) continue;
    mending_.next_check = turn.now;
    break;
  }
  if (!commit.coverage.empty()) order({.kind = Pending::Kind::note}, std::move(commit), turn);
}

}  // namespace cistern::connectors::microsoft_365
