// One SSH connection, served without ever waiting. Internal to the server: all of it on its thread.
#pragma once

#include "base/executor.hpp"
#include "net/socket.hpp"
#include "net/ssh/push_channel.hpp"
#include "net/ssh/push_names.hpp"
#include "net/ssh/ssh_server.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace cistern::net::ssh {

/// What all connections of a server share.
struct SessionContext {
  SshServerOptions options;
  KeysOfUser keys_of;
  FileReceiver& receiver;
  SshListener& listener;
  const Clock& clock;
  std::shared_ptr<Executor> home;  ///< The server's thread.
  std::shared_ptr<const DropFolders> folders;
  std::atomic<std::uint64_t> files{0};
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> pauses{0};
};

class ServerSession {
 public:
  virtual ~ServerSession() = default;
  [[nodiscard]] virtual int descriptor() const = 0;  ///< Negative once the connection is gone.
  [[nodiscard]] virtual bool has_output() const = 0;
  [[nodiscard]] virtual const std::string& host() const = 0;
  /// Does what can be done now. `ready`: the descriptor is readable or writable.
  virtual void serve(bool ready) = 0;
  /// Takes nothing more; goes on until files that are whole are stored and their peer knows.
  virtual void wind_up() = 0;
  /// Nothing is left to do: destroy it.
  [[nodiscard]] virtual bool over() const = 0;
};

/// Makes connections of accepted sockets, with the server's keys and algorithms.
class SessionFactory {
 public:
  virtual ~SessionFactory() = default;
  /// Null when the library cannot take another one (memory).
  virtual std::unique_ptr<ServerSession> make(Descriptor socket, std::string host) = 0;
};

/// `context` outlives factory and sessions. Failure: "ssh/setup".
Result<std::unique_ptr<SessionFactory>> make_session_factory(SessionContext& context);

}  // namespace cistern::net::ssh
