// The keys by which the server proves who it is. Appliances remember them: a key that changes stops
// every push until somebody confirms it, so they are made once and kept.
#pragma once

#include "base/files.hpp"
#include "base/secret.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::net::ssh {

struct HostKey {
  std::string type;  ///< "ssh-ed25519"
  std::string path;
  std::string public_line;  ///< "ssh-ed25519 AAAA...", as known_hosts and AsyncOS take it.
  std::string fingerprint;  ///< "SHA256:..."
  Secret private_text;      ///< The file's content.
};

/// The folder of a store's own host keys.
std::string host_key_folder(const std::string& store);

/// The host keys that stand in the folder, under OpenSSH's names (ssh_host_ed25519_key,
/// ssh_host_ecdsa_key, ssh_host_rsa_key), in this order; writes nothing. Failures:
/// "ssh/host-key-unreadable" (no private key, or one with a passphrase), "ssh/host-key-exposed"
/// (others may read it), "file/...".
Result<std::vector<HostKey>> read_host_keys(const std::string& folder, Files& files);

/// The same, after making those that are missing (ed25519, ECDSA P-256, RSA of 3,072 bits), mode
/// 0600, durable. RSA takes about a second.
Result<std::vector<HostKey>> make_host_keys(const std::string& folder, Files& files);

}  // namespace cistern::net::ssh
