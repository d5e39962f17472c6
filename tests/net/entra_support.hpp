// Options, fakes and a hand-pushed loop for the Entra tests.
#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "net/oauth2.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cistern::net {

inline const TimePoint kNow =
    TimePoint{std::chrono::seconds{1'772'600'767}};  // 2026-03-04T05:06:07Z
inline const std::string kSecretValue = "Xy8Q~planted/secret+value=";
inline const std::string kTenant = "11111111-2222-3333-4444-555555555555";
inline const std::string kClient = "aaaaaaaa-0000-4000-8000-000000000001";

inline EntraOptions secret_options() {
  EntraOptions options;
  options.login_url = "https://login.microsoftonline.com";
  options.tenant = kTenant;
  options.client_id = kClient;
  options.credential = Secret{kSecretValue};
  options.resource = "https://manage.office.com";
  return options;
}

inline HttpResponse json_response(int status, std::string body,
                                  std::vector<HttpHeader> headers = {}) {
  HttpResponse response;
  response.status = status;
  response.headers = std::move(headers);
  response.headers.push_back({"Content-Type", "application/json; charset=utf-8"});
  response.body = std::move(body);
  return response;
}

/// A token as Entra makes it, without a true signature.
inline std::string made_token(std::string_view payload) {
  return base64url_encode(R"({"typ":"JWT","alg":"RS256"})") + "." + base64url_encode(payload) +
         ".c2lnbmF0dXJl";
}

inline std::string token_body(const std::string& token, int life = 3599) {
  return R"({"token_type":"Bearer","expires_in":)" + std::to_string(life) + R"(,"access_token":")" +
         token + R"("})";
}

inline std::string error_body(std::string_view error, std::uint64_t number,
                              std::string_view words = "Refused.") {
  const std::string text = std::to_string(number);
  return std::string{R"({"error":")"}.append(error).append(R"(","error_description":"AADSTS)") +
         text + ": " + std::string{words} +
         R"( Trace ID: 9b0d2c11-0000-4000-8000-000000000004 Correlation ID: )" +
         R"(5c2e7a33-0000-4000-8000-000000000005 Timestamp: 2026-03-04 05:06:07Z","error_codes":[)" +
         text +
         R"(],"timestamp":"2026-03-04 05:06:07Z","correlation_id":"5c2e7a33-0000-4000-8000-000000000005"})";
}

/// Runs tasks and timers when told to, in the time of a ManualClock.
class ManualLoop final : public Loop {
 public:
  explicit ManualLoop(ManualClock& clock) : clock_(clock) {}
  void post(Task task) override { tasks_.push_back(std::move(task)); }
  TimerId call_after(Duration delay, Task task) override {
    timers_.emplace(++last_, Timer{clock_.steady() + delay, std::move(task)});
    return last_;
  }
  void cancel(TimerId timer) override { timers_.erase(timer); }

  void run_posted() {
    while (!tasks_.empty()) {
      const Task task = std::move(tasks_.front());
      tasks_.pop_front();
      task();
    }
  }
  /// Lets the time pass, running timers as they come due.
  void advance(Duration by) {
    const Duration end = clock_.steady() + by;
    run_posted();
    while (true) {
      const auto next = std::min_element(
          timers_.begin(), timers_.end(),
          [](const auto& a, const auto& b) { return a.second.due < b.second.due; });
      if (next == timers_.end() || next->second.due > end) break;
      if (next->second.due > clock_.steady()) clock_.advance(next->second.due - clock_.steady());
      const Task task = std::move(next->second.task);
      timers_.erase(next);
      task();
      run_posted();
    }
    clock_.advance(end - clock_.steady());
  }
  [[nodiscard]] std::size_t timers() const { return timers_.size(); }

 private:
  struct Timer {
    Duration due;
    Task task;
  };
  ManualClock& clock_;
  std::deque<Task> tasks_;
  std::map<TimerId, Timer> timers_;
  TimerId last_ = 0;
};

/// Keeps requests until the test answers them.
class FakeHttpClient final : public HttpClient {
 public:
  Handle send(HttpRequest request, Callback done) override {
    ++sent;
    last_request = request;
    open_.emplace(sent, std::move(done));
    return sent;
  }
  void cancel(Handle handle) override { open_.erase(handle); }

  /// Answers the oldest open request.
  void answer(Result<HttpResponse> response) {
    const Callback done = std::move(open_.begin()->second);
    open_.erase(open_.begin());
    done(std::move(response));
  }
  [[nodiscard]] std::size_t open() const { return open_.size(); }

  Handle sent = 0;
  HttpRequest last_request;

 private:
  std::map<Handle, Callback> open_;
};

}  // namespace cistern::net
