// A small Event Streams API in memory: it answers by the vendor's rules and its own clock, and a
// test may make single answers fail. Strict: what the vendor refuses is refused.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::crowdstrike_falcon::test {

inline constexpr std::string_view kApi = "https://api.crowdstrike.com";
inline constexpr std::string_view kCustomer = "0123456789abcdef0123456789abcdef";

struct FakeEvent {
  std::uint64_t offset = 0;
  TimePoint at{};  ///< When it enters the feed.
  std::string line;
};

/// One compact line as the vendor writes it.
std::string event_line(std::uint64_t offset, TimePoint created,
                       std::string_view type = "AuthActivityAuditEvent",
                       std::string_view customer = kCustomer);

struct FakeFeed {
  std::string feed;
  std::string partition;
  std::vector<FakeEvent> events{};
  std::uint64_t retained_from = 0;  ///< Smaller offsets are forgotten.
  std::uint64_t connection = 0;     ///< The stream that reads it; 0: none.
  TimePoint free_at{};              ///< Until then its last connection is still held.

  void add(std::uint64_t offset, TimePoint at, std::string_view type = "AuthActivityAuditEvent") {
    events.push_back({offset, at, event_line(offset, at, type)});
  }
};

/// One open stream, as the vendor sees it.
struct FakeStream {
  FakeFeed* feed = nullptr;
  std::size_t next = 0;  ///< Index of the next event to be sent.
  TimePoint opened{};
  TimePoint extended{};
  TimePoint last_sent{};
};

class FakeVendor {
 public:
  std::deque<FakeFeed> feeds;
  Duration refresh_interval = std::chrono::seconds{1800};
  Duration session_cap = std::chrono::hours{4};
  Duration release{0};
  Duration token_life = std::chrono::minutes{30};
  Duration keep_alive = std::chrono::seconds{30};
  bool inclusive = true;
  bool app_lock = false;  ///< Any partition that is connected hides all.
  int expired_status = 400;
  /// Asked first; an answer takes the place of the rules.
  std::function<std::optional<HttpResponse>(const HttpRequest&)> fault;

  std::vector<std::string> requests;  ///< "METHOD URL", in order.
  std::uint64_t tokens = 0;           ///< Sessions handed out.

  /// Discovery and refresh. `authorized` is the age of the access token.
  HttpResponse answer(const HttpRequest& request, TimePoint now, Duration token_age);
  /// The head of the answer to a stream's request; 200 begins a stream of that id.
  HttpResponse open(std::uint64_t id, const HttpRequest& request, TimePoint now);
  /// What the stream sends up to now; nothing when it has ended.
  std::optional<std::string> read(std::uint64_t id, TimePoint now);
  void disconnect(std::uint64_t id, TimePoint now);
  [[nodiscard]] bool is_open(std::uint64_t id) const { return streams_.contains(id); }
  [[nodiscard]] std::size_t count(std::string_view part) const;

 private:
  HttpResponse discovery(TimePoint now);
  HttpResponse refresh(const HttpRequest& request, TimePoint now);
  FakeFeed* feed_named(std::string_view name);

  std::map<std::uint64_t, FakeStream> streams_;
  std::map<std::string, std::string> sessions_;  ///< Feed by session token; used once.
};

HttpResponse reply(int status, std::string body);
/// The vendor's envelope with one error.
HttpResponse refusal(int status, int code, std::string_view message);

}  // namespace cistern::connectors::crowdstrike_falcon::test
