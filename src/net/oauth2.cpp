#include "net/oauth2.hpp"

#include "base/bytes.hpp"
#include "net/safe_url.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace cistern::net {
namespace {

constexpr std::string_view kAssertionType =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr Duration kTokenTimeout = std::chrono::seconds{60};
constexpr std::uint64_t kMostAnswer = 1024 * 1024;

/// 8-4-4-4-12 hexadecimal digits.
bool looks_like_guid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0)
      return false;
  }
  return true;
}

std::string without_slashes_behind(std::string_view url) {
  while (url.ends_with('/'))
    url.remove_suffix(1);
  return std::string{url};
}

/// Only what a GUID or a domain name may hold, so nothing of it can change the path.
bool is_tenant(std::string_view tenant) {
  return !tenant.empty() && tenant.front() != '.' &&
         std::all_of(tenant.begin(), tenant.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.';
         });
}

Status check_names(const EntraOptions& options) {
  constexpr std::array<std::string_view, 3> kNobody = {"common", "consumers", "organizations"};
  if (!is_tenant(options.tenant)) {
    return fail_stop(
        "entra/tenant-missing",
        "\"" + excerpt(options.tenant, 80) + "\" is neither a tenant's GUID nor a domain name",
        "configure the Tenant ID from the Overview page of Microsoft Entra ID");
  }
  if (std::find(kNobody.begin(), kNobody.end(), lower_case(options.tenant)) != kNobody.end()) {
    return fail_stop("entra/common-tenant",
                     "an application cannot sign in to \"" + options.tenant + "\"",
                     "configure the Tenant ID from the Overview page of Microsoft Entra ID");
  }
  if (options.client_id.empty()) {
    return fail_stop(
        "entra/client-id-missing", "no client id is configured",
        "configure the Application (client) ID from the Overview page of the app registration");
  }
  return {};
}

void add_field(std::string& form, std::string_view name, std::string_view value) {
  if (!form.empty()) form += '&';
  form.append(name).append("=").append(percent_encode(value));
}

Status add_credential(std::string& form, const EntraOptions& options, std::string_view token_url,
                      TimePoint now, Random& random) {
  if (const auto* secret = std::get_if<Secret>(&options.credential)) {
    if (Status usable = check_client_secret(*secret); !usable) return usable;
    secret->use([&](std::string_view text) { add_field(form, "client_secret", text); });
    return {};
  }
  const Result<Secret> assertion = client_assertion(std::get<ClientCertificate>(options.credential),
                                                    options.client_id, token_url, now, random);
  if (!assertion) return fail(assertion.error());
  add_field(form, "client_assertion_type", kAssertionType);
  assertion->use([&](std::string_view text) { add_field(form, "client_assertion", text); });
  return {};
}

}  // namespace

Status check_client_secret(const Secret& secret) {
  if (secret.empty()) {
    return fail_stop("entra/credential-missing", "the client secret is empty",
                     "configure a client secret or a certificate with its private key");
  }
  if (secret.use(looks_like_guid)) {
    return fail_stop("entra/secret-id",
                     "the configured client secret has the form of a secret's ID, not of its value",
                     "create a new client secret under Certificates & secrets of the app "
                     "registration and configure "
                     "what the column Value shows; it is shown once, right after creation");
  }
  return {};
}

namespace {

Result<HttpRequest> build_request(const EntraOptions& options, TimePoint now, Random& random) {
  if (const auto safe = require_safe_url(options.login_url, "the login address"); !safe)
    return fail(safe.error());
  if (const auto safe = require_safe_url(options.resource, "the service address"); !safe)
    return fail(safe.error());
  if (const Status named = check_names(options); !named) return fail(named.error());
  const bool v2 = options.endpoint == TokenEndpoint::v2;
  const std::string resource = without_slashes_behind(options.resource);

  HttpRequest request;
  request.method = "POST";
  request.url = without_slashes_behind(options.login_url) + "/" + options.tenant +
                (v2 ? "/oauth2/v2.0/token" : "/oauth2/token");
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                     {"Accept", "application/json"}};
  request.timeout = kTokenTimeout;
  request.max_body = kMostAnswer;
  request.sensitive = true;
  add_field(request.body, "grant_type", "client_credentials");
  add_field(request.body, "client_id", options.client_id);
  if (v2) {
    add_field(request.body, "scope", resource + "/.default");
  } else {
    add_field(request.body, "resource", resource);
  }
  if (const Status added = add_credential(request.body, options, request.url, now, random);
      !added) {
    return fail(added.error());
  }
  return request;
}

}  // namespace

Result<HttpRequest> token_request(const EntraOptions& options, TimePoint now, Random& random) {
  Result<HttpRequest> request = build_request(options, now, random);
  if (!request) {
    request.error().consequence =
        "nothing was sent; without a login nothing can be collected until this is corrected";
  }
  return request;
}

}  // namespace cistern::net
