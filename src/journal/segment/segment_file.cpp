#include "journal/segment/segment_file.hpp"

#include "journal/store_layout.hpp"

namespace cistern::journal {

Result<std::unique_ptr<SegmentFile>> SegmentFile::create(const std::string& store,
                                                         const SegmentHeader& header,
                                                         Files& files) {
  std::string bytes;
  const std::string json = encode_header(header);
  if (json.size() + kFrameHead > kMaxPayload) {
    return fail_stop("journal/header-too-large",
                     "the positions, cursors and ledger together have " +
                         std::to_string(json.size()) + " bytes, more than a segment's header holds",
                     "remove connectors that are not needed, or report this as a bug");
  }
  append_sealed_frame(bytes, kHeaderMagic, json);
  const std::string temporary = new_segment_path(store);
  auto file = files.open(temporary, OpenMode::create_or_open);
  if (!file) return fail(file.error());
  const auto prepare = [&]() -> Status {
    if (auto status = (*file)->truncate(0); !status) return status;
    if (auto status = (*file)->write_at(0, bytes); !status) return status;
    if (auto status = (*file)->sync(); !status) return status;
    if (auto status = files.rename(temporary, segment_path(store, header.first)); !status) {
      return status;
    }
    return files.sync_directory(journal_directory(store));
  };
  if (auto status = prepare(); !status) {
    static_cast<void>(files.remove(temporary));
    return fail(status.error());
  }
  return std::unique_ptr<SegmentFile>(
      new SegmentFile(std::move(*file), header.first, bytes.size()));
}

Result<std::unique_ptr<SegmentFile>> SegmentFile::open(const std::string& store, Sequence first,
                                                       std::uint64_t size, Files& files) {
  auto file = files.open(segment_path(store, first), OpenMode::write_existing);
  if (!file) return fail(file.error());
  auto present = (*file)->size();
  if (!present) return fail(present.error());
  if (*present > size) {
    if (auto status = (*file)->truncate(size); !status) return fail(status.error());
  }
  return std::unique_ptr<SegmentFile>(new SegmentFile(std::move(*file), first, size));
}

Status SegmentFile::append(std::string_view bytes) {
  if (auto status = file_->write_at(size_, bytes); !status) {
    // Gives the space back, and leaves no half of a group; if even that fails, a new file is safer.
    if (!file_->truncate(size_)) usable_ = false;
    return status;
  }
  if (auto status = file_->sync(); !status) {
    usable_ = false;
    static_cast<void>(file_->truncate(size_));
    return status;
  }
  size_ += bytes.size();
  return {};
}

Status SegmentFile::cover(std::uint64_t offset, std::uint64_t size) {
  std::string frame;
  append_frame(frame, kMissingMagic, std::string(size - kFrameHead, '\0'));
  if (auto status = file_->write_at(offset, frame); !status) return status;
  return file_->sync();
}

}  // namespace cistern::journal
