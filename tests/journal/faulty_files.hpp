// Files that fail and forget: a file system in memory whose unsynced bytes, renames and directory
// entries are lost by a crash, and whose calls can be made to fail.
//
// Paths outside the folders given to it go to the real file system, so that SQLite's files and
// locks beside them keep working.
#pragma once

#include "base/files.hpp"
#include "base/random.hpp"

#include <algorithm>
#include <cerrno>
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

class FaultyFiles final : public Files {
 public:
  /// What a call is to do: nothing means that it succeeds. Called with the mutex held.
  using Fault = std::function<std::optional<Failure>(FileCall, const std::string& path)>;

  /// `root`: everything below `root/NAME` of these names lives in memory.
  FaultyFiles(std::string root, std::set<std::string> names)
      : root_(std::move(root)), names_(std::move(names)), real_(make_system_files()) {}

  void set_fault(Fault fault) {
    const std::lock_guard lock{mutex_};
    fault_ = std::move(fault);
  }
  /// Bytes that may still be written; what is above is refused as on a full disk, after as much as
  /// fits was written. Truncating and removing give room back.
  void set_room(std::optional<std::uint64_t> room) {
    const std::lock_guard lock{mutex_};
    room_ = room;
  }
  /// All calls after the given number of further changing calls fail, as if the process had died.
  void die_after(std::uint64_t calls) {
    const std::lock_guard lock{mutex_};
    die_at_ = calls_ + calls;
  }
  [[nodiscard]] std::uint64_t changing_calls() const {
    const std::lock_guard lock{mutex_};
    return calls_;
  }
  /// The machine comes up again. Unsynced bytes are kept up to a random length, or all forgotten;
  /// entries that no directory sync covered are gone, removed ones are back.
  void power_cut(Random& random) {
    const std::lock_guard lock{mutex_};
    entries_ = durable_;
    for (auto& [path, node] : entries_) {
      std::string kept = node->durable;
      if (node->current.size() > kept.size() && random.next() % 2 == 0) {
        const std::uint64_t more = random.next() % (node->current.size() - kept.size() + 1);
        kept += node->current.substr(kept.size(), more);
      }
      node->current = kept;
      node->durable = kept;
    }
    revive();
  }
  /// The process was killed: the system still has everything.
  void killed() {
    const std::lock_guard lock{mutex_};
    revive();
  }
  /// Syncs return success without effect: proves that a test notices a missing sync.
  void forget_syncs(bool forget) {
    const std::lock_guard lock{mutex_};
    forget_syncs_ = forget;
  }
  [[nodiscard]] std::vector<std::string> paths() const {
    const std::lock_guard lock{mutex_};
    std::vector<std::string> paths;
    for (const auto& [path, node] : entries_)
      paths.push_back(path);
    return paths;
  }

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    if (!ours(path)) return real_->open(path, mode);
    const std::lock_guard lock{mutex_};
    if (auto failure = check(FileCall::open, path, false)) return fail(*failure);
    auto found = entries_.find(path);
    const bool creates = mode == OpenMode::create_new || mode == OpenMode::create_or_open;
    if (found == entries_.end() && !creates) return fail(failure_of("file/not-found", path));
    if (found != entries_.end() && mode == OpenMode::create_new) {
      return fail(failure_of("file/exists", path));
    }
    if (found == entries_.end()) {
      found = entries_.emplace(path, std::make_shared<Node>(Node{{}, {}, ++inode_})).first;
    }
    return std::unique_ptr<File>{new MemoryFile(*this, path, found->second)};
  }
  Result<std::vector<std::string>> list(const std::string& directory) override {
    if (!ours(directory)) return real_->list(directory);
    const std::lock_guard lock{mutex_};
    std::vector<std::string> names;
    for (const auto& [path, node] : entries_) {
      if (parent(path) == directory) names.push_back(path.substr(directory.size() + 1));
    }
    return names;
  }
  Result<bool> exists(const std::string& path) override {
    if (!ours(path)) return real_->exists(path);
    const std::lock_guard lock{mutex_};
    return entries_.contains(path) || directories_.contains(path);
  }
  Status make_directory(const std::string& path) override {
    if (!ours(path)) return real_->make_directory(path);
    // The folder itself exists on the disk as well, so that a listing of its parent shows it.
    if (auto status = real_->make_directory(path); !status) return status;
    const std::lock_guard lock{mutex_};
    directories_.insert(path);
    return {};
  }
  Status rename(const std::string& from, const std::string& to) override {
    if (!ours(from)) return real_->rename(from, to);
    const std::lock_guard lock{mutex_};
    if (auto failure = check(FileCall::rename, from, true)) return fail(*failure);
    const auto found = entries_.find(from);
    if (found == entries_.end()) return fail(failure_of("file/not-found", from));
    entries_[to] = found->second;
    entries_.erase(from);
    return {};
  }
  Status remove(const std::string& path) override {
    if (!ours(path)) return real_->remove(path);
    const std::lock_guard lock{mutex_};
    if (auto failure = check(FileCall::remove, path, true)) return fail(*failure);
    const auto found = entries_.find(path);
    if (found == entries_.end()) return fail(failure_of("file/not-found", path));
    if (room_) *room_ += found->second->current.size();
    entries_.erase(found);
    return {};
  }
  Status sync_directory(const std::string& directory) override {
    if (!ours(directory)) return real_->sync_directory(directory);
    const std::lock_guard lock{mutex_};
    if (auto failure = check(FileCall::sync_directory, directory, true)) return fail(*failure);
    if (forget_syncs_) return {};
    std::erase_if(durable_, [&](const auto& entry) { return parent(entry.first) == directory; });
    for (const auto& [path, node] : entries_) {
      if (parent(path) == directory) durable_[path] = node;
    }
    return {};
  }
  Result<std::uint64_t> free_bytes(const std::string& directory) override {
    return real_->free_bytes(ours(directory) ? root_ : directory);
  }

 private:
  struct Node {
    std::string current;
    std::string durable;
    std::uint64_t inode = 0;
  };

  class CopiedView final : public FileView {
   public:
    explicit CopiedView(std::string bytes) : bytes_(std::move(bytes)) {}
    [[nodiscard]] std::string_view bytes() const override { return bytes_; }

   private:
    std::string bytes_;
  };

  class MemoryFile final : public File {
   public:
    MemoryFile(FaultyFiles& files, std::string path, std::shared_ptr<Node> node)
        : files_(files), path_(std::move(path)), node_(std::move(node)) {}

    Status write_at(std::uint64_t offset, std::string_view bytes) override {
      const std::lock_guard lock{files_.mutex_};
      if (auto failure = files_.check(FileCall::write, path_, true)) return fail(*failure);
      const std::uint64_t end = offset + bytes.size();
      const std::uint64_t grows = end > node_->current.size() ? end - node_->current.size() : 0;
      const bool fits = !files_.room_ || *files_.room_ >= grows;
      if (!fits) bytes = bytes.substr(0, bytes.size() - (grows - *files_.room_));
      if (files_.room_) *files_.room_ -= fits ? grows : *files_.room_;
      if (node_->current.size() < offset + bytes.size())
        node_->current.resize(offset + bytes.size());
      node_->current.replace(offset, bytes.size(), bytes);
      if (!fits) return fail(files_.failure_of("file/no-space", path_));
      return {};
    }
    Result<std::string> read_at(std::uint64_t offset, std::size_t size) override {
      const std::lock_guard lock{files_.mutex_};
      if (auto failure = files_.check(FileCall::other, path_, false)) return fail(*failure);
      if (offset >= node_->current.size()) return std::string{};
      return node_->current.substr(offset, size);
    }
    Status sync() override {
      const std::lock_guard lock{files_.mutex_};
      if (auto failure = files_.check(FileCall::sync, path_, true)) return fail(*failure);
      if (!files_.forget_syncs_) node_->durable = node_->current;
      return {};
    }
    Status truncate(std::uint64_t size) override {
      const std::lock_guard lock{files_.mutex_};
      if (auto failure = files_.check(FileCall::truncate, path_, true)) return fail(*failure);
      if (files_.room_ && node_->current.size() > size)
        *files_.room_ += node_->current.size() - size;
      node_->current.resize(size);
      return {};
    }
    Result<std::uint64_t> size() override {
      const std::lock_guard lock{files_.mutex_};
      return node_->current.size();
    }
    Result<std::uint64_t> inode() override { return node_->inode; }
    Result<std::unique_ptr<FileView>> view(std::uint64_t offset, std::uint64_t size) override {
      auto bytes = read_at(offset, size);
      if (!bytes) return fail(bytes.error());
      return std::unique_ptr<FileView>{new CopiedView(std::move(*bytes))};
    }

   private:
    FaultyFiles& files_;
    std::string path_;
    std::shared_ptr<Node> node_;
  };

  static std::string parent(const std::string& path) { return path.substr(0, path.rfind('/')); }

  [[nodiscard]] bool ours(const std::string& path) const {
    if (!path.starts_with(root_ + "/")) return false;
    const std::string rest = path.substr(root_.size() + 1);
    return names_.contains(rest.substr(0, rest.find('/')));
  }
  static Failure failure_of(std::string code, const std::string& path) {
    return {.verdict = Verdict::retry,
            .code = std::move(code),
            .cause = "made to fail: " + path,
            .consequence = {},
            .next_step = "nothing, this is a test"};
  }
  std::optional<Failure> check(FileCall call, const std::string& path, bool changes) {
    if (changes && !dead_ && die_at_ && calls_ >= *die_at_) dead_ = true;
    if (dead_) return failure_of("file/dead", path);
    if (changes) ++calls_;
    return fault_ ? fault_(call, path) : std::nullopt;
  }
  void revive() {
    dead_ = false;
    die_at_.reset();
  }

  const std::string root_;
  const std::set<std::string> names_;
  std::unique_ptr<Files> real_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Node>> entries_;
  std::map<std::string, std::shared_ptr<Node>> durable_;
  std::set<std::string> directories_;
  Fault fault_;
  std::optional<std::uint64_t> room_;
  std::optional<std::uint64_t> die_at_;
  std::uint64_t calls_ = 0;
  std::uint64_t inode_ = 0;
  bool dead_ = false;
  bool forget_syncs_ = false;
};

}  // namespace cistern::test
