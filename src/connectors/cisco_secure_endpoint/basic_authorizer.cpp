#include "connectors/cisco_secure_endpoint/basic_authorizer.hpp"

#include "base/bytes.hpp"
#include "base/http.hpp"
#include "net/safe_url.hpp"

#include <utility>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

class BasicAuthorizer final : public net::Authorizer {
 public:
  BasicAuthorizer(BasicCredential credential, Loop& loop)
      : credential_(std::move(credential)), loop_(loop) {}

  void authorize(HttpRequest request, Ready ready) override {
    auto signed_request = with_header(std::move(request));
    loop_.post([ready = std::move(ready), answer = std::make_shared<Result<HttpRequest>>(std::move(
                                              signed_request))] { ready(std::move(*answer)); });
  }

  /// The key is what it is until the configuration changes.
  void invalidate() override {}

 private:
  Result<HttpRequest> with_header(HttpRequest request) const {
    const auto own = net::require_safe_url(credential_.api_url, "the API's address");
    if (!own) return fail(own.error());
    const auto asked = url_origin(request.url);
    if (asked != *own) {
      return fail_stop("net/foreign-host",
                       "a request to " + asked.value_or("something that is not a URL") +
                           " was to carry the key for " + *own + "; it was not sent",
                       "correct api_url");
    }
    request.headers.push_back({"Authorization", basic_authorization(credential_)});
    request.sensitive = true;
    return request;
  }

  BasicCredential credential_;
  Loop& loop_;
};

}  // namespace

std::string basic_authorization(const BasicCredential& credential) {
  return credential.api_key.use([&](std::string_view key) {
    Secret pair{std::string{credential.client_id}.append(":").append(key)};
    return pair.use([](std::string_view text) { return "Basic " + base64_encode(text); });
  });
}

std::unique_ptr<net::Authorizer> make_basic_authorizer(BasicCredential credential, Loop& loop) {
  return std::make_unique<BasicAuthorizer>(std::move(credential), loop);
}

}  // namespace cistern::connectors::cisco_secure_endpoint
