#include "net/curl_sockets.hpp"

#include <unordered_map>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <fcntl.h>

namespace cistern::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Descriptor = asio::posix::stream_descriptor;

struct Watch {
  Watch(asio::io_context& context, int duplicate, curl_socket_t of)
      : descriptor(context, duplicate), socket(of) {}
  Descriptor descriptor;
  curl_socket_t socket;
  int wanted = CURL_POLL_NONE;
  bool waiting_read = false;
  bool waiting_write = false;
};

}  // namespace

struct CurlSockets::Impl {
  Impl(asio::io_context& io_context, Ready on_ready)
      : context(io_context), ready(std::move(on_ready)) {}

  /// Waits for what is wanted and not waited for yet. A handler that comes after its watch has gone
  /// finds nothing to lock, also when this object itself has gone.
  void arm(const std::shared_ptr<Watch>& watch) {
    if ((watch->wanted & CURL_POLL_IN) != 0 && !watch->waiting_read) {
      watch->waiting_read = true;
      wait(watch, Descriptor::wait_read, &Watch::waiting_read, CURL_CSELECT_IN, CURL_POLL_IN);
    }
    if ((watch->wanted & CURL_POLL_OUT) != 0 && !watch->waiting_write) {
      watch->waiting_write = true;
      wait(watch, Descriptor::wait_write, &Watch::waiting_write, CURL_CSELECT_OUT, CURL_POLL_OUT);
    }
  }

  void wait(const std::shared_ptr<Watch>& watch, Descriptor::wait_type type, bool Watch::*waiting,
            int event, int wanted) {
    watch->descriptor.async_wait(type, [this, weak = std::weak_ptr<Watch>(watch), waiting, event,
                                        wanted](const error_code& error) {
      const std::shared_ptr<Watch> alive = weak.lock();
      if (alive == nullptr) return;
      (*alive).*waiting = false;
      if ((alive->wanted & wanted) == 0) return;
      ready(alive->socket, error ? event | CURL_CSELECT_ERR : event);
      // libcurl may have let go of the socket, and the client may have gone with it.
      if (alive.use_count() > 1) arm(alive);
    });
  }

  asio::io_context& context;
  Ready ready;
  std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches;
};

CurlSockets::CurlSockets(void* io_context, Ready ready)
    : impl_(std::make_unique<Impl>(*static_cast<asio::io_context*>(io_context), std::move(ready))) {
}

CurlSockets::~CurlSockets() = default;

bool CurlSockets::watch(curl_socket_t socket, int what) {
  if (what == CURL_POLL_REMOVE) {
    impl_->watches.erase(socket);
    return true;
  }
  std::shared_ptr<Watch>& watch = impl_->watches[socket];
  if (watch == nullptr) {
    const int duplicate = fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (duplicate < 0) {
      impl_->watches.erase(socket);
      return false;
    }
    watch = std::make_shared<Watch>(impl_->context, duplicate, socket);
  }
  watch->wanted = what;
  impl_->arm(watch);
  return true;
}

}  // namespace cistern::net
