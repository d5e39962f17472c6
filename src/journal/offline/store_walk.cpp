#include "journal/offline/store_walk.hpp"

#include "journal/store_layout.hpp"

#include <optional>

namespace cistern::journal {

Status walk_store(const std::string& store, Files& files, CheckData check,
                  const WalkVisitor& visitor) {
  auto segments = list_segments(store, files);
  if (!segments) return fail(segments.error());
  if (segments->empty()) {
    return fail_stop("journal/not-a-store", store + " holds no journal",
                     "check the path; it is the folder named as store.path");
  }
  bool going = true;
  for (std::size_t i = 0; going && i < segments->size(); ++i) {
    const Sequence segment = (*segments)[i];
    const bool last = i + 1 == segments->size();
    auto view = last ? copy_segment(store, segment, 0, files) : view_segment(store, segment, files);
    if (!view) return fail(view.error());
    const std::string_view bytes = (*view)->bytes();
    const auto header = read_header(bytes);
    visitor.segment(segment, bytes.size(), header);
    std::optional<std::uint64_t> next_group;
    if (!last) {
      auto next = view_segment(store, (*segments)[i + 1], files);
      if (!next) return fail(next.error());
      if (auto found = read_header((*next)->bytes())) next_group = found->header.group;
    }
    const ScanVisitor scan{
        .group =
            [&](ScannedGroup& group) {
              if (next_group && group.control.group > *next_group) return false;
              going = visitor.group(segment, group);
              return going;
            },
        .damaged = [&](const DamagedRange& range) { visitor.damaged(segment, range); }};
    const std::uint64_t from = header ? header->size : groups_behind_damaged_header(bytes);
    const ScanEnd end = scan_groups(bytes, from, check, scan);
    if (going) visitor.end(segment, end, last);
  }
  return {};
}

}  // namespace cistern::journal
