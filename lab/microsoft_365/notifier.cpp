#include "lab/microsoft_365/notifier.hpp"

#include "base/random.hpp"
#include "codec/json.hpp"

#include <algorithm>
#include <chrono>

#include <boost/json.hpp>

namespace cistern::lab {

namespace json = boost::json;

namespace {

constexpr std::chrono::milliseconds kLook{100};
constexpr std::size_t kMostAtOnce = 100;
constexpr std::size_t kMostAttempts = 10'000;
/// Of one profile or another a blob appears at most so long after its contentCreated.
constexpr Duration kLatest = std::chrono::minutes{5};

std::string contents_of(const std::vector<Blob>& blobs, const std::string& tenant,
                        const Webhook& webhook) {
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_array();
  for (const Blob& blob : blobs) {
    writer.begin_object().key("tenantId").string(tenant);
    writer.key("clientId").string(webhook.client_id);
    writer.key("contentType").string(to_string(blob.type));
    writer.key("contentId").string(blob.content_id);
    writer.key("contentUri")
        .string(webhook.base_url + "/api/v1.0/" + tenant + "/activity/feed/audit/" +
                blob.content_id);
    writer.key("contentCreated").string(format_time(blob.created));
    writer.key("contentExpiration").string(format_time(blob.expires)).end_object();
  }
  writer.end_array();
  return body;
}

std::string words_of(const WebhookReply& reply) {
  if (reply.status == 200) return "success";
  return reply.status == 0 ? reply.error : "the endpoint returned " + std::to_string(reply.status);
}

tl::unexpected<Failure> bad_options(const std::string& why) {
  return fail_stop("lab/bad-setting", "the webhooks' options were not changed: " + why,
                   "the members are listed in lab/README.md");
}

}  // namespace

Notifier::Notifier(const Timeline& timeline, Subscriptions& subscriptions, const Clock& clock,
                   std::function<TimePoint()> visible_until)
    : timeline_(timeline),
      subscriptions_(subscriptions),
      clock_(clock),
      visible_until_(std::move(visible_until)),
      thread_([this] { run(); }) {}

Notifier::~Notifier() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

std::string Notifier::validate(const Webhook& webhook) const {
  SystemRandom random;
  const std::string code = random_uuid(random);
  WebhookRequest request;
  request.address = webhook.address;
  request.headers = {{"Content-Type", "application/json; charset=utf-8"},
                     {"Webhook-ValidationCode", code}};
  if (!webhook.auth_id.empty()) request.headers.push_back({"Webhook-AuthID", webhook.auth_id});
  request.body = R"({"validationCode":")" + code + R"("})";
  {
    const std::lock_guard lock(mutex_);
    request.authority = options_.authority;
  }
  const WebhookReply reply = call_webhook(request);
  return reply.status == 200 ? std::string{} : words_of(reply);
}

Status Notifier::change(std::string_view text) {
  json::error_code error;
  const auto root = json::parse(text, error);
  if (error || !root.is_object()) return bad_options("the body is not a JSON object");
  const std::lock_guard lock(mutex_);
  NotifierOptions changed = options_;
  for (const auto& [name, value] : root.get_object()) {
    if (name == "authority" && value.is_string()) {
      changed.authority = std::string(value.get_string());
    } else if (name == "first_gap_ms" && value.is_int64() && value.get_int64() > 0) {
      changed.first_gap = std::chrono::milliseconds{value.get_int64()};
    } else if (name == "most_failures" && value.is_int64() && value.get_int64() > 0) {
      changed.most_failures = static_cast<unsigned>(value.get_int64());
    } else if (name == "silent" && value.is_bool()) {
      changed.silent = value.get_bool();
    } else {
      return bad_options("'" + std::string(name) + "' is unknown or has no fitting value");
    }
  }
  options_ = changed;
  return {};
}

std::vector<NotificationAttempt> Notifier::attempts(const std::string& tenant, ContentType type,
                                                    TimePoint from, TimePoint to) const {
  const std::lock_guard lock(mutex_);
  std::vector<NotificationAttempt> out;
  for (const auto& attempt : attempts_) {
    if (attempt.tenant != tenant || attempt.type != type) continue;
    if (attempt.sent >= from && attempt.sent < to) out.push_back(attempt);
  }
  return out;
}

void Notifier::run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const std::vector<Delivery> deliveries = due();
    for (const Delivery& delivery : deliveries) {
      lock.unlock();
      const WebhookReply reply = call_webhook(delivery.request);
      lock.lock();
      delivered(delivery, reply);
      if (ending_) return;
    }
    wake_.wait_for(lock, kLook, [this] { return ending_; });
  }
}

