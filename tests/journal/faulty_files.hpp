// Files that fail and forget: a file system in memory with the worst manners that a real one may
// have. A power cut loses unsynced bytes, all of them or any sectors and pieces of them, and
// unsynced names in any combination. Calls can be made to fail, syncs to do nothing.
//
// SQLite goes through it as well, by a VFS of its own (faulty_database.hpp).
#pragma once

#include "base/files.hpp"
#include "disk_state.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cistern::test {

class FaultyDatabase;

enum class FileCall : std::uint8_t {
  open,
  write,
  sync,
  truncate,
  rename,
  remove,
  sync_directory,
  other
};

/// One of the places where the store syncs or renames, made to fail its purpose.
struct Sabotage {
  enum class Kind : std::uint8_t {
    none,
    drop,   ///< It reports success and does nothing.
    delay,  ///< It changes places with the changing call behind it.
  };
  Kind kind = Kind::none;
  std::string site;
};

/// A failure of a write with this code leaves the first half of its bytes on the disk.
inline constexpr std::string_view kShortWrite = "file/short-write";

class FaultyFiles final : public Files {
 public:
  /// What a call is to do: nothing means that it succeeds. Called with the mutex held.
  using Fault = std::function<std::optional<Failure>(FileCall, const std::string& path)>;

  explicit FaultyFiles(DiskState state = {});
  ~FaultyFiles() override;

  void set_fault(Fault fault);
  /// Bytes that may still be written; what is above is refused as on a full disk, after as much as
  /// fits was written. Truncating and removing give room back.
  void set_room(std::optional<std::uint64_t> room);
  void set_sabotage(Sabotage sabotage);
  /// Called before each changing call, with the state as it is then.
  void set_observer(std::function<void(const DiskState&)> observer);
  /// Names of the sites that were passed.
  [[nodiscard]] std::set<std::string> sites() const;
  [[nodiscard]] DiskState state() const;
  void set_state(DiskState state);

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<bool> exists(const std::string& path) override;
  Status make_directory(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status sync_directory(const std::string& directory) override;
  Result<std::uint64_t> free_bytes(const std::string& directory) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
  Result<bool> locked(const std::string& path) override;
  [[nodiscard]] std::string database_vfs() const override;

 private:
  class MemoryFile;
  class MemoryLock;

  std::optional<Failure> begin_change(FileCall call, const std::string& path);
  /// Does the action now, never, or after the next changing call.
  void perform(const std::string& site, std::function<void()> action);
  void end_change();
  std::string site_of_sync(const std::string& path, const DiskState::Node& node);
  std::string site_of_directory(const std::string& directory) const;
  /// With the mutex held.
  Status sync_parent(const std::string& folder);

  mutable std::mutex mutex_;
  DiskState state_;
  std::set<std::string> locks_;
  std::set<std::string> sites_;
  Fault fault_;
  Sabotage sabotage_;
  std::function<void()> delayed_;
  bool delayed_now_ = false;  ///< By the call that is being performed.
  std::function<void(const DiskState&)> observer_;
  std::optional<std::uint64_t> room_;
  unsigned index_syncs_ = 0;
  std::unique_ptr<FaultyDatabase> database_;
};

}  // namespace cistern::test
