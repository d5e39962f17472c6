#include "journal/identity_replay.hpp"

#include "journal/segment_scan.hpp"
#include "journal/store_layout.hpp"

namespace cistern::journal {
namespace {

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
      identities.insert(*identity, parse_time(envelope.received).value_or(control.received_to));
    }
  }
}

Status remove_identity_files(const std::string& store, Files& files) {
  const std::string directory = identity_directory(store);
  auto exists = files.exists(directory);
  if (!exists) return fail(exists.error());
  if (!*exists) return {};
  auto names = files.list(directory);
  if (!names) return fail(names.error());
  for (const std::string& name : *names) {
    if (auto status = files.remove(directory + "/" + name); !status) return status;
  }
  return files.sync_directory(directory);
}

}  // namespace

Status replay_identities(const std::string& store, Files& files, Index& index, GroupSource& source,
                         TimePoint since, IdentitySet& identities) {
  auto places = index.remembering(identities.covered_through(), since);
  if (!places) return fail(places.error());
  for (const GroupPlace& place : *places) {
    auto control = control_of(store, place, files);
    if (!control) return fail(control.error());
    auto group = source.load(place);
    if (!group) return fail(group.error());
    if (!*control || *group == nullptr) continue;
    insert_remembered(**group, **control, identities);
    if (!identities.wants_seal()) continue;
    if (auto status = identities.seal(place.last); !status) return status;
  }
  return {};
}

Result<std::unique_ptr<IdentitySet>> recover_identities(const std::string& store, Files& files,
                                                        Index& index, Duration window,
                                                        TimePoint now, bool ahead, Log& log) {
  const IdentitySetOptions options{.directory = identity_directory(store), .window = window};
  auto mark = index.mark();
  if (!mark) return fail(mark.error());
  if (!ahead) {
    auto identities = open_identity_set(options, files);
    if (!identities) return fail(identities.error());
    if ((*identities)->covered_through() <= mark->last) {
      GroupSource source{store, files, index, nullptr, {}};
      if (auto status = replay_identities(store, files, index, source, now - window, **identities);
          !status) {
        return fail(status.error());
      }
      return identities;
    }
  }
  log.warning("journal",
              "the log lost events that the identity files know; they are made anew from the log, "
              "so that lost events are taken again when the vendor still has them");
  if (auto status = remove_identity_files(store, files); !status) return fail(status.error());
  auto identities = open_identity_set(options, files);
  if (!identities) return fail(identities.error());
  GroupSource source{store, files, index, nullptr, {}};
  if (auto status = replay_identities(store, files, index, source, now - window, **identities);
      !status) {
    return fail(status.error());
  }
  return identities;
}

}  // namespace cistern::journal
