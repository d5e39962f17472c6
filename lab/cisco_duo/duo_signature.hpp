// What a signed request to Duo's Admin API must carry, worked out anew: nothing here is shared with
// the connector, so that a mistake there does not agree with itself.
#pragma once

#include "lab/harness/http.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

enum class DuoSignature : std::uint8_t { v2_sha1, v2_sha512, v5 };

/// The parts of a request that a signature covers.
struct DuoSigned {
  std::string date;  ///< As sent.
  std::string method;
  std::string host;
  std::string path;
  Parameters parameters;  ///< Decoded; of the query, or of a form body.
  std::string body;       ///< v5: what is no form.
  std::vector<Header> headers;
};

/// Sorted by encoded key, then by encoded value; a blank is `%20`.
std::string duo_parameter_line(const Parameters& parameters);
/// SHA-512 (hexadecimal) over the names and values of headers that begin with `X-Duo-`.
std::string duo_header_digest(const std::vector<Header>& headers);
/// The text that is signed.
std::string duo_signed_text(const DuoSigned& request, DuoSignature version);
/// Lower-case hexadecimal HMAC; the key is the secret key's text as the dashboard shows it.
std::string duo_hmac(const DuoSigned& request, DuoSignature version, std::string_view secret);
/// Which of the three matches, if any does; how the vendor tells them apart is not documented.
std::optional<DuoSignature> duo_version_of(const DuoSigned& request, std::string_view hmac,
                                           std::string_view secret);

/// RFC 2822: `Mon, 05 Jan 2026 09:30:00 -0000`, also with another offset or GMT; English names.
std::optional<TimePoint> parse_mail_date(std::string_view text);

}  // namespace cistern::lab
