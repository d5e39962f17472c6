#include "lab/entra/directory.hpp"

#include "base/bytes.hpp"
#include "lab/entra/crypto.hpp"
#include "lab/lab.hpp"

#include <boost/json.hpp>

namespace cistern::lab {

namespace json = boost::json;

namespace {

tl::unexpected<Failure> refused(const std::string& why) {
  return fail_stop("lab/bad-setting", "the tenant was not changed: " + why,
                   "the members are listed in lab/README.md");
}

bool set_flag(bool& target, const json::value& value) {
  if (value.is_bool()) target = value.get_bool();
  return value.is_bool();
}

template <class Number>
bool set_number(Number& target, const json::value& value) {
  json::error_code error;
  const auto number = value.to_number<Number>(error);
  if (!error) target = number;
  return !error;
}

std::optional<std::vector<std::string>> strings_of(const json::value& value) {
  if (!value.is_array()) return std::nullopt;
  std::vector<std::string> out;
  for (const auto& item : value.get_array()) {
    if (!item.is_string()) return std::nullopt;
    out.emplace_back(item.get_string());
  }
  return out;
}

bool set_roles(Tenant& tenant, const json::value& value) {
  auto roles = strings_of(value);
  if (!roles && !value.is_null()) return false;
  tenant.roles = std::move(roles);
  return true;
}

bool set_disabled(Tenant& tenant, const json::value& value) {
  const auto types = strings_of(value);
  if (types) tenant.disabled = {types->begin(), types->end()};
  return types.has_value();
}

bool set_member(Tenant& tenant, std::string_view name, const json::value& value, TimePoint now) {
  if (name == "auditing") return set_flag(tenant.auditing, value);
  if (name == "secret_expired") return set_flag(tenant.secret_expired, value);
  if (name == "other_cloud") return set_flag(tenant.other_cloud, value);
  if (name == "token_error") return set_number(tenant.token_error, value);
  if (name == "roles") return set_roles(tenant, value);
  if (name == "token_lifetime") return set_number(tenant.token_lifetime, value);
  if (name == "disabled") return set_disabled(tenant, value);
  if (name == "requests_per_minute") return set_number(tenant.requests_per_minute, value);
  if (name == "token_requests_per_minute") {
    return set_number(tenant.token_requests_per_minute, value);
  }
  if (name == "start_interval") return set_number(tenant.start_interval, value);
  if (name == "visible_after") return set_number(tenant.visible_after, value);
  if (name == "revoke_tokens" && value.is_bool()) {
    // Tokens name their second only; one issued in this very second is refused as well.
    if (value.get_bool()) tenant.tokens_valid_from = unix_seconds(now) + 1;
    return true;
  }
  return false;
}

}  // namespace

Directory::Directory(unsigned tenants) {
  for (unsigned number = 1; number <= tenants; ++number) {
    Tenant tenant;
    tenant.number = number;
    tenant.id = lab_tenant_id(number);
    tenant.domain = lab_tenant_domain(number);
    domains_[tenant.domain] = tenant.id;
    tenants_[tenant.id] = std::move(tenant);
  }
  if (tenants > 0) domains_["contoso.onmicrosoft.com"] = lab_tenant_id(1);

  const std::vector<std::string> secrets{std::string(kLabClientSecret),
                                         std::string(kLabOddClientSecret)};
  const std::vector<std::string> roles{"ActivityFeed.Read", "ActivityFeed.ReadDlp"};
  const auto add = [&](std::string_view id, std::vector<std::string> granted, bool expired) {
    applications_[std::string(id)] = {std::string(id), secrets, expired, std::move(granted)};
  };
  add(kLabClientId, roles, false);
  add(kLabRolelessClientId, {}, false);
  add(kLabNoDlpClientId, {"ActivityFeed.Read"}, false);
  add(kLabExpiredClientId, roles, true);
}

std::optional<Tenant> Directory::tenant(std::string_view id_or_domain) const {
  const auto wanted = lower_case(id_or_domain);
  const std::lock_guard lock(mutex_);
  const auto domain = domains_.find(wanted);
  const auto found = tenants_.find(domain == domains_.end() ? wanted : domain->second);
  if (found == tenants_.end()) return std::nullopt;
  return found->second;
}

std::vector<Tenant> Directory::tenants() const {
  const std::lock_guard lock(mutex_);
  std::vector<Tenant> out;
  for (const auto& [id, tenant] : tenants_)
    out.push_back(tenant);
  return out;
}

std::optional<Application> Directory::application(std::string_view client_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = applications_.find(lower_case(client_id));
  if (found == applications_.end()) return std::nullopt;
  return found->second;
}

Status Directory::change_tenant(std::string_view id_or_domain, std::string_view text,
                                TimePoint now) {
  auto changed = tenant(id_or_domain);
  if (!changed) return refused("there is no tenant '" + excerpt(id_or_domain, 80) + "'");
  json::error_code error;
  const auto root = json::parse(text, error);
  if (error || !root.is_object()) return refused("the body is not a JSON object");
  for (const auto& [name, value] : root.get_object()) {
    if (!set_member(*changed, name, value, now)) {
      return refused("'" + std::string(name) + "' is unknown or has no fitting value");
    }
  }
  const std::lock_guard lock(mutex_);
  tenants_[changed->id] = std::move(*changed);
  return {};
}

Status Directory::register_certificate(std::string_view pem) {
  auto certificate = certificate_from_pem(pem);
  if (!certificate) return tl::unexpected(certificate.error());
  RegisteredCertificate entry{std::string(pem), sha1_thumbprint(certificate->get()),
                              sha256_thumbprint(certificate->get())};
  const std::lock_guard lock(mutex_);
  if (certificates_.size() >= 100) {
    return fail_stop("lab/too-many-certificates", "100 certificates are registered already",
                     "start a new lab");
  }
  certificates_.push_back(std::move(entry));
  return {};
}

std::vector<RegisteredCertificate> Directory::certificates() const {
  const std::lock_guard lock(mutex_);
  return certificates_;
}

}  // namespace cistern::lab
