#include "net/http_server.hpp"

#include "base/bytes.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <unordered_set>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace cistern::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Tcp = asio::ip::tcp;
using Handler = std::function<ServedResponse(const ServedRequest&)>;

constexpr std::size_t kMostConnections = 64;
constexpr std::uint32_t kMostHeader = 16 * 1024;
constexpr std::uint64_t kMostBody = 48 * 1024;
constexpr std::chrono::seconds kRequestTime{10};
constexpr std::chrono::milliseconds kAcceptPause{100};

class Session;

/// What sessions need of the server; it may go before them.
struct Shared {
  Handler handler;
  std::unordered_set<Session*> sessions;
};

/// One connection: read, answer, and again while the client keeps it open.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Tcp::socket socket, std::shared_ptr<Shared> shared)
      : stream_(std::move(socket)), shared_(std::move(shared)) {
    shared_->sessions.insert(this);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() { shared_->sessions.erase(this); }

  void read() {
    parser_.emplace();
    parser_->header_limit(kMostHeader);
    parser_->body_limit(kMostBody);
    stream_.expires_after(kRequestTime);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](const error_code& error, std::size_t) {
                       self->on_read(error);
                     });
  }

  void close() { stream_.close(); }

 private:
  void on_read(const error_code& error) {
    if (error == http::error::body_limit || error == http::error::header_limit) {
      answer({.status = 413, .body = "the request is larger than this server accepts\n"}, 11, false,
             false);
    } else if (error &&
               error.category() == http::make_error_code(http::error::end_of_stream).category() &&
               error != http::error::end_of_stream && error != http::error::partial_message) {
      answer({.status = 400, .body = "this is not an HTTP request\n"}, 11, false, false);
    } else if (error || shared_->handler == nullptr) {
      close();
    } else {
      serve(parser_->get());
    }
  }

  void serve(const http::request<http::string_body>& request) {
    const ServedRequest served{.method = std::string{request.method_string()},
                               .target = std::string{request.target()},
                               .body = request.body()};
    answer(shared_->handler(served), request.version(), request.keep_alive(),
           request.method() == http::verb::head);
  }

  void answer(ServedResponse response, unsigned version, bool keep_alive, bool head) {
    response_ = {};
    response_.version(version);
    response_.result(static_cast<unsigned>(response.status));
    response_.set(http::field::content_type, response.content_type);
    response_.set(http::field::cache_control, "no-store");
    response_.keep_alive(keep_alive);
    response_.content_length(response.body.size());
    if (!head) response_.body() = std::move(response.body);
    stream_.expires_after(kRequestTime);
    http::async_write(stream_, response_,
                      [self = shared_from_this()](const error_code& error, std::size_t) {
                        self->on_written(error);
                      });
  }

  void on_written(const error_code& error) {
    if (error) return close();
    if (response_.keep_alive()) return read();
    error_code ignored;
    stream_.socket().shutdown(Tcp::socket::shutdown_send, ignored);
  }

  beast::tcp_stream stream_;
  std::shared_ptr<Shared> shared_;
  beast::flat_buffer buffer_{kMostHeader + kMostBody};
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
};

class Server final : public HttpServer {
 public:
  Server(asio::io_context& context, Handler handler)
      : acceptor_(context), pause_(context), shared_(std::make_shared<Shared>()) {
    shared_->handler = std::move(handler);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() override {
    alive_.reset();
    shared_->handler = nullptr;
    for (Session* session : shared_->sessions)
      session->close();
  }

  error_code listen(const Tcp::endpoint& endpoint) {
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(Tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(static_cast<int>(kMostConnections), error);
    if (!error) accept();
    return error;
  }

  [[nodiscard]] std::uint16_t port() const override {
    error_code ignored;
    return acceptor_.local_endpoint(ignored).port();
  }

 private:
  void accept() {
    acceptor_.async_accept(
        [this, alive = std::weak_ptr<bool>(alive_)](const error_code& error, Tcp::socket socket) {
          if (alive.expired()) return;
          if (error) return accept_later();
          // Beyond the bound the connection is closed at once: a scraper sees it and comes again.
          if (shared_->sessions.size() < kMostConnections) {
            std::make_shared<Session>(std::move(socket), shared_)->read();
          }
          accept();
        });
  }

  /// Descriptors have run out, most likely; trying again at once would spin.
  void accept_later() {
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this, alive = std::weak_ptr<bool>(alive_)](const error_code& error) {
      if (!error && !alive.expired()) accept();
    });
  }

  Tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::shared_ptr<Shared> shared_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

Result<std::unique_ptr<HttpServer>> serve_http(
    IoLoop& loop, const std::string& address, std::uint16_t port,
    std::function<ServedResponse(const ServedRequest&)> handler) {
  error_code error;
  const auto ip = asio::ip::make_address(address, error);
  if (error) {
    return fail_stop("net/listen",
                     "\"" + excerpt(address, 60) + "\" is not an IP address to listen on",
                     "write an address of this machine, such as 127.0.0.1");
  }
  auto server =
      std::make_unique<Server>(*static_cast<asio::io_context*>(loop.native()), std::move(handler));
  if ((error = server->listen({ip, port}))) {
    return fail_stop(
        "net/listen",
        "cannot listen on " + address + " port " + std::to_string(port) + ": " + error.message(),
        "choose another port, or end the program that uses this one (ss -ltnp shows it)");
  }
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace cistern::net
