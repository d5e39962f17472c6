// A strict HTTP/1.1 server on loopback with threads of its own.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "lab/harness/http.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace cistern::lab {

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: any free one.
  std::uint16_t tls_port = 0;
  bool tls = false;             ///< Whether to listen for TLS as well.
  std::string certificate_pem;  ///< For TLS.
  std::string key_pem;
  unsigned threads = 2;
};

class Server {
 public:
  virtual ~Server() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] virtual std::uint16_t tls_port() const = 0;  ///< 0 without TLS.
};

/// Listens and serves until destroyed. Fails on an address that is not loopback
/// ("lab/not-loopback": the lab gives out everything to everybody) and on a port in use
/// ("lab/port-in-use").
Result<std::unique_ptr<Server>> start_server(const ServerOptions& options, Handler handler,
                                             const Clock& clock);

}  // namespace cistern::lab
