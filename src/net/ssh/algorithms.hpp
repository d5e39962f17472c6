// Which algorithms the server agrees to: modern ones, and the SHA-1 ones of old appliances where
// somebody switched them on by name.
#pragma once

#include <string>
#include <string_view>

namespace cistern::net::ssh {

/// Comma-separated lists in the order of preference, as the protocol names them.
struct Algorithms {
  std::string key_exchange;
  std::string host_keys;
  std::string ciphers;
  std::string macs;
  std::string user_keys;  ///< Signature algorithms of clients.
  int least_rsa_bits = 2048;
};

/// `legacy` adds what appliances of years ago offer alone: diffie-hellman-group14-sha1, signatures
/// by ssh-rsa (SHA-1) of host and user, hmac-sha1, and user keys of 1024 bits. Never DSA, CBC or
/// group1: nothing in the field needs them that could not make itself an RSA key.
Algorithms algorithms(bool legacy);

/// What the SSH library says when two sides have nothing in common, taken apart.
struct NoCommonAlgorithm {
  std::string what;           ///< "key exchange", "host key", "cipher", "MAC"
  std::string offered;        ///< The client's list, shortened by the library at about 700 bytes.
  bool legacy_helps = false;  ///< Whether the client's list holds what `legacy` would add.
};

/// Nothing when the message is about something else.
bool read_no_common_algorithm(std::string_view message, NoCommonAlgorithm& out);

}  // namespace cistern::net::ssh
