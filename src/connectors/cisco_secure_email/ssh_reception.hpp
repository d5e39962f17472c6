// The SSH side of a cisco_secure_email connector: makes the host keys, runs the server, puts pushed
// files into the journal's inbox, and says what happens.
#pragma once

#include "connectors/cisco_secure_email/options.hpp"
#include "net/ssh/file_receiver.hpp"
#include "runtime/connector.hpp"

#include <memory>
#include <string>

namespace cistern::connectors::cisco_secure_email {

/// What the inbox keeps with a file, as a JSON object: name, source, host, user, method, directory,
/// and where known mtime, kind, zone.
std::string describe_file(const net::ssh::PushPeer& peer, const net::ssh::FileFacts& facts,
                          const SshSettings& settings);

/// The folder where the connector's host keys are.
std::string host_key_folder_of(const SshSettings& settings, const std::string& store);

/// Lives on the I/O loop. stop() takes no new files, and waits for those that are whole here.
class SshReception : public runtime::Connector {
 public:
  [[nodiscard]] virtual runtime::ListenFacts facts() const = 0;
};

/// The journal of `services` must have an inbox.
std::unique_ptr<SshReception> make_ssh_reception(std::string connector, SshSettings settings,
                                                 const runtime::Services& services);

}  // namespace cistern::connectors::cisco_secure_email
