// The SSH server that appliances push files to: public keys only, one channel a connection, and on
// it the receiving side of scp or the subsystem sftp. No shell, no environment, no forwarding, no
// other command.
//
// It runs on a thread of its own, because the SSH library belongs to one thread; whoever made it
// hears of it through a listener and a receiver.
#pragma once

#include "base/clock.hpp"
#include "net/ssh/authorized_keys.hpp"
#include "net/ssh/file_receiver.hpp"
#include "net/ssh/host_keys.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::net::ssh {

struct SshServerOptions {
  std::string address = "0.0.0.0";  ///< "::" also takes IPv4.
  std::uint16_t port = 0;           ///< 0: any free one.
  std::vector<HostKey> host_keys;
  bool legacy_algorithms = false;
  std::vector<std::string> folders;  ///< Normal paths that may be pushed into.
  std::uint64_t max_file_size = 512ULL << 20;
  std::uint32_t max_connections = 128;
  std::uint32_t max_connections_per_host = 64;
  std::uint32_t connections_per_second = 20;  ///< Of one host; twice as many at once.
  std::uint32_t max_login_failures = 3;
  Duration login_grace = std::chrono::seconds{30};
  Duration idle_timeout = std::chrono::seconds{120};
  /// A file that comes more slowly than 1 KiB/s over so long is given up.
  Duration slow_after = std::chrono::seconds{60};
};

/// A refusal or an accident worth counting.
struct SshIncident {
  std::string code;  ///< "ssh/key-refused"
  std::string text;  ///< For people; without control bytes or secrets.
  std::string host;
  std::string user;  ///< Empty before the login; bounded, without control bytes.
};

struct SshLogin {
  std::string user;
  std::string host;
  std::string key;         ///< "ssh-rsa, 2048 bits, SHA256:..."
  std::string algorithms;  ///< What was agreed, and the client's own name.
};

struct SshCounts {
  std::uint64_t connections = 0;  ///< Open now.
  std::uint64_t accepted = 0;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;   ///< Of stored files.
  std::uint64_t pauses = 0;  ///< A channel's bytes waited for the receiver.
};

/// Called on the server's thread; must only hand the news on.
class SshListener {
 public:
  virtual ~SshListener() = default;
  virtual void incident(SshIncident incident) = 0;
  virtual void login(SshLogin login) = 0;
  virtual void stored(const PushPeer& peer, const FileFacts& facts, std::uint64_t size) = 0;
};

/// The keys that the user may log in with; none for a user that is not known. Asked at each login
/// attempt, on the server's thread.
using KeysOfUser = std::function<std::vector<AuthorizedKey>(std::string_view user)>;

/// Destroying it ends all connections at once.
class SshServer {
 public:
  virtual ~SshServer() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  /// Safe from any thread.
  [[nodiscard]] virtual SshCounts counts() const = 0;
  /// Takes no new connections and no new bytes; waits up to five seconds for files that are whole
  /// here, so that their peers hear of it; then calls `stopped` once, on the server's thread.
  virtual void stop(std::function<void()> stopped) = 0;
};

/// Listens from now on. `clock`, `receiver` and `listener` outlive it. Failures: those of
/// net::listen_stream(), "ssh/setup" (the library refuses a setting).
Result<std::unique_ptr<SshServer>> start_ssh_server(SshServerOptions options, KeysOfUser keys_of,
                                                    FileReceiver& receiver, SshListener& listener,
                                                    const Clock& clock);

}  // namespace cistern::net::ssh
