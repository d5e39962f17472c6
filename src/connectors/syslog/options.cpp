// The option table of a syslog connector.
#include "connectors/syslog/settings.hpp"

#include <algorithm>
#include <array>

namespace cistern::connectors::syslog {
namespace {

using config::Option;
using config::OptionType;

constexpr std::array<std::string_view, 4> kFramings = {"auto", "octet", "lf", "nul"};
constexpr std::array<std::string_view, 8> kSeverities = {"emerg",   "alert",  "crit", "err",
                                                         "warning", "notice", "info", "debug"};
constexpr std::array<std::string_view, 7> kStreams = {
    "sophos.firewall", "sophos.utm", "cef", "leef", "json", "key_value", "message"};

constexpr std::array kColumns = {
    Option{.name = "peer",
           .example = "192.0.2.0/24",
           .text = "Address or range (CIDR) that the message came from."},
    Option{.name = "listener",
           .example = "tls://0.0.0.0:6514",
           .text = "The listener that took it, written as in `listen`."},
    Option{.name = "host",
           .example = "fw-*",
           .text = "Host in the header, in any case; one * stands for any text."},
    Option{.name = "app",
           .example = "sshd",
           .text = "Program (APP-NAME or TAG) in the header, in any case; one * stands for any "
                   "text."},
    Option{.name = "contains",
           .example = "%ASA-",
           .text = "Text that stands anywhere in the message."},
    Option{.name = "stream",
           .type = OptionType::choice,
           .example = "sophos.firewall",
           .text = "What the message is, instead of what its text looks like: this chooses the "
                   "mapping.",
           .choices = kStreams},
    Option{.name = "zone",
           .example = "Europe/Berlin",
           .text = "Time zone of the device, for times that name none; overrides `zone`."},
    Option{.name = "name",
           .example = "branch-firewall",
           .text = "Name of the device, kept with each message as meta `name`."},
};

constexpr std::array kOptions = {
    Option{.name = "listen",
           .type = OptionType::list,
           .fallback = "[udp://127.0.0.1:5514, tcp://127.0.0.1:5514]",
           .example = "[\"udp://0.0.0.0:514\", \"tls://0.0.0.0:6514\"]",
           .text = "Where messages are taken, as transport://address:port. The transports: udp, "
                   "tcp, tls, relp, and relps (RELP over TLS). 0.0.0.0 and [::] mean all "
                   "addresses of this machine; without an address (tcp://:5514) this machine "
                   "alone. Only RELP tells the sender what is safely stored."},
    Option{.name = "certificate",
           .type = OptionType::path,
           .example = "/etc/cistern/syslog.pem",
           .text = "PEM file with the certificate that tls and relps listeners show, its issuers "
                   "behind it; it may hold the private key as well. A changed file is read again.",
           .reads_file = true},
    Option{.name = "private_key",
           .type = OptionType::path,
           .example = "/etc/cistern/syslog.key",
           .text = "PEM file with the certificate's private key, when it is not in the "
                   "certificate's file.",
           .reads_file = true},
    Option{.name = "private_key_passphrase",
           .type = OptionType::secret,
           .example = "${credential:syslog-key}",
           .text = "Passphrase of an encrypted private key."},
    Option{.name = "client_ca",
           .type = OptionType::path,
           .example = "/etc/cistern/devices-ca.pem",
           .text = "PEM file of the authorities whose certificates senders must show on tls and "
                   "relps listeners; without it any sender may connect. The certificate's name is "
                   "kept with each message.",
           .reads_file = true},
    Option{.name = "framing",
           .type = OptionType::choice,
           .fallback = "auto",
           .example = "lf",
           .text = "How messages are told apart over tcp and tls: `auto` looks at each (a count "
                   "before it, or a line break or NUL behind it); `octet`, `lf` or `nul` say it. "
                   "Write lf for senders whose lines begin with a number and a blank.",
           .choices = kFramings},
    Option{.name = "max_message",
           .type = OptionType::size,
           .fallback = "64KiB",
           .example = "1MiB",
           .text = "Longest message; what is longer is cut there, marked and counted, and the "
                   "stream goes on with the next.",
           .least = 480,
           .most = 1LL << 20},
    Option{.name = "allow",
           .type = OptionType::list,
           .example = "[192.0.2.0/24, \"2001:db8::/32\"]",
           .text = "Addresses and ranges (CIDR) that may send; everything else is thrown away and "
                   "counted. Without it everybody may."},
    Option{.name = "facilities",
           .type = OptionType::list,
           .example = "[auth, authpriv, local4]",
           .text = "Facilities that are kept, by name or number (0 to 23); messages of others are "
                   "counted and thrown away. Without it all are kept."},
    Option{.name = "severity",
           .type = OptionType::choice,
           .fallback = "debug",
           .example = "notice",
           .text = "The least grave severity that is kept; what is below is counted and thrown "
                   "away. Some devices send everything as info, whatever it is.",
           .choices = kSeverities},
    Option{.name = "zone",
           .fallback = "UTC",
           .example = "Europe/Berlin",
           .text = "Time zone of senders whose times name none: UTC, local, or a name such as "
                   "Europe/Berlin. `match` can set it for each device."},
    Option{.name = "match",
           .type = OptionType::rows,
           .example = "[{peer: 192.0.2.7, zone: Europe/Berlin, stream: sophos.firewall}]",
           .text = "What certain devices are: the first rule whose conditions (peer, listener, "
                   "host, app, contains) all hold says stream, time zone and name.",
           .columns = {.first = kColumns.data(), .count = kColumns.size()}},
    Option{.name = "device_names",
           .type = OptionType::map,
           .example = "{S1234567890ABCD: fw1.contoso.com}",
           .text = "Names that delivered documents give to devices (host.name), by serial number, "
                   "by the name in the header, or by address."},
    Option{.name = "max_connections",
           .type = OptionType::integer,
           .fallback = "1000",
           .example = "5000",
           .text = "Connections at the same time; further ones are refused and counted.",
           .least = 1,
           .most = 100000},
    Option{.name = "max_connections_per_sender",
           .type = OptionType::integer,
           .fallback = "100",
           .example = "10",
           .text = "Connections of one address at the same time; further ones are refused and "
                   "counted.",
           .least = 1,
           .most = 100000},
    Option{.name = "messages_per_second",
           .type = OptionType::integer,
           .fallback = "0",
           .example = "5000",
           .text = "Most messages a second of one address; 0: any number. Over tcp, tls and relp "
                   "the sender is made to wait, over udp what exceeds it is thrown away and "
                   "counted.",
           .least = 0,
           .most = 10000000},
    Option{.name = "idle_timeout",
           .type = OptionType::duration,
           .fallback = "1h",
           .example = "10m",
           .text = "A connection that is silent for so long is closed; 0: never.",
           .least = 0},
    Option{.name = "udp_buffer",
           .type = OptionType::size,
           .fallback = "32MiB",
           .example = "64MiB",
           .text = "How much the system should hold for each udp socket until it is read; a burst "
                   "beyond it is lost and counted. Without the right to pass it, the system's "
                   "limit is net.core.rmem_max.",
           .least = 65536,
           .most = 1LL << 30},
    Option{.name = "udp_sockets",
           .type = OptionType::integer,
           .fallback = "1",
           .example = "4",
           .text = "Sockets for each udp listener, with a thread each, among which the system "
                   "spreads the senders; more than one helps only with many senders and idle "
                   "processors.",
           .least = 1,
           .most = 16},
};

}  // namespace

std::string_view known_stream(std::string_view name) {
  const auto* const found = std::find(kStreams.begin(), kStreams.end(), name);
  return found == kStreams.end() ? std::string_view{} : *found;
}

std::span<const Option> option_table() {
  return kOptions;
}

}  // namespace cistern::connectors::syslog
