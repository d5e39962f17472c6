#include "journal/identity/identity_set.hpp"

#include "journal/identity/identity_bytes.hpp"
#include "journal/identity/identity_coverage.hpp"
#include "journal/identity/identity_file.hpp"
#include "journal/identity/identity_merge.hpp"
#include "journal/identity/identity_table.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace cistern::journal {
namespace {

constexpr std::string_view kDamagedSuffix = ".damaged";
constexpr std::string_view kTemporarySuffix = ".tmp";
// About 8 MB written and synced: the writer thread, which commits events, waits no longer.
constexpr std::uint64_t kMergeStep = 500'000;
constexpr Duration kLongestActive = std::chrono::hours{24};
constexpr std::size_t kLookedUpAtOnce = 16;

bool by_range(const std::shared_ptr<IdentityFile>& a, const std::shared_ptr<IdentityFile>& b) {
  const CoveredRange left = a->header().range;
  const CoveredRange right = b->header().range;
  return left.first != right.first ? left.first < right.first : left.last < right.last;
}

/// Only these say that the bytes are lost; anything else (permissions, too many open files) must
/// not cost a sound file its name.
bool means_damage(const Failure& failure) {
  return failure.code == "journal/identities-damaged" || failure.code == "file/io";
}

class FileIdentitySet final : public IdentitySet {
 public:
  FileIdentitySet(IdentitySetOptions options, Files& files)
      : options_(std::move(options)), files_(files) {}

  Status open();
  [[nodiscard]] Sequence covered_through() const override { return covered_; }
  Result<bool> contains(const Identity& identity) override;
  void insert(const Identity& identity, TimePoint arrival) override {
    table_.insert(identity, arrival);
  }
  [[nodiscard]] bool wants_seal() const override;
  Status seal(Sequence through) override;
  Status forget(Sequence first, Sequence last) override;
  [[nodiscard]] Sequence covered_again_at() const override;
  Status maintain(TimePoint now) override;
  [[nodiscard]] std::uint64_t size() const override;
  [[nodiscard]] std::uint64_t memory_bytes() const override;

 private:
  using FilePointer = std::shared_ptr<IdentityFile>;

  [[nodiscard]] std::string path_of(const std::string& name) const {
    return options_.directory + "/" + name;
  }
  Status open_file(const std::string& name, CoveredRange range);
  Status remove_replaced();
  Status remove_covered_damage();
  Status set_aside(const FilePointer& file);
  Status rename_damaged(const std::string& name, CoveredRange range);
  Status publish(const std::string& temporary, CoveredRange range);
  Status write_table(const std::string& temporary, CoveredRange range);
  Status finish_merge();
  Status start_merge(TimePoint now);
  Status remove_expired(TimePoint now);
  void add_damaged(CoveredRange range);
  void drop_merge();
  void refresh();

