// The token endpoints v1 and v2, the OpenID configuration, and the check of tokens they issued.
#pragma once

#include "base/clock.hpp"
#include "lab/entra/crypto.hpp"
#include "lab/entra/directory.hpp"
#include "lab/entra/errors.hpp"
#include "lab/harness/http.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

enum class TokenVersion : std::uint8_t { v1, v2 };

/// The claims of a token of ours.
struct TokenClaims {
  std::string tenant;
  std::string audience;
  std::string client_id;
  std::vector<std::string> roles;
  std::int64_t issued = 0;
  std::int64_t expires = 0;
};

/// Safe to call from any thread.
class TokenService {
 public:
  TokenService(Directory& directory, const Clock& clock, Key key);

  /// `tenant` is the path's first segment, as it came.
  Response token(const Request& request, std::string_view tenant, TokenVersion version);
  Response openid_configuration(const Request& request, std::string_view tenant,
                                TokenVersion version) const;
  Response keys() const;
  /// `/common/discovery/instance`, which client libraries ask before they trust a login host.
  Response instance_discovery(const Request& request) const;

  /// The claims of a bearer token that this service signed, whatever its time; nothing for any
  /// other text.
  [[nodiscard]] std::optional<TokenClaims> read(std::string_view bearer) const;

  [[nodiscard]] std::uint64_t issued() const;

 private:
  struct Form;
  std::optional<TokenRefusal> check_credentials(const Request& request, const Form& form,
                                                const Tenant& tenant,
                                                const Application& application) const;
  std::optional<TokenRefusal> count_request(const Tenant& tenant, std::string_view client_id);
  [[nodiscard]] std::string sign(const TokenClaims& claims, bool by_certificate) const;
  Response issue(const Form& form, const Tenant& tenant, const Application& application,
                 std::string resource, TokenVersion version);

  Directory& directory_;
  const Clock& clock_;
  const Key key_;
  mutable std::mutex mutex_;
  std::map<std::string, std::deque<Duration>, std::less<>> recent_;
  std::uint64_t issued_ = 0;
};

}  // namespace cistern::lab
