// A file system in memory that loses what was not synced, can end the "process" before, within or
// after any operation, and can be full. For tests of everything that promises to survive a crash.
#pragma once

#include "base/files.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cistern::testing {

/// Thrown to end the process; never caught by the code under test.
struct Crashed {};

/// What a crash leaves behind.
enum class Aftermath : std::uint8_t {
  killed,     ///< The process ended, the machine went on: everything done is there.
  power_cut,  ///< Nothing is there that was not synced.
  torn,       ///< Unsynced bytes are there by half, unsynced names as they were last.
};

/// Where the process ends: at the n-th changing operation (from 1; 0: never).
struct CrashPlan {
  enum class Moment : std::uint8_t { before, within, after };
  std::uint64_t at = 0;
  Moment moment = Moment::before;
};

class CrashFiles final : public Files {
 public:
  struct Inode {
    std::uint64_t number = 0;
    std::string now;      ///< What reads return.
    std::string durable;  ///< What survives a power cut.
  };
  using InodePointer = std::shared_ptr<Inode>;

  CrashPlan plan;
  std::uint64_t operations = 0;
  bool syncs_work = true;  ///< False: file syncs do nothing, to prove that tests notice.
  bool directory_syncs_work = true;
  std::uint64_t space = UINT64_MAX;  ///< Bytes that may still be written.
  std::vector<std::string> journal;  ///< Names of the operations, for messages.

