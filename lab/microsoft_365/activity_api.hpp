// Simulator of the Office 365 Management Activity API ("Office 365 Management Activity API
// reference", "FAQs and troubleshooting"), stricter than the vendor where clients were seen to err.
#pragma once

#include "base/clock.hpp"
#include "lab/entra/directory.hpp"
#include "lab/entra/token_service.hpp"
#include "lab/harness/faults.hpp"
#include "lab/harness/http.hpp"
#include "lab/harness/throttle.hpp"
#include "lab/microsoft_365/blob_store.hpp"
#include "lab/microsoft_365/listing.hpp"
#include "lab/microsoft_365/notifier.hpp"
#include "lab/microsoft_365/subscriptions.hpp"
#include "lab/microsoft_365/timeline.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

struct ActivityOptions {
  unsigned page_size = 50;
  std::uint64_t requests_per_minute = 2000;
};

/// Safe to call from any thread.
class ActivityApi {
 public:
  ActivityApi(const Timeline& timeline, BlobStore& blobs, const Directory& directory,
              const TokenService& tokens, const Clock& clock, ActivityOptions options);

  /// What a request below `/api/v1.0/` is about, before any check.
  [[nodiscard]] static RequestFacts facts_of(const Request& request);
  Response answer(const Request& request, const RequestFacts& facts);
  /// A refusal in the API's own words, also for planted faults. An empty code is the front end's
  /// plain 401 or 503.
  [[nodiscard]] Response refusal(const RequestFacts& facts, int status,
                                 std::string_view code) const;

  /// Nothing that would become visible later ever does.
  void freeze();
  /// Goes on where an earlier lab ended; `frozen` as from frozen_since().
  void restore(const std::vector<SubscriptionRow>& subscriptions, TimePoint frozen);
  /// Epoch: not frozen.
  [[nodiscard]] TimePoint frozen_since() const { return TimePoint{Duration{frozen_.load()}}; }
  /// Up to when content has become visible.
  [[nodiscard]] TimePoint visible_until() const;
  [[nodiscard]] const Subscriptions& subscriptions() const { return subscriptions_; }
  [[nodiscard]] Notifier& notifier() { return notifier_; }

 private:
  struct Caller {
    Tenant tenant;
    TokenClaims claims;
    std::optional<ContentType> type;
  };
  using Refused = std::optional<Response>;
  Refused check_token(const Request& request, Caller& caller) const;
  Refused check_tenant(const RequestFacts& facts, Caller& caller) const;
  Refused check_roles(const RequestFacts& facts, const Caller& caller) const;
  Refused check_publisher(const RequestFacts& facts, const Caller& caller);
  Refused check_content_type(const Request& request, const RequestFacts& facts,
                             Caller& caller) const;
  Refused check_subscribed(const Caller& caller) const;

  /// The webhook that a start asks for, validated; or the refusal.
  tl::expected<std::optional<Webhook>, Response> webhook_of(const Request& request,
                                                            const Caller& caller) const;
  Response start(const Request& request, const RequestFacts& facts, const Caller& caller);
  Response stop(const Caller& caller);
  Response list_subscriptions(const Caller& caller) const;
  Response list_content(const Request& request, const Caller& caller) const;
  Response notifications(const Request& request, const Caller& caller) const;
  Response fetch_blob(const Request& request, const Caller& caller);
  Response friendly_names(const Request& request) const;
  [[nodiscard]] std::string next_link(const Request& request, const Caller& caller,
                                      const std::string& token) const;

  const Timeline& timeline_;
  BlobStore& blobs_;
  const Directory& directory_;
  const TokenService& tokens_;
  const Clock& clock_;
  const ActivityOptions options_;
  Subscriptions subscriptions_;
  Throttle throttle_;
  std::atomic<std::int64_t> frozen_{0};  // Nanoseconds since the epoch; 0: not frozen.
  Notifier notifier_;                    // Last: its thread uses all of the above.
};

}  // namespace cistern::lab
