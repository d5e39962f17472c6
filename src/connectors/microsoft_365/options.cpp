#include "connectors/microsoft_365/options.hpp"

#include "base/bytes.hpp"
#include "base/http.hpp"
#include "connectors/microsoft_365/wire.hpp"
#include "net/certificate.hpp"

#include <array>
#include <utility>

namespace cistern::connectors::microsoft_365 {

namespace {

using config::Option;
using config::OptionType;
using config::Problem;

constexpr std::array<std::string_view, 5> kContentTypeNames{
    "Audit.AzureActiveDirectory", "Audit.Exchange", "Audit.SharePoint", "Audit.General", "DLP.All"};
constexpr std::array<std::string_view, 2> kAssertions{"ps256", "rs256"};
constexpr std::array<std::string_view, 2> kEndpoints{"v2", "v1"};
constexpr std::array<std::string_view, 5> kCloudNames{"commercial", "gcc", "gcc_high", "dod",
                                                      "china"};

struct Cloud {
  std::string_view login;
  std::string_view manage;
};

/// In the order of kCloudNames.
constexpr std::array<Cloud, 5> kClouds{{
    {"https://login.microsoftonline.com", "https://manage.office.com"},
    {"https://login.microsoftonline.com", "https://manage-gcc.office.com"},
    {"https://login.microsoftonline.us", "https://manage.office365.us"},
    {"https://login.microsoftonline.us", "https://manage.protection.apps.mil"},
    {"https://login.partner.microsoftonline.cn", "https://manage.office365.cn"},
}};

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

bool is_loopback(std::string_view url) {
  const auto origin = url_origin(url);
  if (!origin) return false;
  std::string_view host = std::string_view{*origin}.substr(origin->find("://") + 3);
  if (host.starts_with("[::1]")) return true;
  host = host.substr(0, host.find(':'));
  return host == "localhost" || host.starts_with("127.");
}

bool is_domain(std::string_view text) {
  if (text.size() > 253 || text.find('.') == std::string_view::npos) return false;
  if (text.front() == '.' || text.back() == '.') return false;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && c != '-' && c != '.') return false;
  }
  return true;
}

/// Collects problems of one component.
class Checker {
 public:
  Checker(const config::Values& values, std::vector<Problem>& problems)
      : values_(values), problems_(problems) {}

  void add(std::string_view option, std::string what, std::string next_step) {
    Problem problem;
    problem.place = values_.place(option);
    problem.what = std::move(what);
    problem.next_step = std::move(next_step);
    problems_.push_back(std::move(problem));
  }

  void guid(std::string_view option, std::string next_step) {
    if (!values_.has(option) || is_guid(values_.text(option))) return;
    add(option, "'" + std::string(option) + "' is not a GUID", std::move(next_step));
  }

  void url(std::string_view option) {
    if (!values_.has(option)) return;
    const std::string& url = values_.text(option);
    const auto origin = url_origin(url);
    const std::string_view bare =
        url.ends_with('/') ? std::string_view{url}.substr(0, url.size() - 1) : url;
    if (!origin || bare.find('/', bare.find("://") + 3) != std::string_view::npos ||
        bare.find_first_of("?#") != std::string_view::npos) {
      return add(option, "'" + std::string(option) + "' is not an address of the form https://host",
                 "write scheme, host and perhaps a port, without a path");
    }
    if (origin->starts_with("http://") && !is_loopback(url)) {
      add(option, "'" + std::string(option) + "' would send credentials without encryption",
          "use https; plain http is allowed for loopback addresses only");
    }
  }

 private:
  const config::Values& values_;
  std::vector<Problem>& problems_;
};

