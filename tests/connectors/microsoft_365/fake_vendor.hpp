// A small Management Activity API in memory, for tests of the machine: it answers by the vendor's
// rules, and a test may make single answers fail.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::microsoft_365::test {

inline constexpr std::string_view kTenant = "11111111-2222-4333-8444-555555555555";
inline constexpr std::string_view kManage = "https://manage.office.com";

struct FakeBlob {
  std::string id;
  TimePoint created{};
  TimePoint visible{};  ///< Listed from then on; epoch: from `created` on.
  TimePoint expires{};
  std::vector<std::string> records;  ///< Ids.
  std::string body;                  ///< Instead of one made of `records`.
};

struct FakeWebhook {
  std::string address;
  std::string auth_id;
  std::string expiration;
  std::string status = "enabled";
};

using Answer = Result<HttpResponse>;

HttpResponse answer(int status, std::string body, TimePoint server_now);
/// {"error":{"code":...,"message":...}}
std::string error_body(std::string_view code, std::string_view message = "refused");

class FakeVendor {
 public:
  std::map<std::string, std::vector<FakeBlob>> content;  ///< By content type.
  std::map<std::string, std::string> subscriptions;      ///< Type to "enabled" or "disabled".
  std::size_t page_size = 100;
  Duration skew{0};  ///< The vendor's clock against the test's.
  /// What was registered by a start, by content type: the "webhook" object, with its status.
  std::map<std::string, FakeWebhook> webhooks;
  bool webhook_answers = true;  ///< Otherwise a start with one is refused (AF20021).
  bool list_lags = false;       ///< Started subscriptions do not show in the list.
  /// Asked first; an answer takes the place of the rules.
  std::function<std::optional<Answer>(const HttpRequest&, TimePoint now)> fault;

  std::vector<std::string> requests;      ///< URLs, in order.
  std::set<std::string> listed;           ///< Ids of blobs that an answer named.
  std::map<std::string, int> starts;      ///< Start requests by type.
  std::vector<std::string> broken_rules;  ///< Requests the vendor would not accept.

  void add(const std::string& type, FakeBlob blob) { content[type].push_back(std::move(blob)); }
  Answer handle(const HttpRequest& request, TimePoint now);
  [[nodiscard]] std::size_t count(std::string_view part) const;

 private:
  Answer list(const std::map<std::string, std::string>& query, TimePoint now);
  Answer blob(const std::string& id, TimePoint now);
  Answer start(const std::string& type, const std::string& body, TimePoint now);
  [[nodiscard]] std::string subscription(const std::string& type, const std::string& state) const;
};

/// Query parameters of a URL, names in lower case.
std::map<std::string, std::string> query_of(const std::string& url);

}  // namespace cistern::connectors::microsoft_365::test
