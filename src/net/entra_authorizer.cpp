#include "net/oauth2.hpp"
#include "net/safe_url.hpp"
#include "net/token_authorizer.hpp"

#include <utility>

namespace cistern::net {
namespace {

class EntraTokens final : public TokenSource {
 public:
  explicit EntraTokens(EntraOptions options)
      : options_(std::move(options)),
        audience_(require_safe_url(options_.resource, "the service address")) {}

  Result<HttpRequest> request(TimePoint now, Random& random) override {
    return token_request(options_, now, random);
  }
  Result<Token> parse(const HttpResponse& response, TimePoint now) override {
    return parse_token_response(response, options_, now);
  }
  [[nodiscard]] Result<std::string> audience() const override { return audience_; }
  [[nodiscard]] std::chrono::milliseconds refusal_held() const override { return kRefusalHeld; }

 private:
  const EntraOptions options_;
  const Result<std::string> audience_;
};

}  // namespace

std::unique_ptr<Authorizer> make_entra_authorizer(EntraOptions options, HttpClient& http,
                                                  Loop& loop, const Clock& clock, Random& random) {
  return make_token_authorizer(std::make_unique<EntraTokens>(std::move(options)), http, loop, clock,
                               random);
}

}  // namespace cistern::net
