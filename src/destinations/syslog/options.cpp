// The option table of the syslog destination.
#include "destinations/syslog/settings.hpp"

#include <array>

namespace cistern::destinations::syslog {
namespace {

using config::Option;
using config::OptionType;

constexpr std::array<std::string_view, 2> kFramings = {"octet", "lf"};
constexpr std::array<std::string_view, 3> kHeaders = {"rfc5424", "rfc3164", "none"};
constexpr std::int64_t kMostMessage = 1LL << 20;

constexpr std::array kOptions = {
    Option{.name = "address",
           .type = OptionType::text,
           .required = true,
           .example = "tls://siem.example.com:6514",
           .text = "The server as transport://host:port. The transports: udp, tcp, tls, relp, and "
                   "relps (RELP over TLS). Only RELP tells what the receiver has taken; the "
                   "others lose what it had not read when it ended."},
    Option{.name = "fail_over",
           .type = OptionType::list,
           .example = "[\"tls://siem2.example.com:6514\"]",
           .text = "Servers to use, in this order, while the one before them cannot be used; of "
                   "the same transport as `address`. To send to several at once, write several "
                   "destinations."},
    Option{.name = "return_after",
           .type = OptionType::duration,
           .fallback = "5m",
           .example = "1h",
           .text = "So long after a server failed it is tried again while another one is in use; "
                   "0: only when the other one fails.",
           .least = 0},
    Option{.name = "framing",
           .type = OptionType::choice,
           .fallback = "octet",
           .example = "lf",
           .text = "How messages are told apart over tcp and tls: `octet` puts the length before "
                   "each (RFC 6587, required by RFC 5425), `lf` a line feed behind it, for "
                   "receivers that know no better.",
           .choices = kFramings},
    Option{.name = "header",
           .type = OptionType::choice,
           .fallback = "rfc5424",
           .example = "rfc3164",
           .text = "What stands before each event: `rfc5424`, the older `rfc3164` (local time of "
                   "this machine, without zone), or `none`.",
           .choices = kHeaders},
    Option{.name = "facility",
           .type = OptionType::text,
           .fallback = "local0",
           .example = "auth",
           .text = "Facility of all messages: a name (kern, user, mail, daemon, auth, syslog, ..., "
                   "local0 to local7) or a number from 0 to 23; `event` keeps that of events which "
                   "came by syslog, and is local0 for all others."},
    Option{.name = "severity",
           .type = OptionType::text,
           .fallback = "event",
           .example = "notice",
           .text = "Severity of all messages: a name (emerg, alert, crit, err, warning, notice, "
                   "info, debug) or a number from 0 to 7; `event` takes it from each event, and "
                   "info where it has none."},
    Option{.name = "hostname",
           .type = OptionType::text,
           .example = "cistern.example.com",
           .text = "Host name in the header; this machine's when nothing is given."},
    Option{.name = "app_name",
           .type = OptionType::text,
           .fallback = "cistern",
           .example = "m365",
           .text = "Name of the program in the header, at most 48 characters (rfc3164: 32)."},
    Option{.name = "structured_data",
           .type = OptionType::boolean,
           .fallback = "true",
           .example = "false",
           .text =
               "Puts the event's identity into the rfc5424 header, [cistern@NUMBER id=\"...\"], "
               "by which a receiver recognises an event that came twice."},
    Option{.name = "enterprise_id",
           .type = OptionType::integer,
           .fallback = "32473",
           .example = "32473",
           .text =
               "Your own enterprise number (from IANA) in the structured data; 32473 is the one "
               "for documentation.",
           .least = 1,
           .most = 4294967295},
    Option{.name = "max_message",
           .type = OptionType::size,
           .fallback = "0",
           .example = "32KiB",
           .text = "Longest message with its header; what is longer is cut between characters, and "
                   "counted. 0: 8 KiB over udp, 64 KiB otherwise. The receiver's own limit should "
                   "not be smaller (rsyslog: 8 KiB unless `$MaxMessageSize` says otherwise).",
           .least = 0,
           .most = kMostMessage},
    Option{.name = "ca_file",
           .type = OptionType::path,
           .example = "/etc/cistern/siem-ca.pem",
           .text = "PEM file of the authorities that may issue the receiver's certificate, instead "
                   "of the system's.",
           .reads_file = true},
    Option{.name = "certificate",
           .type = OptionType::path,
           .example = "/etc/cistern/client.pem",
           .text = "PEM file with the client certificate to show to the receiver, with its issuers "
                   "behind it; it may hold the private key as well.",
           .reads_file = true},
    Option{.name = "private_key",
           .type = OptionType::path,
           .example = "/etc/cistern/client.key",
           .text = "PEM file with the client certificate's private key, when it is not in the "
                   "certificate's file.",
           .reads_file = true},
    Option{.name = "private_key_passphrase",
           .type = OptionType::secret,
           .example = "${credential:siem-key}",
           .text = "Passphrase of an encrypted private key."},
    Option{.name = "server_name",
           .type = OptionType::text,
           .example = "siem.example.com",
           .text = "Name that the receiver's certificate must be for, when it is not the host of "
                   "the address."},
    Option{.name = "fingerprint",
           .type = OptionType::text,
           .example = "9A:3C:...:41",
           .text = "SHA-256 fingerprint of the receiver's certificate (64 hex digits, colons "
                   "allowed). Alone it takes the place of authorities and name, for certificates "
                   "that are signed by themselves; with `ca_file` both must hold."},
    Option{.name = "window",
           .type = OptionType::integer,
           .fallback = "1000",
           .example = "128",
           .text = "RELP: how many messages may be unanswered at once; also the most events that "
                   "come twice when cistern is killed.",
           .least = 1,
           .most = 10000},
    Option{.name = "connect_timeout",
           .type = OptionType::duration,
           .fallback = "10s",
           .example = "5s",
           .text = "How long a connection, and then its handshake, may take.",
           .least = 1,
           .most = 300},
    Option{.name = "timeout",
           .type = OptionType::duration,
           .fallback = "30s",
           .example = "1m",
           .text = "A receiver that takes or acknowledges nothing for so long counts as gone: the "
                   "batch is sent again, to the next server where there is one.",
           .least = 1,
           .most = 3600},
    Option{.name = "keep_alive",
           .type = OptionType::duration,
           .fallback = "60s",
           .example = "30s",
           .text = "After so much silence the receiver's system is asked whether it is still "
                   "there.",
           .least = 1,
           .most = 7200},
};

}  // namespace

std::span<const Option> syslog_options() {
  return kOptions;
}

}  // namespace cistern::destinations::syslog
