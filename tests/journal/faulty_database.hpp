// SQLite's way to files that fail and forget.
#pragma once

#include "base/files.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

struct sqlite3_vfs;

namespace cistern::test {

/// A VFS registered with SQLite as long as it lives. One connection to a database at a time: locks
/// always succeed.
class FaultyDatabase {
 public:
  explicit FaultyDatabase(Files& files);
  ~FaultyDatabase();
  FaultyDatabase(const FaultyDatabase&) = delete;
  FaultyDatabase& operator=(const FaultyDatabase&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Files& files() const { return files_; }
  /// The index of a write-ahead log lives in memory only and does not survive its process.
  void forget_shared_memory();
  char* shared_memory(const std::string& path, std::size_t region, std::size_t size);
  void drop_shared_memory(const std::string& path);

 private:
  Files& files_;
  std::string name_;
  std::unique_ptr<sqlite3_vfs> vfs_;
  std::mutex mutex_;
  std::map<std::string, std::vector<std::unique_ptr<char[]>>> shared_;
};

}  // namespace cistern::test
