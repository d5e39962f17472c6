#include "connectors/cisco_secure_email/options.hpp"

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "base/time_zone.hpp"
#include "net/ssh/algorithms.hpp"
#include "net/ssh/push_names.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace cistern::connectors::cisco_secure_email {
namespace {

using config::Problem;
using config::Values;

constexpr std::size_t kMaxKeyFile = 256U << 10;

std::string text_of(const Values& values, std::string_view name) {
  return values.has(name) ? values.text(name) : std::string{};
}

/// Collects problems.
class Checker {
 public:
  explicit Checker(std::vector<Problem>& problems) : problems_(problems) {}

  void add(const Values& at, std::string_view option, std::string what, std::string next_step,
           Problem::Severity severity = Problem::Severity::error) {
    Problem problem;
    problem.severity = severity;
    problem.place = at.place(option);
    problem.what = std::move(what);
    problem.next_step = std::move(next_step);
    problems_.push_back(std::move(problem));
  }

  void zone(const Values& at, std::string_view option) {
    if (!at.has(option) || load_time_zone(at.text(option))) return;
    add(at, option, "'" + excerpt(at.text(option), 60) + "' is no time zone of this system",
        "write an IANA name such as Europe/Berlin, or UTC; the package tzdata holds them");
  }

  void folder(const Values& at, std::string_view option) {
    if (!at.has(option) || net::ssh::normal_path(at.text(option))) return;
    add(at, option, "'" + excerpt(at.text(option), 60) + "' is no directory to push into",
        "write a path such as /upload, without .. above the root");
  }

  void user(const Values& row) {
    const std::string& name = row.text("name");
    const bool plain = !name.empty() && name.size() <= 64 &&
                       std::all_of(name.begin(), name.end(),
                                   [](char c) { return c > ' ' && c < 0x7f && c != '@'; });
    if (!plain) {
      add(row, "name", "'" + excerpt(name, 64) + "' is no user name",
          "use letters, digits and signs of ASCII without blanks or @, at most 64");
    }
    if (!names_.insert(name).second) {
      add(row, "name", "the user '" + excerpt(name, 64) + "' is there twice",
          "list all keys of a user in one entry");
    }
    if (!row.has("keys") && !row.has("key_file")) {
      add(row, "name", "the user '" + excerpt(name, 64) + "' has no key",
          "add `keys` with the line that the appliance shows, or a `key_file`");
    }
    zone(row, "zone");
  }

 private:
  std::vector<Problem>& problems_;
  std::set<std::string> names_;
};

PushUser user_of(const Values& row) {
  PushUser out;
  out.name = row.text("name");
  if (row.has("keys")) out.keys = row.list("keys");
  out.key_file = text_of(row, "key_file");
  out.appliance = row.has("appliance") ? row.text("appliance") : out.name;
  out.kind = text_of(row, "kind");
  out.zone = text_of(row, "zone");
  return out;
}

SshSettings ssh_settings(const Values& values) {
  SshSettings out;
  out.address = values.text("listen_address");
  out.port = static_cast<std::uint16_t>(values.integer("port"));
  for (const Values& row : values.rows("users"))
    out.users.push_back(user_of(row));
  // What is named first goes first where a directory is named twice.
  if (values.has("directories")) {
    for (const Values& row : values.rows("directories")) {
      const auto path = net::ssh::normal_path(row.text("path"));
      out.folders.push_back({path.value_or("/"), text_of(row, "kind"), text_of(row, "zone")});
    }
  }
  out.folders.push_back({net::ssh::normal_path(values.text("directory")).value_or("/"), "", ""});
  out.host_key_folder = text_of(values, "host_key_folder");
  out.legacy_algorithms = values.boolean("legacy_algorithms");
  out.max_file_size = values.size("max_file_size");
  out.max_connections = static_cast<std::uint32_t>(values.integer("max_connections"));
  out.connections_per_second = static_cast<std::uint32_t>(values.integer("connections_per_second"));
  out.files_per_hour = static_cast<std::uint32_t>(values.integer("files_per_hour"));
  return out;
}

Status verify_user(const PushUser& user, bool legacy, const ReadFile& read_file) {
  const auto keys = keys_of_user(user, read_file);
  if (!keys) return fail(keys.error());
  const auto least = static_cast<std::size_t>(net::ssh::algorithms(legacy).least_rsa_bits);
  const auto usable = [&](const net::ssh::AuthorizedKey& key) {
    return key.bits == 0 || key.bits >= least;
  };
  if (std::any_of(keys->keys.begin(), keys->keys.end(), usable)) return {};
  const std::string why =
      keys->faults.empty()
          ? (keys->keys.empty() ? "there is none"
                                : "RSA keys of fewer than " + std::to_string(least) + " bits")
          : keys->faults.front();
  return fail_stop("cisco_secure_email/no-key",
                   "the user '" + user.name + "' has no key that can be used: " + why,
                   "paste the line that the appliance shows (logconfig > hostkeyconfig > USER)");
}

Status verify_watched(const std::string& folder) {
  const auto listed = make_system_files()->list(folder);
  if (listed) return {};
  return fail_stop("cisco_secure_email/watch-folder",
                   "the watched folder cannot be read: " + listed.error().cause,
                   "let cistern's user read and write " + folder);
}

}  // namespace

