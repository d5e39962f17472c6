#include "faulty_files.hpp"

#include "faulty_database.hpp"

#include <algorithm>

namespace cistern::test {
namespace {

std::string leaf(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

Failure failure_of(std::string code, const std::string& path) {
  return {.verdict = Verdict::retry,
          .code = std::move(code),
          .cause = "made to fail: " + path,
          .consequence = {},
          .next_step = "nothing, this is a test"};
}

}  // namespace

// ---- one open file ----

class FaultyFiles::MemoryFile final : public File {
 public:
  MemoryFile(FaultyFiles& files, std::string path, std::uint64_t id)
      : files_(files), path_(std::move(path)), id_(id) {}

  Status write_at(std::uint64_t offset, std::string_view bytes) override {
    const std::lock_guard lock{files_.mutex_};
    if (auto failure = files_.begin_change(FileCall::write, path_)) {
      if (failure->code == kShortWrite) take(offset, bytes.substr(0, bytes.size() / 2));
      return fail(*failure);
    }
    const std::uint64_t present = node().current->size();
    const std::uint64_t end = offset + bytes.size();
    const std::uint64_t grows = end > present ? end - present : 0;
    const bool fits = !files_.room_ || *files_.room_ >= grows;
    if (!fits) bytes = bytes.substr(0, bytes.size() - (grows - *files_.room_));
    if (files_.room_) *files_.room_ -= fits ? grows : *files_.room_;
    take(offset, bytes);
    files_.end_change();
    if (!fits) return fail(failure_of("file/no-space", path_));
    return {};
  }
  Result<std::string> read_at(std::uint64_t offset, std::size_t size) override {
    const std::lock_guard lock{files_.mutex_};
    if (files_.fault_) {
      if (auto failure = files_.fault_(FileCall::other, path_)) return fail(*failure);
    }
    if (offset >= node().current->size()) return std::string{};
    return node().current->substr(offset, size);
  }
  Status sync() override {
    const std::lock_guard lock{files_.mutex_};
    auto failure = files_.begin_change(FileCall::sync, path_);
    if (failure) {
      // As the kernel does: pages that could not be written count as clean from then on.
      node().pending.clear();
      return fail(*failure);
    }
    files_.perform(files_.site_of_sync(path_, node()), [id = id_, &files = files_] {
      DiskState::Node& synced = files.state_.nodes[id];
      if (synced.pending.empty()) return;
      std::string& durable = own(synced.durable);
      for (const DiskState::Change& change : synced.pending)
        apply_whole(durable, change);
      synced.pending.clear();
    });
    files_.end_change();
    return {};
  }
  Status truncate(std::uint64_t size) override {
    const std::lock_guard lock{files_.mutex_};
    if (auto failure = files_.begin_change(FileCall::truncate, path_)) return fail(*failure);
    const std::uint64_t present = node().current->size();
    if (files_.room_ && present > size) *files_.room_ += present - size;
    own(node().current).resize(size);
    node().pending.push_back({true, size, nullptr, files_.state_.life});
    files_.end_change();
    return {};
  }
  Result<std::uint64_t> size() override {
    const std::lock_guard lock{files_.mutex_};
    return node().current->size();
  }
  Result<std::uint64_t> inode() override { return id_; }
  Result<std::unique_ptr<FileView>> view(std::uint64_t offset, std::uint64_t size) override {
    class CopiedView final : public FileView {
     public:
      explicit CopiedView(std::string bytes) : bytes_(std::move(bytes)) {}
      [[nodiscard]] std::string_view bytes() const override { return bytes_; }

     private:
      std::string bytes_;
    };
    auto bytes = read_at(offset, size);
    if (!bytes) return fail(bytes.error());
    return std::unique_ptr<FileView>{new CopiedView(std::move(*bytes))};
  }

 private:
  DiskState::Node& node() { return files_.state_.nodes[id_]; }
  void take(std::uint64_t offset, std::string_view bytes) {
    put_bytes(own(node().current), offset, bytes);
    node().pending.push_back(
        {false, offset, std::make_shared<const std::string>(bytes), files_.state_.life});
  }

  FaultyFiles& files_;
  std::string path_;
  std::uint64_t id_;
};

class FaultyFiles::MemoryLock final : public FileLock {
 public:
  MemoryLock(FaultyFiles& files, std::string path) : files_(files), path_(std::move(path)) {}
  ~MemoryLock() override {
    const std::lock_guard lock{files_.mutex_};
    files_.locks_.erase(path_);
  }
  MemoryLock(const MemoryLock&) = delete;
  MemoryLock& operator=(const MemoryLock&) = delete;

