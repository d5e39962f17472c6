#include "runtime/control/control.hpp"
#include "runtime/control/control_socket.hpp"

#include <deque>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cistern::runtime {
namespace {

namespace asio = boost::asio;
using Local = asio::local::stream_protocol;

constexpr std::size_t kMaxPeers = 16;
constexpr std::size_t kMaxLine = 64ULL << 10;
constexpr std::size_t kMaxQueued = 4ULL << 20;

using Handler = std::function<void(std::shared_ptr<ControlPeer>, std::string_view)>;

class Peer final : public ControlPeer, public std::enable_shared_from_this<Peer> {
 public:
  Peer(Local::socket socket, std::shared_ptr<Handler> handler, std::function<void(Peer*)> gone)
      : socket_(std::move(socket)), handler_(std::move(handler)), gone_(std::move(gone)) {}

  void read() {
    auto self = shared_from_this();
    asio::async_read_until(socket_, asio::dynamic_buffer(input_, kMaxLine), '\n',
                           [self](const boost::system::error_code& error, std::size_t length) {
                             self->received(error, length);
                           });
  }

  void send(std::string json) override {
    if (closed_) return;
    json += '\n';
    queued_ += json.size();
    output_.push_back(std::move(json));
    if (queued_ > kMaxQueued) return shut();
    if (!writing_) write();
  }

  void close() override {
    closing_ = true;
    if (!writing_) shut();
  }

  void shut() {
    if (closed_) return;
    closed_ = true;
    boost::system::error_code ignored;
    socket_.close(ignored);
    if (const auto gone = std::exchange(gone_, {})) gone(this);
  }

 private:
  void received(const boost::system::error_code& error, std::size_t length) {
    if (closed_) return;
    if (error == asio::error::not_found) {
      send(
          R"({"ok":false,"failure":{"code":"control/too-large","cause":"the request line is longer )"
          R"(than 64 KiB","next_step":"send one JSON object a line"}})");
      return close();
    }
    if (error) return shut();
    const std::string line = input_.substr(0, length - 1);
    input_.erase(0, length);
    if (*handler_) (*handler_)(shared_from_this(), line);
    if (!closed_) read();
  }

  void write() {
    writing_ = true;
    auto self = shared_from_this();
    asio::async_write(
        socket_, asio::buffer(output_.front()),
        [self](const boost::system::error_code& error, std::size_t) { self->written(error); });
  }

  void written(const boost::system::error_code& error) {
    writing_ = false;
    if (closed_) return;
    if (error) return shut();
    queued_ -= output_.front().size();
    output_.pop_front();
    if (!output_.empty()) return write();
    if (closing_) shut();
  }

  Local::socket socket_;
  std::shared_ptr<Handler> handler_;
  std::function<void(Peer*)> gone_;
  std::string input_;
  std::deque<std::string> output_;
  std::size_t queued_ = 0;
  bool writing_ = false;
  bool closing_ = false;
  bool closed_ = false;
};

// Only the user who runs cistern, and root, may speak with it.
bool may_speak(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == geteuid() || peer.uid == 0;
}

class Server final : public ControlServer {
 public:
  Server(asio::io_context& context, std::string path, Handler handler)
      : acceptor_(context),
        path_(std::move(path)),
        handler_(std::make_shared<Handler>(std::move(handler))) {}
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  ~Server() override {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    *alive_ = false;
    *handler_ = nullptr;
    const auto peers = peers_;
    for (const auto& peer : peers)
      peer->shut();
    if (listening_) unlink(path_.c_str());
  }

  Status listen() {
    boost::system::error_code error;
    acceptor_.open(Local{}, error);
    if (error) return refuse(error.message());
    // The file must never be open to others, not even between bind and chmod.
    const mode_t before = umask(0177);
    acceptor_.bind(Local::endpoint{path_}, error);
    umask(before);
    if (error) return refuse(error.message());
    listening_ = true;
    if (chmod(path_.c_str(), 0600) != 0) return refuse("its mode cannot be set to 0600");
    acceptor_.listen(static_cast<int>(kMaxPeers), error);
    if (error) return refuse(error.message());
    accept();
    return {};
  }

 private:
  Status refuse(const std::string& why) const {
    return fail_stop("control/listen", "cannot listen on " + path_ + ": " + why,
                     "check owner and mode of the store's folder");
  }

  void accept() {
    acceptor_.async_accept(
        [this, alive = alive_](const boost::system::error_code& error, Local::socket socket) {
          if (!*alive || error == asio::error::operation_aborted) return;
          if (!error) admit(std::move(socket));
          accept();
        });
  }

  void admit(Local::socket socket) {
    if (!may_speak(socket.native_handle()) || peers_.size() >= kMaxPeers) return;
    auto gone = [this, alive = alive_](Peer* peer) {
      if (!*alive) return;
      std::erase_if(peers_, [peer](const auto& known) { return known.get() == peer; });
    };
    const auto peer = std::make_shared<Peer>(std::move(socket), handler_, std::move(gone));
    peers_.push_back(peer);
    peer->read();
  }

  Local::acceptor acceptor_;
  std::string path_;
  std::shared_ptr<Handler> handler_;
  std::vector<std::shared_ptr<Peer>> peers_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  bool listening_ = false;
};

}  // namespace

Result<std::unique_ptr<ControlServer>> serve_control(net::IoLoop& loop, const std::string& path,
                                                     Handler handler) {
  if (const auto free = free_control_path(path); !free) return fail(free.error());
  auto& context = *static_cast<asio::io_context*>(loop.native());
  auto server = std::make_unique<Server>(context, path, std::move(handler));
  if (const auto listening = server->listen(); !listening) return fail(listening.error());
  return std::unique_ptr<ControlServer>{std::move(server)};
}

}  // namespace cistern::runtime
