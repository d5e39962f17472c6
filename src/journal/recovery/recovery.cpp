#include "journal/recovery/recovery.hpp"

#include "journal/identity/identity_file.hpp"
#include "journal/store_layout.hpp"
#include "journal/store_lock.hpp"

#include <algorithm>
#include <utility>

namespace cistern::journal {
namespace {

Result<std::uint64_t> size_of_segment(const std::string& store, Sequence first, Files& files) {
  auto file = files.open(segment_path(store, first), OpenMode::read);
  if (!file) return fail(file.error());
  return (*file)->size();
}

/// The newest sound header's store id; empty without one. A newer format is a failure.
Result<std::string> store_id_of(const std::string& store, const std::vector<Sequence>& segments,
                                Files& files) {
  for (auto first = segments.rbegin(); first != segments.rend(); ++first) {
    auto view = view_segment(store, *first, files);
    if (!view) return fail(view.error());
    auto header = read_header((*view)->bytes());
    if (header) return header->header.store;
    if (header.error().code == "journal/version") return fail(header.error());
  }
  return std::string{};
}

/// Whether the index can be continued: it belongs to this log, nothing of the log that it knows is
/// gone, and nothing that it wrote was lost with the machine's memory.
Result<bool> trusted(const std::string& store, const std::vector<Sequence>& segments,
                     const std::string& store_id, const std::string& boot, Index& index,
                     Files& files) {
  auto mark = index.mark();
  if (!mark) return false;
  if (mark->store != store_id || mark->segment == 0) return false;
  if (!mark->clean && (boot.empty() || mark->boot != boot)) return false;
  if (!index.check()) return false;
  auto known = index.segments();
  if (!known) return false;
  for (const SegmentInfo& info : *known) {
    if (!std::binary_search(segments.begin(), segments.end(), info.first)) return false;
    auto size = size_of_segment(store, info.first, files);
    if (!size) return fail(size.error());
    if (*size < info.size) return false;
  }
  const auto is_known = [&](Sequence first) {
    return std::any_of(known->begin(), known->end(),
                       [&](const SegmentInfo& info) { return info.first == first; });
  };
  return std::all_of(segments.begin(), segments.end(), [&](Sequence first) {
    return first > mark->segment || first < mark->removed_before || is_known(first);
  });
}

/// A segment without a readable header and without a single group holds nothing that could be used;
/// it would only stand in the way of a new one of that name.
Status move_empty_wrecks(const std::string& store, std::vector<Sequence>& segments, Files& files,
                         Log& log) {
  std::vector<Sequence> kept;
  for (const Sequence first : segments) {
    auto view = view_segment(store, first, files);
    if (!view) return fail(view.error());
    const std::string_view bytes = (*view)->bytes();
    if (read_header(bytes) || groups_behind_damaged_header(bytes) < bytes.size()) {
      kept.push_back(first);
      continue;
    }
    if (auto status = files.make_directory(damaged_directory(store)); !status) return status;
    const std::string to = damaged_directory(store) + "/" + segment_name(first);
    if (auto status = files.rename(segment_path(store, first), to); !status) return status;
    if (auto status = files.sync_directory(damaged_directory(store)); !status) return status;
    if (auto status = files.sync_directory(journal_directory(store)); !status) return status;
    log.warning("journal", "a segment without a readable header was moved aside",
                {{"segment", segment_name(first)}, {"to", to}});
  }
  segments = std::move(kept);
  return {};
}

Status replay_all(const std::string& store, Files& files, Index& index, const ReplayPlan& plan,
                  ReplayEnd& end) {
  if (auto status = index.begin_bulk(); !status) return status;
  auto replayed = replay_log(store, files, index, plan);
  if (auto status = index.end_bulk(); !status) return status;
  if (!replayed) return fail(replayed.error());
  end = std::move(*replayed);
  return {};
}

/// Which sequences were given out, by everything that knows of them beside the log.
struct GivenOut {
  Sequence last = 0;      ///< At least up to here.
  Sequence reserved = 0;  ///< Perhaps up to here.
};

Result<GivenOut> given_out(const std::string& store, const AppliedMark& index,
                           const WitnessFacts& witness, const std::string& boot, Files& files) {
  GivenOut given;
  given.last = std::max(index.last, witness.last);
  auto exists = files.exists(identity_directory(store));
  if (!exists) return fail(exists.error());
  if (*exists) {
    auto names = files.list(identity_directory(store));
    if (!names) return fail(names.error());
    for (const std::string& name : *names) {
      const auto range = parse_identity_file_name(name, "");
      if (range) given.last = std::max(given.last, range->last);
    }
  }
  given.reserved = witness.exact(boot) ? given.last : std::max(given.last, witness.reserved);
  return given;
}

/// What lies between the end of the log and the last sequence that was given out was acknowledged
/// and is gone. The sequences stay unused, because readers may have seen them.
void note_lost_tail(const ReplayEnd& end, const GivenOut& given, Recovered& recovered) {
  if (given.last <= end.last) return;
  recovered.damaged.push_back({end.segment,
                               end.valid,
                               end.size - end.valid,
                               {end.last + 1, given.last, "cut off the end of the log"},
                               {}});
  if (given.reserved > given.last) {
    recovered.damaged.push_back({0,
                                 0,
                                 0,
                                 {given.last + 1, given.reserved,
                                  "perhaps given out before the end of the log was cut off"},
                                 {}});
  }
  recovered.last = given.reserved;
}

void finish(const ReplayEnd& end, std::uint64_t group, const GivenOut& given,
            Recovered& recovered) {
  recovered.damaged = end.damaged;
  recovered.last = end.last;
  recovered.group = std::max(end.group, group);
  recovered.append_segment = end.segment;
  recovered.append_size = end.valid;
  note_lost_tail(end, given, recovered);
  // A new segment begins with a header that holds the whole state, and behind the lost sequences.
  if (!recovered.damaged.empty() || !end.sound_header) recovered.append_segment = 0;
}

/// Opens the index; when that is impossible begins a new one. `before` is what it knew.
Result<std::unique_ptr<Index>> open_index(const std::string& store, Files& files,
                                          AppliedMark& before) {
  const std::string path = index_path(store);
  if (auto file = files.open(path, OpenMode::create_or_open); !file) return fail(file.error());
  auto index = Index::open(path, DatabaseMode::write, files);
  if (index) {
    if (auto mark = (*index)->mark()) before = *mark;
    return index;
  }
  if (auto status = remove_database(path, files); !status) return fail(status.error());
  if (auto file = files.open(path, OpenMode::create_or_open); !file) return fail(file.error());
  return Index::open(path, DatabaseMode::write, files);
}

/// Writes what stands there once more, from the offset on, and syncs it.
Status write_again(const std::string& path, std::uint64_t from, Files& files) {
  constexpr std::size_t kPiece = 1U << 20;
  auto file = files.open(path, OpenMode::write_existing);
  if (!file) return fail(file.error());
  auto size = (*file)->size();
  if (!size) return fail(size.error());
  for (std::uint64_t at = from; at < *size;) {
    const auto most = std::min<std::uint64_t>(kPiece, *size - at);
    const auto bytes = (*file)->read_at(at, static_cast<std::size_t>(most));
    if (!bytes) return fail(bytes.error());
    if (bytes->empty()) break;
    // A disk that takes nothing has not lost what it holds: the sync below decides.
    if (!(*file)->write_at(at, *bytes)) break;
    at += bytes->size();
  }
  return (*file)->sync();
}

/// A killed process may have left groups that are only in the machine's memory. Before anything is
/// derived from them they must be durable: an index that knows a group which a power cut then takes
/// away would tell of a loss that nobody suffered. A sync alone does not do it: behind a failed one
/// the system calls the pages clean and still shows them, so what the index does not know, which is
/// what no sync has confirmed, is written again.
Status make_tail_durable(const std::string& store, const std::vector<Sequence>& segments,
                         const AppliedMark& known, Files& files) {
  // Without an index: a group whose sync failed stands at the end of a segment, and begins the
  // next.
  const std::size_t last_two = segments.size() - std::min<std::size_t>(segments.size(), 2);
  for (std::size_t i = last_two; i < segments.size(); ++i) {
    if (segments[i] < known.segment) continue;
    const std::uint64_t from = segments[i] == known.segment ? known.offset : 0;
    if (auto status = write_again(segment_path(store, segments[i]), from, files); !status)
      return status;
  }
  // The name of a segment that was begun last may not be durable either.
  if (segments.empty()) return {};
  return files.sync_directory(journal_directory(store));
}

Result<ReplayEnd> continue_index(const std::string& store, Files& files, Index& index,
                                 const std::vector<Sequence>& segments, const AppliedMark& mark,
                                 Sequence acknowledged, bool beside_writer) {
  ReplayPlan plan{.segments = segments,
                  .from_segment = mark.segment,
                  .from_offset = mark.offset,
                  .acknowledged = acknowledged,
                  .last = mark.last,
                  .group = mark.group,
                  .beside_writer = beside_writer};
  ReplayEnd end;
  if (auto status = replay_all(store, files, index, plan, end); !status) {
    return fail(status.error());
  }
  return end;
}

}  // namespace

std::string boot_id(Files& files) {
  auto file = files.open("/proc/sys/kernel/random/boot_id", OpenMode::read);
  if (!file) return {};
  auto text = (*file)->read_at(0, 64);
  if (!text) return {};
  std::erase_if(*text, [](char c) { return c == '\n' || c == ' '; });
  return *text;
}

Result<Recovered> recover_store(const std::string& store, Files& files, Random& random, Log& log) {
  Recovered recovered;
  if (auto left = files.exists(new_segment_path(store)); left && *left) {
    if (auto status = files.remove(new_segment_path(store)); !status) return fail(status.error());
  }
  auto segments = list_segments(store, files);
  if (!segments) return fail(segments.error());
  auto store_id = store_id_of(store, *segments, files);
  if (!store_id) return fail(store_id.error());
  AppliedMark before;
  auto index = open_index(store, files, before);
  if (!index) return fail(index.error());
  recovered.index = std::move(*index);
  if (!store_id->empty() && before.store != *store_id) before = {};
  if (auto status = make_tail_durable(store, *segments, before, files); !status) {
    return fail(status.error());
  }
  recovered.store_id = store_id->empty() ? before.store : *store_id;
  if (recovered.store_id.empty()) recovered.store_id = random_uuid(random);

  const std::string boot = boot_id(files);
  recovered.witness = read_witness(store, files);
  if (recovered.witness.store != recovered.store_id) recovered.witness = {};
  auto given = given_out(store, before, recovered.witness, boot, files);
  if (!given) return fail(given.error());
  auto usable = trusted(store, *segments, *store_id, boot, *recovered.index, files);
  if (!usable) return fail(usable.error());
  ReplayEnd end;
  if (*usable) {
    auto continued =
        continue_index(store, files, *recovered.index, *segments, before, given->last, false);
    if (!continued) return fail(continued.error());
    end = std::move(*continued);
  } else {
    if (!segments->empty()) {
      log.info("journal", "rebuilding the index of the store from its segments",
               {{"segments", static_cast<std::uint64_t>(segments->size())}});
    }
    if (auto status = move_empty_wrecks(store, *segments, files, log); !status) {
      return fail(status.error());
    }
    if (auto status = recovered.index->recreate(files); !status) return fail(status.error());
    ReplayPlan plan{.segments = *segments, .acknowledged = given->last};
    if (auto status = replay_all(store, files, *recovered.index, plan, end); !status) {
      return fail(status.error());
    }
  }
  finish(end, before.group, *given, recovered);
  recovered.witness.store = recovered.store_id;
  recovered.witness.boot = boot;
  recovered.witness.last = recovered.last;
  if (auto status = recovered.index->set_open(recovered.store_id, boot); !status) {
    return fail(status.error());
  }
  return recovered;
}

Result<Recovered> read_store(const std::string& store, Files& files) {
  Recovered recovered;
  auto segments = list_segments(store, files);
  if (!segments) return fail(segments.error());
  auto store_id = store_id_of(store, *segments, files);
  if (!store_id) return fail(store_id.error());
  recovered.store_id = *store_id;
  auto index = Index::open({}, DatabaseMode::memory, files);
  if (!index) return fail(index.error());
  recovered.index = std::move(*index);
  ReplayEnd end;
  const ReplayPlan plan{.segments = *segments, .beside_writer = true};
  if (auto status = replay_all(store, files, *recovered.index, plan, end); !status) {
    return fail(status.error());
  }
  finish(end, 0, {}, recovered);
  return recovered;
}

Result<Recovered> read_on(const std::string& store, Files& files, std::unique_ptr<Index> index) {
  Recovered recovered;
  auto mark = index->mark();
  if (!mark) return fail(mark.error());
  recovered.store_id = mark->store;
  recovered.index = std::move(index);
  auto segments = list_segments(store, files);
  if (!segments) return fail(segments.error());
  auto written = is_written(store, files);
  if (!written) return fail(written.error());
  if (*written || segments->empty()) return recovered;
  auto size = size_of_segment(store, segments->back(), files);
  if (!size) return fail(size.error());
  if (mark->segment == segments->back() && mark->offset == *size) return recovered;
  auto copy = Index::copy(*recovered.index, files);
  if (!copy) return fail(copy.error());
  recovered.index = std::move(*copy);
  auto end = continue_index(store, files, *recovered.index, *segments, *mark, mark->last, true);
  if (!end) return fail(end.error());
  finish(*end, mark->group, {}, recovered);
  return recovered;
}

Result<std::vector<Damage>> rebuild_index(const std::string& store, Files& files, Index& index) {
  auto segments = list_segments(store, files);
  if (!segments) return fail(segments.error());
  const auto alone = index.exclusive();
  auto before = index.mark();
  if (!before) return fail(before.error());
  if (auto status = index.recreate(files); !status) return fail(status.error());
  ReplayEnd end;
  const ReplayPlan plan{.segments = *segments, .acknowledged = before->last};
  if (auto status = replay_all(store, files, index, plan, end); !status) {
    return fail(status.error());
  }
  if (auto status = index.set_open(before->store, before->boot); !status) {
    return fail(status.error());
  }
  return std::move(end.damaged);
}

}  // namespace cistern::journal
