// Notices that files behind secrets and certificates have changed.
#pragma once

#include "config/loader.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace cistern::config {

/// What tells one state of a file from another without reading it.
struct FileStamp {
  bool exists = false;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified = 0;  ///< Nanoseconds.
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
using FileStamps = std::map<std::string, FileStamp>;

/// Asks the system; symbolic links are followed, so that an exchanged link counts as a change.
FileStamps look_at(const std::set<std::string>& paths);

/// The files whose content is part of a component's values.
std::set<std::string> files_of(const Component& component);

/// Decides from one look after the other which files have changed and stand still since: a file
/// that is being written is reported only when two looks in a row see the same. Pure.
class FileWatch {
 public:
  /// A path that is new is reported once as well: nobody knows whether it changed between being
  /// read and the first look.
  std::vector<std::string> changed(const FileStamps& seen);
  /// What was reported could not be used yet: it is reported again at the next look.
  void again(const std::string& path) { told_.erase(path); }

 private:
  FileStamps last_;
  FileStamps told_;
};

/// A component with its secrets and files as they are now.
struct Refreshed {
  Component component;
  std::vector<std::string> options;  ///< Whose value differs.
};

/// Reads the component's secrets and digests again, those of `paths` only. Fails, naming the file,
/// when one is missing or empty: then it is being written, or was written wrongly, and the
/// component stays as it is.
Result<Refreshed> refresh(const Component& component, const std::set<std::string>& paths,
                          const SecretSources& sources);

}  // namespace cistern::config
