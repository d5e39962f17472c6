// The file destination: what is promised, and the order of steps that keeps the promise.
#pragma once

#include "destinations/file/file_platform.hpp"
#include "destinations/file/file_settings.hpp"
#include "destinations/file/file_state.hpp"
#include "runtime/destination.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cistern::destinations {

/// Appends each batch so that every event stands in the files exactly once, wherever the process or
/// the machine ends.
///
/// Three rules carry the promise; the state is what the journal stores with the cursor:
///
/// 1. *Only a recorded file is appended to.* deliver() writes behind `length`, syncs, and returns
/// the
///    new length. After a crash the bytes behind the recorded length are compared with the next
///    batches, rendered again: what is equal stays, the rest is cut. A compressed batch is equal
///    only if the batch has the same borders; otherwise it is cut and written again.
/// 2. *A new file is born whole.* Its first batch is written to `NAME.starting`, synced, and
/// renamed.
///    So a file that no state names is either exactly one batch of ours, which its content shows,
///    or somebody else's, which is moved aside and never changed.
/// 3. *Rotation takes two batches*, because a state is stored only when deliver() returns it: the
///    batch that makes the file due records the new name; the next one (or a restart) renames. A
///    crash between the two, or after the rename, finds either name and goes on from there.
///
/// It relies on the delivery storing each state before it asks for the next batch.
class FileDestination final : public runtime::Destination {
 public:
  FileDestination(FileSettings settings, const runtime::DestinationContext& context,
                  std::unique_ptr<FilePlatform> platform);

  Status open(const std::string& state) override;
  Result<std::string> deliver(const runtime::Batch& batch) override;
  void close() override;
  std::optional<Duration> due() override;
  Result<std::optional<std::string>> tend() override;
  [[nodiscard]] bool exact() const override { return true; }

 private:
  Status remove_left_over();
  Status find_recorded(const FileState& recorded);
  Status examine(const FileState& recorded, std::unique_ptr<File> file, std::uint64_t inode);
  Status adopt(std::unique_ptr<File> file, FileState state);
  Status settle();
  Status leave_moved_file();
  Status rotate();
  Status finish_rotation();
  void prune();
  Status begin(const runtime::Batch& batch, const std::string& encoded);
  /// What a file is that no state names.
  enum class Start : std::uint8_t {
    whole,          ///< Begins with the batch as it is written now; taken over.
    other_borders,  ///< The same events in a batch with other borders.
    foreign,        ///< Somebody else's, or empty.
  };
  Result<Start> examine_start(const runtime::Batch& batch, const std::string& encoded);
  Status move_aside();
  Status create(const std::string& encoded);
  Status append(const std::string& encoded);
  Status write_behind(std::uint64_t kept, const std::string& encoded);
  Result<std::uint64_t> equal_prefix(std::uint64_t size, const std::string& encoded);
  Result<std::string> last_bytes(File& file, std::uint64_t length) const;
  Result<std::optional<std::uint64_t>> inode_at(const std::string& path);
  Result<std::vector<std::string>> names() const;
  Status plan_rotation();
  void note_written(const std::string& encoded);
  void leave();
  [[nodiscard]] std::string beside(const std::string& name) const;

  FileSettings settings_;
  std::string name_;
  Files& files_;
  const Clock& clock_;
  Log& log_;
  std::unique_ptr<FilePlatform> platform_;

  std::string directory_;
  std::string file_name_;
  std::string path_;            ///< Behind symbolic links.
  std::unique_ptr<File> file_;  ///< The recorded file; empty: the next batch begins a new one.
  std::unique_ptr<FileLock> lock_;
  FileState state_;         ///< Of `file_`.
  std::string last_state_;  ///< As last stored or returned.
  TimePoint pruned_{};      ///< When old rotated files were last looked for.
  std::string recent_;      ///< The last kMarkSize bytes before `length`.
};

}  // namespace cistern::destinations
