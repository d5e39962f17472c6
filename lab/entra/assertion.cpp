#include "lab/entra/assertion.hpp"

#include "base/bytes.hpp"
#include "lab/entra/crypto.hpp"

#include <algorithm>

#include <boost/json.hpp>

namespace cistern::lab {

namespace json = boost::json;

namespace {

std::optional<json::object> object_of(std::string_view text) {
  json::error_code error;
  auto value = json::parse(text, error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

std::string string_member(const json::object& object, std::string_view name) {
  const auto* const value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string{};
}

// A NumericDate (RFC 7519): the official Python library sends fractions of seconds.
std::optional<double> date_member(const json::object& object, std::string_view name) {
  const auto* const value = object.if_contains(name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  json::error_code error;
  const auto number = value->to_number<double>(error);
  if (error) return std::nullopt;
  return number;
}

// The certificate that the header names, if it is registered.
const RegisteredCertificate* named_certificate(const json::object& header, JwsAlgorithm algorithm,
                                               const AssertionContext& context) {
  const bool modern = algorithm == JwsAlgorithm::ps256;
  const auto wanted = base64url_decode(string_member(header, modern ? "x5t#S256" : "x5t"));
  if (!wanted || wanted->empty()) return nullptr;
  for (const auto& certificate : context.certificates) {
    if ((modern ? certificate.sha256 : certificate.sha1) == *wanted) return &certificate;
  }
  return nullptr;
}

bool signed_by(const RegisteredCertificate& registered, JwsAlgorithm algorithm,
               const JwsParts& parts) {
  const auto certificate = certificate_from_pem(registered.pem);
  if (!certificate) return false;
  const Key key{X509_get_pubkey(certificate->get())};
  return key && verify_signature(key.get(), algorithm, parts.signed_text, parts.signature);
}

std::optional<TokenRefusal> check_claims(const json::object& claims,
                                         const AssertionContext& context) {
  const auto audience = string_member(claims, "aud");
  if (std::find(context.audiences.begin(), context.audiences.end(), audience) ==
      context.audiences.end()) {
    return TokenRefusal{50013,
                        "'" + excerpt(audience, 120) + "' is not the token endpoint called."};
  }
  const auto expires = date_member(claims, "exp");
  const auto begins = date_member(claims, "nbf");
  const auto now = static_cast<double>(context.unix_now);
  if (!expires || *expires <= now || (begins && *begins > now + 300)) {
    return TokenRefusal{700024, "Check the clock of the client."};
  }
  const auto issuer = string_member(claims, "iss");
  if (issuer.empty() || issuer != string_member(claims, "sub")) return TokenRefusal{50048, ""};
  if (!context.client_id.empty() && !equal_ignoring_case(issuer, context.client_id)) {
    return TokenRefusal{700021, ""};
  }
  return std::nullopt;
}

}  // namespace

std::optional<TokenRefusal> check_assertion(std::string_view assertion,
                                            const AssertionContext& context) {
  const auto parts = split_jws(assertion);
  if (!parts) return TokenRefusal{50012, " It is not a signed token."};
  const auto header = object_of(parts->header);
  const auto claims = object_of(parts->payload);
  if (!header || !claims) return TokenRefusal{50012, " Its parts are not JSON objects."};
  const auto name = string_member(*header, "alg");
  if (name != "PS256" && name != "RS256") {
    return TokenRefusal{700027, "algorithm '" + excerpt(name, 20) + "'."};
  }
  const auto algorithm = name == "PS256" ? JwsAlgorithm::ps256 : JwsAlgorithm::rs256;
  const auto* const certificate = named_certificate(*header, algorithm, context);
  if (certificate == nullptr) {
    return TokenRefusal{700027, "no registered certificate has the thumbprint of its header."};
  }
  if (!signed_by(*certificate, algorithm, *parts)) {
    return TokenRefusal{700027, "the signature was not made with its key."};
  }
  return check_claims(*claims, context);
}

}  // namespace cistern::lab
