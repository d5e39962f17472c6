// Watches libcurl's sockets with Asio.
#pragma once

#include <functional>
#include <memory>

#include <curl/curl.h>

namespace cistern::net {

/// Tells when a socket can be read or written, as often as libcurl wants to know it. Lives on the
/// loop; nothing is called after it is destroyed.
///
/// libcurl opens and closes its sockets as it likes. Asio must not see a descriptor closed under
/// it, so a duplicate is watched.
class CurlSockets {
 public:
  /// `ready` gets the socket and CURL_CSELECT_* bits; it may call watch().
  using Ready = std::function<void(curl_socket_t, int)>;

  CurlSockets(void* io_context, Ready ready);
  CurlSockets(const CurlSockets&) = delete;
  CurlSockets& operator=(const CurlSockets&) = delete;
  ~CurlSockets();

  /// What libcurl's socket callback asks for: CURL_POLL_*. False if descriptors have run out.
  [[nodiscard]] bool watch(curl_socket_t socket, int what);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cistern::net
