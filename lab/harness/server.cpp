#include "lab/harness/server.hpp"

#include "lab/harness/connection.hpp"

#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/strand.hpp>

namespace cistern::lab {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

namespace {

class AsioServer final : public Server {
 public:
  AsioServer(Handler handler, const Clock& clock)
      : handler_(std::move(handler)),
        clock_(clock),
        tls_(asio::ssl::context::tls_server),
        plain_acceptor_(context_),
        tls_acceptor_(context_) {}

  ~AsioServer() override {
    context_.stop();
    for (auto& thread : threads_)
      thread.join();
  }

  std::uint16_t port() const override { return port_; }
  std::uint16_t tls_port() const override { return tls_port_; }

  Status open(const ServerOptions& options) {
    ErrorCode error;
    const auto address = asio::ip::make_address(options.address, error);
    if (error || !address.is_loopback()) {
      return fail_stop("lab/not-loopback",
                       "the lab was asked to listen on '" + options.address +
                           "', which is not a loopback address; it gives its invented events and "
                           "its switches to everybody who can reach it",
                       "use 127.0.0.1 or ::1");
    }
    if (auto opened = listen(plain_acceptor_, {address, options.port}, port_); !opened)
      return opened;
    if (!options.tls) return {};
    if (auto loaded = load_certificate(options); !loaded) return loaded;
    return listen(tls_acceptor_, {address, options.tls_port}, tls_port_);
  }

  void run(unsigned threads) {
    accept(plain_acceptor_, false);
    if (tls_acceptor_.is_open()) accept(tls_acceptor_, true);
    for (unsigned i = 0; i < threads; ++i)
      threads_.emplace_back([this] { context_.run(); });
  }

 private:
  static Status listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint,
                       std::uint16_t& port) {
    ErrorCode error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return fail_stop("lab/port-in-use",
                       "cannot listen on " + endpoint.address().to_string() + " port " +
                           std::to_string(endpoint.port()) + ": " + error.message(),
                       "choose another port, or 0 for any free one");
    }
    port = acceptor.local_endpoint().port();
    return {};
  }

  Status load_certificate(const ServerOptions& options) {
    ErrorCode error;
    tls_.use_certificate_chain(asio::buffer(options.certificate_pem), error);
    if (!error) tls_.use_private_key(asio::buffer(options.key_pem), asio::ssl::context::pem, error);
    if (error) {
      return fail_stop("lab/certificate",
                       "the lab's TLS certificate is unusable: " + error.message(),
                       "report this as a bug of the lab");
    }
    return {};
  }

  void accept(tcp::acceptor& acceptor, bool tls) {
    const auto strand = asio::make_strand(context_);
    acceptor.async_accept(
        strand, [this, &acceptor, tls, strand](const ErrorCode& error, tcp::socket socket) {
          if (!error) serve(strand, std::move(socket), tls);
          if (acceptor.is_open()) accept(acceptor, tls);
        });
  }

  void serve(const asio::any_io_executor& executor, tcp::socket socket, bool tls) {
    ErrorCode ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto transport =
        tls ? make_tls_transport(std::move(socket), tls_) : make_plain_transport(std::move(socket));
    auto connection =
        std::make_shared<Connection>(executor, std::move(transport), handler_, clock_);
    asio::post(executor, [connection] { connection->start(); });
  }

  const Handler handler_;
  const Clock& clock_;
  asio::ssl::context tls_;
  asio::io_context context_;
  tcp::acceptor plain_acceptor_;
  tcp::acceptor tls_acceptor_;
  std::vector<std::thread> threads_;
  std::uint16_t port_ = 0;
  std::uint16_t tls_port_ = 0;
};

}  // namespace

Result<std::unique_ptr<Server>> start_server(const ServerOptions& options, Handler handler,
                                             const Clock& clock) {
  auto server = std::make_unique<AsioServer>(std::move(handler), clock);
  if (auto opened = server->open(options); !opened) return tl::unexpected(opened.error());
  server->run(options.threads);
  return server;
}

}  // namespace cistern::lab
