#include "connectors/microsoft_365/webhook_listeners.hpp"

#include <utility>

namespace cistern::connectors::microsoft_365 {

namespace {

/// Of everybody who calls one address: 256 KiB each.
constexpr std::size_t kMaxConnections = 32;

std::string_view reason_of(std::string_view code) {
  if (code == "too-large") return "too_large";
  if (code == "not-http") return "not_http";
  if (code == "connections") return "too_many_connections";
  return code;
}

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find_first_of("?#"));
}

}  // namespace

class WebhookListeners::Listener {
 public:
  struct Entry {
    std::string path;
    Secret auth_id;
    WebhookEars ears;
  };

  explicit Listener(bool tls) : tls_(tls) {}

  Status open(net::IoLoop& loop, const WebhookReceiver& receiver) {
    net::HttpServerOptions options;
    options.address = receiver.address;
    options.port = receiver.port;
    options.certificate = receiver.certificate;
    options.max_connections = kMaxConnections;
    options.max_body = kMaxNotificationBody;
    options.refused = [this](std::string_view code) { tell_all(reason_of(code)); };
    auto server = net::serve_http(loop, std::move(options),
                                  [this](const auto& request) { return answer(request); });
    if (!server) return fail(server.error());
    server_ = std::move(*server);
    return {};
  }

  [[nodiscard]] bool tls() const { return tls_; }
  net::HttpServer& server() { return *server_; }
  std::uint64_t add(Entry entry) {
    entries_.emplace(++last_, std::move(entry));
    return last_;
  }
  void remove(std::uint64_t id) { entries_.erase(id); }

 private:
  net::ServedResponse answer(const net::ServedRequest& request) {
    const std::string_view path = path_of(request.target);
    const auto auth_id = request.header("Webhook-AuthID");
    const Entry* found = nullptr;
    bool known_path = false;
    // All of a path are compared, so that the time tells nothing of which one it was.
    for (const auto& [id, entry] : entries_) {
      if (entry.path != path) continue;
      known_path = true;
      if (auth_id_fits(entry.auth_id, auth_id)) found = &entry;
    }
    if (found == nullptr) {
      tell_all(known_path ? "auth_id" : "unknown_path");
      return known_path ? net::ServedResponse{.status = 403, .body = "not allowed\n"}
                        : net::ServedResponse{.status = 404, .body = "there is nothing here\n"};
    }
    const WebhookVerdict verdict =
        found->ears.called({.method = request.method,
                            .auth_id = auth_id,
                            .validation_code = request.header("Webhook-ValidationCode"),
                            .body = request.body});
    if (verdict.refusal.empty()) return {.status = verdict.status, .body = {}};
    return {.status = verdict.status, .body = std::string(verdict.refusal) + "\n"};
  }

  void tell_all(std::string_view reason) {
    for (const auto& [id, entry] : entries_)
      entry.ears.refused(reason);
  }

  const bool tls_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, Entry> entries_;
  std::unique_ptr<net::HttpServer> server_;
};

namespace {

template <class Listener>
class HeldPlace final : public WebhookListeners::Place {
 public:
  HeldPlace(std::shared_ptr<Listener> listener, std::uint64_t id)
      : listener_(std::move(listener)), id_(id) {}
  HeldPlace(const HeldPlace&) = delete;
  HeldPlace& operator=(const HeldPlace&) = delete;
  ~HeldPlace() override { listener_->remove(id_); }

  [[nodiscard]] std::uint16_t port() const override { return listener_->server().port(); }
  [[nodiscard]] std::size_t connections() const override {
    return listener_->server().connections();
  }
  [[nodiscard]] std::uint64_t accepted() const override { return listener_->server().accepted(); }

 private:
  std::shared_ptr<Listener> listener_;
  std::uint64_t id_;
};

}  // namespace

WebhookListeners::WebhookListeners() = default;
WebhookListeners::~WebhookListeners() = default;

Result<std::unique_ptr<WebhookListeners::Place>> WebhookListeners::open(net::IoLoop& loop,
                                                                        WebhookReceiver receiver,
                                                                        WebhookEars ears) {
  if (receiver.unusable) return fail(*receiver.unusable);
  auto& known = listeners_[{receiver.address, receiver.port}];
  std::shared_ptr<Listener> listener = known.lock();
  const bool tls = receiver.certificate.has_value();
  if (listener == nullptr) {
    listener = std::make_shared<Listener>(tls);
    if (Status opened = listener->open(loop, receiver); !opened) return fail(opened.error());
    known = listener;
  } else if (listener->tls() != tls) {
    return fail_stop(
        "microsoft_365/webhook-listen",
        "another connector uses this address " + std::string(tls ? "without TLS" : "with TLS"),
        "give all connectors of one `webhook_listen` the same `webhook_behind_proxy`, "
        "or another port");
  } else if (tls) {
    if (Status shown = listener->server().show(*receiver.certificate); !shown)
      return fail(shown.error());
  }
  const std::uint64_t id =
      listener->add({std::move(receiver.path), std::move(receiver.auth_id), std::move(ears)});
  return std::unique_ptr<Place>(std::make_unique<HeldPlace<Listener>>(std::move(listener), id));
}

}  // namespace cistern::connectors::microsoft_365
