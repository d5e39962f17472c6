// Names of files in a store, and reading segments whole.
#pragma once

#include "base/files.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cistern::journal {

inline std::string journal_directory(const std::string& store) {
  return store + "/journal";
}
inline std::string damaged_directory(const std::string& store) {
  return store + "/damaged";
}
inline std::string identity_directory(const std::string& store) {
  return store + "/identities";
}
inline std::string inbox_directory(const std::string& store) {
  return store + "/inbox";
}
/// Of a file of the inbox; `.tmp` behind it while it is being received.
inline std::string inbox_path(const std::string& store, const std::string& id) {
  return inbox_directory(store) + "/" + id;
}
inline std::string index_path(const std::string& store) {
  return store + "/index.db";
}
inline std::string witness_path(const std::string& store) {
  return store + "/sequences";
}
inline std::string lock_path(const std::string& store) {
  return store + "/lock";
}
inline std::string new_segment_path(const std::string& store) {
  return store + "/journal/new-segment.tmp";
}

/// `00000000000000000042.ndjson.zst`
std::string segment_name(Sequence first);
std::string segment_path(const std::string& store, Sequence first);
/// Nothing for a name that is not a segment's.
std::optional<Sequence> segment_from_name(std::string_view name);

/// First sequences of the segments, in order. None when the folder does not exist.
Result<std::vector<Sequence>> list_segments(const std::string& store, Files& files);

/// A whole segment, mapped.
Result<std::unique_ptr<FileView>> view_segment(const std::string& store, Sequence first,
                                               Files& files);

/// The same as a copy in memory; bytes before `from` are not read and must not be looked at. For
/// who reads beside a writer: it may cut the tail of its newest segment, and whoever touches pages
/// of a mapping that were cut off is killed.
Result<std::unique_ptr<FileView>> copy_segment(const std::string& store, Sequence first,
                                               std::uint64_t from, Files& files);

/// Makes the folder a store's, or explains why it cannot be one ("journal/not-a-store").
Status prepare_store(const std::string& store, Files& files);

/// Removes the index of the store (or another database) with what SQLite keeps beside it.
Status remove_database(const std::string& path, Files& files);

/// Writes the bytes to a new file in `damaged/` and makes it durable. An earlier file of that name
/// is replaced: it holds the same bytes.
Status keep_damaged(const std::string& store, const std::string& name, std::string_view bytes,
                    Files& files);

}  // namespace cistern::journal
