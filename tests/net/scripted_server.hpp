// A TCP server that says what a test tells it to, with or without TLS.
#pragma once

#include "made_certificate.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <openssl/ssl.h>

namespace cistern::net {

/// One accepted connection; used by the script on a thread of its own.
class ScriptedConnection {
 public:
  ScriptedConnection(int socket, SSL_CTX* tls);
  ScriptedConnection(const ScriptedConnection&) = delete;
  ScriptedConnection& operator=(const ScriptedConnection&) = delete;
  ~ScriptedConnection();

  /// The next request, head and body as they came; empty when the client has closed.
  std::string read_request();
  bool send(std::string_view bytes);
  /// "HTTP/1.1 200 OK" with Content-Length and the given header lines.
  bool answer(std::string_view body, std::string_view more_headers = "",
              std::string_view status = "200 OK");
  /// Returns when the client has closed.
  void wait_for_close();
  /// Closes with RST instead of FIN.
  void reset_on_close();
  [[nodiscard]] bool ready() const { return ready_; }

 private:
  long receive(char* data, std::size_t size);

  int socket_;
  SSL* tls_ = nullptr;
  bool ready_ = true;
  std::string buffer_;
};

class ScriptedServer {
 public:
  using Script = std::function<void(ScriptedConnection&)>;
  /// `newest_tls`: TLS1_1_VERSION for a server of its time; 0 for today's.
  explicit ScriptedServer(Script script, const MadeCertificate* certificate = nullptr,
                          int newest_tls = 0);
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  /// Ends all connections and waits for their scripts.
  ~ScriptedServer();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url(std::string_view path = "/") const;
  /// What the last TLS client named for ALPN, in its wire form.
  [[nodiscard]] std::string offered_protocols();
  [[nodiscard]] unsigned connections() const { return connections_; }

 private:
  void accept_all();
  static int note_protocols(SSL* tls, const unsigned char** chosen, unsigned char* size,
                            const unsigned char* offered, unsigned offered_size, void* self);

  Script script_;
  SSL_CTX* tls_ = nullptr;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<unsigned> connections_{0};
  std::mutex mutex_;
  std::vector<int> sockets_;
  std::string offered_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace cistern::net
