#include "journal/identity/identity_file.hpp"

#include "journal/identity/identity_bytes.hpp"

#include <algorithm>

#include <libdeflate.h>

namespace cistern::journal {
namespace {

std::uint32_t crc(std::string_view bytes) {
  return libdeflate_crc32(0, bytes.data(), bytes.size());
}

tl::unexpected<Failure> damaged(const std::string& path, std::string_view what) {
  return fail({.verdict = Verdict::stop,
               .code = "journal/identities-damaged",
               .cause = "identity file " + path + " is damaged: " + std::string{what},
               .consequence = "its identities are read from the log again",
               .next_step = "nothing, unless it happens again: then test the disk (smartctl -a)"});
}

}  // namespace

Failure damaged_page(const std::string& path) {
  return {.verdict = Verdict::retry,
          .code = "journal/identities-damaged",
          .cause = "a page of identity file " + path + " fails its check",
          .consequence =
              "the file is set aside as *.damaged and its identities are read from the "
              "log again",
          .next_step = "nothing, unless it happens again: then test the disk (smartctl -a)"};
}

IdentityFile::IdentityFile(std::string path, IdentityHeader header, std::unique_ptr<FileView> view)
    : path_(std::move(path)),
      header_(std::move(header)),
      view_(std::move(view)),
      bytes_(view_->bytes()),
      filter_(bytes_.substr(header_.filter_offset(), header_.filter().size()), header_.filter()),
      checked_(header_.checksums_offset() / kIdentityPage / 64 + 1, 0) {}

Result<std::unique_ptr<IdentityFile>> IdentityFile::open(Files& files, const std::string& path,
                                                         CoveredRange range) {
  const auto file = files.open(path, OpenMode::read);
  if (!file) return fail(file.error());
  const auto size = (*file)->size();
  if (!size) return fail(size.error());
  const auto page = (*file)->read_at(0, kIdentityPage);
  if (!page) return fail(page.error());
  const auto header = decode_identity_header(*page);
  if (!header) return damaged(path, "the header fails its check");
  if (header->range != range) return damaged(path, "the header belongs to another file");
  if (header->file_size() != *size) {
    return damaged(path, "it has " + std::to_string(*size) + " bytes instead of " +
                             std::to_string(header->file_size()));
  }
  auto view = (*file)->view(0, *size);
  if (!view) return fail(view.error());
  if ((*view)->bytes().size() != *size) return damaged(path, "it could not be read to its end");
  const std::uint64_t checksums = (header->checksums_offset() / kIdentityPage - 1) * 4;
  if (crc((*view)->bytes().substr(header->checksums_offset(), checksums)) !=
      header->checksums_crc) {
    return damaged(path, "the checksums fail their own check");
  }
  return std::unique_ptr<IdentityFile>(new IdentityFile(path, *header, std::move(*view)));
}

std::uint64_t IdentityFile::memory_bytes() const {
  return header_.filter().size() + checked_.size() * 8 + sizeof *this;
}

IdentityFile::Answer IdentityFile::contains(const Identity& identity, const FilterKey& key) {
  if (header_.count == 0) return Answer::absent;
  if (filter_damaged_) return search(identity);
  const auto starts = FilterView::start_range(key);
  if (!sound(header_.filter_offset() + starts.offset, starts.size)) {
    filter_damaged_ = true;
    return search(identity);
  }
  const auto block = filter_.block_range(key);
  if (block.size == 0 || !sound(header_.filter_offset() + block.offset, block.size)) {
    filter_damaged_ = true;
    return search(identity);
  }
  return compare_run(identity, key, filter_.run(key));
}

IdentityFile::Answer IdentityFile::compare_run(const Identity& identity, const FilterKey& key,
                                               const FilterRun& run) {
  for (std::uint64_t i = 0; i < run.count; ++i) {
    if (!filter_.matches(run, i, key.remainder)) continue;
    const auto candidate = at(run.first + i);
    if (!candidate) return Answer::damaged;
    if (identity_equal(*candidate, identity)) return Answer::present;
  }
  return Answer::absent;
}

IdentityFile::Answer IdentityFile::search(const Identity& identity) {
  std::uint64_t low = 0;
  std::uint64_t high = header_.count;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const auto candidate = at(middle);
    if (!candidate) return Answer::damaged;
    if (identity_equal(*candidate, identity)) return Answer::present;
    if (identity_less(*candidate, identity)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return Answer::absent;
}

std::optional<Identity> IdentityFile::at(std::uint64_t index) {
  const std::uint64_t offset = kIdentityPage + index * 16;
  if (!sound(offset, 16)) return std::nullopt;
  return identity_at(bytes_, offset);
}

std::string IdentityFile::verify() {
  const std::uint64_t pages = header_.checksums_offset() / kIdentityPage;
  for (std::uint64_t page = 1; page < pages; ++page) {
    if (!check_page(page)) {
      return path_ + ": the page at byte " + std::to_string(page * kIdentityPage) +
             " fails its check";
    }
  }
  for (std::uint64_t i = 1; i < header_.count; ++i) {
    if (!identity_less(*at(i - 1), *at(i))) {
      return path_ + ": identity " + std::to_string(i) + " is out of order";
    }
  }
  return {};
}

bool IdentityFile::sound(std::uint64_t offset, std::uint64_t size) {
  const std::uint64_t last = (offset + size - 1) / kIdentityPage;
  for (std::uint64_t page = offset / kIdentityPage; page <= last; ++page) {
    if ((checked_[page / 64] >> (page % 64) & 1) == 0 && !check_page(page)) return false;
  }
  return true;
}

bool IdentityFile::check_page(std::uint64_t page) {
  const std::uint64_t slot = header_.checksums_offset() + (page - 1) * 4;
  if (crc(bytes_.substr(page * kIdentityPage, kIdentityPage)) !=
      read_little<std::uint32_t>(bytes_, slot)) {
    return false;
  }
  checked_[page / 64] |= 1ULL << (page % 64);
  return true;
}

}  // namespace cistern::journal
