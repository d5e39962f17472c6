#include "journal/recovery/damage.hpp"

#include "journal/segment/group_reader.hpp"
#include "journal/segment/segment_format.hpp"
#include "journal/segment/segment_scan.hpp"
#include "journal/store_layout.hpp"

#include <algorithm>

namespace cistern::journal {
namespace {

Result<std::unique_ptr<FileView>> view_range(const std::string& store, Sequence segment,
                                             std::uint64_t offset, std::uint64_t size,
                                             Files& files) {
  auto file = files.open(segment_path(store, segment), OpenMode::read);
  if (!file) return fail(file.error());
  return (*file)->view(offset, size);
}

}  // namespace

Result<std::optional<Damage>> examine_group(const std::string& store, const GroupPlace& place,
                                            Files& files) {
  auto view = view_range(store, place.segment, 0, place.offset + place.size, files);
  if (!view) return fail(view.error());
  const std::string_view bytes = (*view)->bytes();
  Damage damage{place.segment,
                place.offset,
                place.size,
                {place.first, place.last, std::string{kDamagedReason}},
                {}};
  if (bytes.size() != place.offset + place.size) return damage;
  bool sound = false;
  const ScanVisitor visitor{.group =
                                [&](ScannedGroup& group) {
                                  sound = group.offset == place.offset && group.size == place.size;
                                  return false;
                                },
                            .damaged =
                                [&](const DamagedRange& range) {
                                  if (range.control) damage.reopened = reopened_by(*range.control);
                                }};
  scan_groups(bytes, place.offset, CheckData::yes, visitor);
  if (sound) return std::nullopt;
  return damage;
}

Status copy_damaged(const std::string& store, const Damage& damage, Files& files) {
  if (damage.size == 0) return {};
  auto view = view_range(store, damage.segment, damage.offset, damage.size, files);
  if (!view) return fail(view.error());
  const std::string name = segment_name(damage.segment) + "-" + std::to_string(damage.offset);
  return keep_damaged(store, name, (*view)->bytes(), files);
}

Status cover_damaged(const std::string& store, const Damage& damage, Files& files) {
  if (damage.size < kFrameHead) return {};
  auto file = files.open(segment_path(store, damage.segment), OpenMode::write_existing);
  if (!file) return fail(file.error());
  // Behind the end there is nothing to cover: the range was cut off with the torn tail.
  auto present = (*file)->size();
  if (!present) return fail(present.error());
  if (*present < damage.offset + damage.size) return {};
  std::string frame;
  append_frame(frame, kMissingMagic, std::string(damage.size - kFrameHead, '\0'));
  if (auto status = (*file)->write_at(damage.offset, frame); !status) return status;
  return (*file)->sync();
}

}  // namespace cistern::journal
