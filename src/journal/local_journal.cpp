// The journal in a folder, opened for writing.
#include "journal/identity/identity_replay.hpp"
#include "journal/inbox/local_inbox.hpp"
#include "journal/journal.hpp"
#include "journal/readable_journal.hpp"
#include "journal/recovery/recovery.hpp"
#include "journal/store_layout.hpp"
#include "journal/store_lock.hpp"
#include "journal/write/writer.hpp"

#include <utility>

namespace cistern::journal {
namespace {

class LocalJournal final : public ReadableJournal {
 public:
  LocalJournal(JournalOptions options, Files& files, const Clock& clock, Log& log,
               std::string store_id, std::uint32_t process, std::unique_ptr<Index> index)
      : ReadableJournal(
            {.store_id = std::move(store_id),
             .path = options.path,
             .files = files,
             .index = std::move(index),
             .cache = std::make_unique<GroupCache>(options.cache_size),
             .alarms = {.group = [this](const GroupPlace& place) { writer_->report_damage(place); },
                        .index = [this] { writer_->report_index(); }}}),
        options_(std::move(options)),
        files_(files),
        inbox_({.store = options_.path, .max_size = options_.max_size, .process = process}, files,
               clock, log,
               [this](Commit commit, Committed done) {
                 writer_->commit(std::move(commit), std::move(done));
               }),
        parts_{options_, files, clock, log, this->index(), cache(), inbox_} {}

  ~LocalJournal() override { close(); }

  Status start(const Recovered& recovered, std::unique_ptr<IdentitySet> identities) {
    writer_ = std::make_unique<Writer>(parts_, recovered, std::move(identities));
    // Until this is on the disk a loss of power must not find an index that looks closed in order.
    if (auto status = sync_index(); !status) return status;
    if (auto status = inbox_.start(index(), !recovered.damaged.empty()); !status) return status;
    return writer_->start();
  }

  /// The lock goes with the journal that succeeded in opening.
  void hold(std::unique_ptr<FileLock> lock) { lock_ = std::move(lock); }

  void commit(Commit commit, Committed done) override {
    writer_->commit(std::move(commit), std::move(done));
  }
  void move_cursor(std::string name, Cursor cursor, bool urgent, Moved done) override {
    writer_->move_cursor(std::move(name), std::move(cursor), urgent, std::move(done));
  }
  void set_aside(SetAside item, Moved done) override {
    writer_->set_aside(std::move(item), std::move(done));
  }
  void edit(StoreEdit edit, Moved done) override {
    writer_->edit(std::move(edit), std::move(done));
  }

  Inbox* inbox() override { return &inbox_; }
  std::uint64_t on_append(std::function<void(Sequence)> listener) override {
    return writer_->listeners().on_append(std::move(listener));
  }
  std::uint64_t on_damage(std::function<void()> listener) override {
    return writer_->listeners().on_damage(std::move(listener));
  }
  void remove_listener(std::uint64_t id) override { writer_->listeners().remove(id); }
  [[nodiscard]] Health health() const override { return writer_->health(); }

  void close() override {
    const std::lock_guard lock{close_mutex_};
    if (closed_ || writer_ == nullptr) return;
    closed_ = true;
    inbox_.refuse_new();
    writer_->close();
    inbox_.close();
    // Failures leave an index that counts as not closed in order; that is rebuilt if need be.
    if (!sync_index()) return;
    if (!index().set_clean()) return;
    static_cast<void>(sync_index());
  }

 private:
  Status sync_index() {
    if (auto status = index().checkpoint(); !status) return status;
    auto file = files_.open(index_path(options_.path), OpenMode::write_existing);
    if (!file) return fail(file.error());
    return (*file)->sync();
  }

  JournalOptions options_;
  Files& files_;
  std::unique_ptr<FileLock> lock_;
  LocalInbox inbox_;
  WriterParts parts_;
  std::unique_ptr<Writer> writer_;
  std::mutex close_mutex_;
  bool closed_ = false;
};

Result<std::unique_ptr<LocalJournal>> open_once(const JournalOptions& options, Files& files,
                                                const Clock& clock, Random& random, Log& log) {
  auto recovered = recover_store(options.path, files, random, log);
  if (!recovered) return fail(recovered.error());
  auto identities = recover_identities(options.path, files, *recovered->index,
                                       {.directory = {},
                                        .window = options.identity_window,
                                        .active_limit = options.identities_in_memory},
                                       recovered->damaged, log);
  if (!identities) return fail(identities.error());
  auto journal = std::make_unique<LocalJournal>(options, files, clock, log, recovered->store_id,
                                                static_cast<std::uint32_t>(random.next()),
                                                std::move(recovered->index));
  if (auto status = journal->start(*recovered, std::move(*identities)); !status) {
    return fail(status.error());
  }
  return journal;
}

}  // namespace

Result<std::unique_ptr<Journal>> open_journal(JournalOptions options, Files& files,
                                              const Clock& clock, Random& random, Log& log) {
  if (auto status = prepare_store(options.path, files); !status) return fail(status.error());
  auto lock = lock_store(options.path, files);
  if (!lock) return fail(lock.error());
  auto journal = open_once(options, files, clock, random, log);
  if (!journal && journal.error().code == "journal/index-damaged") {
    // Damage that shows only where it is met. Without an index nothing but the log is believed.
    log.warning("journal", "the index of the store is damaged; it is rebuilt from the log",
                {{"reason", journal.error().cause}});
    if (auto status = remove_database(index_path(options.path), files); !status) {
      return fail(status.error());
    }
    journal = open_once(options, files, clock, random, log);
  }
  if (!journal) return fail(journal.error());
  (*journal)->hold(std::move(*lock));
  return std::unique_ptr<Journal>{std::move(*journal)};
}

}  // namespace cistern::journal
