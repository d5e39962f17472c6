// Where the learned rhythms are kept: `rhythm` in the store's folder.
//
// A file of its own beside the log: it is advice that may be lost, so nothing of the store depends
// on it, and it is written too often to be worth commits.
#pragma once

#include "base/files.hpp"
#include "base/log.hpp"
#include "runtime/status/status.hpp"

#include <mutex>
#include <string>

namespace cistern::runtime {

/// Safe from any thread.
class RhythmFile {
 public:
  RhythmFile(Files& files, const std::string& store, Log& log);

  /// Gives the board what was learned before. A file that is missing is a first start; one that is
  /// damaged is said in the log, and learning begins anew.
  void load(StatusBoard& status);
  /// Replaces the file as a whole, or leaves the one before. A failure is logged once.
  void save(const StatusBoard& status);

 private:
  Status write(const std::string& text);

  Files& files_;
  std::string path_;
  Log& log_;
  std::mutex mutex_;
  bool told_ = false;
};

}  // namespace cistern::runtime
