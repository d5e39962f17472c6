#include "journal/identity/identity_replay.hpp"

#include "journal/segment/segment_scan.hpp"
#include "journal/store_layout.hpp"

#include <algorithm>
#include <limits>

namespace cistern::journal {
namespace {

constexpr Sequence kBehindAll = std::numeric_limits<Sequence>::max();

Result<std::optional<GroupControl>> control_of(const std::string& store, const GroupPlace& place,
                                               Files& files) {
  auto file = files.open(segment_path(store, place.segment), OpenMode::read);
  if (!file) return fail(file.error());
  auto bytes = (*file)->read_at(place.offset + place.data, place.size - place.data);
  if (!bytes) return fail(bytes.error());
  if (bytes->size() <= kFrameHead) return std::nullopt;
  const auto json = unseal(std::string_view{*bytes}.substr(kFrameHead));
  if (!json) return std::nullopt;
  auto control = decode_control(*json);
  if (!control) return std::nullopt;
  return std::move(*control);
}

void insert_remembered(const Group& group, const GroupControl& control, IdentitySet& identities) {
  for (const auto& [from, to] : control.remember) {
    for (Sequence sequence = std::max(from, group.first); sequence <= std::min(to, group.last);
         ++sequence) {
      const Envelope& envelope = group.envelopes[sequence - group.first];
      const auto identity = identity_from_hex(envelope.id);
      if (!identity) continue;
      identities.insert(*identity, control.store_time);
    }
  }
}

/// What lies between two files is inserted when nothing before the second one is left.
Status close_gap(Sequence next_place, IdentitySet& identities) {
  const Sequence again = identities.covered_again_at();
  if (again == 0 || next_place < again) return {};
  return identities.seal(again - 1);
}

}  // namespace

Status replay_identities(const std::string& store, Files& files, Index& index, TimePoint since,
                         IdentitySet& identities) {
  auto places = index.remembering(identities.covered_through(), since);
  if (!places) return fail(places.error());
  GroupSource source{store, files, index, nullptr, {}};
  for (const GroupPlace& place : *places) {
    if (auto status = close_gap(place.first, identities); !status) return status;
    if (place.last <= identities.covered_through()) continue;
    auto control = control_of(store, place, files);
    if (!control) return fail(control.error());
    auto group = source.load(place);
    if (!group) return fail(group.error());
    if (!*control || *group == nullptr) continue;
    insert_remembered(**group, **control, identities);
    if (!identities.wants_seal()) continue;
    if (auto status = identities.seal(place.last); !status) return status;
  }
  return close_gap(kBehindAll, identities);
}

Result<std::unique_ptr<IdentitySet>> recover_identities(const std::string& store, Files& files,
                                                        Index& index, IdentitySetOptions options,
                                                        const std::vector<Damage>& damaged,
                                                        Log& log) {
  options.directory = identity_directory(store);
  auto mark = index.mark();
  if (!mark) return fail(mark.error());
  auto identities = open_identity_set(options, files);
  if (!identities) return fail(identities.error());
  std::vector<Hole> lost{{mark->last + 1, kBehindAll, {}}};
  for (const Damage& damage : damaged)
    lost.push_back(damage.hole);
  const Sequence covered = (*identities)->covered_through();
  for (const Hole& hole : lost) {
    if (hole.from == 0 || hole.to < hole.from) continue;
    if (auto status = (*identities)->forget(hole.from, hole.to); !status) {
      return fail(status.error());
    }
  }
  if ((*identities)->covered_through() < covered) {
    log.warning("journal",
                "the log lost events that the identity files know; what they still share with the "
                "log is read again, so that lost events are taken when the vendor still has them");
  }
  const TimePoint since = mark->store_time - options.window;
  if (auto status = replay_identities(store, files, index, since, **identities); !status) {
    return fail(status.error());
  }
  return identities;
}

}  // namespace cistern::journal
