// Names that a peer sends: words of ours about them, never paths of this machine.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::net::ssh {

inline constexpr std::size_t kMaxPushedName = 255;

/// Why this cannot be the name of a pushed file ("it is '.' or '..'"); empty: it can. Names with a
/// slash, NUL or other control bytes are refused whatever they would point at, because every later
/// reader (a log line, a table, a person) would have to be careful with them.
std::string_view name_fault(std::string_view name);

/// The path as the peer sees it, from the root of a tree that exists only in words: "/upload".
/// Relative paths begin at the root; "." and ".." are resolved. Nothing for a path that climbs
/// above the root, holds control bytes, or is longer than 1,024 bytes.
std::optional<std::string> normal_path(std::string_view path);

/// "/a/b" of "/a/b/c"; the root for what lies in it.
std::string_view parent_of(std::string_view normal);
/// "c" of "/a/b/c".
std::string_view last_part_of(std::string_view normal);

/// The folders that peers may push into. There is nothing behind them on this machine: a folder is
/// a word that a file's description carries.
class DropFolders {
 public:
  /// Of normal paths; their parents and the root belong to them.
  explicit DropFolders(const std::vector<std::string>& folders);
  [[nodiscard]] bool holds(std::string_view normal) const;
  /// Names of the folders directly below.
  [[nodiscard]] std::vector<std::string> below(std::string_view normal) const;
  /// All but the root, for messages.
  [[nodiscard]] std::string listed() const;

 private:
  std::vector<std::string> folders_;  ///< Sorted, without repetition.
};

}  // namespace cistern::net::ssh
