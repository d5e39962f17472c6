// The options of a cisco_secure_email connector, as data, and what they mean together.
#pragma once

#include "config/options.hpp"
#include "connectors/cisco_secure_email/intake.hpp"
#include "net/ssh/authorized_keys.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_secure_email {

std::span<const config::Option> option_table();

/// Checks that concern several options, and forms that a type cannot express.
void check_options(const config::Values& values, std::vector<config::Problem>& problems);

/// One account of the SSH server: an appliance, or a log of one.
struct PushUser {
  std::string name;
  std::vector<std::string> keys;  ///< Lines as in authorized_keys.
  std::string key_file;           ///< The same in a file, read at each login; empty: none.
  std::string appliance;          ///< Its name in events; the user's name unless given.
  std::string kind;               ///< Of its logs; empty: seen from names and content.
  std::string zone;               ///< For lines without an offset; empty: none.
};

/// A directory to push into, with what its files are.
struct PushFolder {
  std::string path;  ///< Normal, as net::ssh::normal_path().
  std::string kind;
  std::string zone;
};

struct SshSettings {
  std::string address;
  std::uint16_t port = 0;
  std::vector<PushUser> users;
  std::vector<PushFolder> folders;
  std::string host_key_folder;  ///< Empty: the store's.
  bool legacy_algorithms = false;
  std::uint64_t max_file_size = 0;
  std::uint32_t max_connections = 0;
  std::uint32_t connections_per_second = 0;  ///< Of one host.
  std::uint32_t files_per_hour = 0;          ///< Of one user.
};

struct Settings {
  std::optional<SshSettings> ssh;
  std::optional<WatchSettings> watch;
  std::string zone;                 ///< Where nothing else names one.
  std::uint64_t max_file_size = 0;  ///< Also of a file that was compressed.
  bool messages = true;             ///< Join mail lines to message events.
};

/// Of values that check_options() found no error in.
Settings make_settings(const config::Values& values);

using ReadFile = std::function<Result<std::string>(const std::string& path)>;

/// The keys of a user, inline and of its file. Failure: the file cannot be read.
Result<net::ssh::AuthorizedKeys> keys_of_user(const PushUser& user, const ReadFile& read_file);

/// A small file of this machine, at most 256 KiB.
Result<std::string> read_key_file(const std::string& path);

/// Whether each user has a key that can be used, and the watched folder can be listed.
Status verify_files(const config::Values& values, const ReadFile& read_file);

/// "SSH port 2222", "folder /srv/esa": two connectors with a word in common are in each other's
/// way.
std::vector<std::string> what_is_read(const config::Values& values);

}  // namespace cistern::connectors::cisco_secure_email
