// The table itself: one entry feeds parser, check, help, reference, schema and redaction.
#include "connectors/cisco_secure_email/options.hpp"

#include <array>

namespace cistern::connectors::cisco_secure_email {
namespace {

using config::Option;
using config::OptionType;

constexpr std::array<std::string_view, 16> kKinds{
    "mail",      "consolidated", "authentication", "amp",    "bounce", "content_scanner",
    "error",     "gui",          "http",           "system", "status", "antispam",
    "antivirus", "cli",          "audit",          "other"};

constexpr Option kKind{.name = "kind",
                       .type = OptionType::choice,
                       .example = "mail",
                       .text =
                           "What the files are; left out, it is seen from each file's name and "
                           "first lines.",
                       .choices = kKinds};
constexpr Option kZone{.name = "zone",
                       .type = OptionType::text,
                       .example = "Europe/Berlin",
                       .text =
                           "Time zone of the appliance's clock, by its IANA name; goes before "
                           "the offset that a file's head names, which is wrong on the days "
                           "when clocks change."};

constexpr std::array kUserColumns{
    Option{.name = "name",
           .type = OptionType::text,
           .required = true,
           .example = "esa-berlin",
           .text = "User name that the appliance logs in with."},
    Option{.name = "keys",
           .type = OptionType::list,
           .example = "[\"ssh-rsa AAAAB3NzaC1yc2E... esa\"]",
           .text = "Public keys of the appliance, each as the line that it shows."},
    Option{.name = "key_file",
           .type = OptionType::path,
           .example = "/etc/cistern/esa-berlin.pub",
           .text = "File with such lines, read at each login, so that a new key works at once.",
           .reads_file = true},
    Option{.name = "appliance",
           .type = OptionType::text,
           .example = "esa1.example.com",
           .text = "Name of the appliance in events whose file does not hold its serial number; "
                   "left out, the user's name."},
    kKind,
    kZone,
};

constexpr std::array kFolderColumns{
    Option{.name = "path",
           .type = OptionType::text,
           .required = true,
           .example = "/upload/consolidated",
           .text = "Directory as the appliance names it; nothing on this machine is behind it."},
    kKind,
    kZone,
};

constexpr std::array kOptions{
    Option{.name = "port",
           .type = OptionType::integer,
           .example = "2222",
           .text = "TCP port of the SSH server that appliances push to; left out, there is none. "
                   "Below 1024 the service needs CAP_NET_BIND_SERVICE.",
           .least = 1,
           .most = 65535},
    Option{.name = "listen_address",
           .type = OptionType::text,
           .fallback = "127.0.0.1",
           .example = "192.0.2.10",
           .text = "Address of this machine that the SSH server listens on; unless it is set, only "
                   "this machine reaches it. 0.0.0.0 is all of IPv4, \"::\" IPv6 as well."},
    Option{.name = "host",
           .type = OptionType::text,
           .example = "collector.example.com",
           .text = "Name or address by which appliances reach this machine; for what `cistern "
                   "guide` shows only."},
    Option{.name = "directory",
           .type = OptionType::text,
           .fallback = "/upload",
           .text = "Directory that appliances push into, as their log subscription names it; "
                   "nothing on this machine is behind it."},
    Option{.name = "users",
           .type = OptionType::rows,
           .example = "[{name: esa-berlin, key_file: /etc/cistern/esa-berlin.pub}]",
           .text = "Who may push: one user for each appliance, so that files of two members of a "
                   "cluster, which have equal names, stay apart.",
           .columns = {kUserColumns.data(), kUserColumns.size()}},
    Option{.name = "directories",
           .type = OptionType::rows,
           .example = "[{path: /upload/consolidated, kind: consolidated}]",
           .text = "Further directories to push into, with what their files are; goes before the "
                   "user's kind and zone.",
           .columns = {kFolderColumns.data(), kFolderColumns.size()}},
    Option{.name = "host_key_folder",
           .type = OptionType::path,
           .example = "/etc/ssh",
           .text = "Folder of the SSH host keys, under OpenSSH's names; missing ones are made "
                   "there once. Left out, the store's folder ssh. Appliances stop pushing when a "
                   "host key changes, so keep it across installations."},
    Option{.name = "legacy_algorithms",
           .type = OptionType::boolean,
           .fallback = "false",
           .text = "Also agree to the SHA-1 algorithms of old appliances (ssh-rsa signatures, "
                   "diffie-hellman-group14-sha1, hmac-sha1) and to RSA keys of 1024 bits; they "
                   "can be forged with effort."},
    Option{.name = "max_file_size",
           .type = OptionType::size,
           .fallback = "512MiB",
           .text = "Most bytes of one pushed file; a larger one is refused before its bytes come.",
           .least = 1024,
           .most = 1LL << 30},
    Option{.name = "max_connections",
           .type = OptionType::integer,
           .fallback = "128",
           .text = "Most SSH connections at the same time, half of them from one host; each "
                   "transfer takes up to 4 MiB of memory while the store is slow.",
           .least = 2,
           .most = 256},
    Option{.name = "connections_per_second",
           .type = OptionType::integer,
           .fallback = "50",
           .text = "Most new connections of one host in a second, with bursts of twice as many; "
                   "an appliance makes one for each file.",
           .least = 1,
           .most = 1000},
    Option{.name = "files_per_hour",
           .type = OptionType::integer,
           .fallback = "10000",
           .text = "Most files of one user in an hour; further ones are refused and come again at "
                   "the appliance's next rollover.",
           .least = 1,
           .most = 1000000},
    Option{.name = "watch_folder",
           .type = OptionType::path,
           .example = "/srv/esa",
           .text = "Folder that another SSH server writes pushed files into; complete ones are "
                   "collected."},
    Option{.name = "watch_appliance",
           .type = OptionType::text,
           .example = "esa1.example.com",
           .text = "Name of the appliance in events of the watched folder whose file does not hold "
                   "its serial number; left out, \"watch\"."},
    Option{.name = "watch_kind",
           .type = OptionType::choice,
           .example = "mail",
           .text = "What the files of the watched folder are; left out, it is seen from each "
                   "file's name and first lines.",
           .choices = kKinds},
    Option{.name = "watch_zone",
           .type = OptionType::text,
           .example = "Europe/Berlin",
           .text = "Time zone of the appliance's clock for files of the watched folder."},
    Option{.name = "watch_remove",
           .type = OptionType::boolean,
           .fallback = "false",
           .text = "Remove a file from the watched folder once it is durable in the store; "
                   "otherwise it stays, and is remembered by its content."},
    Option{.name = "zone",
           .type = OptionType::text,
           .fallback = "UTC",
           .example = "Europe/Berlin",
           .text =
               "Time zone of lines whose file names no offset, where neither user nor directory "
               "has one."},
    Option{.name = "messages",
           .type = OptionType::boolean,
           .fallback = "true",
           .text = "Join the lines of text mail logs to one event for each message, beside the "
                   "lines themselves."},
};

}  // namespace

std::span<const Option> option_table() {
  return kOptions;
}

}  // namespace cistern::connectors::cisco_secure_email