  IdentitySetOptions options_;
  Files& files_;
  IdentityTable table_;
  std::vector<FilePointer> sealed_;    ///< In sequence order.
  std::vector<CoveredRange> damaged_;  ///< Of files named *.damaged.
  std::unique_ptr<IdentityMerge> merge_;
  Sequence covered_ = 0;
  std::uint64_t last_serial_ = 0;
  TimePoint now_{};  ///< Of the last maintain().
};

Status FileIdentitySet::open() {
  if (const auto made = files_.make_directory(options_.directory); !made) return made;
  const auto names = files_.list(options_.directory);
  if (!names) return fail(names.error());
  for (const std::string& name : *names) {
    if (name.ends_with(kTemporarySuffix)) {
      if (const auto removed = files_.remove(path_of(name)); !removed) return removed;
    } else if (const auto lost = parse_identity_file_name(name, kDamagedSuffix)) {
      add_damaged(*lost);
    } else if (const auto range = parse_identity_file_name(name, "")) {
      if (const auto opened = open_file(name, *range); !opened) return opened;
    }
  }
  refresh();
  if (const auto removed = remove_replaced(); !removed) return removed;
  return remove_covered_damage();
}

Status FileIdentitySet::open_file(const std::string& name, CoveredRange range) {
  auto file = IdentityFile::open(files_, path_of(name), range);
  if (file) {
    last_serial_ = std::max(last_serial_, (*file)->header().serial);
    sealed_.push_back(std::move(*file));
    return {};
  }
  return means_damage(file.error()) ? rename_damaged(name, range) : fail(file.error());
}

Status FileIdentitySet::remove_replaced() {
  std::vector<std::uint64_t> replaced;
  for (const FilePointer& file : sealed_) {
    const auto& serials = file->header().replaces;
    replaced.insert(replaced.end(), serials.begin(), serials.end());
  }
  const auto is_replaced = [&](const FilePointer& file) {
    return std::find(replaced.begin(), replaced.end(), file->header().serial) != replaced.end();
  };
  std::vector<FilePointer> kept;
  bool removed_some = false;
  for (const FilePointer& file : sealed_) {
    if (!is_replaced(file)) {
      kept.push_back(file);
      continue;
    }
    if (const auto removed = files_.remove(file->path()); !removed) return removed;
    removed_some = true;
  }
  sealed_ = std::move(kept);
  refresh();
  return removed_some ? files_.sync_directory(options_.directory) : Status{};
}

Status FileIdentitySet::remove_covered_damage() {
  std::vector<CoveredRange> kept;
  for (const CoveredRange& lost : damaged_) {
    if (sealed_.empty() || lost.first < sealed_.front()->header().range.first ||
        lost.last > covered_) {
      kept.push_back(lost);
      continue;
    }
    const std::string name = identity_file_name(lost) + std::string{kDamagedSuffix};
    if (const auto removed = files_.remove(path_of(name)); !removed) return removed;
  }
  damaged_ = std::move(kept);
  return {};
}

Result<bool> FileIdentitySet::contains(const Identity& identity) {
  if (identity_is_zero(identity)) return false;
  table_.prefetch(identity);
  std::array<FilterKey, kLookedUpAtOnce> keys;
  // Newest files first: a vendor repeats a record soon. Each step asks for the memory of the next
  // one in all files, so that the waits for memory overlap.
  for (std::size_t end = sealed_.size(); end > 0;) {
    const std::size_t begin = end > kLookedUpAtOnce ? end - kLookedUpAtOnce : 0;
    for (std::size_t i = begin; i < end; ++i) {
      keys[i - begin] = filter_key(identity, sealed_[i]->header().blocks);
      sealed_[i]->filter().prefetch_start(keys[i - begin]);
    }
    if (end == sealed_.size() && table_.contains(identity)) return true;
    for (std::size_t i = begin; i < end; ++i) {
      sealed_[i]->filter().prefetch_block(keys[i - begin]);
    }
    for (std::size_t i = end; i-- > begin;) {
      switch (sealed_[i]->contains(identity, keys[i - begin])) {
        case IdentityFile::Answer::present:
          return true;
        case IdentityFile::Answer::absent:
          break;
        case IdentityFile::Answer::damaged: {
          const FilePointer lost = sealed_[i];
          if (const auto aside = set_aside(lost); !aside) return fail(aside.error());
          return fail(damaged_page(lost->path()));
        }
      }
    }
    end = begin;
  }
  return sealed_.empty() && table_.contains(identity);
}

bool FileIdentitySet::wants_seal() const {
  return table_.size() >= options_.active_limit ||
         (table_.size() > 0 && now_ - table_.oldest() > kLongestActive);
}

Status FileIdentitySet::seal(Sequence through) {
  const CoveredRange range{.first = covered_ + 1, .last = through};
  if (range.last < range.first) {
    if (table_.size() == 0) return {};
    return fail_stop("journal/misuse",
                     "identities are to be sealed through sequence " + std::to_string(through) +
                         ", but " + std::to_string(covered_) + " is covered already",
                     "report this as a bug of cistern");
  }
  const std::string temporary = path_of("seal" + std::string{kTemporarySuffix});
  if (const auto written = write_table(temporary, range); !written) {
    // The disk may be full: what this attempt took must not keep the next one from succeeding.
    static_cast<void>(files_.remove(temporary));
    return written;
  }
  if (const auto published = publish(temporary, range); !published) return published;
  table_.clear();
  return remove_covered_damage();
}

Status FileIdentitySet::write_table(const std::string& temporary, CoveredRange range) {
  IdentityHeader header;
  header.serial = ++last_serial_;
  header.range = range;
  header.oldest = table_.oldest();
  header.newest = table_.newest();
  if (table_.size() == 0) {
    header.newest = sealed_.empty() ? now_ : std::max(now_, sealed_.back()->header().newest);
    header.oldest = header.newest;
  }
  auto writer = IdentityFileWriter::create(files_, temporary, table_.size());
  if (!writer) return fail(writer.error());
  for (const Identity& identity : table_.sorted()) {
    if (const auto added = writer->add(identity); !added) return added;
  }
  return writer->finish(std::move(header));
}

Status FileIdentitySet::publish(const std::string& temporary, CoveredRange range) {
  const std::string path = path_of(identity_file_name(range));
  if (const auto renamed = files_.rename(temporary, path); !renamed) return renamed;
  if (const auto synced = files_.sync_directory(options_.directory); !synced) return synced;
  auto file = IdentityFile::open(files_, path, range);
  if (!file) return fail(file.error());
  std::erase_if(sealed_, [&](const FilePointer& old) { return old->path() == path; });
  sealed_.push_back(std::move(*file));
  refresh();
  return {};
}

Status FileIdentitySet::forget(Sequence first, Sequence last) {
  if (last > covered_) table_.clear();
  const std::vector<FilePointer> files = sealed_;
  for (const FilePointer& file : files) {
    const CoveredRange range = file->header().range;
    if (range.last < first || range.first > last) continue;
    if (const auto aside = set_aside(file); !aside) return aside;
  }
  return {};
}

Sequence FileIdentitySet::covered_again_at() const {
  for (const FilePointer& file : sealed_) {
    if (file->header().range.first > covered_) return file->header().range.first;
  }
  return 0;
}

Status FileIdentitySet::maintain(TimePoint now) {
  now_ = now;
  if (table_.newest() > now + kClockTolerance) table_.limit_arrivals(now);
  if (!merge_) {
    if (const auto removed = remove_expired(now); !removed) return removed;
    if (const auto started = start_merge(now); !started) return started;
  }
  if (!merge_) return {};
  const auto done = merge_->step(kMergeStep);
  if (done) return *done ? finish_merge() : Status{};
  const FilePointer lost = merge_->damaged();
  drop_merge();
  if (lost) {
    if (const auto aside = set_aside(lost); !aside) return aside;
  }
  return fail(done.error());
}

Status FileIdentitySet::start_merge(TimePoint now) {
  std::vector<MergeCandidate> candidates;
  for (const FilePointer& file : sealed_) {
    candidates.push_back({.count = file->header().count,
                          .newest = file->header().newest,
                          .wants_rewrite = file->wants_rewrite()});
  }
  const auto plan = plan_merge(candidates, now);
  if (!plan) return {};
  IdentityMerge::Inputs inputs(sealed_.begin() + static_cast<std::ptrdiff_t>(plan->begin),
                               sealed_.begin() + static_cast<std::ptrdiff_t>(plan->end));
  auto merge = IdentityMerge::start(files_, path_of("merge" + std::string{kTemporarySuffix}),
                                    std::move(inputs), ++last_serial_, now);
  if (!merge) return fail(merge.error());
  merge_ = std::move(*merge);
  return {};
}

Status FileIdentitySet::finish_merge() {
  const auto merge = std::move(merge_);
  const CoveredRange range = merge->range();
  if (const auto published = publish(merge->temporary(), range); !published) return published;
  // From here on the new file's `replaces` finishes the removal, whatever happens.
  const std::string kept = path_of(identity_file_name(range));
  for (const FilePointer& input : merge->inputs()) {
    std::erase(sealed_, input);
    if (input->path() == kept) continue;
    if (const auto removed = files_.remove(input->path()); !removed) return removed;
  }
  refresh();
  return files_.sync_directory(options_.directory);
}

Status FileIdentitySet::remove_expired(TimePoint now) {
  bool removed_some = false;
  while (sealed_.size() > 1 && sealed_.front()->header().newest < now - options_.window) {
    const Sequence reach = sealed_.front()->header().range.last;
    if (sealed_[1]->header().range.first > reach + 1) break;  // a gap that must stay visible
    if (const auto removed = files_.remove(sealed_.front()->path()); !removed) return removed;
    sealed_.erase(sealed_.begin());
    removed_some = true;
  }
  if (!removed_some) return {};
  refresh();
  return files_.sync_directory(options_.directory);
}

Status FileIdentitySet::set_aside(const FilePointer& file) {
  if (merge_) {
    const auto& inputs = merge_->inputs();
    if (std::find(inputs.begin(), inputs.end(), file) != inputs.end()) drop_merge();
  }
  const FilePointer kept = file;
  std::erase(sealed_, kept);
  const auto renamed =
      rename_damaged(identity_file_name(kept->header().range), kept->header().range);
  refresh();
  return renamed;
}

Status FileIdentitySet::rename_damaged(const std::string& name, CoveredRange range) {
  add_damaged(range);
  const auto renamed = files_.rename(path_of(name), path_of(name + std::string{kDamagedSuffix}));
  return renamed ? files_.sync_directory(options_.directory) : renamed;
}

/// Once each: a file may be damaged whose former self lies aside under the same name.
void FileIdentitySet::add_damaged(CoveredRange range) {
  if (std::find(damaged_.begin(), damaged_.end(), range) == damaged_.end()) {
    damaged_.push_back(range);
  }
}

void FileIdentitySet::drop_merge() {
  if (!merge_) return;
  // A left-over is removed at the next start, and emptied by the next merge.
  static_cast<void>(files_.remove(merge_->temporary()));
  merge_.reset();
}

void FileIdentitySet::refresh() {
  std::sort(sealed_.begin(), sealed_.end(), by_range);
  std::vector<CoveredRange> ranges;
  for (const FilePointer& file : sealed_) {
    ranges.push_back(file->header().range);
  }
  covered_ = covered_by(ranges, damaged_);
}

std::uint64_t FileIdentitySet::size() const {
  std::uint64_t count = table_.size();
  for (const FilePointer& file : sealed_) {
    count += file->header().count;
  }
  return count;
}

std::uint64_t FileIdentitySet::memory_bytes() const {
  std::uint64_t bytes = table_.memory_bytes();
  for (const FilePointer& file : sealed_) {
    bytes += file->memory_bytes();
  }
  return bytes;
}

}  // namespace

Result<std::unique_ptr<IdentitySet>> open_identity_set(IdentitySetOptions options, Files& files) {
  auto set = std::make_unique<FileIdentitySet>(std::move(options), files);
  if (const auto opened = set->open(); !opened) return fail(opened.error());
  return std::unique_ptr<IdentitySet>(std::move(set));
}

Result<std::vector<std::string>> verify_identity_set(const std::string& directory, Files& files) {
  const auto names = files.list(directory);
  if (!names) return fail(names.error());
  std::vector<std::string> problems;
  for (const std::string& name : *names) {
    const auto range = parse_identity_file_name(name, "");
    if (!range) continue;
    const auto file = IdentityFile::open(files, directory + "/" + name, *range);
    std::string problem = file ? (*file)->verify() : file.error().cause;
    if (!problem.empty()) problems.push_back(std::move(problem));
  }
  return problems;
}

}  // namespace cistern::journal
