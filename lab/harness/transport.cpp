#include "lab/harness/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

namespace cistern::lab {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

void break_off(tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

void hang_up(tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.shutdown(tcp::socket::shutdown_both, ignored);
  socket.close(ignored);
}

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(tcp::socket socket) : socket_(std::move(socket)) {}
  void start(Done done) override { done(true, 0); }
  void read(std::span<char> space, Done done) override {
    socket_.async_read_some(
        asio::buffer(space.data(), space.size()),
        [done = std::move(done)](const auto& error, std::size_t bytes) { done(!error, bytes); });
  }
  void write(std::string_view bytes, Done done) override {
    asio::async_write(
        socket_, asio::buffer(bytes),
        [done = std::move(done)](const auto& error, std::size_t count) { done(!error, count); });
  }
  void close() override { hang_up(socket_); }
  void reset() override { break_off(socket_); }
  std::string_view scheme() const override { return "http"; }

 private:
  tcp::socket socket_;
};

class TlsTransport final : public Transport {
 public:
  TlsTransport(tcp::socket socket, asio::ssl::context& context)
      : stream_(std::move(socket), context) {}
  void start(Done done) override {
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [done = std::move(done)](const auto& error) { done(!error, 0); });
  }
  void read(std::span<char> space, Done done) override {
    stream_.async_read_some(
        asio::buffer(space.data(), space.size()),
        [done = std::move(done)](const auto& error, std::size_t bytes) { done(!error, bytes); });
  }
  void write(std::string_view bytes, Done done) override {
    asio::async_write(
        stream_, asio::buffer(bytes),
        [done = std::move(done)](const auto& error, std::size_t count) { done(!error, count); });
  }
  // Without a close_notify exchange: clients treat that as a cut when the message is not whole,
  // which is what a fault wants, and do not mind otherwise.
  void close() override { hang_up(stream_.next_layer()); }
  void reset() override { break_off(stream_.next_layer()); }
  std::string_view scheme() const override { return "https"; }

 private:
  asio::ssl::stream<tcp::socket> stream_;
};

}  // namespace

std::unique_ptr<Transport> make_plain_transport(tcp::socket socket) {
  return std::make_unique<PlainTransport>(std::move(socket));
}

std::unique_ptr<Transport> make_tls_transport(tcp::socket socket, asio::ssl::context& context) {
  return std::make_unique<TlsTransport>(std::move(socket), context);
}

}  // namespace cistern::lab
