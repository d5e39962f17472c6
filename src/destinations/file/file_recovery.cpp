// The beginning: what became of the file while nobody watched.
#include "destinations/file/file_names.hpp"
#include "destinations/file/file_writer.hpp"

namespace cistern::destinations {

Status FileDestination::open(const std::string& state) {
  leave();
  last_state_ = state;
  const auto resolved = platform_->resolve(settings_.path);
  if (!resolved) return fail(resolved.error());
  const SplitPath split = split_path(*resolved);
  directory_ = split.directory;
  file_name_ = split.name;
  path_ = beside(file_name_);
  if (const auto made = files_.make_directory(directory_); !made) return made;
  if (const auto removed = remove_left_over(); !removed) return removed;
  if (state.empty()) return {};
  const auto recorded = parse_state(state);
  return recorded ? find_recorded(*recorded) : fail(recorded.error());
}

/// A first batch that a crash interrupted before the file got its name. Nothing names it, and its
/// events are due again.
Status FileDestination::remove_left_over() {
  const std::string temporary = beside(starting_name(file_name_));
  const auto there = files_.exists(temporary);
  if (!there) return fail(there.error());
  if (!*there) return {};
  if (const auto lock = platform_->lock(temporary); !lock) return fail(lock.error());
  return files_.remove(temporary);
}

Status FileDestination::find_recorded(const FileState& recorded) {
  const auto inode = inode_at(path_);
  if (!inode) return fail(inode.error());
  bool rotated = false;
  if (*inode != recorded.inode && !recorded.rotate_to.empty()) {
    const auto other = inode_at(beside(recorded.rotate_to));
    if (!other) return fail(other.error());
    rotated = *other == recorded.inode;
  }
  // Its rename may not have reached the disk yet, and must before a new file appears.
  if (rotated) {
    if (const auto synced = files_.sync_directory(directory_); !synced) return synced;
  }
  if (!*inode) {
    if (!rotated) {
      log_.warning(name_,
                   "the file is missing: what it held was delivered and is not written again; a "
                   "new file is begun. To write old events again, use a new destination with "
                   "`start: oldest`",
                   {{"path", path_}, {"missing_bytes", recorded.length}});
    }
    return {};
  }
  auto file = files_.open(path_, OpenMode::write_existing);
  if (!file) return fail(file.error());
  if (rotated) {
    // Only this destination begins a file here after its own rotation: all of it is unconfirmed.
    return adopt(
        std::move(*file),
        {.inode = **inode, .length = 0, .mark = 0, .opened = clock_.now(), .rotate_to = {}});
  }
  return examine(recorded, std::move(*file), **inode);
}

/// Takes the file up where it was left, or says why not; the first batch then begins a new one.
Status FileDestination::examine(const FileState& recorded, std::unique_ptr<File> file,
                                std::uint64_t inode) {
  if (inode != recorded.inode) {
    log_.warning(name_,
                 "the file at the path is not the one written before, which was moved or deleted; "
                 "its events are not written again",
                 {{"path", path_}, {"bytes_before", recorded.length}});
    return {};
  }
  const auto size = file->size();
  if (!size) return fail(size.error());
  if (*size < recorded.length) {
    log_.warning(name_,
                 "the file is shorter than it was: bytes that were delivered are missing and are "
                 "not written again; it is kept aside and a new one is begun. Next step: find out "
                 "who cut it, or check the file system",
                 {{"path", path_}, {"missing_bytes", recorded.length - *size}});
    return {};
  }
  auto last = last_bytes(*file, recorded.length);
  if (!last) return fail(last.error());
  if (mark_of(*last) != recorded.mark) {
    log_.warning(name_,
                 "the file holds other bytes than were written; it is kept aside and a new one is "
                 "begun",
                 {{"path", path_}, {"bytes_before", recorded.length}});
    return {};
  }
  if (const auto adopted = adopt(std::move(file), recorded); !adopted) return adopted;
  recent_ = std::move(*last);
  return {};
}

Status FileDestination::adopt(std::unique_ptr<File> file, FileState state) {
  auto lock = platform_->lock(path_);
  if (!lock) return fail(lock.error());
  // A process that was killed may have left a name that the next power cut would take.
  if (const auto synced = files_.sync_directory(directory_); !synced) return synced;
  file_ = std::move(file);
  lock_ = std::move(*lock);
  state_ = std::move(state);
  recent_.clear();
  return {};
}

Result<std::string> FileDestination::last_bytes(File& file, std::uint64_t length) const {
  const std::uint64_t size = std::min(length, kMarkSize);
  return file.read_at(length - size, size);
}

}  // namespace cistern::destinations
