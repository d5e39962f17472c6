#include "journal/inbox/local_inbox.hpp"

#include "base/digest.hpp"
#include "journal/inbox/inbox_reception.hpp"
#include "journal/inbox/inbox_recovery.hpp"
#include "journal/store_layout.hpp"

#include <algorithm>
#include <utility>

namespace cistern::journal {
namespace {

Failure misuse(std::string cause) {
  return {.verdict = Verdict::stop,
          .code = "journal/misuse",
          .cause = std::move(cause),
          .consequence = "the file is refused",
          .next_step = "report this as a bug of cistern"};
}

Failure unreadable(std::string code, std::string cause) {
  return {.verdict = Verdict::set_aside,
          .code = std::move(code),
          .cause = std::move(cause),
          .consequence = "nothing of that part becomes events",
          .next_step = "check the disk; push the file again if the sender still has it"};
}

std::optional<Failure> refusal(const std::string& connector, std::string_view description,
                               std::optional<std::uint64_t> size) {
  if (connector.empty()) return misuse("a pushed file names no connector");
  const bool object = description.starts_with('{') && description.ends_with('}');
  const bool one_line = description.find('\n') == std::string_view::npos;
  if (!object || !one_line || description.size() > kMaxInboxDescription) {
    return misuse("the description of a pushed file is no short JSON object on one line");
  }
  if (size.value_or(0) <= kMaxInboxFileBytes) return std::nullopt;
  return Failure{.verdict = Verdict::set_aside,
                 .code = "journal/inbox-size",
                 .cause = "the file has " + std::to_string(*size) + " bytes; files of at most " +
                          std::to_string(kMaxInboxFileBytes) + " are taken",
                 .consequence = "the file is refused",
                 .next_step = "let the sender roll its files over at a smaller size"};
}

}  // namespace

LocalInbox::LocalInbox(Options options, Files& files, const Clock& clock, Log& log,
                       std::function<void(Commit, Journal::Committed)> commit)
    : options_(std::move(options)),
      book_(inbox_limits(options_.max_size)),
      parts_{options_.store, files, clock, log, book_, worker_, std::move(commit)} {}

Status LocalInbox::start(Index& index, bool log_damaged) {
  auto known = inbox_files(options_.store, index, parts_.files);
  if (!known) return fail(known.error());
  if (auto status = clean_inbox(options_.store, *known, log_damaged, parts_.files, parts_.log);
      !status) {
    // What is left over costs room and nothing else; the next start tries again.
    parts_.log.warning("journal", "files left in the inbox could not be cleared away",
                       {{"reason", status.error().sentence()}});
  }
  for (InboxFileFacts& facts : *known) {
    if (!facts.entry.problem.empty()) {
      parts_.log.error("journal", "a pushed file that was acknowledged is missing in the store",
                       {{"reason", facts.entry.problem},
                        {"description", facts.entry.description},
                        {"next step", "check the disk; push the file again if the sender has it"}});
    }
    book_.add(std::move(facts));
  }
  return {};
}

std::string LocalInbox::next_id() {
  const std::lock_guard lock{mutex_};
  const auto now = parts_.clock.now().time_since_epoch().count();
  last_id_ = std::max(last_id_ + 1, static_cast<std::uint64_t>(std::max<std::int64_t>(0, now)));
  return inbox_id(last_id_, options_.process);
}

Result<std::unique_ptr<InboxFile>> LocalInbox::create(const std::string& connector,
                                                      std::string description,
                                                      std::optional<std::uint64_t> size) {
  if (auto failure = refusal(connector, description, size)) return fail(std::move(*failure));
  if (closed_) {
    return fail_stop("journal/closed", "the journal is closed", "start cistern again");
  }
  if (auto status = book_.begin(size.value_or(0)); !status) return fail(status.error());
  auto reception = std::make_shared<InboxReception>(
      parts_, InboxReception::Plan{.id = next_id(),
                                   .connector = connector,
                                   .description = std::move(description),
                                   .size = size});
  return make_inbox_file(parts_, std::move(reception));
}

Result<std::string> LocalInbox::read(const std::string& id, std::uint64_t offset,
                                     std::size_t size) {
  const auto facts = book_.find(id);
  if (!facts) {
    return fail(unreadable("journal/inbox-missing", "file " + id + " of the inbox was consumed"));
  }
  const InboxEntry& entry = facts->entry;
  if (!entry.problem.empty()) return fail(unreadable("journal/inbox-missing", entry.problem));
  auto file = parts_.files.open(inbox_path(options_.store, id), OpenMode::read);
  if (!file && file.error().code == "file/missing") {
    return fail(unreadable("journal/inbox-missing", inbox_file_name(entry) + " is gone"));
  }
  if (!file) return fail(file.error());
  std::string out;
  const std::uint64_t end = std::min(entry.size, offset + size);
  for (std::uint64_t at = offset; at < end;) {
    const std::uint64_t block = at / kInboxBlock;
    auto bytes = (*file)->read_at(block * kInboxBlock, kInboxBlock);
    if (!bytes) return fail(bytes.error());
    const std::uint64_t block_end = std::min(entry.size, (block + 1) * kInboxBlock);
    if (digest_of(*bytes) != facts->sums[block]) {
      return fail(unreadable("journal/inbox-damaged",
                             inbox_file_name(entry) + " does not match its sum between byte " +
                                 std::to_string(block * kInboxBlock) + " and byte " +
                                 std::to_string(block_end)));
    }
    const std::uint64_t part = std::min(end, block_end) - at;
    out.append(*bytes, static_cast<std::size_t>(at - block * kInboxBlock),
               static_cast<std::size_t>(part));
    at += part;
  }
  return out;
}

void LocalInbox::apply(const GroupControl& control) {
  for (const ConnectorPart& part : control.connectors) {
    for (const StateChange& change : part.state) {
      if (change.key.starts_with(kInboxPrefix)) apply_state(part.connector, change);
    }
  }
  for (const StoreEdit& edit : control.edits)
    apply_edit(edit);
}

void LocalInbox::apply_state(const std::string& connector, const StateChange& change) {
  const auto id = inbox_id_of(change.key);
  if (!id) return;
  if (!change.value) {
    if (const auto entry = book_.remove(std::string{*id})) remove_file(*entry);
    return;
  }
  auto key = decode_inbox_key(*change.value);
  if (!key) return;
  InboxFileFacts facts{.entry = {.id = std::string{*id},
                                 .connector = connector,
                                 .description = std::move(key->description),
                                 .size = key->size,
                                 .received = key->received,
                                 .problem = {}},
                       .sums = std::move(key->sums)};
  const InboxEntry entry = facts.entry;
  book_.add(std::move(facts));
  const std::lock_guard lock{mutex_};
  for (const auto& [number, listener] : listeners_)
    listener(entry);
}

void LocalInbox::apply_edit(const StoreEdit& edit) {
  if (edit.kind == StoreEdit::Kind::rename_connector) book_.rename(edit.name, edit.to);
  if (edit.kind != StoreEdit::Kind::remove_connector) return;
  for (const InboxEntry& entry : book_.remove_connector(edit.name))
    remove_file(entry);
}

/// The key is gone durably; a file that stays nevertheless is removed by the next start.
void LocalInbox::remove_file(const InboxEntry& entry) {
  worker_.post([this, id = entry.id] {
    const std::string path = inbox_path(options_.store, id);
    const auto exists = parts_.files.exists(path);
    if (exists && !*exists) return;
    auto status = parts_.files.remove(path);
    if (status) return;
    parts_.log.warning("journal", "a consumed file could not be removed from the inbox",
                       {{"reason", status.error().sentence()}});
  });
}

void LocalInbox::refuse_new() {
  closed_ = true;
  worker_.drain();
}

std::uint64_t LocalInbox::on_stored(std::function<void(const InboxEntry&)> listener) {
  const std::lock_guard lock{mutex_};
  listeners_.emplace(++last_listener_, std::move(listener));
  return last_listener_;
}

void LocalInbox::remove_listener(std::uint64_t id) {
  const std::lock_guard lock{mutex_};
  listeners_.erase(id);
}

}  // namespace cistern::journal
