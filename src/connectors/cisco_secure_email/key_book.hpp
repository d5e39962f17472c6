// Which keys a user may log in with, as they stand now: files are read at each login.
#pragma once

#include "connectors/cisco_secure_email/options.hpp"
#include "net/ssh/authorized_keys.hpp"

#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_secure_email {

/// Used on the server's thread only. A file that cannot be read, or a line that cannot, gives no
/// key; `cistern doctor` and `check` say why.
class KeyBook {
 public:
  KeyBook(std::vector<PushUser> users, ReadFile read_file)
      : users_(std::move(users)), read_file_(std::move(read_file)) {}
  [[nodiscard]] std::vector<net::ssh::AuthorizedKey> keys_of(std::string_view user) const {
    for (const PushUser& known : users_) {
      if (known.name != user) continue;
      auto keys = keys_of_user(known, read_file_);
      if (keys) return std::move(keys->keys);
    }
    return {};
  }

 private:
  std::vector<PushUser> users_;
  ReadFile read_file_;
};

}  // namespace cistern::connectors::cisco_secure_email
