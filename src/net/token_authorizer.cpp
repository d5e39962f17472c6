#include "net/token_authorizer.hpp"

#include "base/backoff.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include <openssl/crypto.h>

namespace cistern::net {
namespace {

/// The vendor suggests renewal well before the end; a token of a short life is renewed at half of
/// it.
Duration renewal_delay(Duration life) {
  return std::max(life - kRenewBefore, life / 2);
}

/// A failure that is handed out instead of asking again.
struct Held {
  Failure failure;
  Duration until{};  ///< Clock::steady()
};

class TokenAuthorizer final : public Authorizer {
 public:
  TokenAuthorizer(std::unique_ptr<TokenSource> source, HttpClient& http, Loop& loop,
                  const Clock& clock, Random& random)
      : source_(std::move(source)), http_(http), loop_(loop), clock_(clock), random_(random) {}
  TokenAuthorizer(const TokenAuthorizer&) = delete;
  TokenAuthorizer& operator=(const TokenAuthorizer&) = delete;
  ~TokenAuthorizer() override {
    alive_.reset();
    if (asking_) http_.cancel(handle_);
    loop_.cancel(renewal_);
  }

  void authorize(HttpRequest request, Ready ready) override {
    if (Status allowed = check_host(request); !allowed) {
      answer_later(std::move(ready), fail(std::move(allowed).error()));
    } else if (has_token()) {
      answer_later(std::move(ready), with_token(std::move(request)));
    } else if (const auto held = held_failure()) {
      answer_later(std::move(ready), fail(*held));
    } else {
      waiting_.push_back({std::move(request), std::move(ready)});
      ask();
    }
  }

  /// A wait that the vendor asked for stays in force; a refusal does not, because the caller knows
  /// that something has changed.
  void invalidate() override {
    token_.reset();
    loop_.cancel(renewal_);
    if (held_ && held_->failure.verdict != Verdict::retry) held_.reset();
  }

 private:
  struct Waiting {
    HttpRequest request;
    Ready ready;
  };

  [[nodiscard]] Status check_host(const HttpRequest& request) const {
    const Result<std::string> audience = source_->audience();
    if (!audience) return fail(audience.error());
    const std::optional<std::string> origin = url_origin(request.url);
    if (origin == *audience) return {};
    return fail_stop("net/foreign-host",
                     "a request to " + origin.value_or("something that is not a URL") +
                         " was to carry the credential that was issued for " + *audience +
                         "; it was not sent",
                     "nothing, if the address came out of the vendor's answer: cistern goes on "
                     "without it; otherwise "
                     "correct the configured address");
  }

  [[nodiscard]] bool has_token() const {
    return token_ && clock_.steady() + kLeastRemaining < token_end_;
  }

  [[nodiscard]] HttpRequest with_token(HttpRequest request) const {
    token_->value.use([&](std::string_view text) {
      request.headers.push_back({"Authorization", std::string{"Bearer "}.append(text)});
    });
    request.sensitive = true;
    return request;
  }

  [[nodiscard]] std::optional<Failure> held_failure() {
    if (!held_) return std::nullopt;
    const Duration left = held_->until - clock_.steady();
    if (left <= Duration{0}) {
      held_.reset();
      return std::nullopt;
    }
    Failure failure = held_->failure;
    failure.wait = std::chrono::ceil<std::chrono::milliseconds>(left);
    return failure;
  }

  template <class F>
  void post(F task) {
    loop_.post([alive = std::weak_ptr<bool>(alive_), task = std::move(task)] {
      if (!alive.expired()) task();
    });
  }

  void answer_later(Ready ready, Result<HttpRequest> answer) {
    post([ready = std::move(ready), answer = std::move(answer)] { ready(answer); });
  }

  /// One token request at a time, whoever asks.
  void ask() {
    if (std::exchange(asking_, true)) return;
    loop_.cancel(renewal_);
    Result<HttpRequest> request = source_->request(clock_.now(), random_);
    if (!request) {
      post([this, failure = std::move(request).error()] { done_asking(fail(failure)); });
      return;
    }
    handle_ = http_.send(std::move(*request),
                         [this](Result<HttpResponse> response) { take(std::move(response)); });
  }

  void take(Result<HttpResponse> response) {
    if (!response) {
      Failure failure = std::move(response).error();
      failure.cause = "the token request failed: " + failure.cause;
      done_asking(fail(std::move(failure)));
      return;
    }
    Result<Token> token = source_->parse(*response, clock_.now());
    OPENSSL_cleanse(response->body.data(), response->body.size());
    done_asking(std::move(token));
  }

  void done_asking(Result<Token> token) {
    asking_ = false;
    if (token) {
      keep(std::move(*token));
    } else {
      hold(token.error());
    }
    const std::weak_ptr<bool> alive = alive_;
    if (token_ && token && on_grant) on_grant(token_->grant);
    // The receiver may have asked for another token, or have ended everything.
    if (alive.expired()) return;
    for (Waiting& one : std::exchange(waiting_, {})) {
      // The answer may have named another host than the request was made for.
      if (Status allowed = check_host(one.request); token && !allowed) {
        one.ready(fail(std::move(allowed).error()));
      } else if (token && token_) {
        one.ready(with_token(std::move(one.request)));
      } else if (token) {
        authorize(std::move(one.request), std::move(one.ready));
      } else {
        one.ready(fail(token.error()));
      }
      if (alive.expired()) return;
    }
  }

  void keep(Token token) {
    const Duration life = token.expires - clock_.now();
    token_end_ = clock_.steady() + life;
    token_ = std::move(token);
    held_.reset();
    failures_ = 0;
    renew_after(renewal_delay(life));
  }

  void hold(Failure& failure) {
    if (failure.verdict != Verdict::retry) failure.wait = source_->refusal_held();
    if (failure.wait.count() > 0) held_ = Held{failure, clock_.steady() + failure.wait};
    // While the old token serves, the timer goes on by itself; afterwards callers bring it about.
    const Duration delay = std::max<Duration>(Backoff{}.delay(failures_++, random_), failure.wait);
    if (token_ && clock_.steady() + delay < token_end_) renew_after(delay);
  }

  void renew_after(Duration delay) {
    loop_.cancel(renewal_);
    renewal_ = loop_.call_after(delay, [this] { ask(); });
  }

  const std::unique_ptr<TokenSource> source_;
  HttpClient& http_;
  Loop& loop_;
  const Clock& clock_;
  Random& random_;

  std::optional<Token> token_;
  Duration token_end_{};  ///< Clock::steady(): a wall clock that is set must not revive a token.
  std::optional<Held> held_;
  std::vector<Waiting> waiting_;
  bool asking_ = false;
  HttpClient::Handle handle_ = 0;
  Loop::TimerId renewal_ = 0;
  unsigned failures_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

std::unique_ptr<Authorizer> make_token_authorizer(std::unique_ptr<TokenSource> source,
                                                  HttpClient& http, Loop& loop, const Clock& clock,
                                                  Random& random) {
  return std::make_unique<TokenAuthorizer>(std::move(source), http, loop, clock, random);
}

}  // namespace cistern::net
