// When to register the webhook of one content type, and until when. Pure.
//
// Vendor's rules: a webhook is registered by starting the subscription, also an enabled one; then
// the vendor calls its address, and refuses the start (AF20021) unless that answers. It ends at its
// expiration, and the vendor disables one that fails too often; a start enables it again. At least
// 15 minutes lie between two starts.
#pragma once

#include "base/secret.hpp"
#include "connectors/microsoft_365/subscription.hpp"
#include "connectors/microsoft_365/wire.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace cistern::connectors::microsoft_365 {

struct WebhookOptions {
  std::string address;  ///< Public, https.
  Secret auth_id;
  Duration lifetime = std::chrono::hours{24 * 3};  ///< Of a registration.
};

class WebhookKeeper {
 public:
  enum class State : std::uint8_t {
    unknown,  ///< Before the subscriptions were listed.
    missing,  ///< None is registered, or one with another address.
    enabled,
    disabled,  ///< By the vendor, after deliveries that failed.
    expired,
    refused,  ///< The vendor did not accept the last registration.
  };

  explicit WebhookKeeper(const WebhookOptions* options) : options_(options) {}

  [[nodiscard]] bool wanted() const { return options_ != nullptr; }
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const std::string& refusal() const { return refusal_; }

  /// What the list of subscriptions, or the answer to a start, says; null: no such subscription.
  void listed(const Subscription* subscription, TimePoint vendor_now);
  /// Whether it is to be registered now: it does not work, or its end is near.
  [[nodiscard]] bool due(TimePoint now, TimePoint vendor_now) const;
  /// When due() turns true by itself; nothing while it is not wanted or under way.
  [[nodiscard]] std::optional<TimePoint> due_at(TimePoint now, TimePoint vendor_now) const;
  /// Until when a registration that is sent now is to be good.
  [[nodiscard]] TimePoint expiration(TimePoint vendor_now) const;

  void sent(TimePoint expiration);
  [[nodiscard]] bool under_way() const { return under_way_; }
  /// The start was not answered, or is to be repeated for a reason that is not the webhook's.
  void again(TimePoint not_before);
  /// The start succeeded. Nothing happens unless a registration is under way; so below.
  void accepted(TimePoint now);
  void refused(std::string vendor_words, TimePoint now);

 private:
  const WebhookOptions* options_;
  State state_ = State::unknown;
  bool under_way_ = false;
  TimePoint expires_{};    ///< Epoch: unknown.
  TimePoint asked_for_{};  ///< The expiration that is under way.
  TimePoint not_before_{};
  std::string refusal_;
};

}  // namespace cistern::connectors::microsoft_365
