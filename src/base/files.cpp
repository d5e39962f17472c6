#include "base/files.hpp"

#include "base/file_errors.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace cistern {
namespace {

tl::unexpected<Failure> failed(std::string_view what, const std::string& path) {
  return fail(file_failure(what, path, errno));
}

/// Repeats a call that a signal interrupted.
template <class Call>
auto uninterrupted(Call&& call) {
  auto result = call();
  while (result == -1 && errno == EINTR)
    result = call();
  return result;
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool valid() const { return number_ >= 0; }

 private:
  int number_;
};

class EmptyView final : public FileView {
 public:
  [[nodiscard]] std::string_view bytes() const override { return {}; }
};

class MappedView final : public FileView {
 public:
  /// `skip`: bytes between the page boundary, where a mapping must begin, and the range asked for.
  MappedView(void* address, std::size_t length, std::size_t skip)
      : address_(address), length_(length), skip_(skip) {}
  MappedView(const MappedView&) = delete;
  MappedView& operator=(const MappedView&) = delete;
  ~MappedView() override { ::munmap(address_, length_); }
  [[nodiscard]] std::string_view bytes() const override {
    return {static_cast<const char*>(address_) + skip_, length_ - skip_};
  }

 private:
  void* address_;
  std::size_t length_;
  std::size_t skip_;
};

class SystemFile final : public File {
 public:
  SystemFile(Descriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Status write_at(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = uninterrupted([&] {
        return ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      });
      if (written < 0) return failed("write", path_);
      bytes.remove_prefix(static_cast<std::size_t>(written));
      offset += static_cast<std::uint64_t>(written);
    }
    return {};
  }

  Result<std::string> read_at(std::uint64_t offset, std::size_t size) override {
    const auto available = bytes_from(offset);
    if (!available) return tl::unexpected(available.error());
    // Files that the kernel makes while they are read (/proc) say that they are empty.
    constexpr std::uint64_t kUnsized = 4096;
    const std::uint64_t most = *available == 0 ? kUnsized : *available;
    std::string out(static_cast<std::size_t>(std::min<std::uint64_t>(size, most)), '\0');
    std::size_t filled = 0;
    while (filled < out.size()) {
      const ssize_t got = uninterrupted([&] {
        return ::pread(descriptor_.get(), out.data() + filled, out.size() - filled,
                       static_cast<off_t>(offset + filled));
      });
      if (got < 0) return failed("read", path_);
      if (got == 0) break;
      filled += static_cast<std::size_t>(got);
    }
    out.resize(filled);
    return out;
  }

  Status sync() override {
    if (uninterrupted([&] { return ::fdatasync(descriptor_.get()); }) != 0)
      return failed("sync", path_);
    return {};
  }

  Status truncate(std::uint64_t size) override {
    if (uninterrupted([&] { return ::ftruncate(descriptor_.get(), static_cast<off_t>(size)); }) !=
        0)
      return failed("truncate", path_);
    return {};
  }

  Result<std::uint64_t> size() override {
    struct stat facts {};
    if (::fstat(descriptor_.get(), &facts) != 0) return failed("examine", path_);
    return static_cast<std::uint64_t>(facts.st_size);
  }

  Result<std::uint64_t> inode() override {
    struct stat facts {};
    if (::fstat(descriptor_.get(), &facts) != 0) return failed("examine", path_);
    return static_cast<std::uint64_t>(facts.st_ino);
  }

  Result<std::unique_ptr<FileView>> view(std::uint64_t offset, std::uint64_t size) override {
    const auto available = bytes_from(offset);
    if (!available) return tl::unexpected(available.error());
    const std::uint64_t wanted = std::min(size, *available);
    if (wanted == 0) return std::make_unique<EmptyView>();
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const std::uint64_t skip = offset % page;
    const auto length = static_cast<std::size_t>(wanted + skip);
    void* const address = ::mmap(nullptr, length, PROT_READ, MAP_SHARED, descriptor_.get(),
                                 static_cast<off_t>(offset - skip));
    if (address == MAP_FAILED) return failed("map", path_);
    return std::make_unique<MappedView>(address, length, static_cast<std::size_t>(skip));
  }

 private:
  /// Bytes between the offset and the end of the file as it is now.
  Result<std::uint64_t> bytes_from(std::uint64_t offset) {
    return size().map([offset](std::uint64_t end) { return end > offset ? end - offset : 0; });
  }

