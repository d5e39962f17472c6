#include "net/curl_multi.hpp"
#include "net/curl_transfer.hpp"
#include "net/io_loop.hpp"
#include "net/start_queue.hpp"

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include <curl/curl.h>

namespace cistern::net {
namespace {

/// Every call of the multi handle happens on the loop. libcurl's own callbacks only note things:
/// users' callbacks run after libcurl has returned, and may send, cancel, or destroy the client.
class CurlClient final : public HttpClient, private CurlMulti::Listener {
 public:
  CurlClient(IoLoop& loop, HttpClientOptions options)
      : loop_(loop),
        options_(std::move(options)),
        queue_(options_.max_connections, options_.max_starting),
        multi_(loop, *this, options_.max_connections) {}
  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;

  ~CurlClient() override {
    alive_.reset();
    for (auto& [handle, exchange] : exchanges_) {
      if (exchange.running) multi_.remove(exchange.transfer->easy());
    }
  }

  Handle send(HttpRequest request, Callback done) override {
    const Handle handle = ++last_handle_;
    const std::optional<std::string> origin = url_origin(request.url);
    Status sendable = check_proxy(options_);
    if (sendable) sendable = check_request(request, origin);
    if (!sendable) {
      refused_.emplace(handle, Refused{sendable.error(), std::move(done)});
      post([this, handle] { deliver_refusal(handle); });
      return handle;
    }
    auto transfer =
        std::make_unique<Transfer>(std::move(request), *origin, options_, std::move(done));
    handles_.emplace(transfer->easy(), handle);
    exchanges_.emplace(handle, Exchange{std::move(transfer)});
    queue_.add(*origin, handle);
    start_soon();
    return handle;
  }

  void cancel(Handle handle) override {
    refused_.erase(handle);
    const auto found = exchanges_.find(handle);
    if (found != exchanges_.end()) const auto removed = take_out(found);
  }

 private:
  struct Exchange {
    std::unique_ptr<Transfer> transfer;
    bool running = false;
    bool starting = false;
  };
  struct Refused {
    Failure failure;
    Callback done;
  };
  using Exchanges = std::unordered_map<Handle, Exchange>;

  /// Runs the task later, unless the client has gone by then.
  template <class F>
  void post(F task) {
    loop_.post([alive = std::weak_ptr<bool>(alive_), task = std::move(task)] {
      if (!alive.expired()) task();
    });
  }

  void deliver_refusal(Handle handle) {
    auto node = refused_.extract(handle);
    if (!node.empty()) node.mapped().done(fail(std::move(node.mapped().failure)));
  }

  void start_soon() {
    if (std::exchange(start_posted_, true)) return;
    post([this] {
      start_posted_ = false;
      while (const auto handle = queue_.next())
        begin(*handle);
    });
  }

  void begin(Handle handle) {
    Exchange& exchange = exchanges_.at(handle);
    exchange.running = true;
    exchange.starting = true;
    exchange.transfer->exchange().on_connected = [this, handle] { note_connected(handle); };
    multi_.add(exchange.transfer->easy());
  }

  void note_connected(Handle handle) {
    Exchange& exchange = exchanges_.at(handle);
    if (!std::exchange(exchange.starting, false)) return;
    queue_.started(exchange.transfer->origin());
    start_soon();
  }

  /// Ends libcurl's part of an exchange and gives its place to the next.
  std::unique_ptr<Transfer> take_out(Exchanges::iterator found) {
    Exchange exchange = std::move(found->second);
    const Handle handle = found->first;
    exchanges_.erase(found);
    Transfer& transfer = *exchange.transfer;
    handles_.erase(transfer.easy());
    if (!exchange.running) {
      queue_.remove(transfer.origin(), handle);
      return std::move(exchange.transfer);
    }
    transfer.exchange().on_connected = {};
    multi_.remove(transfer.easy());
    if (exchange.starting) queue_.started(transfer.origin());
    queue_.finished(transfer.origin());
    start_soon();
    return std::move(exchange.transfer);
  }

  void on_done(CURL* easy, CURLcode code) override {
    const auto found = exchanges_.find(handles_.at(easy));
    // The reason must be asked while the handle is whole; take_out() makes it lose its connection.
    Result<HttpResponse> result = found->second.transfer->finish(code);
    const std::unique_ptr<Transfer> transfer = take_out(found);
    transfer->take_callback()(std::move(result));
  }

  IoLoop& loop_;
  const HttpClientOptions options_;
  StartQueue queue_;
  CurlMulti multi_;
  Handle last_handle_ = 0;
  Exchanges exchanges_;
  std::unordered_map<CURL*, Handle> handles_;
  std::unordered_map<Handle, Refused> refused_;
  bool start_posted_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

std::unique_ptr<HttpClient> make_http_client(IoLoop& loop, HttpClientOptions options) {
  return std::make_unique<CurlClient>(loop, std::move(options));
}

}  // namespace cistern::net
