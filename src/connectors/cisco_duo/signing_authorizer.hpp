// Signs each request at the moment when it is sent.
#pragma once

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "connectors/cisco_duo/signing.hpp"
#include "connectors/cisco_duo/vendor_clock.hpp"
#include "net/authorizer.hpp"

#include <memory>
#include <string>

namespace cistern::connectors::cisco_duo {

struct Credential {
  std::string integration_key;
  Secret secret_key;
  SignatureVersion version = SignatureVersion::v5;
  std::string origin;  ///< Requests to any other origin are refused.
};

/// The request with Date and Authorization for `vendor_now`, the vendor's time. Failure
/// "net/foreign-host" (stop) for a URL of another origin. Each page of a chain needs this anew: a
/// signature with an old Date is refused.
Result<HttpRequest> sign_request(HttpRequest request, const Credential& credential,
                                 TimePoint vendor_now);

/// `offset` tells how far the vendor's clock is ahead of `clock`; the machine learns it from
/// answers. References outlive the authorizer, which lives on the loop.
std::unique_ptr<net::Authorizer> make_signing_authorizer(Credential credential, Loop& loop,
                                                         const Clock& clock,
                                                         std::shared_ptr<const ClockOffset> offset);

}  // namespace cistern::connectors::cisco_duo
