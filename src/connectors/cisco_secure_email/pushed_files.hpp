// Takes files from the SSH server into the journal's inbox.
#pragma once

#include "base/clock.hpp"
#include "connectors/cisco_secure_email/options.hpp"
#include "journal/inbox/inbox.hpp"
#include "net/ssh/file_receiver.hpp"

#include <map>
#include <memory>
#include <string>

namespace cistern::connectors::cisco_secure_email {

/// Used on the server's thread only.
class PushedFiles final : public net::ssh::FileReceiver {
 public:
  PushedFiles(std::string connector, SshSettings settings, journal::Inbox& inbox,
              const Clock& clock);
  /// Failures: "ssh/too-many-files" (of this user in an hour), and those of Inbox::create().
  Result<std::unique_ptr<net::ssh::IncomingFile>> begin(const net::ssh::PushPeer& peer,
                                                        const net::ssh::FileFacts& facts) override;

 private:
  struct Hour {
    Duration began{};
    std::uint32_t files = 0;
  };
  bool within_rate(const std::string& user);

  const std::string connector_;
  const SshSettings settings_;
  journal::Inbox& inbox_;
  const Clock& clock_;
  std::map<std::string, Hour, std::less<>> hours_;  ///< By user; users are configured.
};

}  // namespace cistern::connectors::cisco_secure_email
