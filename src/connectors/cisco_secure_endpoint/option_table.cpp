// The table itself: one entry feeds parser, check, help, reference, schema and redaction.
#include "connectors/cisco_secure_endpoint/event_stream_options.hpp"
#include "connectors/cisco_secure_endpoint/options.hpp"

#include <algorithm>
#include <array>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

using config::Option;
using config::OptionType;

constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kDay = 24 * kHour;

constexpr std::array<std::string_view, 3> kCloudNames{"us", "eu", "apjc"};
constexpr std::array<std::string_view, 2> kStreamNames{"events", "audit"};

constexpr std::array kRestOptions{
    Option{.name = "cloud",
           .type = OptionType::choice,
           .fallback = "us",
           .text = "The vendor's cloud that the organisation lives in, as the console's address "
                   "names it (console.eu.amp.cisco.com is eu); a key works in one cloud only.",
           .choices = kCloudNames},
    Option{.name = "client_id",
           .type = OptionType::text,
           .required = true,
           .example = "0a1b2c3d4e5f60718293",
           .text = "\"3rd Party API Client ID\" of the API credential, 20 hexadecimal digits."},
    Option{.name = "api_key",
           .type = OptionType::secret,
           .required = true,
           .example = "${file:/run/credentials/secure-endpoint}",
           .text = "API key of that credential; the console shows it once. Scope \"Read-only\" is "
                   "enough, but for `event_stream`, which needs \"Read & Write\"."},
    Option{.name = "streams",
           .type = OptionType::list,
           .example = "[events]",
           .text = "What to collect over the REST interface: events of the endpoints, and the "
                   "audit log of the console; left out, both.",
           .choices = kStreamNames},
    Option{.name = "api_url",
           .type = OptionType::text,
           .example = "https://api.eu.amp.cisco.com",
           .text = "Address of the REST interface, instead of the cloud's; https only (http for "
                   "loopback addresses)."},
    Option{.name = "poll_interval",
           .type = OptionType::duration,
           .fallback = "1m",
           .text = "Time between two readings; shorter finds events sooner and uses more of the "
                   "organisation's 3,000 requests an hour. Of a large overlap it is stretched by "
                   "itself, so that at most half of them are used.",
           .least = 1,
           .most = kDay},
    Option{.name = "backfill",
           .type = OptionType::duration,
           .fallback = "30d",
           .text = "How far back the first start reaches; the vendor is said to keep 30 days.",
           .least = 0,
           .most = 400 * kDay},
    Option{.name = "overlap",
           .type = OptionType::duration,
           .fallback = "1h",
           .text = "How much of the past each reading reads again, to find events that come late.",
           .least = 60,
           .most = 7 * kDay},
    Option{.name = "sweep",
           .type = OptionType::duration,
           .fallback = "3d",
           .text = "How much of the past is read again every sweep_interval, for events of "
                   "endpoints that were offline; at most 7d, because repeated events are "
                   "recognised for 11 days.",
           .least = kHour,
           .most = 7 * kDay},
    Option{.name = "sweep_interval",
           .type = OptionType::duration,
           .fallback = "1d",
           .text = "Time between two such readings.",
           .least = 60,
           .most = 30 * kDay},
    Option{.name = "requests_per_minute",
           .type = OptionType::integer,
           .fallback = "50",
           .text = "Requests a minute at most; the vendor allows an organisation 3,000 an hour for "
                   "all of its keys, and cistern also stops by itself before the last hundredth.",
           .least = 1,
           .most = 6000},
    Option{.name = "proxy",
           .type = OptionType::text,
           .example = "http://proxy.example.com:3128",
           .text = "HTTP proxy for all requests of this connector; the event stream's broker is no "
                   "web server and needs a way of its own."},
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
};

/// The event stream's options stand behind those that every connector of this kind needs.
constexpr auto kOptions = [] {
  std::array<Option, kRestOptions.size() + kEventStreamOptions.size()> all;
  auto next = std::copy(kRestOptions.begin(), kRestOptions.end(), all.begin());
  std::copy(kEventStreamOptions.begin(), kEventStreamOptions.end(), next);
  return all;
}();

}  // namespace

std::span<const Option> option_table() {
  return kOptions;
}

}  // namespace cistern::connectors::cisco_secure_endpoint
