#include "connectors/cisco_secure_endpoint/page_walk.hpp"

#include "connectors/cisco_secure_endpoint/identity.hpp"

#include <algorithm>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

/// Asked for again with each page. More than one, so that the last record's vanishing is no tear.
constexpr std::size_t kOverlap = 10;
constexpr unsigned kMaxStepsBack = 3;
/// Pages in a row without anything new: an interface that ignores the offset.
constexpr unsigned kMaxIdle = 20;
/// Records that say the same have the same time, so they stand near each other.
constexpr std::uint64_t kKeepCounts = 8;
/// After a page that did not join exactly, what follows may have been met in a page before it.
constexpr unsigned kDoubtful = 4;

bool same(const PageItem& a, const PageItem& b) {
  return a.identity == b.identity;
}

}  // namespace

PageWalk::PageWalk(unsigned page, bool loose) : limit_(std::max(page, 1U)), loose_(loose) {}

bool PageWalk::halve() {
  if (limit_ == 1) return false;
  limit_ /= 2;
  return true;
}

bool PageWalk::begins_with(const std::vector<PageItem>& items, std::size_t known) const {
  if (known > items.size() || known > last_.size()) return false;
  const auto tail = last_.end() - static_cast<std::ptrdiff_t>(known);
  return std::equal(tail, last_.end(), items.begin(), same);
}

PageWalk::Join PageWalk::join(const std::vector<PageItem>& items, std::uint64_t total) const {
  if (last_.empty()) return {.kind = Join::Kind::exact};
  // Records that all say the same join at any place, so the vendor's count is asked first.
  const std::uint64_t pushed = total > total_ ? total - total_ : 0;
  const std::uint64_t expected = overlap_ + pushed;
  if (expected > 0 && expected <= last_.size() && begins_with(items, expected)) {
    return {.kind = Join::Kind::exact, .known = expected};
  }
  for (std::size_t known = std::min(items.size(), last_.size()); known > 0; --known) {
    if (begins_with(items, known)) return {.kind = Join::Kind::exact, .known = known};
  }
  // A late record may have come to stand between two that are known, or one of them may be gone.
  for (std::size_t back = 0; back < std::min(last_.size(), kOverlap); ++back) {
    const PageItem& anchor = last_[last_.size() - 1 - back];
    for (std::size_t at = items.size(); at > 0; --at) {
      if (same(items[at - 1], anchor)) return {.kind = Join::Kind::loose, .known = at};
    }
  }
  if (!items.empty() && items.back().time > last_.back().time) {
    return {.kind = Join::Kind::in_front, .known = items.size()};
  }
  if (loose_ || overlap_ == 0) return {.kind = Join::Kind::loose};
  return {};
}

PageWalk::Taken PageWalk::take(const std::vector<PageItem>& items, bool has_next,
                               std::uint64_t total) {
  ++pages_;
  const Join how = join(items, total);
  if (how.kind != Join::Kind::exact) doubtful_ = kDoubtful;
  if (how.kind == Join::Kind::none) return step_back();
  if (how.kind != Join::Kind::in_front) {
    steps_back_ = 0;
    total_ = total;
  }
  const bool news = how.kind != Join::Kind::in_front && how.known < items.size();
  // A vendor that forgets the link still counts; one that counts too much brings nothing new.
  const bool more = has_next || (news && total > offset_ + items.size());
  return go_on(items, how, more);
}

PageWalk::Taken PageWalk::step_back() {
  Taken out;
  if (offset_ == 0 || steps_back_ >= kMaxStepsBack) {
    out.fate = Fate::torn;
    return out;
  }
  ++steps_back_;
  out.fate = Fate::again;
  const std::uint64_t page = limit_ > kOverlap ? limit_ - kOverlap : 1;
  offset_ -= std::min(offset_, page);
  return out;
}

PageWalk::Taken PageWalk::go_on(const std::vector<PageItem>& items, const Join& how, bool more) {
  Taken out;
  name(items, how, out);
  const bool in_front = how.kind == Join::Kind::in_front;
  const bool news = !in_front && how.known < items.size();
  idle_ = news || in_front ? 0 : idle_ + 1;
  overlap_ = std::min(kOverlap, items.size() / 2);
  offset_ += std::max<std::uint64_t>(items.size() - overlap_, 1);
  if (!in_front && !items.empty()) last_ = items;
  for (const PageItem& item : items) {
    const bool sooner = oldest_ == TimePoint{} || item.time < oldest_;
    if (item.time != TimePoint{} && sooner) oldest_ = item.time;
  }
  forget_old_counts();
  if (!more) {
    out.fate = Fate::finished;
  } else if (idle_ > kMaxIdle || items.empty()) {
    out.fate = Fate::torn;
  }
  return out;
}

/// Where the page joins exactly, what was met is known and is left out. Otherwise all of it is
/// handed over: the store drops what it has, and what came late is new. Records by content are then
/// counted within the page alone, which can never make two of one; should it make one of two, the
/// next reading finds the other.
void PageWalk::name(const std::vector<PageItem>& items, const Join& how, Taken& out) {
  const bool exact = how.kind == Join::Kind::exact;
  out.first = exact ? how.known : 0;
  out.identities.reserve(items.size() - out.first);
  const bool certain = exact && doubtful_ == 0;
  if (exact && doubtful_ > 0) --doubtful_;
  std::map<Identity, std::uint64_t> met;
  for (std::size_t i = out.first; i < items.size(); ++i) {
    const PageItem& item = items[i];
    std::uint64_t number = 0;
    if (item.by_content) {
      Counted& counted = counted_[item.identity];
      number = certain ? counted.count : met[item.identity]++;
      counted.count = std::max(counted.count, number + 1);
      counted.page = pages_;
    }
    out.identities.push_back(item.by_content ? occurrence(item.identity, number) : item.identity);
  }
}

void PageWalk::forget_old_counts() {
  std::erase_if(counted_,
                [&](const auto& entry) { return entry.second.page + kKeepCounts < pages_; });
}

}  // namespace cistern::connectors::cisco_secure_endpoint
