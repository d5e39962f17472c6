// The table itself: one entry feeds parser, check, help, reference, schema and redaction.
#include "connectors/cisco_umbrella/options.hpp"

#include <array>

namespace cistern::connectors::cisco_umbrella {

namespace {

using config::Option;
using config::OptionType;

constexpr std::array<std::string_view, 3> kAddressing{"auto", "virtual", "path"};

constexpr std::array kOptions{
    Option{
        .name = "data_path",
        .type = OptionType::text,
        .example = "s3://cisco-managed-eu-west-1/2003477_0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
        .text = "Where the logs lie, pasted as the dashboard shows it; bucket and folder are "
                "taken from it."},
    Option{.name = "bucket",
           .type = OptionType::text,
           .example = "contoso-umbrella",
           .text = "Name of the bucket, instead of data_path."},
    Option{.name = "folder",
           .type = OptionType::text,
           .example = "2003477",
           .text = "Folder in the bucket that holds the log folders, with `bucket`; left out, they "
                   "lie at the bucket's root. Consoles for several organisations make a folder for "
                   "each."},
    Option{.name = "region",
           .type = OptionType::text,
           .example = "eu-west-1",
           .text = "AWS region of the bucket; a Cisco-managed bucket has it in its name."},
    Option{.name = "access_key_id",
           .type = OptionType::text,
           .required = true,
           .example = "AKIAIOSFODNN7EXAMPLE",
           .text = "ID of the access key, 20 characters."},
    Option{.name = "secret_access_key",
           .type = OptionType::secret,
           .required = true,
           .example = "${file:/run/credentials/umbrella}",
           .text = "Secret of the access key, 40 characters; the dashboard shows it once."},
    Option{.name = "session_token",
           .type = OptionType::secret,
           .example = "${file:/run/credentials/umbrella-session}",
           .text = "Session token, where the access key is a temporary one."},
    Option{.name = "key_created",
           .type = OptionType::text,
           .example = "2026-09-01",
           .text = "Day on which the access key was made. Cisco refuses keys of its buckets after "
                   "90 days: warned after 75 and 88. Left out, the days are counted from the key's "
                   "first use here."},
    Option{.name = "retention",
           .type = OptionType::duration,
           .fallback = "30d",
           .text = "How long the bucket keeps objects (Cisco: 7, 14 or 30 days); so far back is "
                   "listed once a day, and objects that were read are remembered.",
           .least = 86400,
           .most = 366LL * 86400},
    Option{.name = "lookback",
           .type = OptionType::duration,
           .fallback = "24h",
           .text = "How far back the first start reads; never more than `retention`.",
           .least = 0,
           .most = 366LL * 86400},
    Option{.name = "poll_every",
           .type = OptionType::duration,
           .fallback = "5m",
           .text = "Time between two listings of the newest hour; the vendor uploads every 10 "
                   "minutes. With a queue, between an hour and that.",
           .least = 1,
           .most = 3600},
    Option{.name = "logs",
           .type = OptionType::list,
           .example = "[dnslogs, proxylogs]",
           .text = "Log folders to collect; left out, all that are found, also new ones."},
    Option{.name = "columns",
           .type = OptionType::map,
           .example = "{dnslogs: \"timestamp, identity, domain\"}",
           .text = "Names of the columns of a log in their order, by commas, for objects without a "
                   "header row whose schema is newer than this build."},
    Option{.name = "queue_url",
           .type = OptionType::text,
           .example = "https://sqs.eu-west-1.amazonaws.com/111122223333/umbrella-logs",
           .text = "SQS queue that receives the own bucket's ObjectCreated events, also through "
                   "SNS or EventBridge; objects are then read within seconds, and listed as a "
                   "check."},
    Option{.name = "endpoint",
           .type = OptionType::text,
           .example = "https://minio.example.com:9000",
           .text = "Address of an S3-compatible server, instead of AWS; https only (http for "
                   "loopback addresses)."},
    Option{.name = "addressing",
           .type = OptionType::choice,
           .fallback = "auto",
           .text = "Whether the bucket stands in the host's name (virtual) or in the path; auto is "
                   "virtual at AWS and path at an `endpoint`.",
           .choices = kAddressing},
    Option{.name = "max_object_size",
           .type = OptionType::size,
           .fallback = "1GiB",
           .text = "Objects beyond it, compressed, are not read and said so; memory does not "
                   "depend on it.",
           .least = 1 << 20,
           .most = 1LL << 40},
    Option{.name = "parallel",
           .type = OptionType::integer,
           .fallback = "4",
           .text = "Objects that are fetched at the same time; each takes up to 12 MiB.",
           .least = 1,
           .most = 32},
    Option{.name = "listings_per_minute",
           .type = OptionType::integer,
           .fallback = "300",
           .text = "Pages of 1000 keys that are listed in a minute at most; what is beyond waits, "
                   "the newest hour first. An own bucket's owner pays for each.",
           .least = 10,
           .most = 60000},
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
};

}  // namespace

std::span<const Option> option_table() {
  return kOptions;
}

}  // namespace cistern::connectors::cisco_umbrella
