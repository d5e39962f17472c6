#include "journal/inbox/inbox_reception.hpp"

#include "journal/store_layout.hpp"

#include <algorithm>
#include <utility>

namespace cistern::journal {
namespace {

Failure closed() {
  return {.verdict = Verdict::stop,
          .code = "journal/closed",
          .cause = "the journal is closed",
          .consequence = "the file is not stored; its sender keeps it and pushes it again",
          .next_step = "start cistern again"};
}

Failure wrong_size(std::uint64_t said, std::uint64_t came) {
  return {.verdict = Verdict::set_aside,
          .code = "journal/inbox-size",
          .cause = "a file of " + std::to_string(said) + " bytes was announced and " +
                   std::to_string(came) + " bytes came",
          .consequence = "the file is refused and nothing of it is kept",
          .next_step = "push the file again"};
}

Failure too_large(std::uint64_t size) {
  return {.verdict = Verdict::set_aside,
          .code = "journal/inbox-size",
          .cause = "the file has " + std::to_string(size) + " bytes or more; files of at most " +
                   std::to_string(kMaxInboxFileBytes) + " are taken",
          .consequence = "the file is refused and nothing of it is kept",
          .next_step = "let the sender roll its files over at a smaller size"};
}

/// Refusals for which nothing of the commit can be in the log. What else fails may have reached the
/// disk, and is left to the next start.
bool surely_not_made(const Failure& failure) {
  return failure.code == "journal/queue-full" || failure.code == "journal/misuse";
}

class FileHandle final : public InboxFile {
 public:
  FileHandle(const InboxParts& parts, std::shared_ptr<InboxReception> reception)
      : parts_(parts), reception_(std::move(reception)) {}
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;
  ~FileHandle() override { abandon(); }

  void append(std::string bytes, std::function<void(Status)> written) override {
    // Tasks are copied by some executors, and the bytes must not be.
    auto held = std::make_shared<const std::string>(std::move(bytes));
    auto told = std::make_shared<std::function<void(Status)>>(std::move(written));
    const bool posted = parts_.worker.post(
        [reception = reception_, held, told] { (*told)(reception->append(*held)); });
    if (!posted) (*told)(fail(closed()));
  }

  void describe(std::string description) override { reception_->describe(std::move(description)); }

  void finish(std::function<void(Result<InboxEntry>)> stored) override {
    ended_ = true;
    auto told = std::make_shared<std::function<void(Result<InboxEntry>)>>(std::move(stored));
    const bool posted =
        parts_.worker.post([reception = reception_, told] { reception->finish(std::move(*told)); });
    if (!posted) (*told)(fail(closed()));
  }

  void abandon() override {
    if (std::exchange(ended_, true)) return;
    parts_.worker.post([reception = reception_] { reception->abandon(); });
  }

 private:
  const InboxParts& parts_;
  std::shared_ptr<InboxReception> reception_;
  bool ended_ = false;
};

}  // namespace

std::string InboxReception::path() const {
  return final_path() + ".tmp";
}

std::string InboxReception::final_path() const {
  return inbox_path(parts_.store, plan_.id);
}

void InboxReception::describe(std::string description) {
  const std::lock_guard lock{description_mutex_};
  plan_.description = std::move(description);
}

Status InboxReception::append(const std::string& bytes) {
  if (failure_) return fail(*failure_);
  return checked(take(bytes));
}

/// The first failure stays, and takes the file away.
Status InboxReception::checked(Status status) {
  if (!status && !failure_) {
    failure_ = status.error();
    give_up(true);
  }
  return status;
}

Status InboxReception::open() {
  if (file_ != nullptr) return {};
  auto file = parts_.files.open(path(), OpenMode::create_new);
  if (!file) return fail(file.error());
  file_ = std::move(*file);
  return {};
}

Status InboxReception::take(std::string_view bytes) {
  const std::uint64_t size = size_ + bytes.size();
  if (plan_.size && size > *plan_.size) return fail(wrong_size(*plan_.size, size));
  if (size > kMaxInboxFileBytes) return fail(too_large(size));
  if (size > room_) {
    if (auto status = parts_.book.grow(size - room_); !status) return status;
    room_ = size;
  }
  if (auto status = open(); !status) return status;
  if (auto status = file_->write_at(size_, bytes); !status) return status;
  while (!bytes.empty()) {
    const std::uint64_t left = kInboxBlock - size_ % kInboxBlock;
    const std::string_view part = bytes.substr(0, static_cast<std::size_t>(left));
    block_.add(part);
    size_ += part.size();
    bytes.remove_prefix(part.size());
    if (part.size() < left) break;
    sums_.push_back(block_.sum());
    block_.reset();
  }
  return {};
}

Status InboxReception::make_durable() {
  if (plan_.size && size_ != *plan_.size) return fail(wrong_size(*plan_.size, size_));
  if (auto status = open(); !status) return status;
  if (auto status = file_->sync(); !status) return status;
  file_.reset();
  if (auto status = parts_.files.rename(path(), final_path()); !status) return status;
  return parts_.files.sync_directory(inbox_directory(parts_.store));
}

void InboxReception::finish(std::function<void(Result<InboxEntry>)> stored) {
  if (!failure_) static_cast<void>(checked(make_durable()));
  if (failure_) return stored(fail(*failure_));
  if (size_ % kInboxBlock != 0) sums_.push_back(block_.sum());
  commit_key(std::move(stored));
}

void InboxReception::commit_key(std::function<void(Result<InboxEntry>)> stored) {
  InboxKey key{.size = size_, .received = parts_.clock.now(), .sums = sums_, .description = {}};
  {
    const std::lock_guard lock{description_mutex_};
    key.description = plan_.description;
  }
  const InboxEntry entry{.id = plan_.id,
                         .connector = plan_.connector,
                         .description = key.description,
                         .size = size_,
                         .received = key.received,
                         .problem = {}};
  Commit commit;
  commit.connector = plan_.connector;
  commit.state.push_back({entry.key(), encode_inbox_key(key)});
  commit.pushed = true;
  parts_.commit(std::move(commit), [self = shared_from_this(), entry, stored = std::move(stored)](
                                       const Result<CommitResult>& result) {
    if (result) {
      // The book counts it among the durable files already.
      self->parts_.book.end(self->room_, false);
      return stored(entry);
    }
    const Failure failure = result.error();
    self->parts_.worker.post([self, failure] {
      if (surely_not_made(failure))
        static_cast<void>(self->parts_.files.remove(self->final_path()));
      self->parts_.book.end(self->room_, true);
    });
    stored(fail(failure));
  });
}

void InboxReception::abandon() {
  if (!failure_) give_up(false);
}

void InboxReception::give_up(bool refused) {
  if (std::exchange(ended_, true)) return;
  file_.reset();
  // Which of the two names it has depends on how far it came; a file that stays is removed by the
  // next start.
  for (const std::string& name : {path(), final_path()}) {
    const auto exists = parts_.files.exists(name);
    if (exists && *exists) static_cast<void>(parts_.files.remove(name));
  }
  parts_.book.end(room_, refused);
}

std::unique_ptr<InboxFile> make_inbox_file(const InboxParts& parts,
                                           std::shared_ptr<InboxReception> reception) {
  return std::make_unique<FileHandle>(parts, std::move(reception));
}

}  // namespace cistern::journal