  Descriptor descriptor_;
  std::string path_;
};

class SystemLock final : public FileLock {
 public:
  explicit SystemLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;
};

/// Of the whole file. Locks of open file descriptions, unlike those of processes, hold within one
/// process too and do not go when another descriptor of the file is closed; unlike flock they can
/// be asked for without being taken.
struct flock whole_file() {
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  return range;
}

int flags_of(OpenMode mode) {
  switch (mode) {
    case OpenMode::read:
      return O_RDONLY;
    case OpenMode::write_existing:
      return O_RDWR;
    case OpenMode::create_new:
      return O_RDWR | O_CREAT | O_EXCL;
    case OpenMode::create_or_open:
      return O_RDWR | O_CREAT;
  }
  return O_RDONLY;
}

bool is_directory(const std::string& path) {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode);
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

int open_folder(const std::string& path) {
  return uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
}

int fsync_all(const Descriptor& descriptor) {
  return uninterrupted([&] { return ::fsync(descriptor.get()); });
}

/// An attempt that was killed, or whose sync failed, leaves a folder that is there and not durable.
/// A parent that may not be opened, or whose file system syncs no folders, is not where such an
/// attempt was made.
Status confirm_name(const std::string& folder) {
  const std::string parent = parent_of(folder);
  const Descriptor descriptor{open_folder(parent)};
  if (!descriptor.valid() || fsync_all(descriptor) == 0) return {};
  const bool lost = errno == EIO || errno == ENOSPC || errno == EDQUOT;
  return lost ? failed("sync folder", parent) : Status{};
}

class SystemFiles final : public Files {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    Descriptor descriptor{
        uninterrupted([&] { return ::open(path.c_str(), flags_of(mode) | O_CLOEXEC, 0600); })};
    if (!descriptor.valid()) return failed(mode == OpenMode::create_new ? "create" : "open", path);
    return std::make_unique<SystemFile>(std::move(descriptor), path);
  }

  Result<std::vector<std::string>> list(const std::string& directory) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> open_directory{::opendir(directory.c_str()),
                                                             &::closedir};
    if (!open_directory) return failed("list", directory);
    std::vector<std::string> names;
    for (;;) {
      errno = 0;
      const dirent* const entry = ::readdir(open_directory.get());
      if (entry == nullptr) break;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) return failed("list", directory);
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<bool> exists(const std::string& path) override {
    struct stat facts {};
    if (::lstat(path.c_str(), &facts) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return failed("examine", path);
  }

  Status make_directory(const std::string& path) override {
    if (path.empty()) return fail(file_failure("create folder", path, ENOENT));
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
      const std::string part = path.substr(0, end);
      const bool last = end == std::string::npos;
      if (::mkdir(part.c_str(), 0700) == 0) {
        if (auto status = sync_directory(parent_of(part)); !status) return status;
      } else {
        const int error = errno;
        if (!is_directory(part))
          return fail(file_failure("create folder", part, error == EEXIST ? ENOTDIR : error));
        if (last) return confirm_name(part);
      }
      if (last) return {};
    }
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return failed("rename", from + " to " + to);
    return {};
  }

  Status remove(const std::string& path) override {
    if (std::remove(path.c_str()) != 0) return failed("remove", path);
    return {};
  }

  Status sync_directory(const std::string& directory) override {
    const Descriptor descriptor{open_folder(directory)};
    if (!descriptor.valid()) return failed("open folder", directory);
    if (fsync_all(descriptor) != 0) return failed("sync folder", directory);
    return {};
  }

  Result<std::uint64_t> free_bytes(const std::string& directory) override {
    struct statvfs facts {};
    if (::statvfs(directory.c_str(), &facts) != 0)
      return failed("examine the file system of", directory);
    return static_cast<std::uint64_t>(facts.f_bavail) * static_cast<std::uint64_t>(facts.f_frsize);
  }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    Descriptor descriptor{
        uninterrupted([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600); })};
    if (!descriptor.valid()) return failed("open", path);
    struct flock range = whole_file();
    if (::fcntl(descriptor.get(), F_OFD_SETLK, &range) == 0)
      return std::make_unique<SystemLock>(std::move(descriptor));
    if (errno != EAGAIN && errno != EACCES) return failed("lock", path);
    return fail_stop("file/locked", "another process holds " + path, "stop the other process");
  }

  Result<bool> locked(const std::string& path) override {
    const Descriptor descriptor{
        uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); })};
    if (!descriptor.valid()) {
      if (errno == ENOENT) return false;
      return failed("open", path);
    }
    struct flock range = whole_file();
    if (::fcntl(descriptor.get(), F_OFD_GETLK, &range) != 0) return failed("examine", path);
    return range.l_type != F_UNLCK;
  }
};

}  // namespace

std::unique_ptr<Files> make_system_files() {
  return std::make_unique<SystemFiles>();
}

}  // namespace cistern
