#include "destinations/file/file_writer.hpp"

#include "destinations/file/file_content.hpp"
#include "destinations/file/file_names.hpp"

#include <algorithm>

namespace cistern::destinations {
namespace {

constexpr std::size_t kCompareSize = 1ULL << 20;

/// Adds what a failing file means for the events.
tl::unexpected<Failure> waiting(Failure failure) {
  if (failure.consequence.empty()) failure.consequence = "events wait in the store";
  return fail(std::move(failure));
}

}  // namespace

FileDestination::FileDestination(FileSettings settings, const runtime::DestinationContext& context,
                                 std::unique_ptr<FilePlatform> platform)
    : settings_(std::move(settings)),
      name_(context.name),
      files_(context.files),
      clock_(context.clock),
      log_(context.log),
      platform_(std::move(platform)) {}

void FileDestination::close() {
  leave();
}

Result<std::string> FileDestination::deliver(const runtime::Batch& batch) {
  if (batch.bytes.empty()) return last_state_;
  const std::string encoded = encode_batch(settings_.compression, batch.bytes);
  if (const auto settled = settle(); !settled) return waiting(settled.error());
  if (!file_) {
    if (const auto begun = begin(batch, encoded); !begun) return waiting(begun.error());
  } else if (const auto appended = append(encoded); !appended) {
    return waiting(appended.error());
  }
  if (const auto planned = plan_rotation(); !planned) return waiting(planned.error());
  last_state_ = render_state(state_);
  return last_state_;
}

/// Before each batch: is the file still where and what it was, and is it due to be renamed?
Status FileDestination::settle() {
  if (!file_) return {};
  const auto inode = inode_at(path_);
  if (!inode) return fail(inode.error());
  if (*inode != state_.inode) return leave_moved_file();
  const auto size = file_->size();
  if (!size) return fail(size.error());
  if (*size < state_.length) {
    log_.warning(name_,
                 "the file became shorter: bytes that were delivered are missing and are not "
                 "written again; it is left as it is and a new one is begun. Next step: find out "
                 "who cut it; use rotate_size instead of copytruncate",
                 {{"path", path_}, {"missing_bytes", state_.length - *size}});
    leave();
    return {};
  }
  return state_.rotate_to.empty() ? Status{} : rotate();
}

/// The path no longer names the file: an own rotation whose last step failed, or somebody else.
Status FileDestination::leave_moved_file() {
  if (!state_.rotate_to.empty()) {
    const auto inode = inode_at(beside(state_.rotate_to));
    if (!inode) return fail(inode.error());
    if (*inode == state_.inode) return finish_rotation();
  }
  log_.warning(name_, "the file was moved or deleted by somebody; a new one is begun",
               {{"path", path_}, {"bytes_before", state_.length}});
  leave();
  return {};
}

Status FileDestination::begin(const runtime::Batch& batch, const std::string& encoded) {
  if (const auto made = files_.make_directory(directory_); !made) return made;
  const auto there = inode_at(path_);
  if (!there) return fail(there.error());
  if (*there) {
    const auto found = examine_start(batch, encoded);
    if (!found) return fail(found.error());
    if (*found == Start::whole) return append(encoded);
    // One of ours with other borders is replaced as a whole, since no state names it yet: cut and
    // written in place, a second crash would leave something that cannot be recognised.
    if (*found == Start::foreign) {
      if (const auto moved = move_aside(); !moved) return moved;
    }
  }
  return create(encoded);
}

Result<FileDestination::Start> FileDestination::examine_start(const runtime::Batch& batch,
                                                              const std::string& encoded) {
  auto file = files_.open(path_, OpenMode::write_existing);
  if (!file) return fail(file.error());
  const auto size = (*file)->size();
  if (!size) return fail(size.error());
  if (*size == 0 || *size > kLargestStart) return Start::foreign;
  const auto content = (*file)->read_at(0, *size);
  if (!content) return fail(content.error());
  if (!is_own_start(settings_.compression, *content, batch.bytes)) return Start::foreign;
  if (!content->starts_with(encoded)) return Start::other_borders;
  const auto inode = (*file)->inode();
  if (!inode) return fail(inode.error());
  const FileState state{
      .inode = *inode, .length = 0, .mark = 0, .opened = clock_.now(), .rotate_to = {}};
  if (const auto adopted = adopt(std::move(*file), state); !adopted) return fail(adopted.error());
  return Start::whole;
}

/// What stands at the path is not ours, so it is kept. An empty file is simply replaced.
Status FileDestination::move_aside() {
  const auto file = files_.open(path_, OpenMode::read);
  if (!file) return fail(file.error());
  const auto size = (*file)->size();
  if (!size) return fail(size.error());
  if (*size == 0) return {};
  const auto lock = platform_->lock(path_);
  if (!lock) return fail(lock.error());
  const auto taken = names();
  if (!taken) return fail(taken.error());
  const std::string aside = aside_name(file_name_, clock_.now(), *taken);
  if (const auto renamed = files_.rename(path_, beside(aside)); !renamed) return renamed;
  log_.warning(name_,
               "the path holds a file that cannot be continued exactly (begun by somebody else, "
               "shortened, or of a forgotten destination); it is moved aside unchanged",
               {{"path", path_}, {"moved_to", beside(aside)}, {"bytes", *size}});
  return files_.sync_directory(directory_);
}

/// Rule 2: the file gets its name only when its first batch is safe.
Status FileDestination::create(const std::string& encoded) {
  const std::string temporary = beside(starting_name(file_name_));
  auto file = files_.open(temporary, OpenMode::create_or_open);
  if (!file) return fail(file.error());
  auto lock = platform_->lock(temporary);
  if (!lock) return fail(lock.error());
  if (const auto emptied = (*file)->truncate(0); !emptied) return emptied;
  if (settings_.mode != 0600) {
    if (const auto set = platform_->set_mode(temporary, settings_.mode); !set) return set;
  }
  Status done = (*file)->write_at(0, encoded);
  if (done) done = (*file)->sync();
  if (!done) {
    // Space that a failed attempt keeps would be missing in the next one.
    static_cast<void>((*file)->truncate(0));
    return done;
  }
  const auto inode = (*file)->inode();
  if (!inode) return fail(inode.error());
  if (const auto renamed = files_.rename(temporary, path_); !renamed) return renamed;
  if (const auto synced = files_.sync_directory(directory_); !synced) return synced;
  file_ = std::move(*file);
  lock_ = std::move(*lock);
  state_ = {.inode = *inode, .length = 0, .mark = 0, .opened = clock_.now(), .rotate_to = {}};
  recent_.clear();
  note_written(encoded);
  return {};
}

/// Rule 1: behind the recorded length only what equals the batch stays.
Status FileDestination::append(const std::string& encoded) {
  const auto size = file_->size();
  if (!size) return fail(size.error());
  const auto kept = equal_prefix(*size, encoded);
  if (!kept) return fail(kept.error());
  const std::uint64_t unequal = *size - state_.length - *kept;
  if (unequal > 0 && *kept < encoded.size()) {
    log_.warning(name_,
                 "bytes behind the last confirmed batch are not what is due and are cut: a batch "
                 "interrupted by a crash is written again, or somebody else wrote to the file",
                 {{"path", path_}, {"cut_bytes", unequal}, {"kept_bytes", *kept}});
    if (const auto cut = file_->truncate(state_.length + *kept); !cut) return cut;
  }
  if (const auto written = write_behind(*kept, encoded); !written) return written;
  // Also when all was there: a killed process leaves bytes that are readable and not yet safe.
  if (const auto synced = file_->sync(); !synced) return synced;
  note_written(encoded);
  return {};
}

Status FileDestination::write_behind(std::uint64_t kept, const std::string& encoded) {
  if (kept == encoded.size()) return {};
  const auto rest = std::string_view{encoded}.substr(kept);
  const auto written = file_->write_at(state_.length + kept, rest);
  // Readers of the file should not see half a batch while the disk is full. Should this fail too,
  // the next attempt compares and cuts.
  if (!written) static_cast<void>(file_->truncate(state_.length));
  return written;
}

Result<std::uint64_t> FileDestination::equal_prefix(std::uint64_t size,
                                                    const std::string& encoded) {
  std::uint64_t equal = 0;
  const std::uint64_t most = std::min<std::uint64_t>(size - state_.length, encoded.size());
  while (equal < most) {
    const std::size_t part = std::min<std::uint64_t>(kCompareSize, most - equal);
    const auto bytes = file_->read_at(state_.length + equal, part);
    if (!bytes) return fail(bytes.error());
    const auto due = std::string_view{encoded}.substr(equal, bytes->size());
    const auto end = std::mismatch(bytes->begin(), bytes->end(), due.begin()).first;
    equal += static_cast<std::uint64_t>(end - bytes->begin());
    if (end != bytes->end() || bytes->size() < part) break;
  }
  return equal;
}

void FileDestination::note_written(const std::string& encoded) {
  state_.length += encoded.size();
  recent_ += std::string_view{encoded}.substr(encoded.size() -
                                              std::min<std::size_t>(encoded.size(), kMarkSize));
  if (recent_.size() > kMarkSize) recent_.erase(0, recent_.size() - kMarkSize);
  state_.mark = mark_of(recent_);
}

Result<std::optional<std::uint64_t>> FileDestination::inode_at(const std::string& path) {
  const auto there = files_.exists(path);
  if (!there) return fail(there.error());
  if (!*there) return std::optional<std::uint64_t>{};
  const auto file = files_.open(path, OpenMode::read);
  if (!file) return fail(file.error());
  const auto inode = (*file)->inode();
  if (!inode) return fail(inode.error());
  return std::optional{*inode};
}

Result<std::vector<std::string>> FileDestination::names() const {
  return files_.list(directory_);
}

void FileDestination::leave() {
  file_.reset();
  lock_.reset();
  state_ = {};
  recent_.clear();
}

std::string FileDestination::beside(const std::string& name) const {
  return directory_ == "/" ? "/" + name : directory_ + "/" + name;
}

}  // namespace cistern::destinations
