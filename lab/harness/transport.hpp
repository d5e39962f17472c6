// One accepted connection's bytes, plain or through TLS, behind one interface, so that the rest of
// the harness is compiled once.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

namespace cistern::lab {

/// Operations complete on the socket's executor; one read and one write at a time.
class Transport {
 public:
  using Done = std::function<void(bool ok, std::size_t bytes)>;
  virtual ~Transport() = default;
  /// The TLS handshake; nothing to do on a plain connection.
  virtual void start(Done done) = 0;
  virtual void read(std::span<char> space, Done done) = 0;
  /// Writes all of it; the bytes must stay until `done`.
  virtual void write(std::string_view bytes, Done done) = 0;
  /// Says good-bye in order.
  virtual void close() = 0;
  /// Breaks the connection so that the peer sees a reset.
  virtual void reset() = 0;
  [[nodiscard]] virtual std::string_view scheme() const = 0;
};

std::unique_ptr<Transport> make_plain_transport(boost::asio::ip::tcp::socket socket);
std::unique_ptr<Transport> make_tls_transport(boost::asio::ip::tcp::socket socket,
                                              boost::asio::ssl::context& context);

}  // namespace cistern::lab
