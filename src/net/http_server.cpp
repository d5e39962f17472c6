#include "net/http_server.hpp"

#include "base/bytes.hpp"
#include "net/server_tls.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

namespace cistern::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;
using Tcp = asio::ip::tcp;
using Handler = std::function<ServedResponse(const ServedRequest&)>;
using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

constexpr std::uint32_t kMostHeader = 16 * 1024;
constexpr std::chrono::milliseconds kAcceptPause{100};

class Session {
 public:
  virtual ~Session() = default;
  virtual void close() = 0;
};

/// What sessions need of the server; it may go before them.
struct Shared {
  Handler handler;
  std::function<void(std::string_view)> refused;
  std::uint64_t max_body = 0;
  std::chrono::nanoseconds request_time{0};
  std::uint64_t next_wait = 0;
  std::map<std::uint64_t, Session*> sessions;  ///< By the wait for a request: oldest first.

  void count(std::string_view code) const {
    if (refused) refused(code);
  }
};

/// One connection: read, answer, and again while the client keeps it open.
template <class Stream>
class SessionOn final : public Session, public std::enable_shared_from_this<SessionOn<Stream>> {
 public:
  template <class... Context>
  SessionOn(Tcp::socket socket, std::shared_ptr<Shared> shared, std::shared_ptr<void> keep,
            Context&... context)
      : keep_(std::move(keep)),
        stream_(std::move(socket), context...),
        shared_(std::move(shared)),
        buffer_(kMostHeader + shared_->max_body) {
    wait_in_line();
  }
  SessionOn(const SessionOn&) = delete;
  SessionOn& operator=(const SessionOn&) = delete;
  ~SessionOn() override { shared_->sessions.erase(place_); }

  void start() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      lowest().expires_after(shared_->request_time);
      stream_.async_handshake(ssl::stream_base::server,
                              [self = this->shared_from_this()](const error_code& error) {
                                if (!error) return self->read();
                                self->shared_->count("tls");
                                self->close();
                              });
    } else {
      read();
    }
  }

  void close() override { lowest().close(); }

 private:
  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }

  void wait_in_line() {
    shared_->sessions.erase(place_);
    place_ = ++shared_->next_wait;
    shared_->sessions.emplace(place_, this);
  }

  void read() {
    wait_in_line();
    parser_.emplace();
    parser_->header_limit(kMostHeader);
    parser_->body_limit(shared_->max_body);
    lowest().expires_after(shared_->request_time);
    http::async_read(stream_, buffer_, *parser_,
                     [self = this->shared_from_this()](const error_code& error, std::size_t) {
                       self->on_read(error);
                     });
  }

  void on_read(const error_code& error) {
    if (error == http::error::body_limit || error == http::error::header_limit) {
      shared_->count("too-large");
      answer({.status = 413, .body = "the request is larger than this server accepts\n"}, 11, false,
             false);
    } else if (error &&
               error.category() == http::make_error_code(http::error::end_of_stream).category() &&
               error != http::error::end_of_stream && error != http::error::partial_message) {
      shared_->count("not-http");
      answer({.status = 400, .body = "this is not an HTTP request\n"}, 11, false, false);
    } else if (error || shared_->handler == nullptr) {
      // Silence between two requests is no fault of anybody.
      const bool begun = !answered_ || buffer_.size() > 0 || parser_->is_header_done();
      if (error == beast::error::timeout && begun) shared_->count("timeout");
      close();
    } else {
      serve(parser_->get());
    }
  }

  void serve(const http::request<http::string_body>& request) {
    ServedRequest served{.method = std::string{request.method_string()},
                         .target = std::string{request.target()},
                         .body = request.body(),
                         .headers = {}};
    for (const auto& field : request)
      served.headers.push_back({std::string{field.name_string()}, std::string{field.value()}});
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
    lowest().expires_after(shared_->request_time);
    http::async_write(stream_, response_,
                      [self = this->shared_from_this()](const error_code& error, std::size_t) {
                        self->on_written(error);
                      });
  }

  void on_written(const error_code& error) {
    if (error) return close();
    answered_ = true;
    if (response_.keep_alive()) return read();
    error_code ignored;
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      lowest().expires_after(shared_->request_time);
      stream_.async_shutdown(
          [self = this->shared_from_this()](const error_code&) { self->close(); });
    } else {
      lowest().socket().shutdown(Tcp::socket::shutdown_send, ignored);
    }
  }

  std::shared_ptr<void> keep_;  // The TLS context, which the server may exchange.
  Stream stream_;
  std::shared_ptr<Shared> shared_;
  std::uint64_t place_ = 0;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  bool answered_ = false;
};

