// The table itself: one entry feeds parser, check, help, reference, schema and redaction.
#include "connectors/cisco_duo/options.hpp"

#include <array>

namespace cistern::connectors::cisco_duo {
namespace {

using config::Option;
using config::OptionType;

constexpr std::array<std::string_view, 3> kSignatures{"v5", "v2-sha512", "v2-sha1"};

constexpr auto kStreamNames = [] {
  std::array<std::string_view, kLogStreams.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i)
    names[i] = kLogStreams[i].name;
  return names;
}();

constexpr std::array kOptions{
    Option{.name = "host",
           .type = OptionType::text,
           .required = true,
           .example = "api-1a2b3c4d.duosecurity.com",
           .text = "API hostname, as the page of the Admin API application shows it; with or "
                   "without https://."},
    Option{.name = "integration_key",
           .type = OptionType::text,
           .required = true,
           .example = "DIWJ8X6AEYOR5OMC6TQ1",
           .text = "Integration key of the Admin API application: 20 characters, the first two are "
                   "DI."},
    Option{.name = "secret_key",
           .type = OptionType::secret,
           .required = true,
           .example = "${file:/run/credentials/duo}",
           .text =
               "Secret key of the same application: 40 characters. It signs every request and is "
               "never sent."},
    Option{.name = "account_id",
           .type = OptionType::text,
           .example = "DAR0DBBUCZQDB8DSDRBX",
           .text =
               "Child account that a managed service provider reads for, with `host` set to the "
               "child's own API hostname."},
    Option{.name = "streams",
           .type = OptionType::list,
           .example = "[authentication, activity, telephony]",
           .text = "Logs to collect; left out, all. The activity log repeats most of what the "
                   "administrator log says, in more detail. A log that the edition lacks is left "
                   "out by itself.",
           .choices = kStreamNames},
    Option{.name = "signature",
           .type = OptionType::choice,
           .fallback = "v5",
           .text = "How requests are signed; the vendor takes all three, the older ones help where "
                   "something between changes headers or parameters.",
           .choices = kSignatures},
    Option{.name = "lookback",
           .type = OptionType::duration,
           .fallback = "179d",
           .text = "How far back the first start reads, at most 179 days (the vendor keeps 180). "
                   "At two requests a minute of 1,000 events each this may take hours; `cistern "
                   "status` shows a forecast.",
           .least = 60,
           .most = 179 * 86400},
    Option{.name = "poll_interval",
           .type = OptionType::duration,
           .fallback = "2m",
           .text = "Time between two polls of one log; below a minute nothing is gained, because "
                   "the vendor shows events two minutes late.",
           .least = 1,
           .most = 86400},
    Option{.name = "overlap",
           .type = OptionType::duration,
           .fallback = "5m",
           .text =
               "How much before the last poll's end each poll reads again, for events that come "
               "late; the last 24 hours are read again every 12 hours in any case.",
           .least = 0,
           .most = 86400},
    Option{.name = "requests_per_minute",
           .type = OptionType::integer,
           .fallback = "2",
           .text = "Requests a minute for each log, which the vendor counts by integration and "
                   "endpoint; more than 2 are answered with 429.",
           .least = 1,
           .most = 6000},
    Option{.name = "burst",
           .type = OptionType::integer,
           .fallback = "2",
           .text = "Requests for one log that may follow each other at once, within the same rate.",
           .least = 1,
           .most = 100},
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
};

}  // namespace

std::span<const Option> option_table() {
  return kOptions;
}

}  // namespace cistern::connectors::cisco_duo
