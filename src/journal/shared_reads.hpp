// Reading functions that a journal for writing and one for reading have in common.
#pragma once

#include "journal/index/index.hpp"
#include "journal/journal.hpp"
#include "journal/segment/group_reader.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace cistern::journal {

/// Safe from any thread.
class SharedReads {
 public:
  SharedReads(Index& index, GroupSource& source) : index_(index), source_(source) {}

  std::unique_ptr<Reader> reader();
  Result<std::optional<Cursor>> cursor(const std::string& name);
  /// Remembers the last answers: people ask for the same event again.
  Result<std::optional<Sequence>> find(const Identity& identity);

 private:
  Index& index_;
  GroupSource& source_;
  std::mutex mutex_;
  std::unordered_map<Identity, Sequence, IdentityHash> found_;
};

}  // namespace cistern::journal
