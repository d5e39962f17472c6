// libcurl's multi interface driven by the I/O loop: sockets, timer, and the news that an exchange
// is over. What is sent and what becomes of it is the listener's.
#pragma once

#include "net/curl_sockets.hpp"
#include "net/io_loop.hpp"

#include <memory>

#include <curl/curl.h>

namespace cistern::net {

/// Every call happens on the loop.
class CurlMulti {
 public:
  /// Told after libcurl has returned, so a listener may add, remove, or destroy the multi.
  class Listener {
   public:
    /// The exchange is over; it is still added.
    virtual void on_done(CURL* easy, CURLcode code) = 0;
    /// libcurl has acted and all that is over was told.
    virtual void on_acted() {}

   protected:
    ~Listener() = default;
  };

  /// `max_connections`: open at the same time, idle ones included (libcurl closes the oldest of
  /// them when it needs room); 0 for no bound.
  CurlMulti(IoLoop& loop, Listener& listener, unsigned max_connections);
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;
  /// All handles have been removed.
  ~CurlMulti();

  void add(CURL* easy);
  void remove(CURL* easy);

 private:
  void act(curl_socket_t socket, int events);

  static int socket_callback(CURL*, curl_socket_t socket, int what, void* self, void*);
  static int timer_callback(CURLM*, long timeout, void* self);

  IoLoop& loop_;
  Listener& listener_;
  CurlSockets sockets_;
  CURLM* multi_ = nullptr;
  Loop::TimerId timer_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace cistern::net
