// One writer for each store.
#pragma once

#include "base/files.hpp"
#include "base/result.hpp"

#include <memory>
#include <string>

namespace cistern::journal {

/// Takes the `lock` file in the store's folder. "journal/locked" names the process that holds it.
Result<std::unique_ptr<FileLock>> lock_store(const std::string& store, Files& files);

/// Whether a process has the store open for writing.
Result<bool> is_written(const std::string& store, Files& files);

}  // namespace cistern::journal
