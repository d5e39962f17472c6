// The table itself: one entry feeds parser, check, help, reference, schema and redaction.
#include "connectors/crowdstrike_falcon/options.hpp"

#include <array>

namespace cistern::connectors::crowdstrike_falcon {
namespace {

using config::Option;
using config::OptionType;

constexpr std::array<std::string_view, 7> kCloudNames{"auto", "us-1",     "us-2",    "us-3",
                                                      "eu-1", "us-gov-1", "us-gov-2"};

constexpr std::array kOptions{
    Option{.name = "cloud",
           .type = OptionType::choice,
           .fallback = "auto",
           .text =
               "The vendor's cloud that the tenant lives in, as the console's address names it; "
               "auto asks the login of us-1, which names the right one (not those of "
               "government).",
           .choices = kCloudNames},
    Option{.name = "client_id",
           .type = OptionType::text,
           .required = true,
           .example = "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
           .text = "ID of the API client, which needs the scope \"Event streams: Read\"."},
    Option{.name = "client_secret",
           .type = OptionType::secret,
           .required = true,
           .example = "${file:/run/credentials/falcon}",
           .text = "Secret of the API client; the console shows it once."},
    Option{.name = "app_id",
           .type = OptionType::text,
           .required = true,
           .example = "cistern01",
           .text = "Label of this connection, letters and digits, at most 32; two collectors with "
                   "the same one take each other's stream away."},
    Option{.name = "app_id_fallback",
           .type = OptionType::text,
           .example = "cistern02",
           .text = "Label that is tried in turns when app_id stays taken for more than 6 minutes; "
                   "left out, cistern waits."},
    Option{.name = "member_cid",
           .type = OptionType::text,
           .example = "0123456789abcdef0123456789abcdef",
           .text = "Customer ID of the child tenant that a parent's API client acts for."},
    Option{.name = "start",
           .type = OptionType::text,
           .fallback = "oldest",
           .example = "now",
           .text = "Where a feed without a place in the store begins: oldest (everything that the "
                   "vendor still keeps, which is a lot), now, or an offset."},
    Option{.name = "start_offsets",
           .type = OptionType::map,
           .example = "{0: 70689}",
           .text = "Offsets where feeds without a place in the store begin, by feed id or "
                   "partition, or \"*\" for all others; goes before `start`."},
    Option{.name = "partitions",
           .type = OptionType::list,
           .example = "[0, 1]",
           .text = "Partitions to collect; left out, all that the vendor offers."},
    Option{.name = "event_types",
           .type = OptionType::list,
           .example = "[EppDetectionSummaryEvent, IncidentSummaryEvent]",
           .text = "Event types to keep; left out, all. What is left out is counted in the ledger "
                   "and is not stored."},
    Option{.name = "exclude_event_types",
           .type = OptionType::list,
           .example = "[APIActivityAuditEvent]",
           .text = "Event types that are not kept; goes before event_types."},
    Option{.name = "api_url",
           .type = OptionType::text,
           .example = "https://api.us-2.crowdstrike.com",
           .text = "Address of the API, instead of the cloud's; https only (http for loopback "
                   "addresses)."},
    Option{.name = "token_url",
           .type = OptionType::text,
           .example = "https://api.us-2.crowdstrike.com",
           .text = "Address of the login, when it is not api_url; without /oauth2/token."},
    Option{.name = "stream_hosts",
           .type = OptionType::list,
           .example = "[firehose.example.com]",
           .text = "Hosts outside the vendor's domain that may receive the session token of a "
                   "stream, for relays and test servers."},
    Option{.name = "proxy",
           .type = OptionType::text,
           .example = "http://proxy.example.com:3128",
           .text = "HTTP proxy for all requests of this connector."},
    Option{.name = "proxy_user",
           .type = OptionType::text,
           .example = "cistern",
           .text = "User name for the proxy."},
    Option{.name = "proxy_password",
           .type = OptionType::secret,
           .example = "${credential:proxy}",
           .text = "Password for the proxy."},
    Option{.name = "ca_file",
           .type = OptionType::path,
           .example = "/etc/ssl/certs/inspection.pem",
           .text = "PEM bundle of certificate authorities to trust instead of the system's, for "
                   "networks that inspect TLS.",
           .reads_file = true},
    Option{.name = "connect_timeout",
           .type = OptionType::duration,
           .fallback = "15s",
           .text = "Longest time to reach a host.",
           .least = 1,
           .most = 600},
    Option{.name = "read_timeout",
           .type = OptionType::duration,
           .fallback = "75s",
           .text = "A stream without any byte, also without keep-alives, for so long is dead and "
                   "is opened again.",
           .least = 1,
           .most = 3600},
    Option{.name = "reconnect_delay",
           .type = OptionType::duration,
           .fallback = "5s",
           .text =
               "Least time before an ended stream is opened again; doubles up to a minute while "
               "streams end soon. Each connect writes two events into the very stream.",
           .least = 1,
           .most = 600},
};

}  // namespace

std::span<const Option> option_table() {
  return kOptions;
}

}  // namespace cistern::connectors::crowdstrike_falcon
