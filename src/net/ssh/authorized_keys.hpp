// Public keys that may log in, from lines as OpenSSH's authorized_keys has them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::net::ssh {

struct AuthorizedKey {
  std::string type;  ///< "ssh-rsa"
  std::string blob;  ///< The whole key as the protocol carries it.
  std::string comment;
  std::size_t bits = 0;  ///< Of an RSA key's modulus; 0 for other kinds.
};

struct AuthorizedKeys {
  std::vector<AuthorizedKey> keys;
  std::vector<std::string> faults;  ///< Lines that were left out, each a sentence with its number.
};

/// Reads lines `TYPE BASE64 [COMMENT]`; empty ones and comments are passed over. Options before the
/// type are refused but `restrict`, because a limit that is not kept would be worse than none. At
/// most 256 keys.
AuthorizedKeys read_authorized_keys(std::string_view text);

/// Whether the blob is one of the keys; takes the same time wherever it stands and however much of
/// it is right.
bool is_authorized(const std::vector<AuthorizedKey>& keys, std::string_view blob);

/// "SHA256:..." as OpenSSH and AsyncOS show it.
std::string key_fingerprint(std::string_view blob);

/// "ssh-rsa, 2048 bits, SHA256:...".
std::string describe_key(const AuthorizedKey& key);

}  // namespace cistern::net::ssh
