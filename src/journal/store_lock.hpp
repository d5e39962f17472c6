// One writer for each store.
#pragma once

#include "base/result.hpp"

#include <memory>
#include <string>

namespace cistern::journal {

/// Holds `lock` in the store's folder (flock) until destroyed. The kernel gives it back when the
/// process dies, so a lock can never be left over.
class StoreLock {
 public:
  /// Fails with "journal/locked", naming the process that holds it.
  static Result<std::unique_ptr<StoreLock>> take(const std::string& store);
  ~StoreLock();
  StoreLock(const StoreLock&) = delete;
  StoreLock& operator=(const StoreLock&) = delete;

 private:
  explicit StoreLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace cistern::journal
