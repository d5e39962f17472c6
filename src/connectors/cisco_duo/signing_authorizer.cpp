#include "connectors/cisco_duo/signing_authorizer.hpp"

#include <utility>

namespace cistern::connectors::cisco_duo {

namespace {

tl::unexpected<Failure> foreign(const HttpRequest& request, const Credential& credential) {
  return fail_stop("net/foreign-host",
                   "a request to " + url_origin(request.url).value_or("something that is no URL") +
                       " was to be signed with the key for " + credential.origin +
                       "; it was not sent",
                   "correct `host`");
}

class SigningAuthorizer final : public net::Authorizer {
 public:
  SigningAuthorizer(Credential credential, Loop& loop, const Clock& clock,
                    std::shared_ptr<const ClockOffset> offset)
      : credential_(std::move(credential)),
        loop_(loop),
        clock_(clock),
        offset_(std::move(offset)) {}

  void authorize(HttpRequest request, Ready ready) override {
    Result<HttpRequest> made =
        sign_request(std::move(request), credential_, clock_.now() + offset_->vendor_ahead);
    loop_.post([alive = std::weak_ptr<bool>(alive_), ready = std::move(ready),
                made = std::move(made)]() mutable {
      if (!alive.expired()) ready(std::move(made));
    });
  }

  /// Nothing is kept between two requests.
  void invalidate() override {}

 private:
  Credential credential_;
  Loop& loop_;
  const Clock& clock_;
  std::shared_ptr<const ClockOffset> offset_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

Result<HttpRequest> sign_request(HttpRequest request, const Credential& credential,
                                 TimePoint vendor_now) {
  const auto origin = url_origin(request.url);
  if (!origin || *origin != credential.origin) return foreign(request, credential);
  const std::size_t path = request.url.find('/', request.url.find("://") + 3);
  const std::string rest = path == std::string::npos ? "/" : request.url.substr(path);
  const std::size_t query = rest.find('?');
  SignedRequest text;
  text.date = signing_date(vendor_now);
  text.method = request.method;
  text.host = origin->substr(origin->find("://") + 3);
  text.path = rest.substr(0, query);
  if (query != std::string::npos) text.parameters = rest.substr(query + 1);
  text.body = request.body;
  text.headers = request.headers;
  request.headers.push_back({"Date", text.date});
  request.headers.push_back(
      {"Authorization", authorization_of(credential.version, text, credential.integration_key,
                                         credential.secret_key)});
  request.sensitive = true;
  return request;
}

std::unique_ptr<net::Authorizer> make_signing_authorizer(
    Credential credential, Loop& loop, const Clock& clock,
    std::shared_ptr<const ClockOffset> offset) {
  return std::make_unique<SigningAuthorizer>(std::move(credential), loop, clock, std::move(offset));
}

}  // namespace cistern::connectors::cisco_duo
