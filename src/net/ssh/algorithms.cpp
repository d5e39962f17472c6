#include "net/ssh/algorithms.hpp"

#include "base/bytes.hpp"

#include <array>
#include <utility>

namespace cistern::net::ssh {
namespace {

constexpr std::array<std::string_view, 4> kLegacyNames{"diffie-hellman-group14-sha1", "ssh-rsa",
                                                       "hmac-sha1", "hmac-sha1-etm@openssh.com"};

/// By the words of the library's message.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kKinds{
    {{"kex algos", "key exchange"},
     {"server host key algo", "host key"},
     {"encryption", "cipher"},
     {"mac algo", "MAC"}}};

bool lists(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    if (list.substr(0, end) == name) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

}  // namespace

Algorithms algorithms(bool legacy) {
  Algorithms out{
      .key_exchange =
          "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,"
          "ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group18-sha512,"
          "diffie-hellman-group16-sha512,diffie-hellman-group14-sha256",
      .host_keys = "ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256",
      .ciphers =
          "aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr,"
          "chacha20-poly1305@openssh.com",
      .macs =
          "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,"
          "hmac-sha2-512",
      .user_keys =
          "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,"
          "rsa-sha2-512,rsa-sha2-256"};
  if (legacy) {
    out.key_exchange += ",diffie-hellman-group14-sha1";
    out.host_keys += ",ssh-rsa";
    out.macs += ",hmac-sha1";
    out.user_keys += ",ssh-rsa";
    out.least_rsa_bits = 1024;
  }
  return out;
}

bool read_no_common_algorithm(std::string_view message, NoCommonAlgorithm& out) {
  const auto match = message.find("no match for method ");
  const auto client = message.find("client [");
  if (match == std::string_view::npos || client == std::string_view::npos) return false;
  const std::string_view kind = message.substr(match);
  out.what = "algorithm";
  for (const auto& [word, name] : kKinds) {
    if (kind.find(word) != std::string_view::npos && kind.find(word) < kind.find(':'))
      out.what = name;
  }
  std::string_view offered = message.substr(client + 8);
  if (offered.ends_with(']')) offered.remove_suffix(1);
  out.offered = excerpt(offered, 700);
  for (const std::string_view name : kLegacyNames)
    out.legacy_helps = out.legacy_helps || lists(offered, name);
  return true;
}

}  // namespace cistern::net::ssh
