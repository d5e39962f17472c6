#include "runtime/listen/listen_thread.hpp"

#include <csignal>
#include <utility>

namespace cistern::runtime {

ListenThread::ListenThread(std::shared_ptr<net::ReadyLoop> loop, std::unique_ptr<ListenWork> work)
    : loop_(std::move(loop)), work_(std::move(work)) {}

ListenThread::~ListenThread() {
  loop_->stop();
  if (thread_.joinable()) thread_.join();
}

void ListenThread::start() {
  loop_->post([this] { work_->start(); });
  // Signals are for the thread that waits for them.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([loop = loop_.get()] { loop->run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void ListenThread::stop(std::function<void()> ended) {
  if (!thread_.joinable()) return ended();
  loop_->post([this, ended = std::move(ended)]() mutable { work_->stop(std::move(ended)); });
}

}  // namespace cistern::runtime
