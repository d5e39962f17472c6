// Tells webhooks what has become available, as the vendor does: a POST with the contents, repeated
// with growing gaps when it is not answered with 200, and given up after too many failures.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "lab/microsoft_365/subscriptions.hpp"
#include "lab/microsoft_365/timeline.hpp"
#include "lab/microsoft_365/webhook_caller.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace cistern::lab {

/// How it behaves; `POST /lab/webhooks` changes it.
struct NotifierOptions {
  std::string authority;  ///< PEM of whom to believe instead of the system's; empty: the system's.
  std::chrono::milliseconds first_gap{1000};  ///< After a failure; doubles.
  unsigned most_failures = 6;                 ///< In a row; then the webhook is disabled.
  bool silent = false;                        ///< Calls nobody, and says nothing of it.
};

/// One delivery, for "list notifications".
struct NotificationAttempt {
  std::string tenant;
  ContentType type = ContentType::entra;
  std::vector<Blob> contents;
  TimePoint sent{};
  std::string status;  ///< "success", or why not.
};

/// A thread of its own; safe to call from any.
class Notifier {
 public:
  Notifier(const Timeline& timeline, Subscriptions& subscriptions, const Clock& clock,
           std::function<TimePoint()> visible_until);
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;
  ~Notifier();

  /// The vendor's validation of an address, before a subscription is started with it. The answer is
  /// the reason for which it is refused; empty when it is not.
  [[nodiscard]] std::string validate(const Webhook& webhook) const;
  /// Changes the options from JSON: "authority", "first_gap_ms", "most_failures", "silent".
  Status change(std::string_view json);
  /// Deliveries that were tried from `from` to `to`, of this tenant and type.
  [[nodiscard]] std::vector<NotificationAttempt> attempts(const std::string& tenant,
                                                          ContentType type, TimePoint from,
                                                          TimePoint to) const;

 private:
  using Key = std::pair<std::string, ContentType>;
  struct Watched {
    TimePoint told_until{};  ///< Epoch: not called yet.
    std::vector<Blob> waiting;
    unsigned failures = 0;
    std::chrono::steady_clock::time_point not_before{};
  };
  struct Delivery {
    Key key;
    Webhook webhook;
    WebhookRequest request;
    std::vector<Blob> contents;
  };

  void run();
  [[nodiscard]] std::vector<Delivery> due();
  void collect(const SubscriptionRow& row, Watched& watched, TimePoint until) const;
  [[nodiscard]] Delivery delivery_of(const SubscriptionRow& row, const Watched& watched) const;
  void delivered(const Delivery& delivery, const WebhookReply& reply);

  const Timeline& timeline_;
  Subscriptions& subscriptions_;
  const Clock& clock_;
  const std::function<TimePoint()> visible_until_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool ending_ = false;
  NotifierOptions options_;
  std::map<Key, Watched> watched_;
  std::deque<NotificationAttempt> attempts_;
  std::thread thread_;
};

}  // namespace cistern::lab
