// A small REST interface in memory, for tests of the machine: it answers by the vendor's rules, and
// a test may make single answers fail.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_secure_endpoint::test {

inline const std::string kApi = "https://api.eu.amp.cisco.com";
inline constexpr TimePoint kStart{std::chrono::seconds{1'790'000'000}};

using Answer = Result<HttpResponse>;

std::string http_date(TimePoint time);
HttpResponse answer(int status, std::string body, TimePoint server_now);
std::string error_body(int status, std::string_view description, std::string_view details);

struct FakeRecord {
  std::string json;
  TimePoint time{};
  TimePoint visible{};  ///< Listed from then on.
  std::string type = "1090519054";
};

/// An event in the vendor's form. Without `id` it has none.
std::string event_json(std::optional<std::uint64_t> id, TimePoint time,
                       std::string_view type = "1090519054", std::string_view more = "");
std::string audit_json(TimePoint time, std::string_view event, std::string_view user);

class FakeVendor {
 public:
  std::vector<FakeRecord> events;
  std::vector<FakeRecord> audit;
  std::vector<std::string> types{"1090519054", "553648143"};
  Duration skew{0};                           ///< The vendor's clock against the test's.
  std::uint64_t deepest = ~std::uint64_t{0};  ///< A larger offset is refused with 400.
  bool forgets_next = false;                  ///< No next link at all.
  std::optional<std::string> next_host;       ///< Links lead there.
  std::uint64_t budget = 3000;
  /// Added to each answer; `$` in a value is the budget that is left.
  std::vector<HttpHeader> headers;
  /// Asked first; an answer takes the place of the rules.
  std::function<std::optional<Answer>(const HttpRequest&, TimePoint now)> fault;

  std::vector<std::string> requests;      ///< URLs, in order.
  std::vector<std::string> broken_rules;  ///< Requests that the vendor would not accept.

  void add(FakeRecord record) { events.push_back(std::move(record)); }
  Answer handle(const HttpRequest& request, TimePoint now);
  [[nodiscard]] std::size_t count(std::string_view part) const;

 private:
  Answer page(const std::vector<FakeRecord>& records, const std::string& path,
              const std::map<std::string, std::string>& query, TimePoint now);
};

/// Query parameters of a URL, decoded.
std::map<std::string, std::string> query_of(const std::string& url);

}  // namespace cistern::connectors::cisco_secure_endpoint::test