void Notifier::collect(const SubscriptionRow& row, Watched& watched, TimePoint until) const {
  const Webhook& webhook = *row.subscription.webhook;
  if (watched.told_until == TimePoint{}) watched.told_until = row.subscription.last_start;
  const auto first = timeline_.bucket_at(watched.told_until - kLatest);
  for (auto bucket = std::max(first, timeline_.first_bucket());
       timeline_.bucket_start(bucket) <= until; ++bucket) {
    for (auto& blob : timeline_.blobs(webhook.tenant_number, row.type, bucket)) {
      if (blob.visible > watched.told_until && blob.visible <= until)
        watched.waiting.push_back(std::move(blob));
    }
  }
  watched.told_until = until;
}

std::vector<Notifier::Delivery> Notifier::due() {
  std::vector<Delivery> out;
  const TimePoint now = clock_.now();
  for (const SubscriptionRow& row : subscriptions_.with_webhook()) {
    const Webhook& webhook = *row.subscription.webhook;
    const bool called = row.subscription.enabled && !webhook.disabled && !webhook.expired(now);
    Watched& watched = watched_[{row.tenant, row.type}];
    if (!called || options_.silent) {
      // What becomes available meanwhile is not told later.
      watched = {};
      watched.told_until = visible_until_();
      continue;
    }
    collect(row, watched, visible_until_());
    if (watched.waiting.empty() || std::chrono::steady_clock::now() < watched.not_before) continue;
    out.push_back(delivery_of(row, watched));
  }
  return out;
}

Notifier::Delivery Notifier::delivery_of(const SubscriptionRow& row, const Watched& watched) const {
  Delivery out{.key = {row.tenant, row.type},
               .webhook = *row.subscription.webhook,
               .request = {},
               .contents = {}};
  const auto count = std::min(watched.waiting.size(), kMostAtOnce);
  out.contents.assign(watched.waiting.begin(),
                      watched.waiting.begin() + static_cast<std::ptrdiff_t>(count));
  out.request.address = out.webhook.address;
  out.request.authority = options_.authority;
  out.request.headers = {{"Content-Type", "application/json; charset=utf-8"}};
  if (!out.webhook.auth_id.empty())
    out.request.headers.push_back({"Webhook-AuthID", out.webhook.auth_id});
  out.request.body = contents_of(out.contents, row.tenant, out.webhook);
  return out;
}

void Notifier::delivered(const Delivery& delivery, const WebhookReply& reply) {
  Watched& watched = watched_[delivery.key];
  attempts_.push_back({.tenant = delivery.key.first,
                       .type = delivery.key.second,
                       .contents = delivery.contents,
                       .sent = clock_.now(),
                       .status = words_of(reply)});
  if (attempts_.size() > kMostAttempts) attempts_.pop_front();
  if (reply.status == 200) {
    watched.failures = 0;
    const auto count = std::min(watched.waiting.size(), delivery.contents.size());
    watched.waiting.erase(watched.waiting.begin(),
                          watched.waiting.begin() + static_cast<std::ptrdiff_t>(count));
    return;
  }
  const auto gap = options_.first_gap * (1U << std::min(watched.failures, 10U));
  watched.not_before = std::chrono::steady_clock::now() + gap;
  if (++watched.failures < options_.most_failures) return;
  subscriptions_.disable_webhook(delivery.key.first, delivery.key.second, delivery.webhook.address);
}

}  // namespace cistern::lab
