// Which content types of which tenant are subscribed.
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

struct Subscription {
  bool enabled = false;
  TimePoint first_enabled{};  ///< Since when its content can be read at all.
  TimePoint last_start{};
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
  StartOutcome start(const std::string& tenant, ContentType type, TimePoint now,
                     Duration least_interval) {
    const std::lock_guard lock(mutex_);
    auto& subscription = all_[{tenant, type}];
    const bool was_started = subscription.last_start != TimePoint{};
    if (was_started && now - subscription.last_start < least_interval) {
      return StartOutcome::too_soon;
    }
    if (subscription.enabled) return StartOutcome::already_enabled;
    if (subscription.first_enabled == TimePoint{}) subscription.first_enabled = now;
    subscription.enabled = true;
    subscription.last_start = now;
    return StartOutcome::started;
  }

  /// Whether there was anything to stop.
  bool stop(const std::string& tenant, ContentType type) {
    const std::lock_guard lock(mutex_);
    const auto found = all_.find({tenant, type});
    if (found == all_.end() || !found->second.enabled) return false;
    found->second.enabled = false;
    return true;
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

  /// What an earlier lab's rows() said.
  void restore(const std::vector<SubscriptionRow>& rows) {
    const std::lock_guard lock(mutex_);
    for (const auto& row : rows)
      all_[{row.tenant, row.type}] = row.subscription;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, ContentType>, Subscription> all_;
};

}  // namespace cistern::lab
