// A small Admin API in memory, for tests of the machine: it answers by the vendor's rules, and a
// test may make single answers fail.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_duo::test {

inline constexpr std::string_view kOrigin = "https://api-1a2b3c4d.duosecurity.com";

struct FakeRow {
  TimePoint time{};
  TimePoint visible{};  ///< Shown from then on; epoch: two minutes after its time.
  std::string json;
};

using Answer = Result<HttpResponse>;

HttpResponse answer(int status, std::string body, TimePoint server_now);
std::string fail_body(int code, std::string_view message, std::string_view detail = {});

class FakeVendor {
 public:
  /// By path, in order of time.
  std::map<std::string, std::vector<FakeRow>, std::less<>> rows;
  Duration skew{0};                  ///< The vendor's clock against the test's.
  std::size_t limit_per_minute = 2;  ///< For each path, in any 60 seconds.
  bool date_header = true;
  /// Asked first; an answer takes the place of the rules.
  std::function<std::optional<Answer>(const HttpRequest&, TimePoint now)> fault;

  struct Request {
    TimePoint at{};
    std::string path;
    std::map<std::string, std::string> query;
  };
  std::vector<Request> requests;
  std::size_t refused_429 = 0;
  std::vector<std::string> broken_rules;  ///< Requests the vendor would not accept.

  /// One row of that log with a name of its own.
  void add(std::string_view stream, TimePoint time, const std::string& name);
  /// Rows without a name: equal ones are equal.
  void add_plain(std::string_view stream, TimePoint time, const std::string& words);

  Answer handle(const HttpRequest& request, TimePoint now);
  [[nodiscard]] std::size_t count(std::string_view stream) const;

 private:
  Answer paged(const std::string& path, const std::map<std::string, std::string>& query,
               TimePoint now);
  Answer by_second(const std::string& path, const std::map<std::string, std::string>& query,
                   TimePoint now);
  bool over_the_limit(const std::string& path, TimePoint now);

  std::map<std::string, std::deque<TimePoint>> recent_;
};

/// Path and decoded query parameters of a URL.
std::pair<std::string, std::map<std::string, std::string>> parts_of(const std::string& url);

}  // namespace cistern::connectors::cisco_duo::test
