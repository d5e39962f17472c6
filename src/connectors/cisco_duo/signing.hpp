// Signatures of Admin API requests: HMAC over a text that names date, method, host, path and
// parameters.
//
// Source: "Duo Admin API", section "Authentication", and the vendor's clients, whose versions are
// called 2 and 5. The log endpoints take them all.
#pragma once

#include "base/http.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_duo {

enum class SignatureVersion : std::uint8_t {
  v2_sha1,
  v2_sha512,
  v5,  ///< As v2 with SHA-512, and hashes of the body and of the X-Duo headers.
};

/// What is signed. All texts as they are sent.
struct SignedRequest {
  std::string date;        ///< The Date header, byte for byte.
  std::string method;      ///< In upper case.
  std::string host;        ///< In lower case, with a port other than the scheme's own.
  std::string path;        ///< "/admin/v2/logs/authentication"
  std::string parameters;  ///< As canonical_parameters() makes them.
  std::string body;        ///< v5 only.
  std::vector<HttpHeader> headers = {};  ///< v5: those that begin with X-Duo- count.
};

/// `Mon, 05 Jan 2026 09:30:00 -0000`, in English whatever the locale.
std::string signing_date(TimePoint time);

/// The hash that stands for the X-Duo headers: names in lower case, sorted, each item separated
/// from the next by a zero byte. Of no such header: the hash of nothing.
std::string duo_headers_hash(const std::vector<HttpHeader>& headers);

/// The text that is signed: lines joined by line feeds, none at the end.
std::string canonical_request(SignatureVersion version, const SignedRequest& request);

/// The HMAC in lower-case hexadecimal digits; the key is the secret's text as it is shown.
std::string signature_of(SignatureVersion version, const SignedRequest& request,
                         const Secret& secret_key);

/// `Basic base64(integration key ":" signature)`.
std::string authorization_of(SignatureVersion version, const SignedRequest& request,
                             std::string_view integration_key, const Secret& secret_key);

}  // namespace cistern::connectors::cisco_duo
