// Adds credentials to requests: bearer tokens now, signatures for other vendors later.
#pragma once

#include "base/http.hpp"
#include "base/poll.hpp"
#include "base/result.hpp"

#include <functional>

namespace cistern::net {

/// Lives on the I/O loop.
class Authorizer {
 public:
  using Ready = std::function<void(Result<HttpRequest>)>;
  virtual ~Authorizer() = default;
  /// Adds what the vendor wants to see, now or after a token has arrived; the callback never runs
  /// inside the call. Refuses a request whose URL leaves the host that the credential was issued
  /// for ("net/foreign-host", stop). Concurrent calls share one token request.
  virtual void authorize(HttpRequest request, Ready ready) = 0;
  /// The vendor refused the credential: the next authorize() obtains a new one.
  virtual void invalidate() = 0;
  /// Called on the loop whenever a credential was obtained.
  std::function<void(const Grant&)> on_grant;
};

}  // namespace cistern::net