void check_credential(const config::Values& values, Checker& checker) {
  const bool secret = values.has("client_secret");
  const bool certificate = values.has("certificate");
  if (!secret && !certificate) {
    checker.add("client_id", "there is neither 'client_secret' nor 'certificate'",
                "give one of them; `cistern guide microsoft_365` shows how to get it");
  }
  if (secret && certificate) {
    checker.add("client_secret", "there are both 'client_secret' and 'certificate'",
                "remove one; the certificate is the safer choice");
  }
  if (!certificate && (values.has("private_key") || values.has("private_key_passphrase"))) {
    checker.add(values.has("private_key") ? "private_key" : "private_key_passphrase",
                "there is a private key without a 'certificate'",
                "add the certificate's PEM file as 'certificate'");
  }
}

std::string address(const config::Values& values, std::string_view option,
                    std::string_view fallback) {
  std::string url = values.has(option) ? values.text(option) : std::string(fallback);
  while (url.ends_with('/'))
    url.pop_back();
  return url;
}

const Cloud& cloud_of(const config::Values& values) {
  for (std::size_t i = 0; i < kCloudNames.size(); ++i) {
    if (values.text("cloud") == kCloudNames[i]) return kClouds[i];
  }
  return kClouds.front();
}

Result<net::ClientCertificate> read_certificate(const config::Values& values,
                                                const ReadFile& read_file) {
  const auto certificate = read_file(values.text("certificate"));
  if (!certificate) return fail(certificate.error());
  net::ClientCertificate out;
  out.certificate_pem = *certificate;
  if (values.has("private_key")) {
    auto key = read_file(values.text("private_key"));
    if (!key) return fail(key.error());
    out.private_key_pem = Secret{std::move(*key)};
  } else {
    out.private_key_pem = Secret{*certificate};
  }
  if (values.has("private_key_passphrase"))
    out.passphrase = values.secret("private_key_passphrase");
  out.algorithm = values.text("assertion") == "rs256" ? net::AssertionAlgorithm::rs256
                                                      : net::AssertionAlgorithm::ps256;
  return out;
}

Result<net::EntraOptions> make_entra(const config::Values& values, const ReadFile& read_file) {
  net::EntraOptions out;
  out.login_url = address(values, "login_url", cloud_of(values).login);
  out.tenant = values.text("tenant");
  out.client_id = values.text("client_id");
  out.resource = address(values, "manage_url", cloud_of(values).manage);
  out.endpoint =
      values.text("token_endpoint") == "v1" ? net::TokenEndpoint::v1 : net::TokenEndpoint::v2;
  if (!values.has("certificate")) {
    out.credential = values.secret("client_secret");
    return out;
  }
  auto certificate = read_certificate(values, read_file);
  if (!certificate) return fail(certificate.error());
  out.credential = std::move(*certificate);
  return out;
}

}  // namespace

std::span<const Option> option_table() {
  return kOptions;
}

void check_options(const config::Values& values, std::vector<Problem>& problems) {
  Checker checker(values, problems);
  if (values.has("tenant") && !is_guid(values.text("tenant")) &&
      !is_domain(values.text("tenant"))) {
    checker.add("tenant", "'tenant' is neither a GUID nor a domain name",
                "copy the Directory (tenant) ID from the app's Overview page");
  }
  checker.guid("client_id", "copy the Application (client) ID from the app's Overview page");
  checker.guid("publisher_identifier",
               "use a tenant's GUID, or remove the option: the own tenant's is used then");
  checker.url("manage_url");
  checker.url("login_url");
  check_credential(values, checker);
  if (values.has("content_types") && values.list("content_types").empty()) {
    checker.add("content_types", "'content_types' is empty",
                "name at least one, or remove the option");
  }
  if (values.has("tenant_names")) {
    for (const auto& [guid, name] : values.map("tenant_names")) {
      if (is_guid(guid)) continue;
      checker.add("tenant_names", "'" + excerpt(guid, 64) + "' in 'tenant_names' is not a GUID",
                  "write the tenant's GUID before the colon and its name after it");
    }
  }
}

