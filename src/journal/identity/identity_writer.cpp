#include "journal/identity/identity_bytes.hpp"
#include "journal/identity/identity_file.hpp"

#include <libdeflate.h>

namespace cistern::journal {
namespace {

constexpr std::size_t kWriteSize = 256 * kIdentityPage;

}  // namespace

Result<IdentityFileWriter> IdentityFileWriter::create(Files& files, const std::string& path,
                                                      std::uint64_t expected) {
  auto file = files.open(path, OpenMode::create_or_open);
  if (!file) return fail(file.error());
  if (const auto emptied = (*file)->truncate(0); !emptied) return fail(emptied.error());
  return IdentityFileWriter{std::move(*file), expected};
}

Status IdentityFileWriter::add(const Identity& identity) {
  filter_.add(identity);
  buffer_.append(reinterpret_cast<const char*>(identity.bytes.data()), identity.bytes.size());
  ++count_;
  return buffer_.size() >= kWriteSize ? flush() : Status{};
}

Status IdentityFileWriter::sync() {
  return file_->sync();
}

Status IdentityFileWriter::finish(IdentityHeader header) {
  pad();
  if (const auto written = flush(); !written) return written;
  const std::string filter = filter_.finish();
  for (std::size_t at = 0; at < filter.size(); at += kWriteSize) {
    buffer_.assign(filter, at, kWriteSize);
    pad();
    if (const auto written = flush(); !written) return written;
  }
  header.count = count_;
  header.blocks = filter_.blocks();
  header.checksums_crc = libdeflate_crc32(0, checksums_.data(), checksums_.size());
  buffer_ = checksums_;
  pad();
  if (const auto written = file_->write_at(offset_, buffer_); !written) return written;
  if (const auto written = file_->write_at(0, encode_identity_header(header)); !written) {
    return written;
  }
  return file_->sync();
}

Status IdentityFileWriter::flush() {
  if (buffer_.empty()) return {};
  if (const auto written = file_->write_at(offset_, buffer_); !written) return written;
  for (std::size_t at = 0; at < buffer_.size(); at += kIdentityPage) {
    append_little(checksums_, libdeflate_crc32(0, buffer_.data() + at, kIdentityPage));
  }
  offset_ += buffer_.size();
  buffer_.clear();
  return {};
}

void IdentityFileWriter::pad() {
  const std::size_t over = buffer_.size() % kIdentityPage;
  if (over != 0) buffer_.append(kIdentityPage - over, '\0');
}

}  // namespace cistern::journal
