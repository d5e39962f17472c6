// What stands on a disk, what of it is durable, and what a crash makes of it.
#pragma once

#include "base/random.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::test {

/// What a power cut does to bytes and names that were not synced.
enum class Survival : std::uint8_t {
  nothing,     ///< All of them are gone.
  some,        ///< Each may be there, be gone, or be there in part.
  everything,  ///< The disk was quicker than the cut.
};

/// All of a file system: a value, so that a test can keep it and crash it in many ways.
class DiskState {
 public:
  struct Change {
    bool truncates = false;
    std::uint64_t offset = 0;  ///< Or the new size.
    std::shared_ptr<const std::string> bytes;
    unsigned life = 0;
  };
  struct Node {
    bool directory = false;
    std::shared_ptr<std::string> current = std::make_shared<std::string>();
    std::shared_ptr<std::string> durable = std::make_shared<std::string>();
    std::vector<Change> pending;
  };
  /// A name that came, moved (`from` not empty) or went (no node).
  struct NameChange {
    std::string from;
    std::string path;
    std::uint64_t node = 0;
  };

  /// The process ended; the machine still has everything.
  [[nodiscard]] DiskState killed() const;
  /// The machine comes up again.
  [[nodiscard]] DiskState after_power_cut(Survival survival, Random& random) const;
  [[nodiscard]] std::optional<std::string> content(const std::string& path) const;
  /// A change by somebody else, durable at once.
  void put(const std::string& path, std::string bytes);
  void erase(const std::string& path);
  [[nodiscard]] std::vector<std::string> paths() const;

  std::map<std::uint64_t, Node> nodes;
  std::map<std::string, std::uint64_t> names;
  std::map<std::string, std::uint64_t> durable_names;
  std::vector<NameChange> pending_names;
  std::uint64_t last_node = 0;
  unsigned boot = 1;
  unsigned life = 1;
  std::uint64_t since_sabotage = 0;  ///< Changing calls since the last sabotaged one; 0: none was.
};

// ---- how a change is applied ----

void put_bytes(std::string& content, std::uint64_t offset, std::string_view bytes);
void apply_whole(std::string& content, const DiskState::Change& change);
void apply_name(std::map<std::string, std::uint64_t>& names, const DiskState::NameChange& change);
/// Writes into a string of its own: others may keep the former one.
std::string& own(std::shared_ptr<std::string>& bytes);
/// The folder of a path.
std::string parent(const std::string& path);

}  // namespace cistern::test
