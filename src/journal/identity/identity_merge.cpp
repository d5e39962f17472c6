#include "journal/identity/identity_merge.hpp"

#include "journal/identity/identity_bytes.hpp"

#include <algorithm>

namespace cistern::journal {
namespace {

constexpr std::size_t kFilesOfToday = 4;

auto day_of(TimePoint time) {
  return std::chrono::floor<std::chrono::days>(time);
}

/// Longest group from the left of a past day's files [begin, end) that may become one.
std::optional<MergePlan> plan_past_day(const std::vector<MergeCandidate>& files, std::size_t begin,
                                       std::size_t end) {
  while (begin + 1 < end) {
    std::uint64_t sum = 0;
    std::size_t stop = begin;
    while (stop < end && stop - begin < kMaxReplaced && sum + files[stop].count <= kMaxMerged) {
      sum += files[stop++].count;
    }
    if (stop - begin >= 2) return MergePlan{.begin = begin, .end = stop};
    ++begin;
  }
  return std::nullopt;
}

std::optional<MergePlan> plan_today(const std::vector<MergeCandidate>& files, std::size_t begin,
                                    std::size_t end) {
  if (end - begin < kFilesOfToday) return std::nullopt;
  std::uint64_t sum = files[end - 1].count;
  std::size_t from = end - 1;
  while (from > begin && end - from < kMaxReplaced && files[from - 1].count <= 2 * sum + 1 &&
         sum + files[from - 1].count <= kMaxMerged) {
    sum += files[--from].count;
  }
  if (end - from < 2) return std::nullopt;
  return MergePlan{.begin = from, .end = end};
}

bool later(const Identity& a, const Identity& b) {
  return identity_less(b, a);
}

}  // namespace

std::optional<MergePlan> plan_merge(const std::vector<MergeCandidate>& files, TimePoint now) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].wants_rewrite || files[i].newest > now + kClockTolerance) {
      return MergePlan{.begin = i, .end = i + 1};
    }
  }
  for (std::size_t begin = 0; begin < files.size();) {
    std::size_t end = begin + 1;
    while (end < files.size() && day_of(files[end].newest) == day_of(files[begin].newest)) {
      ++end;
    }
    const auto plan = day_of(files[begin].newest) < day_of(now) ? plan_past_day(files, begin, end)
                                                                : plan_today(files, begin, end);
    if (plan) return plan;
    begin = end;
  }
  return std::nullopt;
}

Result<std::unique_ptr<IdentityMerge>> IdentityMerge::start(Files& files, std::string temporary,
                                                            Inputs inputs, std::uint64_t serial,
                                                            TimePoint now) {
  IdentityHeader header;
  header.serial = serial;
  header.range = inputs.front()->header().range;
  header.oldest = inputs.front()->header().oldest;
  header.newest = inputs.front()->header().newest;
  std::uint64_t expected = 0;
  for (const auto& input : inputs) {
    const IdentityHeader& from = input->header();
    header.range.first = std::min(header.range.first, from.range.first);
    header.range.last = std::max(header.range.last, from.range.last);
    header.oldest = std::min(header.oldest, from.oldest);
    header.newest = std::max(header.newest, from.newest);
    header.replaces.push_back(from.serial);
    expected += from.count;
  }
  if (header.newest > now + kClockTolerance) header.newest = now;
  header.oldest = std::min(header.oldest, header.newest);
  auto writer = IdentityFileWriter::create(files, temporary, expected);
  if (!writer) return fail(writer.error());
  std::unique_ptr<IdentityMerge> merge{
      new IdentityMerge(std::move(*writer), std::move(temporary), std::move(inputs))};
  merge->header_ = std::move(header);
  merge->next_.assign(merge->inputs_.size(), 0);
  for (std::size_t i = 0; i < merge->inputs_.size(); ++i) {
    // A damaged first page is met again by step(), which can report it.
    if (!merge->load(i)) break;
  }
  return merge;
}

Result<bool> IdentityMerge::step(std::uint64_t limit) {
  const auto order = [](const Head& a, const Head& b) { return later(a.identity, b.identity); };
  for (std::uint64_t done = 0; done < limit && !heads_.empty() && !damaged_; ++done) {
    std::pop_heap(heads_.begin(), heads_.end(), order);
    const Head head = heads_.back();
    heads_.pop_back();
    if (last_ != head.identity) {
      if (const auto added = writer_.add(head.identity); !added) return fail(added.error());
      last_ = head.identity;
    }
    if (!load(head.input)) break;
  }
  if (damaged_) return fail(damaged_page(damaged_->path()));
  const bool complete = heads_.empty();
  // Syncing each step keeps the last one, and with it the writer thread's pause, short.
  if (const auto synced = complete ? writer_.finish(header_) : writer_.sync(); !synced) {
    return fail(synced.error());
  }
  return complete;
}

bool IdentityMerge::load(std::size_t input) {
  IdentityFile& file = *inputs_[input];
  if (next_[input] == file.header().count) return true;
  const auto identity = file.at(next_[input]);
  if (!identity) {
    damaged_ = inputs_[input];
    return false;
  }
  ++next_[input];
  heads_.push_back({.identity = *identity, .input = input});
  std::push_heap(heads_.begin(), heads_.end(),
                 [](const Head& a, const Head& b) { return later(a.identity, b.identity); });
  return true;
}

}  // namespace cistern::journal
