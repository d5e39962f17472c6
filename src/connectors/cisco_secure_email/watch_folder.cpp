#include "connectors/cisco_secure_email/watch_folder.hpp"

#include "base/bytes.hpp"
#include "base/file_errors.hpp"
#include "connectors/cisco_secure_email/file_match.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cistern::connectors::cisco_secure_email {
namespace {

constexpr off_t kLastBytes = 128;

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

tl::unexpected<Failure> failed(std::string_view what, const std::string& path) {
  return fail(file_failure(what, path, errno));
}

Descriptor open_folder(const std::string& folder) {
  return Descriptor{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
}

/// A pipe must not hold us up, and a link must not lead elsewhere.
Descriptor open_in(const Descriptor& folder, const std::string& name) {
  return Descriptor{
      ::openat(folder.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
}

WatchedEntry entry_of(std::string name, const struct stat& facts) {
  WatchedEntry entry;
  entry.name = std::move(name);
  entry.regular = S_ISREG(facts.st_mode);
  entry.inode = static_cast<std::uint64_t>(facts.st_ino);
  entry.size = static_cast<std::uint64_t>(facts.st_size);
  entry.modified = static_cast<std::int64_t>(facts.st_mtim.tv_sec) * 1'000'000'000 +
                   static_cast<std::int64_t>(facts.st_mtim.tv_nsec);
  return entry;
}

std::string read_last(const Descriptor& folder, const WatchedEntry& entry) {
  const Descriptor file = open_in(folder, entry.name);
  if (!file.valid()) return {};
  std::string bytes(static_cast<std::size_t>(kLastBytes), '\0');
  const off_t from = std::max<off_t>(0, static_cast<off_t>(entry.size) - kLastBytes);
  const ssize_t got = ::pread(file.get(), bytes.data(), bytes.size(), from);
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

class WatchedSource final : public ByteSource {
 public:
  WatchedSource(Descriptor file, std::string name, std::uint64_t size)
      : file_(std::move(file)), name_(std::move(name)), size_(size) {}

  /// No further than the file reached when it was found stable: what came since waits its turn.
  Result<std::string> read(std::uint64_t offset, std::size_t size) override {
    if (offset >= size_) return std::string{};
    std::string bytes(static_cast<std::size_t>(std::min<std::uint64_t>(size, size_ - offset)),
                      '\0');
    std::size_t filled = 0;
    while (filled < bytes.size()) {
      const ssize_t got = ::pread(file_.get(), bytes.data() + filled, bytes.size() - filled,
                                  static_cast<off_t>(offset + filled));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return failed("read", name_);
      if (got == 0) break;
      filled += static_cast<std::size_t>(got);
    }
    bytes.resize(filled);
    return bytes;
  }

 private:
  Descriptor file_;
  std::string name_;
  std::uint64_t size_;
};

tl::unexpected<Failure> changed(const std::string& name) {
  return fail_retry("cisco_secure_email/watched-changed",
                    excerpt(name, 256) + " in the watched folder has changed", {},
                    std::chrono::seconds{5});
}

}  // namespace

Result<WatchListing> list_watched(const std::string& folder) {
  const Descriptor descriptor = open_folder(folder);
  if (!descriptor.valid()) return failed("open folder", folder);
  const std::unique_ptr<DIR, int (*)(DIR*)> names{::opendir(folder.c_str()), &::closedir};
  if (!names) return failed("list", folder);
  WatchListing listing;
  while (const dirent* const next = ::readdir(names.get())) {
    const std::string name = next->d_name;
    if (name == "." || name == "..") continue;
    if (listing.entries.size() >= kMostWatched) {
      listing.cut = true;
      break;
    }
    struct stat facts {};
    if (::fstatat(descriptor.get(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) continue;
    WatchedEntry entry = entry_of(name, facts);
    if (entry.regular) entry.ends = says_end(read_last(descriptor, entry));
    listing.entries.push_back(std::move(entry));
  }
  std::sort(listing.entries.begin(), listing.entries.end(),
            [](const WatchedEntry& a, const WatchedEntry& b) { return a.name < b.name; });
  return listing;
}

Result<std::unique_ptr<ByteSource>> open_watched(const std::string& folder,
                                                 const WatchedEntry& entry) {
  const Descriptor descriptor = open_folder(folder);
  if (!descriptor.valid()) return failed("open folder", folder);
  Descriptor file = open_in(descriptor, entry.name);
  if (!file.valid()) return failed("open", folder + "/" + entry.name);
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return failed("examine", folder + "/" + entry.name);
  const WatchedEntry now = entry_of(entry.name, facts);
  if (!now.regular || now.inode != entry.inode || now.size < entry.size) return changed(entry.name);
  return std::make_unique<WatchedSource>(std::move(file), folder + "/" + entry.name, entry.size);
}

Status remove_watched(const std::string& folder, const WatchedEntry& entry) {
  const Descriptor descriptor = open_folder(folder);
  if (!descriptor.valid()) return failed("open folder", folder);
  struct stat facts {};
  if (::fstatat(descriptor.get(), entry.name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) return {};
  if (entry_of(entry.name, facts).state() != entry.state()) return changed(entry.name);
  if (::unlinkat(descriptor.get(), entry.name.c_str(), 0) != 0)
    return failed("remove", folder + "/" + entry.name);
  return {};
}

}  // namespace cistern::connectors::cisco_secure_email
