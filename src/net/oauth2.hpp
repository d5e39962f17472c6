// OAuth 2.0 client credentials as Microsoft Entra speaks it, with a secret or a certificate.
//
// Sources: "Microsoft identity platform and the OAuth 2.0 client credentials flow", "certificate
// credentials", "Microsoft Entra authentication and authorization error codes".
#pragma once

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "base/http.hpp"
#include "base/poll.hpp"
#include "base/random.hpp"
#include "base/secret.hpp"
#include "net/authorizer.hpp"
#include "net/http_client.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cistern::net {

enum class TokenEndpoint : std::uint8_t { v2, v1 };
enum class AssertionAlgorithm : std::uint8_t { ps256, rs256 };

struct ClientCertificate {
  std::string certificate_pem;
  Secret private_key_pem;
  Secret passphrase;  ///< Of the key; empty for none.
  AssertionAlgorithm algorithm = AssertionAlgorithm::ps256;
};

struct EntraOptions {
  std::string login_url;  ///< "https://login.microsoftonline.com"
  std::string tenant;     ///< GUID or verified domain name.
  std::string client_id;
  std::variant<Secret, ClientCertificate> credential;
  std::string resource;  ///< "https://manage.office.com": audience, and the only host tokens go to.
  TokenEndpoint endpoint = TokenEndpoint::v2;
};

/// The token request; pure, apart from the signature's salt. Whatever cannot work is found before
/// anything is sent, all Verdict::stop: "net/url" (no https, other than on this machine),
/// "entra/tenant-missing", "entra/common-tenant", "entra/client-id-missing",
/// "entra/credential-missing", "entra/secret-id" (the secret's ID was pasted for its value), and
/// the failures of client_assertion().
Result<HttpRequest> token_request(const EntraOptions& options, TimePoint now, Random& random);

/// The part of it that looks at a client secret alone: "entra/credential-missing" and
/// "entra/secret-id", both Verdict::stop.
Status check_client_secret(const Secret& secret);

/// What a certificate says about itself, for checks and messages.
struct CertificateFacts {
  std::string subject;
  TimePoint valid_from{};
  TimePoint valid_until{};
  std::string sha1_thumbprint;  ///< Upper-case hexadecimal, as the portal shows it.
};

/// The first certificate of a PEM text. Failure "entra/certificate-unreadable" (stop).
Result<CertificateFacts> inspect_certificate(std::string_view certificate_pem);

/// A signed client assertion for `audience` (the token URL), good for ten minutes. Failures, all
/// Verdict::stop: "entra/certificate-unreadable", "entra/certificate-expired",
/// "entra/certificate-not-yet-valid", "entra/key-unreadable", "entra/key-mismatch",
/// "entra/key-kind", "entra/key-too-small", "entra/cannot-sign".
Result<Secret> client_assertion(const ClientCertificate& certificate, std::string_view client_id,
                                std::string_view audience, TimePoint now, Random& random);

struct Token {
  Secret value;
  TimePoint expires{};
  Grant grant;  ///< From the token's payload; only for diagnosis.
};

/// Interprets the answer of the token endpoint. Failures carry "entra/..." codes and the help text
/// that belongs to the AADSTS number, with correlation id and time; whether to repeat is decided by
/// status and `error`, never by the number alone.
Result<Token> parse_token_response(const HttpResponse& response, const EntraOptions& options,
                                   TimePoint now);

/// Roles, audience, tenant and expiry from a JWT's payload; nothing if it is not one. The signature
/// is not checked: the collector is not the token's audience.
std::optional<Grant> decode_token(std::string_view jwt);

/// A token is renewed when so much of its life remains, or at half of a life shorter than twice
/// that.
inline constexpr Duration kRenewBefore = std::chrono::minutes{5};
/// A token with less than that remaining is not used any more: it might expire on the way.
inline constexpr Duration kLeastRemaining = std::chrono::seconds{30};
/// A refusal (Verdict::stop) is handed out again for so long without asking, as the vendor locks
/// out clients that repeat what was refused.
inline constexpr std::chrono::milliseconds kRefusalHeld = std::chrono::minutes{15};

/// Obtains tokens, keeps one, renews it by a timer when 5 minutes remain, and adds it to requests
/// that go to the resource's own host.
///
/// Callers that wait share one token request. A transient failure is handed to all of them with
/// Verdict::retry and they repeat; within a wait that the vendor asked for, later callers get the
/// same failure at once, with what is left of the wait. A refusal (wrong secret, expired
/// certificate) is remembered for kRefusalHeld or until invalidate(). The renewal timer repeats by
/// itself with growing delays, while the old token goes on serving.
std::unique_ptr<Authorizer> make_entra_authorizer(EntraOptions options, HttpClient& http,
                                                  Loop& loop, const Clock& clock, Random& random);

}  // namespace cistern::net
