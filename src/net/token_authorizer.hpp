// Bearer tokens of any vendor: obtained, kept, renewed by a timer, and added to requests.
#pragma once

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "base/http.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "net/authorizer.hpp"
#include "net/http_client.hpp"
#include "net/oauth2.hpp"

#include <memory>
#include <string>

namespace cistern::net {

/// What differs between vendors: how a token is asked for, and what the answer means. Decisions
/// only; called on the loop.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  /// Failures are final until something changes, and nothing is sent.
  virtual Result<HttpRequest> request(TimePoint now, Random& random) = 0;
  /// A refusal has Verdict::stop; anything else is repeated, after its wait.
  virtual Result<Token> parse(const HttpResponse& response, TimePoint now) = 0;
  /// The only origin that tokens go to; an answer may have changed it.
  [[nodiscard]] virtual Result<std::string> audience() const = 0;
  /// A refusal is handed out again for so long without asking.
  [[nodiscard]] virtual std::chrono::milliseconds refusal_held() const = 0;
};

/// Obtains tokens, keeps one, renews it by a timer when 5 minutes remain (at half of a shorter
/// life), and adds it to requests that go to the audience's own host.
///
/// Callers that wait share one token request. A transient failure is handed to all of them with
/// Verdict::retry and they repeat; within a wait that the vendor asked for, later callers get the
/// same failure at once, with what is left of the wait. A refusal is remembered for its time or
/// until invalidate(). The renewal timer repeats by itself with growing delays, while the old token
/// goes on serving.
std::unique_ptr<Authorizer> make_token_authorizer(std::unique_ptr<TokenSource> source,
                                                  HttpClient& http, Loop& loop, const Clock& clock,
                                                  Random& random);

}  // namespace cistern::net
