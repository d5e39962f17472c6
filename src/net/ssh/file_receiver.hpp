// Who takes the files that peers push. Behind it stands a store; nothing here knows which.
#pragma once

#include "base/result.hpp"
#include "net/ssh/push_protocol.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace cistern::net::ssh {

/// Who pushes, as the login proved it.
struct PushPeer {
  std::string user;
  std::string host;         ///< The peer's address.
  std::string_view method;  ///< "scp" or "sftp".
};

/// A file on its way in. Its calls come one after the other from one thread. Callbacks may come on
/// any thread, also inside the call, and in the order of the calls. Destroying it without finish()
/// drops what was written.
class IncomingFile {
 public:
  virtual ~IncomingFile() = default;
  virtual void append(std::string bytes, std::function<void(Status)> written) = 0;
  /// No more bytes follow. `stored` comes when a power cut can no longer take the file away.
  virtual void finish(std::optional<std::int64_t> modified, std::function<void(Status)> stored) = 0;
};

class FileReceiver {
 public:
  virtual ~FileReceiver() = default;
  /// Called on the server's thread; must not wait for a disk.
  virtual Result<std::unique_ptr<IncomingFile>> begin(const PushPeer& peer,
                                                      const FileFacts& facts) = 0;
};

}  // namespace cistern::net::ssh
