#include "net/ssh/ssh_server.hpp"

#include "net/listen/listen_socket.hpp"
#include "net/ssh/server_session.hpp"
#include "net/ssh/source_rates.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace cistern::net::ssh {
namespace {

constexpr Duration kStopPatience = std::chrono::seconds{5};
constexpr int kAcceptsAtOnce = 32;
constexpr Duration kAcceptRest = std::chrono::seconds{1};

/// Tasks for the server's thread, and the way to wake it.
class Mailbox final : public Executor {
 public:
  Mailbox() : wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

  void post(Task task) override {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(wake_.get(), &one, sizeof one);
  }

  void run() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = read(wake_.get(), &count, sizeof count);
    std::vector<Task> tasks;
    {
      const std::lock_guard lock(mutex_);
      tasks.swap(tasks_);
    }
    for (Task& task : tasks)
      task();
  }

  [[nodiscard]] int descriptor() const { return wake_.get(); }

 private:
  Descriptor wake_;
  std::mutex mutex_;
  std::vector<Task> tasks_;
};

class Server final : public SshServer {
 public:
  Server(SshServerOptions options, KeysOfUser keys_of, FileReceiver& receiver,
         SshListener& listener, const Clock& clock)
      : folders_(std::make_shared<DropFolders>(options.folders)),
        rates_(options.connections_per_second),
        mailbox_(std::make_shared<Mailbox>()),
        context_{.options = std::move(options),
                 .keys_of = std::move(keys_of),
                 .receiver = receiver,
                 .listener = listener,
                 .clock = clock,
                 .home = mailbox_,
                 .folders = folders_} {}
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  ~Server() override {
    mailbox_->post([this] { done_ = true; });
    if (thread_.joinable()) thread_.join();
  }

  Status start() {
    auto socket = listen_stream({context_.options.address, context_.options.port});
    if (!socket) return fail(socket.error());
    auto factory = make_session_factory(context_);
    if (!factory) return fail(factory.error());
    socket_ = std::move(*socket);
    port_ = bound_port(socket_);
    factory_ = std::move(*factory);
    thread_ = std::thread([this] { run(); });
    return {};
  }

  [[nodiscard]] std::uint16_t port() const override { return port_; }

  [[nodiscard]] SshCounts counts() const override {
    return {.connections = open_,
            .accepted = accepted_,
            .files = context_.files,
            .bytes = context_.bytes,
            .pauses = context_.pauses};
  }

  void stop(std::function<void()> stopped) override {
    mailbox_->post([this, stopped = std::move(stopped)]() mutable {
      stopped_ = std::move(stopped);
      stop_until_ = context_.clock.steady() + kStopPatience;
      socket_.reset();
      for (const auto& session : sessions_)
        session->wind_up();
    });
  }

 private:
  void run() {
    while (!done_) {
      wait();
      mailbox_->run();
      accept_callers();
      serve_sessions();
      finish_stop();
    }
    sessions_.clear();
    open_ = 0;
  }

  void wait() {
    polled_.clear();
    polled_.push_back({mailbox_->descriptor(), POLLIN, 0});
    const bool rests = context_.clock.steady() < accept_again_;
    polled_.push_back({rests ? -1 : socket_.get(), POLLIN, 0});
    for (const auto& session : sessions_) {
      const auto events = static_cast<short>(POLLIN | (session->has_output() ? POLLOUT : 0));
      polled_.push_back({session->descriptor(), events, 0});
    }
    // Times are looked at twice a second; without connections there are none to look at.
    const int limit = sessions_.empty() && !stopped_ && !rests ? -1 : 500;
    poll(polled_.data(), polled_.size(), limit);
  }

  void accept_callers() {
    if (socket_.get() < 0 || (polled_[1].revents & POLLIN) == 0) return;
    for (int i = 0; i < kAcceptsAtOnce; ++i) {
      auto accepted = accept_stream(socket_);
      if (!accepted) {
        // The system goes on reporting the connection that waits; a rest spares the processor.
        accept_again_ = context_.clock.steady() + kAcceptRest;
        return refuse("ssh/accept", accepted.error().cause + "; " + accepted.error().next_step, "");
      }
      if (!*accepted) return;
      ++accepted_;
      const std::string host = (*accepted)->peer.address.text();
      if (!admit(host)) continue;
      auto session = factory_->make(std::move((*accepted)->socket), host);
      if (session) {
        fresh_.push_back(std::move(session));
      } else {
        refuse("ssh/setup", "the SSH library cannot take another connection", host);
      }
    }
  }

  bool admit(const std::string& host) {
    const SshServerOptions& options = context_.options;
    if (!rates_.admit(host, context_.clock.steady())) {
      refuse("ssh/too-many-connections",
             "more than " + std::to_string(options.connections_per_second) +
                 " new connections a second",
             host);
      return false;
    }
    if (sessions_.size() + fresh_.size() >= options.max_connections) {
      refuse("ssh/too-many-sessions",
             std::to_string(options.max_connections) + " connections are open", host);
      return false;
    }
    const auto same = [&](const auto& session) { return session->host() == host; };
    const auto from_host = std::count_if(sessions_.begin(), sessions_.end(), same) +
                           std::count_if(fresh_.begin(), fresh_.end(), same);
    if (from_host >= static_cast<std::ptrdiff_t>(options.max_connections_per_host)) {
      refuse("ssh/too-many-sessions",
             std::to_string(from_host) + " connections of this host are open", host);
      return false;
    }
    return true;
  }

  void refuse(std::string code, std::string text, const std::string& host) const {
    context_.listener.incident(
        {.code = std::move(code), .text = std::move(text), .host = host, .user = {}});
  }

  void serve_sessions() {
    for (std::size_t i = 0; i < sessions_.size(); ++i)
      sessions_[i]->serve(polled_[i + 2].revents != 0);
    std::erase_if(sessions_, [](const auto& session) { return session->over(); });
    std::move(fresh_.begin(), fresh_.end(), std::back_inserter(sessions_));
    fresh_.clear();
    open_ = sessions_.size();
  }

  void finish_stop() {
    if (!stopped_) return;
    if (!sessions_.empty() && context_.clock.steady() < stop_until_) return;
    sessions_.clear();
    open_ = 0;
    std::exchange(stopped_, nullptr)();
  }

  std::shared_ptr<const DropFolders> folders_;
  SourceRates rates_;
  /// Callbacks of the receiver may post to it when the server has gone.
  std::shared_ptr<Mailbox> mailbox_;
  SessionContext context_;
  Descriptor socket_;
  Duration accept_again_{0};
  std::uint16_t port_ = 0;
  std::unique_ptr<SessionFactory> factory_;
  std::vector<std::unique_ptr<ServerSession>> sessions_;
  std::vector<std::unique_ptr<ServerSession>> fresh_;
  std::vector<pollfd> polled_;
  std::function<void()> stopped_;
  Duration stop_until_{};
  bool done_ = false;
  std::atomic<std::uint64_t> open_{0};
  std::atomic<std::uint64_t> accepted_{0};
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<SshServer>> start_ssh_server(SshServerOptions options, KeysOfUser keys_of,
                                                    FileReceiver& receiver, SshListener& listener,
                                                    const Clock& clock) {
  auto server =
      std::make_unique<Server>(std::move(options), std::move(keys_of), receiver, listener, clock);
  if (auto started = server->start(); !started) return fail(started.error());
  return server;
}

}  // namespace cistern::net::ssh
