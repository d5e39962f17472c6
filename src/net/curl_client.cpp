#include "net/curl_failure.hpp"
#include "net/curl_sockets.hpp"
#include "net/curl_transfer.hpp"
#include "net/io_loop.hpp"
#include "net/start_queue.hpp"

#include <chrono>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include <curl/curl.h>

namespace cistern::net {
namespace {

/// Every call of the multi handle happens on the loop. libcurl's own callbacks only note things:
/// users' callbacks run after libcurl has returned, and may send, cancel, or destroy the client.
class CurlClient final : public HttpClient {
 public:
  CurlClient(IoLoop& loop, HttpClientOptions options)
      : loop_(loop),
        options_(std::move(options)),
        queue_(options_.max_connections, options_.max_starting),
        sockets_(loop.native(), [this](curl_socket_t socket, int events) { act(socket, events); }) {
    // Counted by libcurl and safe from several threads; never undone, because name look-ups that
    // were given up may still run.
    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi_ = curl_multi_init();
    if (multi_ == nullptr) throw std::bad_alloc();
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlClient::socket_callback);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlClient::timer_callback);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    // Idle ones count as well; libcurl closes the oldest of them when it needs room.
    curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS,
                      static_cast<long>(options_.max_connections));
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options_.max_connections));
  }
  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;

  ~CurlClient() override {
    alive_.reset();
    for (auto& [handle, exchange] : exchanges_) {
      if (exchange.running) curl_multi_remove_handle(multi_, exchange.transfer->easy());
    }
    exchanges_.clear();
    curl_multi_cleanup(multi_);
    loop_.cancel(timer_);
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
    exchange.transfer->on_connected = [this, handle] { note_connected(handle); };
    if (curl_multi_add_handle(multi_, exchange.transfer->easy()) != CURLM_OK)
      throw std::bad_alloc();
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
    transfer.on_connected = {};
    curl_multi_remove_handle(multi_, transfer.easy());
    if (exchange.starting) queue_.started(transfer.origin());
    queue_.finished(transfer.origin());
    start_soon();
    return std::move(exchange.transfer);
  }

  void act(curl_socket_t socket, int events) {
    int running = 0;
    curl_multi_socket_action(multi_, socket, events, &running);
    deliver();
  }

  void deliver() {
    const std::weak_ptr<bool> alive = alive_;
    int left = 0;
    while (CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      const auto found = exchanges_.find(handles_.at(message->easy_handle));
      // The reason must be asked while the handle is whole; take_out() makes it lose its
      // connection.
      Result<HttpResponse> result = found->second.transfer->finish(code);
      const std::unique_ptr<Transfer> transfer = take_out(found);
      transfer->take_callback()(std::move(result));
      if (alive.expired()) return;
    }
  }

  static int socket_callback(CURL*, curl_socket_t socket, int what, void* self, void*) {
    return static_cast<CurlClient*>(self)->sockets_.watch(socket, what) ? 0 : -1;
  }

  static int timer_callback(CURLM*, long timeout, void* self) {
    auto& client = *static_cast<CurlClient*>(self);
    client.loop_.cancel(client.timer_);
    if (timeout < 0) return 0;
    client.timer_ = client.loop_.call_after(std::chrono::milliseconds{timeout},
                                            [&client] { client.act(CURL_SOCKET_TIMEOUT, 0); });
    return 0;
  }

  IoLoop& loop_;
  const HttpClientOptions options_;
  StartQueue queue_;
  CurlSockets sockets_;
  CURLM* multi_ = nullptr;
  Loop::TimerId timer_ = 0;
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
