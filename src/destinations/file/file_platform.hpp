// What the file destination needs of the system beside Files, as an interface for tests.
#pragma once

#include "base/result.hpp"

#include <memory>
#include <string>

namespace cistern::destinations {

/// Held while it lives.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

class FilePlatform {
 public:
  virtual ~FilePlatform() = default;
  /// The path behind symbolic links. Fails with "file/not-regular" when it names a folder, a device
  /// or a pipe: such a thing cannot be rotated, and renaming a device would harm the machine.
  virtual Result<std::string> resolve(const std::string& path) = 0;
  /// Keeps other processes and other destinations from writing the same file (flock; it follows the
  /// file when that is renamed). Fails with "file/locked" when somebody holds it.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
  virtual Status set_mode(const std::string& path, unsigned mode) = 0;
};

std::unique_ptr<FilePlatform> make_system_platform();

}  // namespace cistern::destinations
