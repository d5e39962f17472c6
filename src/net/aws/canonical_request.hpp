// The canonical form of a request, which both sides of Signature Version 4 make and sign. Pure.
//
// Source: AWS General Reference, "Create a canonical request".
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>

namespace cistern::net {

struct CanonicalRequest {
  std::string text;
  std::string signed_headers;  ///< "host;x-amz-date"
};

/// Of a request as it stands, with the hash of its body in hexadecimal. The host is the URL's, with
/// its port unless that is the scheme's own, as libcurl sends it. Of the headers all count but
/// those that a proxy may change. Failure "aws/unsignable" (stop): no absolute http or https URL, a
/// Host header of its own, or a header with a control character.
Result<CanonicalRequest> canonical_request(const HttpRequest& request, std::string_view service,
                                           std::string_view payload_hash);

/// The path's canonical form; `path` as it stands in the URL. S3's is encoded once and otherwise
/// left alone, because `a//b` and `../a` are keys; those of other services are normalised, and
/// encoded on top of how they are sent.
std::string canonical_path(std::string_view path, std::string_view service);

/// The query's: decoded, encoded, sorted by encoded name, then by value. A '+' is a '+'.
std::string canonical_query(std::string_view query);

}  // namespace cistern::net
