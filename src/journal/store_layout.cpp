#include "journal/store_layout.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace cistern::journal {
namespace {

constexpr std::string_view kSuffix = ".ndjson.zst";
constexpr std::size_t kDigits = 20;

/// Names that may stand in a folder before a store is made there: mount points have `lost+found`,
/// and other parts of the program may come first.
bool harmless(std::string_view name) {
  static constexpr std::array<std::string_view, 7> kNames{
      "lost+found", "sealed", "lock", "sequences", "control.sock", "damaged", "identities"};
  return name.starts_with('.') || name.starts_with("index.db") ||
         std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

constexpr std::uint64_t kPiece = 4ULL << 20;

/// Pages that nothing is put into take no memory.
class CopiedSegment final : public FileView {
 public:
  explicit CopiedSegment(std::uint64_t size) : bytes_(new char[size]) {}
  /// Returns where the next piece begins.
  std::uint64_t put(std::uint64_t at, std::string_view piece) {
    std::copy(piece.begin(), piece.end(), bytes_.get() + at);
    size_ = at + piece.size();
    return size_;
  }
  [[nodiscard]] std::string_view bytes() const override { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::uint64_t size_ = 0;
};

}  // namespace

std::string segment_name(Sequence first) {
  std::string digits = std::to_string(first);
  return std::string(kDigits - std::min(kDigits, digits.size()), '0') + digits +
         std::string{kSuffix};
}

std::string segment_path(const std::string& store, Sequence first) {
  return journal_directory(store) + "/" + segment_name(first);
}

std::optional<Sequence> segment_from_name(std::string_view name) {
  if (name.size() != kDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  Sequence first = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, first);
  if (error != std::errc{} || end != name.data() + kDigits || first == 0) return std::nullopt;
  if (first > static_cast<Sequence>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  return first;
}

Result<std::vector<Sequence>> list_segments(const std::string& store, Files& files) {
  std::vector<Sequence> segments;
  const std::string directory = journal_directory(store);
  auto exists = files.exists(directory);
  if (!exists) return fail(exists.error());
  if (!*exists) return segments;
  auto names = files.list(directory);
  if (!names) return fail(names.error());
  for (const std::string& name : *names) {
    if (const auto first = segment_from_name(name)) segments.push_back(*first);
  }
  std::sort(segments.begin(), segments.end());
  return segments;
}

Result<std::unique_ptr<FileView>> view_segment(const std::string& store, Sequence first,
                                               Files& files) {
  auto file = files.open(segment_path(store, first), OpenMode::read);
  if (!file) return fail(file.error());
  auto size = (*file)->size();
  if (!size) return fail(size.error());
  return (*file)->view(0, *size);
}

Result<std::unique_ptr<FileView>> copy_segment(const std::string& store, Sequence first,
                                               std::uint64_t from, Files& files) {
  auto file = files.open(segment_path(store, first), OpenMode::read);
  if (!file) return fail(file.error());
  auto size = (*file)->size();
  if (!size) return fail(size.error());
  auto copy = std::make_unique<CopiedSegment>(*size);
  for (std::uint64_t at = std::min(from, *size); at < *size;) {
    auto piece = (*file)->read_at(at, static_cast<std::size_t>(std::min(kPiece, *size - at)));
    if (!piece) return fail(piece.error());
    // Shorter than it was: the tail was cut meanwhile.
    if (piece->empty()) break;
    at = copy->put(at, *piece);
  }
  return std::unique_ptr<FileView>{std::move(copy)};
}

Status prepare_store(const std::string& store, Files& files) {
  auto exists = files.exists(store);
  if (!exists) return fail(exists.error());
  if (*exists) {
    auto names = files.list(store);
    if (!names) return fail(names.error());
    const bool ours = std::find(names->begin(), names->end(), "journal") != names->end();
    const auto foreign = std::find_if(names->begin(), names->end(),
                                      [](const std::string& name) { return !harmless(name); });
    if (!ours && foreign != names->end()) {
      return fail_stop("journal/not-a-store",
                       store + " holds other things (\"" + *foreign + "\") and no journal",
                       "name an empty folder, or one that cistern made, as store.path");
    }
  }
  // The store's own name too may be what a killed start left undurable.
  for (const std::string& directory :
       {store, journal_directory(store), damaged_directory(store), inbox_directory(store)}) {
    if (auto status = files.make_directory(directory); !status) return status;
  }
  return files.sync_directory(store);
}

Status remove_database(const std::string& path, Files& files) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    auto exists = files.exists(path + suffix);
    if (!exists) return fail(exists.error());
    if (!*exists) continue;
    if (auto status = files.remove(path + suffix); !status) return status;
  }
  return {};
}

Status keep_damaged(const std::string& store, const std::string& name, std::string_view bytes,
                    Files& files) {
  const std::string directory = damaged_directory(store);
  if (auto status = files.make_directory(directory); !status) return status;
  auto file = files.open(directory + "/" + name, OpenMode::create_or_open);
  if (!file) return fail(file.error());
  if (auto status = (*file)->truncate(0); !status) return status;
  if (auto status = (*file)->write_at(0, bytes); !status) return status;
  if (auto status = (*file)->sync(); !status) return status;
  return files.sync_directory(directory);
}

}  // namespace cistern::journal
