#include "net/aws/aws_authorizer.hpp"

#include "base/bytes.hpp"
#include "net/safe_url.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace cistern::net {
namespace {

bool is_usable(std::string_view text) {
  const auto control = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f;
  };
  return !text.empty() && text.front() != ' ' && text.back() != ' ' &&
         std::none_of(text.begin(), text.end(), control);
}

/// Both services may be at one origin; only requests to SQS name their action in a header.
std::string_view service_of(const HttpRequest& request) {
  const bool queue =
      std::any_of(request.headers.begin(), request.headers.end(), [](const HttpHeader& header) {
        return equal_ignoring_case(header.name, "X-Amz-Target") &&
               header.value.starts_with("AmazonSQS.");
      });
  return queue ? "sqs" : "s3";
}

Status check_credentials(const AwsCredentials& credentials) {
  const bool id = is_usable(credentials.access_key_id);
  if (id && credentials.secret_access_key.use(is_usable)) return {};
  return fail_stop("aws/credential",
                   std::string{id ? "the secret access key" : "the access key id"} +
                       " is empty, begins or ends with a blank, or holds a line break",
                   "set access_key_id and secret_access_key as they were shown, without blanks");
}

class AwsAuthorizer final : public Authorizer {
 public:
  AwsAuthorizer(AwsAuthorizerOptions options, Loop& loop, const Clock& clock)
      : terms_(std::move(options.terms)),
        usable_(check_credentials(options.credentials)),
        signature_(std::move(options.credentials)),
        loop_(loop),
        clock_(clock) {}

  void authorize(HttpRequest request, Ready ready) override {
    loop_.post([this, alive = std::weak_ptr<bool>(alive_), request = std::move(request),
                ready = std::move(ready)]() mutable {
      if (alive.expired()) return;
      ready(sign(std::move(request)));
    });
  }

  void invalidate() override {}

 private:
  Result<HttpRequest> sign(HttpRequest request) {
    if (!usable_) return fail(usable_.error());
    const std::optional<std::string> origin = url_origin(request.url);
    const codec::aws::SigningScope* const scope =
        origin ? terms_->scope_of(*origin, service_of(request)) : nullptr;
    if (scope == nullptr) return foreign_host(origin);
    if (Result<std::string> safe = require_safe_url(request.url, "the address"); !safe)
      return fail(std::move(safe).error());
    const TimePoint now = clock_.now() + terms_->clock_offset();
    Status done =
        signature_.sign(request, {.service = scope->service, .region = scope->region}, now);
    if (!done) return fail(std::move(done).error());
    return request;
  }

  static tl::unexpected<Failure> foreign_host(const std::optional<std::string>& origin) {
    return fail_stop("net/foreign-host",
                     "a request to " + origin.value_or("something that is not a URL") +
                         " was to be signed, and the credential is not meant for that host; it was "
                         "not sent",
                     "nothing, if the address came out of an answer: it is not followed; otherwise "
                     "correct the configured address");
  }

  const std::shared_ptr<const codec::aws::SigningTerms> terms_;
  const Status usable_;
  SignatureV4 signature_;
  Loop& loop_;
  const Clock& clock_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

std::unique_ptr<Authorizer> make_aws_authorizer(AwsAuthorizerOptions options, Loop& loop,
                                                const Clock& clock) {
  return std::make_unique<AwsAuthorizer>(std::move(options), loop, clock);
}

}  // namespace cistern::net
