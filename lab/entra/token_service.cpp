#include "lab/entra/token_service.hpp"

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "codec/json.hpp"
#include "lab/entra/assertion.hpp"
#include "lab/entra/token_form.hpp"

#include <algorithm>
#include <array>

#include <boost/json.hpp>

namespace cistern::lab {

namespace json = boost::json;

namespace {

constexpr std::string_view kKeyId = "lab-signing-key";

std::string issuer_of(std::string_view tenant) {
  return "https://sts.windows.net/" + std::string(tenant) + "/";
}

bool is_shared_tenant(std::string_view name) {
  return equal_ignoring_case(name, "common") || equal_ignoring_case(name, "consumers") ||
         equal_ignoring_case(name, "organizations");
}

// The token URL, with the tenant as it was written and by its GUID or domain name.
std::vector<std::string> audiences_of(const Request& request, const Tenant& tenant) {
  const auto rest = request.path.substr(request.path.find('/', 1));
  std::vector<std::string> out{request.base_url + request.path};
  out.push_back(request.base_url + "/" + tenant.id + rest);
  out.push_back(request.base_url + "/" + tenant.domain + rest);
  return out;
}

}  // namespace

struct TokenService::Form : TokenForm {};

TokenService::TokenService(Directory& directory, const Clock& clock, Key key)
    : directory_(directory), clock_(clock), key_(std::move(key)) {}

Response TokenService::token(const Request& request, std::string_view tenant_name,
                             TokenVersion version) {
  const auto now = clock_.now();
  const auto refuse = [now](TokenRefusal refusal) { return refusal_response(refusal, now); };
  if (is_shared_tenant(tenant_name)) return refuse({9001023, ""});
  const auto tenant = directory_.tenant(tenant_name);
  if (!tenant) return refuse({90002, "'" + excerpt(tenant_name, 80) + "'."});
  if (tenant->other_cloud) return refuse({900382, ""});
  auto parsed = parse_token_form(request, version == TokenVersion::v2);
  if (!parsed) return refuse(parsed.error());
  const Form form{*parsed};
  const auto application = directory_.application(form.client_id);
  if (!application) return refuse({700016, "'" + excerpt(form.client_id, 80) + "'."});
  if (auto refusal = count_request(*tenant, form.client_id)) return refuse(*refusal);
  if (auto refusal = check_credentials(request, form, *tenant, *application)) {
    return refuse(*refusal);
  }
  auto resource = version == TokenVersion::v2 ? resource_of_scope(form, request.base_url)
                                              : resource_of_parameter(form, request.base_url);
  if (!resource) return refuse(resource.error());
  if (tenant->token_error != 0) return refuse({tenant->token_error, ""});
  return issue(form, *tenant, *application, std::move(*resource), version);
}

std::optional<TokenRefusal> TokenService::count_request(const Tenant& tenant,
                                                        std::string_view client_id) {
  if (tenant.token_requests_per_minute == 0) return std::nullopt;
  const auto now = clock_.steady();
  const std::lock_guard lock(mutex_);
  auto& times = recent_[tenant.id + "/" + std::string(client_id)];
  while (!times.empty() && times.front() <= now - std::chrono::minutes{1})
    times.pop_front();
  if (times.size() >= tenant.token_requests_per_minute) return TokenRefusal{50196, ""};
  times.push_back(now);
  return std::nullopt;
}

std::optional<TokenRefusal> TokenService::check_credentials(const Request& request,
                                                            const Form& form, const Tenant& tenant,
                                                            const Application& application) const {
  if (!form.secret && !form.assertion) return TokenRefusal{7000218, ""};
  if (form.secret && form.assertion) {
    return TokenRefusal{9002313, "Both a secret and an assertion were sent."};
  }
  if (form.assertion) {
    AssertionContext context;
    context.client_id = form.client_id;
    context.audiences = audiences_of(request, tenant);
    context.certificates = directory_.certificates();
    context.unix_now = unix_seconds(clock_.now());
    return check_assertion(*form.assertion, context);
  }
  const auto& secrets = application.secrets;
  if (std::find(secrets.begin(), secrets.end(), *form.secret) == secrets.end()) {
    return TokenRefusal{7000215, ""};
  }
  if (application.secret_expired || tenant.secret_expired) return TokenRefusal{7000222, ""};
  return std::nullopt;
}

std::string TokenService::sign(const TokenClaims& claims, bool by_certificate) const {
  std::string header;
  codec::JsonWriter(header)
      .begin_object()
      .key("typ")
      .string("JWT")
      .key("alg")
      .string("RS256")
      .key("kid")
      .string(kKeyId)
      .end_object();
  std::string payload;
  codec::JsonWriter writer(payload);
  writer.begin_object().key("aud").string(claims.audience);
  writer.key("iss").string(issuer_of(claims.tenant));
  writer.key("iat").number(claims.issued).key("nbf").number(claims.issued);
  writer.key("exp").number(claims.expires).key("ver").string("1.0");
  writer.key("tid").string(claims.tenant).key("appid").string(claims.client_id);
  writer.key("appidacr").string(by_certificate ? "2" : "1");
  writer.key("idp").string(issuer_of(claims.tenant));
  writer.key("oid").string("bbbbbbbb-0000-4000-8000-000000000002");
  writer.key("sub").string("bbbbbbbb-0000-4000-8000-000000000002");
  // Without a granted permission the claim is absent, not empty.
  if (!claims.roles.empty()) {
    writer.key("roles").begin_array();
    for (const auto& role : claims.roles)
      writer.string(role);
    writer.end_array();
  }
  SystemRandom random;
  writer.key("uti").string(random_uuid(random)).end_object();
  std::string text = base64url_encode(header) + "." + base64url_encode(payload);
  const auto signature = sign_rs256(key_.get(), text);
  return text + "." + base64url_encode(signature);
}

Response TokenService::issue(const Form& form, const Tenant& tenant, const Application& application,
                             std::string resource, TokenVersion version) {
  TokenClaims claims;
  claims.tenant = tenant.id;
  claims.audience = std::move(resource);
  claims.client_id = application.client_id;
  claims.roles = tenant.roles ? *tenant.roles : application.roles;
  claims.issued = unix_seconds(clock_.now());
  claims.expires = claims.issued + tenant.token_lifetime;
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().key("token_type").string("Bearer");
  if (version == TokenVersion::v1) {
    writer.key("expires_in").string(std::to_string(tenant.token_lifetime));
    writer.key("ext_expires_in").string("0");
    writer.key("expires_on").string(std::to_string(claims.expires));
    writer.key("not_before").string(std::to_string(claims.issued));
    writer.key("resource").string(claims.audience);
  } else {
    writer.key("expires_in").number(tenant.token_lifetime);
    writer.key("ext_expires_in").number(tenant.token_lifetime);
  }
  writer.key("access_token").string(sign(claims, form.assertion.has_value())).end_object();
  {
    const std::lock_guard lock(mutex_);
    ++issued_;
  }
  auto response = text_response(200, std::move(body));
  response.headers.push_back({"Pragma", "no-cache"});
  return response;
}

std::optional<TokenClaims> TokenService::read(std::string_view bearer) const {
  const auto parts = split_jws(bearer);
  if (!parts ||
      !verify_signature(key_.get(), JwsAlgorithm::rs256, parts->signed_text, parts->signature)) {
    return std::nullopt;
  }
  json::error_code error;
  const auto payload = json::parse(parts->payload, error);
  if (error) return std::nullopt;
  const auto& object = payload.get_object();
  const auto text = [&](const char* name) { return std::string(object.at(name).get_string()); };
  TokenClaims claims;
  claims.tenant = text("tid");
  claims.audience = text("aud");
  claims.client_id = text("appid");
  claims.issued = object.at("iat").to_number<std::int64_t>();
  claims.expires = object.at("exp").to_number<std::int64_t>();
  if (const auto* roles = object.if_contains("roles")) {
    for (const auto& role : roles->get_array())
      claims.roles.emplace_back(role.get_string());
  }
  return claims;
}

std::uint64_t TokenService::issued() const {
  const std::lock_guard lock(mutex_);
  return issued_;
}

Response TokenService::openid_configuration(const Request& request, std::string_view tenant_name,
                                            TokenVersion version) const {
  const auto tenant = directory_.tenant(tenant_name);
  if (!tenant) {
    return refusal_response({90002, "'" + excerpt(tenant_name, 80) + "'."}, clock_.now());
  }
  const bool v2 = version == TokenVersion::v2;
  const auto base = request.base_url + "/" + tenant->id;
  const auto oauth = base + (v2 ? "/oauth2/v2.0" : "/oauth2");
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().key("token_endpoint").string(oauth + "/token");
  writer.key("token_endpoint_auth_methods_supported").begin_array();
  for (const auto* method : {"client_secret_post", "private_key_jwt", "client_secret_basic"}) {
    writer.string(method);
  }
  writer.end_array();
  writer.key("jwks_uri").string(base + (v2 ? "/discovery/v2.0/keys" : "/discovery/keys"));
  writer.key("issuer").string(v2 ? base + "/v2.0" : issuer_of(tenant->id));
  writer.key("authorization_endpoint").string(oauth + "/authorize");
  writer.key("device_authorization_endpoint").string(oauth + "/devicecode");
  writer.key("tenant_region_scope").string("EU");
  writer.key("cloud_instance_name").string("microsoftonline.com");
  writer.key("msgraph_host").string("graph.microsoft.com").end_object();
  return text_response(200, std::move(body));
}

Response TokenService::keys() const {
  const auto numbers = public_numbers(key_.get());
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().key("keys").begin_array().begin_object();
  writer.key("kty").string("RSA").key("use").string("sig").key("kid").string(kKeyId);
  writer.key("n").string(base64url_encode(numbers.modulus));
  writer.key("e").string(base64url_encode(numbers.exponent));
  writer.end_object().end_array().end_object();
  return text_response(200, std::move(body));
}

Response TokenService::instance_discovery(const Request& request) const {
  const auto endpoint = request.parameter("authorization_endpoint");
  if (!endpoint || !endpoint->starts_with(request.base_url + "/")) {
    return text_response(400, R"({"error":"invalid_instance","error_codes":[50049]})");
  }
  const auto rest = endpoint->substr(request.base_url.size() + 1);
  const auto tenant = std::string(rest.substr(0, rest.find('/')));
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().key("tenant_discovery_endpoint");
  writer.string(request.base_url + "/" + tenant + "/v2.0/.well-known/openid-configuration");
  writer.key("api-version").string("1.1").key("metadata").begin_array().end_array().end_object();
  return text_response(200, std::move(body));
}

}  // namespace cistern::lab
