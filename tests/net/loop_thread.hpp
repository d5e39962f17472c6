// An I/O loop on a thread of its own, and calls that wait for it.
#pragma once

#include "net/http_client.hpp"
#include "net/io_loop.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

namespace cistern::net {

inline constexpr std::chrono::seconds kTestDeadline{30};

class LoopThread {
 public:
  LoopThread() : loop_(make_io_loop()), thread_([this] { loop_->run(); }) {}
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;
  ~LoopThread() {
    loop_->stop();
    thread_.join();
  }

  IoLoop& loop() { return *loop_; }

  /// Runs the function on the loop and returns when it is done.
  template <class F>
  void on_loop(F function) {
    std::promise<void> done;
    loop_->post([&] {
      function();
      done.set_value();
    });
    done.get_future().wait();
  }

 private:
  std::unique_ptr<IoLoop> loop_;
  std::thread thread_;
};

/// A client on a loop of its own; made and destroyed on the loop.
class ClientThread {
 public:
  explicit ClientThread(HttpClientOptions options = {}) {
    thread_.on_loop([&] { client_ = make_http_client(thread_.loop(), std::move(options)); });
  }
  ClientThread(const ClientThread&) = delete;
  ClientThread& operator=(const ClientThread&) = delete;
  ~ClientThread() { destroy(); }

  void destroy() {
    thread_.on_loop([&] { client_.reset(); });
  }

  std::future<Result<HttpResponse>> start(HttpRequest request) {
    auto promise = std::make_shared<std::promise<Result<HttpResponse>>>();
    auto future = promise->get_future();
    thread_.on_loop([&] {
      last_ = client_->send(std::move(request), [promise](Result<HttpResponse> result) {
        promise->set_value(std::move(result));
      });
    });
    return future;
  }

  Result<HttpResponse> fetch(HttpRequest request) {
    auto future = start(std::move(request));
    if (future.wait_for(kTestDeadline) != std::future_status::ready) {
      ADD_FAILURE() << "no answer within the deadline";
      return fail_stop("test/deadline", "no answer within the deadline", "");
    }
    return future.get();
  }

  Result<HttpResponse> get(const std::string& url) {
    HttpRequest request;
    request.url = url;
    return fetch(std::move(request));
  }

  void cancel_last() {
    thread_.on_loop([&] { client_->cancel(last_); });
  }

  LoopThread& thread() { return thread_; }
  HttpClient& client() { return *client_; }

 private:
  LoopThread thread_;
  std::unique_ptr<HttpClient> client_;
  HttpClient::Handle last_ = 0;
};

}  // namespace cistern::net
