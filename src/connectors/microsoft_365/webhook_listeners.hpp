// The addresses on which connectors wait for notifications. Several connectors may share one; path
// and AuthID tell them apart.
#pragma once

#include "connectors/microsoft_365/webhook_call.hpp"
#include "net/http_server.hpp"
#include "net/io_loop.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cistern::connectors::microsoft_365 {

/// How one connector receives.
struct WebhookReceiver {
  std::string address = "127.0.0.1";  ///< To listen on.
  std::uint16_t port = 0;
  std::string path;  ///< Of the public address: "/", "/o365/contoso".
  Secret auth_id;
  /// None: plain HTTP behind a reverse proxy, on a loopback address.
  std::optional<net::ServerCertificate> certificate = {};
  std::optional<Failure> unusable = {};  ///< Why the certificate cannot be read.
};

/// What a connector that receives is told; on the loop.
struct WebhookEars {
  /// A call to its path with its AuthID.
  std::function<WebhookVerdict(const WebhookCall&)> called;
  /// Something that reached nobody, by reason: "unknown_path", "auth_id", "tls", "timeout",
  /// "too_large", "not_http", "too_many_connections". Every connector of the address is told.
  std::function<void(std::string_view)> refused;
};

/// Lives on the loop. A listener is open while at least one connector wants it.
class WebhookListeners {
 public:
  WebhookListeners();
  WebhookListeners(const WebhookListeners&) = delete;
  WebhookListeners& operator=(const WebhookListeners&) = delete;
  ~WebhookListeners();

  /// One connector's part of a listener; it ends with this.
  class Place {
   public:
    virtual ~Place() = default;
    [[nodiscard]] virtual std::uint16_t port() const = 0;
    [[nodiscard]] virtual std::size_t connections() const = 0;
    [[nodiscard]] virtual std::uint64_t accepted() const = 0;
  };

  /// Connectors that share an address show one certificate, that of whoever came last. Failures,
  /// Verdict::stop: "net/listen", those of the certificate, and "microsoft_365/webhook-listen" when
  /// one of them wants plain HTTP and the other TLS.
  Result<std::unique_ptr<Place>> open(net::IoLoop& loop, WebhookReceiver receiver,
                                      WebhookEars ears);

 private:
  class Listener;
  std::map<std::pair<std::string, std::uint16_t>, std::weak_ptr<Listener>> listeners_;
};

}  // namespace cistern::connectors::microsoft_365
