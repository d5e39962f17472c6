// The journal in a folder, opened only for reading.
#include "journal/journal.hpp"
#include "journal/readable_journal.hpp"
#include "journal/recovery/recovery.hpp"
#include "journal/store_layout.hpp"

#include <utility>

namespace cistern::journal {
namespace {

Failure read_only() {
  return {.verdict = Verdict::stop,
          .code = "journal/read-only",
          .cause = "the store is open only for reading",
          .consequence = "nothing was changed",
          .next_step = "use the running cistern (its control socket), or start one"};
}

class ReadOnlyJournal final : public ReadableJournal {
 public:
  ReadOnlyJournal(const JournalOptions& options, Files& files, const Clock& clock,
                  Recovered recovered)
      : ReadableJournal({.store_id = std::move(recovered.store_id),
                         .path = options.path,
                         .files = files,
                         .index = std::move(recovered.index)}),
        found_(std::move(recovered.damaged)),
        opened_(clock.now()) {}

  void commit(Commit, Committed done) override { done(fail(read_only())); }
  void move_cursor(std::string, Cursor, bool, Moved done) override {
    if (done) done(fail(read_only()));
  }
  void set_aside(SetAside, Moved done) override {
    if (done) done(fail(read_only()));
  }

  void edit(StoreEdit, Moved done) override {
    if (done) done(fail(read_only()));
  }

  /// Another process writes; who reads here asks again.
  std::uint64_t on_append(std::function<void(Sequence)>) override { return 0; }
  std::uint64_t on_damage(std::function<void()>) override { return 0; }
  void remove_listener(std::uint64_t) override {}

  [[nodiscard]] Health health() const override {
    Health health;
    health.state = Health::State::paused;
    health.failure = read_only();
    health.since = opened_;
    auto mark = index().mark();
    auto segments = index().segments();
    auto missing = index().missing();
    if (!mark || !segments || !missing) return health;
    health.last = mark->last;
    health.oldest = mark->removed_before;
    health.segments = segments->size();
    for (const SegmentInfo& segment : *segments)
      health.bytes_on_disk += segment.size;
    health.holes = std::move(*missing);
    for (const Damage& damage : found_) {
      if (damage.hole.to >= damage.hole.from) health.holes.push_back(damage.hole);
    }
    return health;
  }
  void close() override {}

 private:
  std::vector<Damage> found_;
  TimePoint opened_;
};

/// The index on disk, when it belongs to the log and SQLite finds nothing wrong with it. A writer
/// that runs keeps it up to date; after a killed one it may lack the last groups.
Result<Recovered> from_index(const std::string& store, const std::vector<Sequence>& segments,
                             Files& files) {
  auto index = Index::open(index_path(store), DatabaseMode::read_only, files);
  if (!index) return fail(index.error());
  auto mark = (*index)->mark();
  if (!mark) return fail(mark.error());
  auto view = view_segment(store, segments.back(), files);
  if (!view) return fail(view.error());
  auto header = read_header((*view)->bytes());
  if (!header) return fail(header.error());
  if (auto status = (*index)->check(); !status) return fail(status.error());
  // Asked last: a writer beside us goes on meanwhile, and only forwards.
  const bool follows =
      mark->store == header->header.store && mark->segment <= segments.back() &&
      (mark->segment != segments.back() || mark->offset <= (*view)->bytes().size()) &&
      (mark->clean || mark->boot == boot_id(files));
  if (!follows) {
    return fail_stop("journal/index", "the index of the store does not belong to its log",
                     "start cistern; it rebuilds the index");
  }
  return read_on(store, files, std::move(*index));
}

}  // namespace

Result<std::unique_ptr<Journal>> open_journal_read_only(JournalOptions options, Files& files,
                                                        const Clock& clock, Log& log) {
  auto segments = list_segments(options.path, files);
  if (!segments) return fail(segments.error());
  if (segments->empty()) {
    return fail_stop("journal/not-a-store", options.path + " holds no journal",
                     "check store.path; a store comes into being when cistern runs");
  }
  auto recovered = from_index(options.path, *segments, files);
  if (!recovered) {
    if (recovered.error().code == "journal/version") return fail(recovered.error());
    log.info("journal", "reading the store without its index, from its segments",
             {{"reason", recovered.error().cause}});
    recovered = read_store(options.path, files);
  }
  if (!recovered) return fail(recovered.error());
  return std::unique_ptr<Journal>{
      new ReadOnlyJournal(options, files, clock, std::move(*recovered))};
}

}  // namespace cistern::journal
