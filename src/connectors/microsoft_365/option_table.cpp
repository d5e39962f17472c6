// The table itself: one entry feeds parser, check, help, reference, schema and redaction.
#include "connectors/microsoft_365/option_names.hpp"
#include "connectors/microsoft_365/options.hpp"

#include <array>

namespace cistern::connectors::microsoft_365 {

namespace {

using config::Option;
using config::OptionType;

constexpr std::array<std::string_view, 2> kAssertions{"ps256", "rs256"};
constexpr std::array<std::string_view, 2> kEndpoints{"v2", "v1"};
constexpr std::int64_t kDay = 24 * 3600;

constexpr std::array kOptions{
    Option{.name = "tenant",
           .type = OptionType::text,
           .required = true,
           .example = "contoso.onmicrosoft.com",
           .text =
               "Directory (tenant) ID, or a verified domain name of the tenant, whose audit log is "
               "collected."},
    Option{.name = "client_id",
           .type = OptionType::text,
           .required = true,
           .example = "a6099727-0000-4000-8000-509acc563000",
           .text = "Application (client) ID of the app registration that cistern signs in as."},
    Option{
        .name = "client_secret",
        .type = OptionType::secret,
        .example = "${file:/run/credentials/contoso-audit}",
        .text = "Value (not the ID) of a client secret of the app; either this or `certificate`."},
    Option{.name = "certificate",
           .type = OptionType::path,
           .example = "/etc/cistern/contoso.pem",
           .text = "PEM file with the certificate that is registered on the app; it may hold the "
                   "private key "
                   "as well. Either this or `client_secret`.",
           .reads_file = true},
    Option{
        .name = "private_key",
        .type = OptionType::path,
        .example = "/etc/cistern/contoso.key",
        .text =
            "PEM file with the certificate's private key (RSA, 2048 bits or more), when it is not "
            "in the certificate's file.",
        .reads_file = true},
    Option{.name = "private_key_passphrase",
           .type = OptionType::secret,
           .example = "${credential:contoso-key}",
           .text = "Passphrase of an encrypted private key."},
    Option{
        .name = "assertion",
        .type = OptionType::choice,
        .fallback = "ps256",
        .text =
            "How the certificate signs: ps256 as Microsoft documents it today, rs256 for keys or "
            "modules that cannot do PSS.",
        .choices = kAssertions},
    Option{
        .name = "token_endpoint",
        .type = OptionType::choice,
        .fallback = "v2",
        .text = "Which token endpoint is asked; v1 only where a proxy or an old tenant needs it.",
        .choices = kEndpoints},
    Option{.name = "cloud",
           .type = OptionType::choice,
           .fallback = "commercial",
           .text = "The Microsoft cloud the tenant lives in; it decides login_url and manage_url.",
           .choices = kCloudNames},
    Option{
        .name = "manage_url",
        .type = OptionType::text,
        .example = "https://manage.office.com",
        .text =
            "Address of the Management Activity API, instead of the cloud's; https only (http for "
            "loopback addresses)."},
    Option{
        .name = "login_url",
        .type = OptionType::text,
        .example = "https://login.microsoftonline.com",
        .text =
            "Address of the login service, instead of the cloud's; https only (http for loopback "
            "addresses)."},
    Option{.name = "publisher_identifier",
           .type = OptionType::text,
           .example = "a6099727-0000-4000-8000-509acc563000",
           .text =
               "GUID sent with each request to have a quota of one's own; left out, the tenant's."},
    Option{
        .name = "content_types",
        .type = OptionType::list,
        .example = "[Audit.Exchange, Audit.SharePoint]",
        .text =
            "Content types to collect; left out, all five, of which DLP.All is passed over with a "
            "notice when the app has no ActivityFeed.ReadDlp permission.",
        .choices = kContentTypeNames},
    Option{
        .name = "poll_interval",
        .type = OptionType::duration,
        .fallback = "1m",
        .text =
            "Time between two listings of each content type; shorter finds events sooner and uses "
            "more of the tenant's request quota (least 1s).",
        .least = 1,
        .most = kDay},
    Option{.name = "backfill",
           .type = OptionType::duration,
           .fallback = "7d",
           .text = "How far back the first start reaches; Microsoft offers 7 days at most.",
           .least = 0,
           .most = 7 * kDay},
    Option{.name = "overlap",
           .type = OptionType::duration,
           .fallback = "2h",
           .text = "How much of the past each poll lists again, to find content that appears late.",
           .least = 0,
           .most = kDay},
    Option{
        .name = "sweep_interval",
        .type = OptionType::duration,
        .fallback = "12h",
        .text =
            "Time between two listings of all 7 days, which find content that appears later than "
            "`overlap`.",
        .least = 1,
        .most = 6 * kDay},
    Option{
        .name = "requests_per_minute",
        .type = OptionType::integer,
        .fallback = "1000",
        .text =
            "Requests a minute to this tenant; Microsoft begins to refuse at about 2,000, more for "
            "large tenants.",
        .least = 1,
        .most = 60'000},
    Option{.name = "parallel",
           .type = OptionType::integer,
           .fallback = "8",
           .text = "Requests under way at the same time.",
           .least = 1,
           .most = 64},
    Option{.name = "max_blob",
           .type = OptionType::size,
           .fallback = "100MiB",
           .text = "Largest content that is fetched; a larger one is reported, asked for again "
                   "each hour, and "
                   "holds the watermark until this is raised.",
           .least = 1 << 20,
           .most = std::int64_t{4} << 30},
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
    Option{
        .name = "ca_file",
        .type = OptionType::path,
        .example = "/etc/ssl/certs/inspection.pem",
        .text =
            "PEM bundle of certificate authorities to trust instead of the system's, for networks "
            "that inspect TLS.",
        .reads_file = true},
    Option{
        .name = "webhook_url",
        .type = OptionType::text,
        .example = "https://collector.example.com/cistern/contoso",
        .text =
            "Public https address that Microsoft is to call when content becomes available, so "
            "that it is listed at once instead of at the next poll; left out, cistern only polls, "
            "and nothing is missed either way. Connectors that share `webhook_listen` need "
            "different paths or AuthIDs."},
    Option{.name = "webhook_auth_id",
           .type = OptionType::secret,
           .example = "${file:/run/credentials/contoso-webhook}",
           .text = "Text of 16 to 128 characters that Microsoft repeats with each call "
                   "(`openssl rand -hex 24` makes one); a call without it is refused."},
    Option{.name = "webhook_listen",
           .type = OptionType::text,
           .fallback = "127.0.0.1:8443",
           .example = "0.0.0.0:443",
           .text = "Address and port on this machine on which the calls arrive."},
    Option{.name = "webhook_certificate",
           .type = OptionType::path,
           .example = "/etc/cistern/collector.pem",
           .text = "PEM file with the certificate that callers are shown, its issuers behind it; "
                   "its name must be that of `webhook_url`. Read again when it changes.",
           .reads_file = true},
    Option{.name = "webhook_private_key",
           .type = OptionType::path,
           .example = "/etc/cistern/collector.key",
           .text = "PEM file with that certificate's private key, when it is not in the "
                   "certificate's file.",
           .reads_file = true},
    Option{.name = "webhook_private_key_passphrase",
           .type = OptionType::secret,
           .example = "${credential:collector-key}",
           .text = "Passphrase of an encrypted private key of `webhook_certificate`."},
    Option{.name = "webhook_behind_proxy",
           .type = OptionType::boolean,
           .fallback = "false",
           .text =
               "A reverse proxy on this machine takes the calls, with TLS, and hands them on as "
               "plain HTTP with the same path and headers; `webhook_listen` must then be a "
               "loopback address, and there is no `webhook_certificate`."},
    Option{.name = "webhook_lifetime",
           .type = OptionType::duration,
           .fallback = "3d",
           .text = "How long a registration is good; it is renewed when a third of that is left, "
                   "and ends by itself when cistern is gone for good.",
           .least = 3600,
           .most = 180 * kDay},
    Option{.name = "tenant_names",
           .type = OptionType::map,
           .example = "{a6099727-0000-4000-8000-509acc563000: Contoso}",
           .text = "Names for tenant IDs, shown in the delivered documents (organization.name)."},
    Option{
        .name = "redact_detected_values",
        .type = OptionType::boolean,
        .fallback = "true",
        .text =
            "Replaces the matched secrets of DLP records (DetectedValues) in delivered documents; "
            "the store keeps the vendor's words."},
};

}  // namespace

std::span<const Option> option_table() {
  return kOptions;
}

}  // namespace cistern::connectors::microsoft_365