 private:
  FaultyFiles& files_;
  std::string path_;
};

// ---- the files ----

FaultyFiles::FaultyFiles(DiskState state)
    : state_(std::move(state)), database_(std::make_unique<FaultyDatabase>(*this)) {}

FaultyFiles::~FaultyFiles() = default;

std::string FaultyFiles::database_vfs() const {
  return database_->name();
}

void FaultyFiles::set_fault(Fault fault) {
  const std::lock_guard lock{mutex_};
  fault_ = std::move(fault);
}

void FaultyFiles::set_room(std::optional<std::uint64_t> room) {
  const std::lock_guard lock{mutex_};
  room_ = room;
}

void FaultyFiles::set_sabotage(Sabotage sabotage) {
  const std::lock_guard lock{mutex_};
  sabotage_ = std::move(sabotage);
}

void FaultyFiles::set_observer(std::function<void(const DiskState&)> observer) {
  const std::lock_guard lock{mutex_};
  observer_ = std::move(observer);
}

std::set<std::string> FaultyFiles::sites() const {
  const std::lock_guard lock{mutex_};
  return sites_;
}

DiskState FaultyFiles::state() const {
  const std::lock_guard lock{mutex_};
  return state_;
}

void FaultyFiles::set_state(DiskState state) {
  const std::lock_guard lock{mutex_};
  state_ = std::move(state);
  delayed_ = nullptr;
  index_syncs_ = 0;
  database_->forget_shared_memory();
}

std::optional<Failure> FaultyFiles::begin_change(FileCall call, const std::string& path) {
  if (state_.since_sabotage > 0) ++state_.since_sabotage;
  if (observer_) observer_(state_);
  return fault_ ? fault_(call, path) : std::nullopt;
}

void FaultyFiles::perform(const std::string& site, std::function<void()> action) {
  sites_.insert(site);
  if (sabotage_.kind == Sabotage::Kind::none || site != sabotage_.site) return action();
  state_.since_sabotage = 1;
  if (sabotage_.kind == Sabotage::Kind::drop) return;
  if (delayed_) delayed_();
  delayed_ = std::move(action);
  delayed_now_ = true;
}

void FaultyFiles::end_change() {
  if (std::exchange(delayed_now_, false) || !delayed_) return;
  std::exchange(delayed_, nullptr)();
}

/// Segments are synced for three reasons, the index at three moments.
std::string FaultyFiles::site_of_sync(const std::string& path, const DiskState::Node& node) {
  const std::string folder = leaf(parent(path));
  if (path.ends_with(".tmp")) return "sync of a new file in " + folder;
  if (leaf(path) == "index.db") return "sync " + std::to_string(++index_syncs_) + " of the index";
  if (folder != "journal") return "sync of " + (folder == "damaged" ? folder : leaf(path));
  for (const DiskState::Change& change : node.pending) {
    if (change.life != state_.life) return "sync of a segment that is continued";
    if (!change.truncates && change.offset < node.durable->size()) return "sync of a cover";
  }
  return "sync of a group";
}

std::string FaultyFiles::site_of_directory(const std::string& directory) const {
  std::string why = "nothing";
  for (const DiskState::NameChange& change : state_.pending_names) {
    if (parent(change.path) != directory) continue;
    why = change.node == 0 ? "a removal" : change.from.empty() ? "a creation" : "a rename";
    if (change.path.ends_with(".damaged")) why = "moving aside";
    if (why == "a rename") break;
  }
  return "sync of folder " + leaf(directory) + " after " + why;
}

Result<std::unique_ptr<File>> FaultyFiles::open(const std::string& path, OpenMode mode) {
  const std::lock_guard lock{mutex_};
  if (path == "/proc/sys/kernel/random/boot_id") {
    DiskState::Node& node = state_.nodes[0];
    node.current = std::make_shared<std::string>("boot-" + std::to_string(state_.boot) + "\n");
    return std::unique_ptr<File>{new MemoryFile(*this, path, 0)};
  }
  const bool creates = mode == OpenMode::create_new || mode == OpenMode::create_or_open;
  auto found = state_.names.find(path);
  const bool there = found != state_.names.end();
  if (!there && !creates) return fail(failure_of("file/not-found", path));
  if (there && mode == OpenMode::create_new) return fail(failure_of("file/exists", path));
  if (there) {
    if (fault_) {
      if (auto failure = fault_(FileCall::open, path)) return fail(*failure);
    }
    return std::unique_ptr<File>{new MemoryFile(*this, path, found->second)};
  }
  if (auto failure = begin_change(FileCall::open, path)) return fail(*failure);
  const std::uint64_t id = ++state_.last_node;
  state_.nodes[id] = {};
  state_.names[path] = id;
  state_.pending_names.push_back({{}, path, id});
  end_change();
  return std::unique_ptr<File>{new MemoryFile(*this, path, id)};
}

Result<std::vector<std::string>> FaultyFiles::list(const std::string& directory) {
  const std::lock_guard lock{mutex_};
  std::vector<std::string> names;
  for (const auto& [path, id] : state_.names) {
    if (parent(path) == directory) names.push_back(leaf(path));
  }
  return names;
}

Result<bool> FaultyFiles::exists(const std::string& path) {
  const std::lock_guard lock{mutex_};
  return state_.names.contains(path);
}

Status FaultyFiles::make_directory(const std::string& path) {
  const std::lock_guard lock{mutex_};
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    const bool last = end == std::string::npos;
    if (!state_.names.contains(part)) {
      if (auto failure = begin_change(FileCall::other, part)) return fail(*failure);
      const std::uint64_t id = ++state_.last_node;
      state_.nodes[id].directory = true;
      state_.names[part] = id;
      state_.pending_names.push_back({{}, part, id});
      end_change();
      if (auto status = sync_parent(part); !status) return status;
    } else if (last && !state_.durable_names.contains(part)) {
      // Left by an attempt that was killed, or whose sync failed.
      if (auto status = sync_parent(part); !status) return status;
    }
    if (last) return {};
  }
}

Status FaultyFiles::sync_parent(const std::string& folder) {
  if (auto failure = begin_change(FileCall::sync_directory, folder)) return fail(*failure);
  perform("sync of the parent of a new folder", [this, folder] {
    state_.durable_names[folder] = state_.names.at(folder);
    std::erase_if(state_.pending_names, [&](const auto& change) { return change.path == folder; });
  });
  end_change();
  return {};
}

Status FaultyFiles::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock{mutex_};
  if (auto failure = begin_change(FileCall::rename, from)) return fail(*failure);
  const auto found = state_.names.find(from);
  if (found == state_.names.end()) return fail(failure_of("file/not-found", from));
  const DiskState::NameChange change{from, to, found->second};
  // What the process sees is right at once; only the disk's order is spoilt.
  apply_name(state_.names, change);
  perform("rename in " + leaf(parent(to)),
          [this, change] { state_.pending_names.push_back(change); });
  end_change();
  return {};
}