Result<Settings> make_settings(const config::Values& values, const ReadFile& read_file) {
  auto entra = make_entra(values, read_file);
  if (!entra) return fail(entra.error());
  Settings out;
  out.entra = std::move(*entra);
  out.parallel = static_cast<unsigned>(values.integer("parallel"));
  out.requests_per_minute = static_cast<double>(values.integer("requests_per_minute"));

  MachineOptions& machine = out.machine;
  machine.manage_url = out.entra.resource;
  machine.login_url = out.entra.login_url;
  machine.tenant = values.text("tenant");
  if (values.has("publisher_identifier")) machine.publisher = values.text("publisher_identifier");
  if (values.has("content_types")) {
    machine.content_types = values.list("content_types");
    for (const std::string& name : machine.content_types)
      machine.dlp_required |= name == kDlp;
  } else {
    machine.content_types.assign(kContentTypeNames.begin(), kContentTypeNames.end());
  }
  machine.poll_interval = values.duration("poll_interval");
  machine.backfill = values.duration("backfill");
  machine.overlap = values.duration("overlap");
  machine.sweep_interval = values.duration("sweep_interval");
  machine.max_blob = values.size("max_blob");
  // Enough to keep all slots busy; more would only wait in line when the vendor begins to refuse.
  machine.max_blobs_pending = out.parallel * 2;

  if (values.has("proxy")) out.http.proxy = values.text("proxy");
  if (values.has("proxy_user")) out.http.proxy_user = values.text("proxy_user");
  if (values.has("proxy_password")) out.http.proxy_password = values.secret("proxy_password");
  if (values.has("ca_file")) out.http.ca_file = values.text("ca_file");
  out.http.max_connections = out.parallel + 2;
  return out;
}

std::vector<std::string> what_is_read(const config::Values& values) {
  std::vector<std::string> types{kContentTypeNames.begin(), kContentTypeNames.end()};
  if (values.has("content_types")) types = values.list("content_types");
  // The same tenant ID may be simulated or proxied at several addresses.
  const std::string where = values.has("manage_url") ? " at " + values.text("manage_url") : "";
  for (std::string& type : types)
    type = "tenant " + lower_case(values.text("tenant")) + where + ", " + type;
  return types;
}

bool continues_position(const config::Values& values, const Position& position) {
  const std::string tenant = lower_case(values.text("tenant"));
  for (const char* key : {"domain", "tenant"}) {
    const auto found = position.find(key);
    if (found != position.end() && lower_case(found->second) == tenant) return true;
  }
  return false;
}

Status verify_files(const config::Values& values, const ReadFile& read_file, TimePoint now) {
  // Secrets are read from elsewhere, so a wrong one must not keep the other connectors from
  // starting: this connector alone is refused, before any request.
  if (values.has("client_secret") && !values.secret("client_secret").empty()) {
    if (auto fit = net::check_client_secret(values.secret("client_secret")); !fit) return fit;
  }
  if (values.has("certificate")) {
    const auto source = read_certificate(values, read_file);
    if (!source) return fail(source.error());
    const auto loaded = net::load_signing_certificate(*source, now);
    if (!loaded) return fail(loaded.error());
  }
  if (values.has("ca_file")) {
    const auto bundle = read_file(values.text("ca_file"));
    if (!bundle) return fail(bundle.error());
    if (!net::read_certificate(*bundle)) {
      return fail_stop("microsoft_365/ca-file",
                       values.text("ca_file") + " holds no certificate in PEM form",
                       "write the certificates of the authorities to trust there, each between "
                       "BEGIN CERTIFICATE and END CERTIFICATE");
    }
  }
  return {};
}

ecs::ViewOptions make_view_options(const config::Values& values) {
  ecs::ViewOptions out;
  out.texts["redact_detected_values"] = values.boolean("redact_detected_values") ? "true" : "false";
  auto& names = out.tables["tenant_names"];
  if (values.has("tenant_names")) {
    for (const auto& [guid, name] : values.map("tenant_names"))
      names[lower_case(guid)] = name;
  }
  return out;
}

}  // namespace cistern::connectors::microsoft_365
