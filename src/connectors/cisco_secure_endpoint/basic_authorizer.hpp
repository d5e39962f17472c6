// Adds the API credential to requests, as HTTP Basic authentication.
#pragma once

#include "base/executor.hpp"
#include "base/secret.hpp"
#include "net/authorizer.hpp"

#include <memory>
#include <string>

namespace cistern::connectors::cisco_secure_endpoint {

struct BasicCredential {
  std::string api_url;  ///< The only address that may see the key.
  std::string client_id;
  Secret api_key;
};

/// The header's value. Handle the request as sensitive.
std::string basic_authorization(const BasicCredential& credential);

/// There is no token to be obtained, so nothing is asked and nothing granted. A request to another
/// host than that of `api_url` is refused ("net/foreign-host", stop). `loop` outlives it.
std::unique_ptr<net::Authorizer> make_basic_authorizer(BasicCredential credential, Loop& loop);

}  // namespace cistern::connectors::cisco_secure_endpoint
