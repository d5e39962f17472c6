// Which content types of which tenant are subscribed, and whose webhook is to be called.
#pragma once

#include "base/time.hpp"
#include "lab/microsoft_365/content_type.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cistern::lab {

struct Webhook {
  std::string address;
  std::string auth_id;
  std::string client_id;  ///< Of the application whose subscription it is.
  std::string base_url;   ///< What links to content begin with: "http://127.0.0.1:4711".
  unsigned tenant_number = 0;
  TimePoint expiration{};  ///< Epoch: none.
  bool disabled = false;   ///< After too many failures.
  friend bool operator==(const Webhook&, const Webhook&) = default;

  [[nodiscard]] bool expired(TimePoint now) const {
    return expiration != TimePoint{} && expiration <= now;
  }
};

struct Subscription {
  bool enabled = false;
  TimePoint first_enabled{};  ///< Since when its content can be read at all.
  TimePoint last_start{};
  std::optional<Webhook> webhook = {};
};

enum class StartOutcome : std::uint8_t { started, already_enabled, too_soon };

struct SubscriptionRow {
  std::string tenant;
  ContentType type = ContentType::entra;
  Subscription subscription;
};

/// Safe to call from any thread.
class Subscriptions {
 public:
  /// A start with another webhook than before, or with none, changes it.
  StartOutcome start(const std::string& tenant, ContentType type, TimePoint now,
                     Duration least_interval, const std::optional<Webhook>& webhook = {}) {
    const std::lock_guard lock(mutex_);
    auto& subscription = all_[{tenant, type}];
    if (is_too_soon(subscription, now, least_interval)) return StartOutcome::too_soon;
    if (subscription.enabled && subscription.webhook == webhook) {
      return StartOutcome::already_enabled;
    }
    if (subscription.first_enabled == TimePoint{}) subscription.first_enabled = now;
    subscription.enabled = true;
    subscription.last_start = now;
    subscription.webhook = webhook;
    return StartOutcome::started;
  }

  [[nodiscard]] bool too_soon(const std::string& tenant, ContentType type, TimePoint now,
                              Duration least_interval) const {
    const std::lock_guard lock(mutex_);
    const auto found = all_.find({tenant, type});
    return found != all_.end() && is_too_soon(found->second, now, least_interval);
  }

  /// Whether there was anything to stop.
  bool stop(const std::string& tenant, ContentType type) {
    const std::lock_guard lock(mutex_);
    const auto found = all_.find({tenant, type});
    if (found == all_.end() || !found->second.enabled) return false;
    found->second.enabled = false;
    return true;
  }

  /// Nobody answers at the address; a webhook that is another one by now is left alone.
  void disable_webhook(const std::string& tenant, ContentType type, const std::string& address) {
    const std::lock_guard lock(mutex_);
    const auto found = all_.find({tenant, type});
    if (found == all_.end() || !found->second.webhook) return;
    if (found->second.webhook->address == address) found->second.webhook->disabled = true;
  }

  /// Nothing if it was never started.
  [[nodiscard]] std::optional<Subscription> get(const std::string& tenant, ContentType type) const {
    const std::lock_guard lock(mutex_);
    const auto found = all_.find({tenant, type});
    if (found == all_.end()) return std::nullopt;
    return found->second;
  }

  [[nodiscard]] std::vector<SubscriptionRow> rows() const {
    const std::lock_guard lock(mutex_);
    std::vector<SubscriptionRow> out;
    for (const auto& [key, subscription] : all_)
      out.push_back({key.first, key.second, subscription});
    return out;
  }

  /// Those with a webhook.
  [[nodiscard]] std::vector<SubscriptionRow> with_webhook() const {
    const std::lock_guard lock(mutex_);
    std::vector<SubscriptionRow> out;
    for (const auto& [key, subscription] : all_) {
      if (subscription.webhook) out.push_back({key.first, key.second, subscription});
    }
    return out;
  }

  /// What an earlier lab's rows() said.
  void restore(const std::vector<SubscriptionRow>& rows) {
    const std::lock_guard lock(mutex_);
    for (const auto& row : rows)
      all_[{row.tenant, row.type}] = row.subscription;
  }

 private:
  static bool is_too_soon(const Subscription& subscription, TimePoint now, Duration least) {
    const bool was_started = subscription.last_start != TimePoint{};
    return was_started && now - subscription.last_start < least;
  }

  mutable std::mutex mutex_;
  std::map<std::pair<std::string, ContentType>, Subscription> all_;
};

}  // namespace cistern::lab