void check_options(const Values& values, std::vector<Problem>& problems) {
  Checker checker{problems};
  const bool ssh = values.has("port");
  if (!ssh && !values.has("watch_folder")) {
    checker.add(values, "port", "neither 'port' nor 'watch_folder' says where files come from",
                "set `port: 2222` for cistern's own SSH server, or `watch_folder`");
  }
  if (ssh && !values.has("users")) {
    checker.add(values, "port", "nobody may push: 'users' is missing",
                "add `users: [{name: esa1, keys: [\"...\"]}]`");
  }
  if (ssh && !values.values.at("listen_address").given) {
    checker.add(values, "listen_address",
                "the SSH server listens on " + values.text("listen_address") +
                    " by default, which no appliance can reach",
                "set `listen_address` to this machine's address, or to 0.0.0.0 for all of them",
                Problem::Severity::warning);
  }
  if (values.has("users")) {
    for (const Values& row : values.rows("users"))
      checker.user(row);
  }
  checker.folder(values, "directory");
  if (values.has("directories")) {
    for (const Values& row : values.rows("directories")) {
      checker.folder(row, "path");
      checker.zone(row, "zone");
    }
  }
  checker.zone(values, "watch_zone");
  checker.zone(values, "zone");
  if (values.boolean("legacy_algorithms")) {
    checker.add(values, "legacy_algorithms", "SHA-1 algorithms are switched on",
                "update the appliances and remove it; `cistern doctor` shows what is agreed",
                Problem::Severity::warning);
  }
}

Settings make_settings(const Values& values) {
  Settings out;
  if (values.has("port")) out.ssh = ssh_settings(values);
  if (values.has("watch_folder")) {
    WatchSettings watch;
    watch.folder = values.text("watch_folder");
    watch.appliance = values.has("watch_appliance") ? values.text("watch_appliance") : "watch";
    watch.kind = log_kind_named(text_of(values, "watch_kind"));
    watch.zone = text_of(values, "watch_zone");
    watch.remove = values.boolean("watch_remove");
    out.watch = std::move(watch);
  }
  out.zone = values.text("zone");
  out.max_file_size = values.size("max_file_size");
  out.messages = values.boolean("messages");
  return out;
}

Result<std::string> read_key_file(const std::string& path) {
  auto file = make_system_files()->open(path, OpenMode::read);
  if (!file) return fail(file.error());
  return (*file)->read_at(0, kMaxKeyFile);
}

Result<net::ssh::AuthorizedKeys> keys_of_user(const PushUser& user, const ReadFile& read_file) {
  std::string text;
  for (const std::string& line : user.keys)
    text.append(line).append("\n");
  if (!user.key_file.empty()) {
    const auto file = read_file(user.key_file);
    if (!file) return fail(file.error());
    text += *file;
  }
  return net::ssh::read_authorized_keys(text);
}

Status verify_files(const Values& values, const ReadFile& read_file) {
  const Settings settings = make_settings(values);
  if (settings.ssh) {
    for (const PushUser& user : settings.ssh->users) {
      if (auto fine = verify_user(user, settings.ssh->legacy_algorithms, read_file); !fine)
        return fine;
    }
  }
  return settings.watch ? verify_watched(settings.watch->folder) : Status{};
}

std::vector<std::string> what_is_read(const Values& values) {
  std::vector<std::string> out;
  if (values.has("port")) out.push_back("SSH port " + std::to_string(values.integer("port")));
  if (values.has("watch_folder")) out.push_back("folder " + values.text("watch_folder"));
  return out;
}

}  // namespace cistern::connectors::cisco_secure_email
