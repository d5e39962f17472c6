#include "connectors/microsoft_365/options.hpp"

#include "base/bytes.hpp"
#include "base/http.hpp"
#include "connectors/microsoft_365/option_names.hpp"
#include "connectors/microsoft_365/options_webhook.hpp"
#include "connectors/microsoft_365/wire.hpp"
#include "net/certificate.hpp"

#include <array>
#include <utility>

namespace cistern::connectors::microsoft_365 {

namespace {

using config::Problem;

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
  check_webhook(values, problems);
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

  if (values.has("webhook_url")) {
    auto webhook = make_webhook(values, read_file);
    if (!webhook) return fail(webhook.error());
    machine.webhook = std::move(webhook->registered);
    out.webhook = std::move(webhook->receiver);
  }

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
  if (values.has("webhook_url")) {
    if (Status fit = verify_webhook(values, read_file, now); !fit) return fit;
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
