#include "net/curl_multi.hpp"

#include <chrono>
#include <new>

namespace cistern::net {

CurlMulti::CurlMulti(IoLoop& loop, Listener& listener, unsigned max_connections)
    : loop_(loop),
      listener_(listener),
      sockets_(loop.native(), [this](curl_socket_t socket, int events) { act(socket, events); }) {
  // Counted by libcurl and safe from several threads; never undone, because name look-ups that
  // were given up may still run.
  curl_global_init(CURL_GLOBAL_DEFAULT);
  multi_ = curl_multi_init();
  if (multi_ == nullptr) throw std::bad_alloc();
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlMulti::socket_callback);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlMulti::timer_callback);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  if (max_connections == 0) return;
  curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(max_connections));
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(max_connections));
}

CurlMulti::~CurlMulti() {
  curl_multi_cleanup(multi_);
  loop_.cancel(timer_);
}

void CurlMulti::add(CURL* easy) {
  if (curl_multi_add_handle(multi_, easy) != CURLM_OK) throw std::bad_alloc();
}

void CurlMulti::remove(CURL* easy) {
  curl_multi_remove_handle(multi_, easy);
}

void CurlMulti::act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, events, &running);
  const std::weak_ptr<bool> alive = alive_;
  int left = 0;
  while (CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    listener_.on_done(message->easy_handle, message->data.result);
    if (alive.expired()) return;
  }
  listener_.on_acted();
}

int CurlMulti::socket_callback(CURL*, curl_socket_t socket, int what, void* self, void*) {
  return static_cast<CurlMulti*>(self)->sockets_.watch(socket, what) ? 0 : -1;
}

int CurlMulti::timer_callback(CURLM*, long timeout, void* self) {
  auto& multi = *static_cast<CurlMulti*>(self);
  multi.loop_.cancel(multi.timer_);
  if (timeout < 0) return 0;
  multi.timer_ = multi.loop_.call_after(std::chrono::milliseconds{timeout},
                                        [&multi] { multi.act(CURL_SOCKET_TIMEOUT, 0); });
  return 0;
}

}  // namespace cistern::net
