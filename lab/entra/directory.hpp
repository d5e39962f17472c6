// What Entra and the audit service know of tenants and applications: the switches of the lab.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

struct Tenant {
  unsigned number = 0;   ///< Of the lab's list, from 1.
  std::string id;        ///< GUID.
  std::string domain;    ///< contoso1.onmicrosoft.com
  bool auditing = true;  ///< Unified audit log switched on.
  bool secret_expired = false;
  bool other_cloud = false;  ///< Lives in another national cloud.
  unsigned token_error = 0;  ///< AADSTS number that every token request meets, such as 53003.
  std::optional<std::vector<std::string>> roles;  ///< Instead of the application's.
  std::int64_t token_lifetime = 3599;             ///< Seconds.
  std::int64_t tokens_valid_from = 0;             ///< Unix; older tokens are refused with 401.
  std::set<std::string> disabled;                 ///< Content types that answer AF20023.
  std::uint64_t requests_per_minute = 0;          ///< 0: the lab's own.
  std::uint64_t token_requests_per_minute = 0;    ///< More give AADSTS50196; 0: no limit.
  std::int64_t start_interval = 0;                ///< Least seconds between two starts of a type.
  std::int64_t visible_after = 0;                 ///< Seconds until a start shows in the list.
};

struct RegisteredCertificate {
  std::string pem;
  std::string sha1;
  std::string sha256;
};

struct Application {
  std::string client_id;
  std::vector<std::string> secrets;
  bool secret_expired = false;
  std::vector<std::string> roles;
};

/// Safe to call from any thread; hands out copies.
class Directory {
 public:
  explicit Directory(unsigned tenants);

  /// By GUID or domain name, without case.
  [[nodiscard]] std::optional<Tenant> tenant(std::string_view id_or_domain) const;
  [[nodiscard]] std::vector<Tenant> tenants() const;
  [[nodiscard]] std::optional<Application> application(std::string_view client_id) const;

  /// Applies the members of a JSON object to the tenant; an unknown member changes nothing and
  /// fails. `now` dates "revoke_tokens".
  Status change_tenant(std::string_view id_or_domain, std::string_view json, TimePoint now);

  /// Registers a certificate for every application of the lab.
  Status register_certificate(std::string_view pem);
  [[nodiscard]] std::vector<RegisteredCertificate> certificates() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Tenant, std::less<>> tenants_;
  std::map<std::string, std::string, std::less<>> domains_;
  std::map<std::string, Application, std::less<>> applications_;
  std::vector<RegisteredCertificate> certificates_;
};

}  // namespace cistern::lab
