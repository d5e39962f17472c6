// A small S3 in memory, and a queue beside it, for tests of the machine: it answers by the vendor's
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

namespace cistern::connectors::cisco_umbrella::test {

struct FakeObject {
  std::string body;
  std::string etag;
  TimePoint uploaded{};  ///< Listed and readable from then on.
};

struct FakeMessage {
  std::string body;
  TimePoint visible{};
  int receives = 0;
};

using Answer = Result<HttpResponse>;

HttpResponse answer(int status, std::string body, TimePoint server_now);
/// An <Error> of S3.
Answer refusal(int status, std::string_view code, TimePoint server_now, std::string_view more = {});

class FakeBucket {
 public:
  std::string bucket = "contoso-umbrella";
  std::string required_prefix;  ///< Of a Cisco-managed bucket: what is outside is refused.
  std::map<std::string, FakeObject> objects;
  std::size_t page_size = 1000;
  Duration skew{0};                             ///< The vendor's clock against the test's.
  std::map<std::string, FakeMessage> messages;  ///< By receipt.
  /// Asked first; an answer takes the place of the rules.
  std::function<std::optional<Answer>(const HttpRequest&, TimePoint now)> fault;

  std::vector<std::string> requests;      ///< "LIST prefix after", "GET key range", "SQS action"
  std::vector<std::string> broken_rules;  ///< Requests the vendor would not accept.
  std::size_t pages = 0;

  void put(const std::string& key, std::string body, TimePoint uploaded);
  void send(const std::string& receipt, std::string body) { messages[receipt] = {std::move(body)}; }
  Answer handle(const HttpRequest& request, TimePoint now);
  [[nodiscard]] std::size_t count(std::string_view part) const;

 private:
  Answer list(const std::map<std::string, std::string>& query, TimePoint now);
  Answer get(const HttpRequest& request, const std::string& key, TimePoint now);
  Answer queue(const HttpRequest& request, TimePoint now);
  int versions_ = 0;
};

/// A notification of S3 for these keys.
std::string created(const std::string& bucket, const std::vector<std::string>& keys);

}  // namespace cistern::connectors::cisco_umbrella::test