  /// After the process ended: what is on the disk when the next one starts.
  void restart(Aftermath aftermath) {
    if (aftermath == Aftermath::power_cut) entries_ = durable_entries_;
    for (auto& [path, inode] : entries_) {
      if (aftermath == Aftermath::power_cut) inode->now = inode->durable;
      if (aftermath == Aftermath::torn) inode->now = torn(*inode);
      inode->durable = inode->now;
    }
    durable_entries_ = entries_;
    plan = {};
  }
  [[nodiscard]] std::map<std::string, std::string> contents() const {
    std::map<std::string, std::string> all;
    for (const auto& [path, inode] : entries_) {
      all[path] = inode->now;
    }
    return all;
  }
  /// A change by somebody else, durable at once.
  void put(const std::string& path, std::string bytes) {
    auto inode = std::make_shared<Inode>();
    inode->number = next_inode_++;
    inode->now = inode->durable = std::move(bytes);
    entries_[path] = durable_entries_[path] = inode;
  }
  std::string* content(const std::string& path) {
    const auto found = entries_.find(path);
    return found == entries_.end() ? nullptr : &found->second->now;
  }
  void move(const std::string& from, const std::string& to) {
    entries_[to] = durable_entries_[to] = entries_.at(from);
    entries_.erase(from);
    durable_entries_.erase(from);
  }

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    const bool there = entries_.count(path) > 0;
    if (there && mode == OpenMode::create_new) return fail_stop("file/exists", path, "");
    if (!there && (mode == OpenMode::read || mode == OpenMode::write_existing)) {
      return fail_stop("file/missing", "cannot open " + path, "");
    }
    if (!there) {
      change("create " + path, [&] {
        auto inode = std::make_shared<Inode>();
        inode->number = next_inode_++;
        entries_[path] = inode;
      });
    }
    return std::unique_ptr<File>(std::make_unique<Handle>(*this, entries_.at(path), path));
  }
  Result<std::vector<std::string>> list(const std::string& directory) override {
    std::vector<std::string> names;
    for (const auto& [path, inode] : entries_) {
      if (parent(path) == directory) names.push_back(path.substr(directory.size() + 1));
    }
    return names;
  }
  Result<bool> exists(const std::string& path) override { return entries_.count(path) > 0; }
  Status make_directory(const std::string&) override { return {}; }
  Status rename(const std::string& from, const std::string& to) override {
    if (entries_.count(from) == 0) return fail_stop("file/missing", "cannot rename " + from, "");
    change("rename " + from + " to " + to, [&] {
      entries_[to] = entries_.at(from);
      entries_.erase(from);
    });
    return {};
  }
  Status remove(const std::string& path) override {
    if (entries_.count(path) == 0) return fail_stop("file/missing", "cannot remove " + path, "");
    change("remove " + path, [&] { entries_.erase(path); });
    return {};
  }
  Status sync_directory(const std::string& directory) override {
    change("sync directory " + directory, [&] {
      if (!directory_syncs_work) return;
      std::erase_if(durable_entries_,
                    [&](const auto& entry) { return parent(entry.first) == directory; });
      for (const auto& entry : entries_) {
        if (parent(entry.first) == directory) durable_entries_.insert(entry);
      }
    });
    return {};
  }
  Result<std::uint64_t> free_bytes(const std::string&) override { return space; }
  Result<std::unique_ptr<FileLock>> lock(const std::string&) override {
    return std::make_unique<FileLock>();
  }
  Result<bool> locked(const std::string&) override { return false; }

 private:
  class View final : public FileView {
   public:
    explicit View(std::string bytes) : bytes_(std::move(bytes)) {}
    [[nodiscard]] std::string_view bytes() const override { return bytes_; }

   private:
    std::string bytes_;
  };

  class Handle final : public File {
   public:
    Handle(CrashFiles& files, InodePointer inode, std::string path)
        : files_(files), inode_(std::move(inode)), path_(std::move(path)) {}
    Status write_at(std::uint64_t offset, std::string_view bytes) override {
      const bool fits = bytes.size() <= files_.space;
      const std::string_view part = fits ? bytes : bytes.substr(0, files_.space);
      files_.change_bytes("write " + path_, part, [&](std::string_view some) {
        if (inode_->now.size() < offset + some.size()) inode_->now.resize(offset + some.size());
        inode_->now.replace(offset, some.size(), some);
      });
      if (files_.space != UINT64_MAX) files_.space -= part.size();
      if (fits) return {};
      return fail_retry("file/no-space", "cannot write " + path_ + ": No space left on device",
                        "free space", std::chrono::seconds{1});
    }
    Result<std::string> read_at(std::uint64_t offset, std::size_t size) override {
      return offset >= inode_->now.size() ? std::string{} : inode_->now.substr(offset, size);
    }
    Status sync() override {
      files_.change("sync " + path_, [&] {
        if (files_.syncs_work) inode_->durable = inode_->now;
      });
      return {};
    }
    Status truncate(std::uint64_t size) override {
      if (size == inode_->now.size()) return {};
      files_.change("truncate " + path_, [&] { inode_->now.resize(size); });
      return {};
    }
    Result<std::uint64_t> size() override { return inode_->now.size(); }
    Result<std::uint64_t> inode() override { return inode_->number; }
    Result<std::unique_ptr<FileView>> view(std::uint64_t offset, std::uint64_t size) override {
      return std::unique_ptr<FileView>(std::make_unique<View>(inode_->now.substr(offset, size)));
    }

   private:
    CrashFiles& files_;
    InodePointer inode_;
    std::string path_;
  };

  static std::string parent(const std::string& path) { return path.substr(0, path.rfind('/')); }

  /// The durable bytes and half of what came since.
  static std::string torn(const Inode& inode) {
    if (inode.now.size() <= inode.durable.size()) return inode.durable;
    if (inode.now.compare(0, inode.durable.size(), inode.durable) != 0) return inode.durable;
    return inode.now.substr(0,
                            inode.durable.size() + (inode.now.size() - inode.durable.size()) / 2);
  }

  template <class Apply>
  void change(std::string name, Apply apply) {
    change_bytes(std::move(name), {}, [&](std::string_view) { apply(); });
  }
  template <class Apply>
  void change_bytes(std::string name, std::string_view bytes, Apply apply) {
    const bool last = ++operations == plan.at;
    journal.push_back(std::move(name));
    if (last && plan.moment == CrashPlan::Moment::before) throw Crashed{};
    if (last && plan.moment == CrashPlan::Moment::within && !bytes.empty()) {
      apply(bytes.substr(0, bytes.size() / 2));
      throw Crashed{};
    }
    apply(bytes);
    if (last) throw Crashed{};
  }

  std::map<std::string, InodePointer> entries_;
  std::map<std::string, InodePointer> durable_entries_;
  std::uint64_t next_inode_ = 100;
};

}  // namespace cistern::testing
