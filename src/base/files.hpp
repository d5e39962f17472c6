// The operating system's files behind an interface, so that a test can forget what was not synced,
// tear writes, lose renames and fill the disk. Locks and the way to databases belong to it, so that
// nothing of a store goes past it.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cistern {

/// A readable range of a file, mapped or copied; stays valid while the object lives, also when the
/// file is removed meanwhile.
class FileView {
 public:
  virtual ~FileView() = default;
  [[nodiscard]] virtual std::string_view bytes() const = 0;
};

/// An open file. One writer at a time; reads may run beside it.
class File {
 public:
  virtual ~File() = default;
  /// Writes all bytes at the offset, or fails (short writes are continued, not reported). After
  /// success the bytes are readable, but a power cut may lose them.
  virtual Status write_at(std::uint64_t offset, std::string_view bytes) = 0;
  /// Reads up to `size` bytes; fewer only at the end of the file.
  virtual Result<std::string> read_at(std::uint64_t offset, std::size_t size) = 0;
  /// After success every earlier write survives a power cut (fdatasync).
  virtual Status sync() = 0;
  virtual Status truncate(std::uint64_t size) = 0;
  virtual Result<std::uint64_t> size() = 0;
  virtual Result<std::uint64_t> inode() = 0;
  /// Bytes of the file as they are now, from `offset` on, at most `size`.
  virtual Result<std::unique_ptr<FileView>> view(std::uint64_t offset, std::uint64_t size) = 0;
};

/// Holds a file for one holder until destroyed. The system gives it back when the process ends, so
/// a lock can never be left over.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

enum class OpenMode : std::uint8_t { read, write_existing, create_new, create_or_open };

/// Failures carry code "file/..." with the path and the system's words; a full disk is
/// "file/no-space" with Verdict::retry, a read-only file system "file/read-only".
class Files {
 public:
  virtual ~Files() = default;
  /// New files get mode 0600.
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  /// Names (not paths) of the entries, sorted.
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
  virtual Result<bool> exists(const std::string& path) = 0;
  /// Creates missing parents as well, mode 0700; an existing directory is success. The directory
  /// survives a power cut, also where an attempt before this one created it and failed or was
  /// killed before it was durable.
  virtual Status make_directory(const std::string& path) = 0;
  /// Replaces an existing target. Durable only after sync_directory of the parent.
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual Status remove(const std::string& path) = 0;
  /// After success creations, renames and removals in the directory survive a power cut.
  virtual Status sync_directory(const std::string& directory) = 0;
  /// Bytes an ordinary user may still write there.
  virtual Result<std::uint64_t> free_bytes(const std::string& directory) = 0;
  /// Takes the file, created when missing, for one holder in any process: "file/locked" when
  /// another has it.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
  /// Whether somebody holds the file; takes nothing. A missing file is held by nobody.
  virtual Result<bool> locked(const std::string& path) = 0;
  /// SQLite opens its files by itself: the name of the VFS through which it reaches these files.
  /// Empty for SQLite's own, which is right for the real file system only.
  [[nodiscard]] virtual std::string database_vfs() const { return {}; }
};

/// The real file system.
std::unique_ptr<Files> make_system_files();

}  // namespace cistern
