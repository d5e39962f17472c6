// Access tokens of the vendor's OAuth 2.0 endpoint.
//
// Sources: "OAuth2-Based APIs" of the vendor's developer portal; the vendor's public client
// libraries for the region header.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "net/oauth2.hpp"
#include "net/token_authorizer.hpp"

#include <memory>
#include <string>

namespace cistern::connectors::crowdstrike_falcon {

struct TokenOptions {
  std::string token_url;       ///< "https://api.crowdstrike.com": tokens are asked for there.
  std::string api_url;         ///< The only host that they go to.
  std::string cloud;           ///< "us-1"; empty: whichever the login names.
  bool follow_region = false;  ///< The login's region decides api_url.
  std::string client_id;
  Secret client_secret;
  std::string member_cid;  ///< Of a child customer; empty for the client's own.
};

/// Failure "crowdstrike_falcon/secret-missing" (stop) when there is no secret.
Result<HttpRequest> token_request(const TokenOptions& options);

/// The vendor sends 201, a public mock of it 200. `grant.audience` is the address of the region
/// that the header X-CS-Region names, or api_url; `grant.tenant` stays empty.
///
/// Failures: "crowdstrike_falcon/client-refused" (400), "/address-refused" (the tenant's list of
/// allowed addresses), "/secret-refused" (401 and 403 otherwise), "/wrong-cloud" (the credentials
/// are another region's), all stop; "/throttled" with the wait that was asked for,
/// "/vendor-unavailable" and "/unreadable-answer" are to be repeated. The secret never stands in
/// one, also when the vendor echoes it.
Result<net::Token> parse_token(const HttpResponse& response, const TokenOptions& options,
                               TimePoint now);

/// The region that an answer names; empty when none.
std::string region_of(const HttpResponse& response);

/// Tokens for make_token_authorizer().
std::unique_ptr<net::TokenSource> make_token_source(TokenOptions options);

}  // namespace cistern::connectors::crowdstrike_falcon
