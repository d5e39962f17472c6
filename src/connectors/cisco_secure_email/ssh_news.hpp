// What the SSH server's thread tells, kept until the I/O loop asks: sums, and a few words of each
// kind, so that a flood costs neither memory nor log lines.
#pragma once

#include "net/ssh/ssh_server.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace cistern::connectors::cisco_secure_email {

class SshNews final : public net::ssh::SshListener {
 public:
  struct Told {
    std::vector<net::ssh::SshIncident> incidents;  ///< The first of each code and host.
    std::vector<net::ssh::SshLogin> logins;
    std::map<std::string, std::uint64_t, std::less<>> sums;  ///< Of all incidents, by code.
  };

  void incident(net::ssh::SshIncident incident) override;
  void login(net::ssh::SshLogin login) override;
  void stored(const net::ssh::PushPeer& /*peer*/, const net::ssh::FileFacts& /*facts*/,
              std::uint64_t /*size*/) override {}

  /// What came since the last call; the sums are those since the start.
  Told take();

 private:
  std::mutex mutex_;
  Told told_;
};

}  // namespace cistern::connectors::cisco_secure_email
