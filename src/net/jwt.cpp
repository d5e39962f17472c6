#include "base/bytes.hpp"
#include "net/certificate.hpp"
#include "net/oauth2.hpp"

#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json.hpp>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

namespace cistern::net {
namespace {

namespace json = boost::json;

// A vendor whose clock is behind ours must not see an assertion from its future.
constexpr Duration kSkew = std::chrono::seconds{60};
// "Keep it short": the vendor suggests five to ten minutes after nbf.
constexpr Duration kAssertionLife = std::chrono::minutes{10};

constexpr std::size_t kMostToken = 64 * 1024;
constexpr std::size_t kMostRoles = 256;

/// RS256 goes with the SHA-1 thumbprint and PS256 with the SHA-256 one; other pairs are not
/// documented.
std::string header_of(AssertionAlgorithm algorithm, const X509& certificate) {
  json::object header;
  header["typ"] = "JWT";
  if (algorithm == AssertionAlgorithm::ps256) {
    header["alg"] = "PS256";
    header["x5t#S256"] = base64url_encode(thumbprint(certificate, EVP_sha256()));
  } else {
    header["alg"] = "RS256";
    header["x5t"] = base64url_encode(thumbprint(certificate, EVP_sha1()));
  }
  return json::serialize(header);
}

std::string claims_of(std::string_view client_id, std::string_view audience, TimePoint now,
                      Random& random) {
  json::object claims;
  claims["aud"] = json::string_view{audience.data(), audience.size()};
  claims["iss"] = json::string_view{client_id.data(), client_id.size()};
  claims["sub"] = json::string_view{client_id.data(), client_id.size()};
  claims["jti"] = random_uuid(random);
  claims["nbf"] = unix_seconds(now - kSkew);
  claims["iat"] = unix_seconds(now);
  claims["exp"] = unix_seconds(now - kSkew + kAssertionLife);
  return json::serialize(claims);
}

bool set_padding(EVP_PKEY_CTX* context, AssertionAlgorithm algorithm) {
  if (algorithm == AssertionAlgorithm::rs256)
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0;
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) > 0 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) > 0;
}

Result<std::string> sign(EVP_PKEY* key, AssertionAlgorithm algorithm, std::string_view text) {
  const OpensslPointer<EVP_MD_CTX> context{EVP_MD_CTX_new()};
  if (context == nullptr) throw std::bad_alloc();
  EVP_PKEY_CTX* key_context = nullptr;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  std::string signature;
  bool done = EVP_DigestSignInit(context.get(), &key_context, EVP_sha256(), nullptr, key) == 1 &&
              set_padding(key_context, algorithm) &&
              EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1;
  if (done) {
    signature.resize(size);
    done = EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                          bytes, text.size()) == 1;
    signature.resize(size);
  }
  if (!done) {
    const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return fail_stop(
        "entra/cannot-sign",
        std::string{"the private key cannot sign: "} +
            (reason == nullptr ? "no reason given" : reason),
        "make a certificate with a plain RSA key of 2048 bits or more and register it");
  }
  return signature;
}

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(json::string_view{name.data(), name.size()});
  if (value == nullptr || !value->is_string()) return {};
  return std::string{value->get_string().data(), value->get_string().size()};
}

TimePoint expiry_of(const json::object& claims) {
  const json::value* const value = claims.if_contains("exp");
  if (value == nullptr || !value->is_int64()) return {};
  // Beyond 2286 nothing is a token's end, and TimePoint itself ends in 2261.
  const std::int64_t seconds = value->get_int64();
  if (seconds <= 0 || seconds > 9'000'000'000) return {};
  return TimePoint{std::chrono::seconds{seconds}};
}

}  // namespace

Result<Secret> client_assertion(const ClientCertificate& certificate, std::string_view client_id,
                                std::string_view audience, TimePoint now, Random& random) {
  const Result<SigningCertificate> pair = load_signing_certificate(certificate, now);
  if (!pair) return fail(pair.error());
  std::string token = base64url_encode(header_of(certificate.algorithm, *pair->certificate)) + "." +
                      base64url_encode(claims_of(client_id, audience, now, random));
  const Result<std::string> signature = sign(pair->key.get(), certificate.algorithm, token);
  if (!signature) return fail(signature.error());
  token += "." + base64url_encode(*signature);
  return Secret{std::move(token)};
}

std::optional<Grant> decode_token(std::string_view jwt) {
  const auto first = jwt.find('.');
  if (jwt.size() > kMostToken || first == std::string_view::npos) return std::nullopt;
  const auto second = jwt.find('.', first + 1);
  if (second == std::string_view::npos || jwt.find('.', second + 1) != std::string_view::npos)
    return std::nullopt;
  const auto payload = base64url_decode(jwt.substr(first + 1, second - first - 1));
  if (!payload) return std::nullopt;
  boost::system::error_code error;
  const json::value parsed = json::parse(*payload, error);
  if (error || !parsed.is_object()) return std::nullopt;
  const json::object& claims = parsed.get_object();
  Grant grant;
  grant.tenant = text_of(claims, "tid");
  grant.audience = text_of(claims, "aud");
  grant.expires = expiry_of(claims);
  if (const json::value* roles = claims.if_contains("roles");
      roles != nullptr && roles->is_array()) {
    for (const json::value& role : roles->get_array()) {
      if (!role.is_string() || grant.roles.size() == kMostRoles) continue;
      grant.roles.emplace_back(role.get_string().data(), role.get_string().size());
    }
  }
  return grant;
}

}  // namespace cistern::net
