#include "runtime/listen/listen_commits.hpp"

#include <utility>

namespace cistern::runtime {
namespace {

/// Messages of one moment share a commit, although the first could go at once.
constexpr Duration kMoment = std::chrono::milliseconds{2};
constexpr Duration kLookAgain = std::chrono::milliseconds{20};

}  // namespace

ListenCommits::ListenCommits(ListenCommitOptions options, const Services& services,
                             std::shared_ptr<Loop> loop)
    : options_(std::move(options)), services_(services), loop_(std::move(loop)) {}

void ListenCommits::added() {
  if (batch_.empty()) return;
  if (batch_.bytes() >= options_.batch_bytes || batch_.held() >= 4 * options_.batch_bytes ||
      batch_.records().size() >= options_.batch_records)
    return hand_over();
  if (timer_) return;
  timer_ = loop_->call_after(in_flight_ == 0 ? kMoment : options_.gather, [this] {
    timer_.reset();
    hand_over();
  });
}

bool ListenCommits::full() const {
  return unstored_ + batch_.held() >= options_.max_unstored || services_.memory.full();
}

void ListenCommits::hand_over() {
  if (timer_) loop_->cancel(*std::exchange(timer_, std::nullopt));
  if (batch_.empty()) return;
  // Calls without records, such as the answer to a farewell, are about what was handed over before.
  if (batch_.records().empty() && in_flight_ > 0) return;
  auto contents = batch_.release();
  if (contents.records.empty()) return settled(true, contents.durable, 0);
  Commit commit;
  commit.connector = options_.connector;
  commit.records = std::move(contents.records);
  commit.owners = std::move(contents.owners);
  commit.dedupe = false;
  commit.pushed = true;
  commit.awaited = !contents.durable.empty();
  ++in_flight_;
  unstored_ += contents.held;
  services_.memory.add(contents.held);
  CommitTally counts = tally(commit);
  const std::uint64_t records = commit.records.size();
  services_.journal.commit(
      std::move(commit), [loop = loop_, self = weak_from_this(), &memory = services_.memory,
                          records, held = contents.held, durable = std::move(contents.durable),
                          counts = std::move(counts)](Result<CommitResult> result) mutable {
        memory.remove(held);
        // Runs on the journal's thread, which must only hand the news on.
        loop->post([self, records, held, durable = std::move(durable), counts = std::move(counts),
                    result = std::move(result)]() mutable {
          const auto commits = self.lock();
          if (commits == nullptr) return;
          const bool stored = result.has_value();
          if (stored) commits->tell_stored(settle(std::move(counts), *result));
          commits->report(result, records);
          --commits->in_flight_;
          commits->settled(stored, durable, held);
        });
      });
}

/// Which streams there are shows itself: one that comes for the first time takes the place of what
/// was said of the connector as a whole.
void ListenCommits::tell_stored(const StreamCounts& counts) {
  for (const auto& [stream, count] : counts) {
    if (streams_.insert(stream).second) {
      Report report;
      report.stream = stream;
      services_.status.report(options_.connector, report);
    }
    services_.status.stored(options_.connector, stream, count.events, count.duplicates,
                            count.newest);
  }
}

void ListenCommits::report(const Result<CommitResult>& result, std::uint64_t records) {
  if (result) return;
  Report report;
  report.kind = Report::Kind::lost;
  report.failure = result.error();
  report.failure.cause =
      std::to_string(records) + " received messages could not be stored: " + report.failure.cause;
  services_.status.report(options_.connector, report);
}

void ListenCommits::settled(bool stored, const std::vector<ListenBatch::Durable>& durable,
                            std::uint64_t held) {
  unstored_ -= held;
  for (const auto& call : durable)
    call(stored);
  if (in_flight_ == 0 && !batch_.empty()) hand_over();
  look_for_room();
  if (in_flight_ == 0 && batch_.empty() && idle_) std::exchange(idle_, nullptr)();
}

void ListenCommits::await_room() {
  hand_over();
  look_for_room();
}

void ListenCommits::look_for_room() {
  if (!full()) {
    if (room_) room_();
    return;
  }
  // What is under way comes back by itself; memory that others share frees itself without a word.
  if (in_flight_ > 0 || looking_) return;
  looking_ = true;
  loop_->call_after(kLookAgain, [self = weak_from_this()] {
    const auto commits = self.lock();
    if (commits == nullptr) return;
    commits->looking_ = false;
    commits->look_for_room();
  });
}

void ListenCommits::finish(std::function<void()> idle) {
  idle_ = std::move(idle);
  hand_over();
  if (in_flight_ == 0 && batch_.empty() && idle_) std::exchange(idle_, nullptr)();
}

}  // namespace cistern::runtime
