// A small HTTP server for metrics and health on a loopback port.
#pragma once

#include "base/result.hpp"
#include "net/io_loop.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace cistern::net {

struct ServedRequest {
  std::string method;
  std::string target;
  std::string body;
};

struct ServedResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

class HttpServer {
 public:
  virtual ~HttpServer() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;  ///< The real one when 0 was asked for.
};

/// Listens on `address:port` (port 0: any free one). The handler runs on the loop and must be
/// quick. Bounded: 64 connections, 64 KiB a request, 10 s a request.
Result<std::unique_ptr<HttpServer>> serve_http(
    IoLoop& loop, const std::string& address, std::uint16_t port,
    std::function<ServedResponse(const ServedRequest&)> handler);

}  // namespace cistern::net
