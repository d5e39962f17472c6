#include "scripted_server.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cistern::net {
namespace {

std::size_t announced_length(const std::string& head) {
  const auto place = head.find("Content-Length: ");
  return place == std::string::npos ? 0 : std::strtoul(head.c_str() + place + 16, nullptr, 10);
}

}  // namespace

ScriptedConnection::ScriptedConnection(int socket, SSL_CTX* tls) : socket_(socket) {
  if (tls == nullptr) return;
  tls_ = SSL_new(tls);
  SSL_set_fd(tls_, socket_);
  ready_ = SSL_accept(tls_) == 1;
}

ScriptedConnection::~ScriptedConnection() {
  if (tls_ != nullptr) {
    if (ready_) SSL_shutdown(tls_);
    SSL_free(tls_);
  }
}

long ScriptedConnection::receive(char* data, std::size_t size) {
  return tls_ != nullptr ? SSL_read(tls_, data, static_cast<int>(size))
                         : recv(socket_, data, size, 0);
}

std::string ScriptedConnection::read_request() {
  char piece[16384];
  while (true) {
    const auto end = buffer_.find("\r\n\r\n");
    if (end != std::string::npos) {
      const std::size_t size = end + 4 + announced_length(buffer_.substr(0, end + 2));
      if (buffer_.size() >= size) {
        std::string request = buffer_.substr(0, size);
        buffer_.erase(0, size);
        return request;
      }
    }
    const long got = receive(piece, sizeof piece);
    if (got <= 0) return {};
    buffer_.append(piece, static_cast<std::size_t>(got));
  }
}

bool ScriptedConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const long sent = tls_ != nullptr
                          ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                          : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool ScriptedConnection::answer(std::string_view body, std::string_view more_headers,
                                std::string_view status) {
  std::string text = "HTTP/1.1 ";
  text.append(status)
      .append("\r\nContent-Length: ")
      .append(std::to_string(body.size()))
      .append("\r\n");
  text.append(more_headers).append("\r\n").append(body);
  return send(text);
}

void ScriptedConnection::wait_for_close() {
  char piece[4096];
  while (receive(piece, sizeof piece) > 0) {
  }
}

void ScriptedConnection::reset_on_close() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

ScriptedServer::ScriptedServer(Script script, const MadeCertificate* certificate, int newest_tls)
    : script_(std::move(script)) {
  if (certificate != nullptr) {
    tls_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(tls_, certificate->certificate());
    SSL_CTX_use_PrivateKey(tls_, certificate->key());
    SSL_CTX_set_alpn_select_cb(tls_, &ScriptedServer::note_protocols, this);
    if (newest_tls != 0) {
      // Today's level of security knows no older version.
      SSL_CTX_set_security_level(tls_, 0);
      SSL_CTX_set_min_proto_version(tls_, TLS1_VERSION);
      SSL_CTX_set_max_proto_version(tls_, newest_tls);
    }
  }
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener_, 128) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("cannot listen on loopback");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  {
    const std::lock_guard lock(mutex_);
    for (const int socket : sockets_)
      shutdown(socket, SHUT_RDWR);
  }
  for (std::thread& thread : threads_)
    thread.join();
  SSL_CTX_free(tls_);
}

std::string ScriptedServer::url(std::string_view path) const {
  return (tls_ != nullptr ? "https" : "http") +
         ("://127.0.0.1:" + std::to_string(port_)).append(path);
}

int ScriptedServer::note_protocols(SSL* /*tls*/, const unsigned char** /*chosen*/,
                                   unsigned char* /*size*/, const unsigned char* offered,
                                   unsigned offered_size, void* self) {
  auto& server = *static_cast<ScriptedServer*>(self);
  const std::lock_guard lock(server.mutex_);
  server.offered_.assign(reinterpret_cast<const char*>(offered), offered_size);
  return SSL_TLSEXT_ERR_NOACK;
}

std::string ScriptedServer::offered_protocols() {
  const std::lock_guard lock(mutex_);
  return offered_;
}

void ScriptedServer::accept_all() {
  // OpenSSL writes without MSG_NOSIGNAL. Blocked for the server's own threads only, so that a
  // client which raises the signal is still found out.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  while (true) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    ++connections_;
    const std::lock_guard lock(mutex_);
    sockets_.push_back(socket);
    threads_.emplace_back([this, socket] {
      {
        ScriptedConnection connection(socket, tls_);
        if (connection.ready()) script_(connection);
      }
      const std::lock_guard guard(mutex_);
      std::erase(sockets_, socket);
      close(socket);
    });
  }
}

}  // namespace cistern::net