class Server final : public HttpServer {
 public:
  Server(asio::io_context& context, HttpServerOptions options, Handler handler)
      : acceptor_(context),
        pause_(context),
        max_connections_(std::max<std::size_t>(options.max_connections, 1)),
        shared_(std::make_shared<Shared>()) {
    shared_->handler = std::move(handler);
    shared_->refused = std::move(options.refused);
    shared_->max_body = options.max_body;
    shared_->request_time = options.request_time;
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() override {
    alive_.reset();
    shared_->handler = nullptr;
    shared_->refused = nullptr;
    for (const auto& [place, session] : shared_->sessions)
      session->close();
  }

  [[nodiscard]] std::size_t connections() const override { return shared_->sessions.size(); }
  [[nodiscard]] std::uint64_t accepted() const override { return accepted_; }

  Status show(const ServerCertificate& certificate) override {
    auto context = make_server_context(certificate);
    if (!context) return fail(context.error());
    tls_ = std::move(*context);
    return {};
  }

  error_code listen(const Tcp::endpoint& endpoint) {
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(Tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(static_cast<int>(max_connections_), error);
    if (!error) accept();
    return error;
  }

  [[nodiscard]] std::uint16_t port() const override {
    error_code ignored;
    return acceptor_.local_endpoint(ignored).port();
  }

 private:
  void accept() {
    acceptor_.async_accept([this, alive = std::weak_ptr<bool>(alive_)](const error_code& error,
                                                                       Tcp::socket socket) {
      if (alive.expired()) return;
      if (error) return accept_later();
      ++accepted_;
      make_room();
      if (tls_) {
        std::make_shared<SessionOn<TlsStream>>(std::move(socket), shared_, tls_, *tls_)->start();
      } else {
        std::make_shared<SessionOn<PlainStream>>(std::move(socket), shared_, nullptr)->start();
      }
      accept();
    });
  }

  /// Those who open connections and say nothing must not keep out one who has something to say.
  void make_room() {
    if (shared_->sessions.size() < max_connections_) return;
    shared_->count("connections");
    const auto oldest = shared_->sessions.begin();
    Session* const session = oldest->second;
    shared_->sessions.erase(oldest);
    session->close();
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
  const std::size_t max_connections_;
  std::uint64_t accepted_ = 0;
  std::shared_ptr<ssl::context> tls_;  ///< None: plain HTTP.
  std::shared_ptr<Shared> shared_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

std::optional<std::string_view> ServedRequest::header(std::string_view name) const {
  for (const HttpHeader& header : headers) {
    if (equal_ignoring_case(header.name, name)) return header.value;
  }
  return std::nullopt;
}

Result<std::unique_ptr<HttpServer>> serve_http(
    IoLoop& loop, HttpServerOptions options,
    std::function<ServedResponse(const ServedRequest&)> handler) {
  error_code error;
  const auto ip = asio::ip::make_address(options.address, error);
  if (error) {
    return fail_stop("net/listen",
                     "\"" + excerpt(options.address, 60) + "\" is not an IP address to listen on",
                     "write an address of this machine, such as 127.0.0.1");
  }
  const std::string where = options.address + " port " + std::to_string(options.port);
  const Tcp::endpoint endpoint{ip, options.port};
  const std::optional<ServerCertificate> certificate = std::move(options.certificate);
  auto server = std::make_unique<Server>(*static_cast<asio::io_context*>(loop.native()),
                                         std::move(options), std::move(handler));
  if (certificate) {
    if (Status shown = server->show(*certificate); !shown) return fail(shown.error());
  }
  if ((error = server->listen(endpoint))) {
    return fail_stop(
        "net/listen", "cannot listen on " + where + ": " + error.message(),
        "choose another port, or end the program that uses this one (ss -ltnp shows it)");
  }
  return std::unique_ptr<HttpServer>(std::move(server));
}

Result<std::unique_ptr<HttpServer>> serve_http(
    IoLoop& loop, const std::string& address, std::uint16_t port,
    std::function<ServedResponse(const ServedRequest&)> handler) {
  HttpServerOptions options;
  options.address = address;
  options.port = port;
  return serve_http(loop, std::move(options), std::move(handler));
}

}  // namespace cistern::net
