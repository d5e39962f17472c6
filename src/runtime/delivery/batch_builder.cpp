#include "runtime/delivery/batch_builder.hpp"

#include <algorithm>
#include <array>

namespace cistern::runtime {
namespace {

// A destination that takes few of the events moves its cursor at least once in so many.
constexpr std::uint64_t kMostPassedOver = 100'000;

// The facts of an event that are texts.
constexpr std::array kFactTexts = {&EventFacts::id, &EventFacts::connector, &EventFacts::stream,
                                   &EventFacts::host};

/// Texts may move while a batch grows: their views are made when all of them are there, from the
/// lengths that the preliminary views have.
void place_texts(Batch& batch) {
  std::size_t at = 0;
  for (auto& payload : batch.payloads) {
    for (const auto text : kFactTexts) {
      auto& view = payload.facts.*text;
      view = std::string_view{batch.texts}.substr(at, view.size());
      at += view.size();
    }
  }
}

}  // namespace

struct BatchBuilder::Progress {
  BuiltBatch& built;
  const BatchLimits& limits;
  Sequence next;
  std::vector<std::size_t> ends{};  // Of the payloads; views are made when the bytes stand still.

  [[nodiscard]] bool full() const {
    return built.batch.bytes.size() >= limits.bytes ||
           built.batch.payloads.size() >= limits.events || built.skipped >= kMostPassedOver;
  }
  // Passes over everything before `sequence`, as far as the limit goes.
  void pass_to(Sequence sequence) {
    const Sequence to = std::min(sequence, limits.until + 1);
    if (to <= next) return;
    built.skipped += to - next;
    next = to;
  }
};

BatchBuilder::BatchBuilder(std::unique_ptr<journal::Reader> reader, Format& format,
                           std::set<std::string, std::less<>> connectors, bool facts)
    : reader_(std::move(reader)),
      format_(format),
      connectors_(std::move(connectors)),
      facts_(facts) {}

// Makes sure that the group that holds the next sequence is at hand; false at the end of the store.
Result<bool> BatchBuilder::open_group(Progress& progress) {
  if (group_ && group_->first <= progress.next && progress.next <= group_->last) return true;
  auto read = reader_->read(progress.next);
  if (!read) return fail(std::move(read.error()));
  if (read->hole) {
    progress.pass_to(read->hole->to + 1);
    progress.built.holes.push_back(std::move(*read->hole));
  }
  group_ = std::move(read->group);
  return group_ != nullptr && group_->last >= progress.next;
}

void BatchBuilder::use_group(Progress& progress) {
  const auto& envelopes = group_->envelopes;
  auto at = std::lower_bound(envelopes.begin(), envelopes.end(), progress.next,
                             [](const journal::Envelope& envelope, Sequence sequence) {
                               return envelope.sequence < sequence;
                             });
  for (; at != envelopes.end() && at->sequence <= progress.limits.until; ++at) {
    if (progress.full()) return;
    // What the reader left out without a word is missing as well.
    progress.pass_to(at->sequence);
    add(*at, progress);
    progress.next = at->sequence + 1;
  }
  progress.pass_to(group_->last + 1);
}

void BatchBuilder::add(const journal::Envelope& envelope, Progress& progress) {
  std::string& bytes = progress.built.batch.bytes;
  const std::size_t before = bytes.size();
  const bool wanted = connectors_.empty() || connectors_.contains(envelope.connector);
  if (!wanted || !format_.render(envelope, bytes)) {
    bytes.resize(before);
    ++progress.built.skipped;
    return;
  }
  progress.ends.push_back(bytes.size());
  progress.built.batch.payloads.push_back({.sequence = envelope.sequence, .bytes = {}});
  if (facts_) add_facts(envelope, before, progress.built.batch);
  bytes += '\n';
}

void BatchBuilder::add_facts(const journal::Envelope& envelope, std::size_t begin, Batch& batch) {
  EventFacts& facts = batch.payloads.back().facts;
  facts.id = envelope.id;
  facts.connector = envelope.connector;
  facts.stream = envelope.stream;
  const auto time = parse_time(envelope.time.empty() ? envelope.received : envelope.time);
  facts.time = time.value_or(TimePoint{});
  format_.describe(envelope, std::string_view{batch.bytes}.substr(begin), facts);
  for (const auto text : kFactTexts)
    batch.texts += facts.*text;
}

Result<std::unique_ptr<BuiltBatch>> BatchBuilder::build(Sequence next, const BatchLimits& limits) {
  auto built = std::make_unique<BuiltBatch>();
  Progress progress{.built = *built, .limits = limits, .next = next};
  while (!progress.full() && progress.next <= limits.until) {
    const auto opened = open_group(progress);
    if (!opened) return fail(opened.error());
    if (!*opened) {
      built->end_of_store = true;
      break;
    }
    use_group(progress);
  }
  if (group_ && progress.next > group_->last) group_.reset();
  Batch& batch = built->batch;
  batch.first = next;
  batch.last = progress.next - 1;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < progress.ends.size(); ++i) {
    batch.payloads[i].bytes = std::string_view{batch.bytes}.substr(begin, progress.ends[i] - begin);
    begin = progress.ends[i] + 1;
  }
  place_texts(batch);
  return built;
}

}  // namespace cistern::runtime