Status FaultyFiles::remove(const std::string& path) {
  const std::lock_guard lock{mutex_};
  if (auto failure = begin_change(FileCall::remove, path)) return fail(*failure);
  const auto found = state_.names.find(path);
  if (found == state_.names.end()) return fail(failure_of("file/not-found", path));
  if (room_) *room_ += state_.nodes[found->second].current->size();
  const DiskState::NameChange change{{}, path, 0};
  apply_name(state_.names, change);
  state_.pending_names.push_back(change);
  end_change();
  return {};
}

Status FaultyFiles::sync_directory(const std::string& directory) {
  const std::lock_guard lock{mutex_};
  if (auto failure = begin_change(FileCall::sync_directory, directory)) return fail(*failure);
  perform(site_of_directory(directory), [this, directory] {
    std::erase_if(state_.pending_names, [&](const DiskState::NameChange& change) {
      if (parent(change.path) != directory) return false;
      apply_name(state_.durable_names, change);
      return true;
    });
  });
  end_change();
  return {};
}

Result<std::uint64_t> FaultyFiles::free_bytes(const std::string&) {
  const std::lock_guard lock{mutex_};
  return room_.value_or(1ULL << 40);
}

Result<std::unique_ptr<FileLock>> FaultyFiles::lock(const std::string& path) {
  if (auto file = open(path, OpenMode::create_or_open); !file) return fail(file.error());
  const std::lock_guard lock{mutex_};
  if (!locks_.insert(path).second) return fail(failure_of("file/locked", path));
  return std::make_unique<MemoryLock>(*this, path);
}

Result<bool> FaultyFiles::locked(const std::string& path) {
  const std::lock_guard lock{mutex_};
  return locks_.contains(path);
}

}  // namespace cistern::test
