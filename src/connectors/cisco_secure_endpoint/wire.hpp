// The wire of the REST interface (version 1): requests built, answers read. No state.
//
// Sources: the vendor's API documentation (Event, EventStream, AuditLog, overview) and its
// "Integration Workflows", and published collectors where the text is silent. Every answer is
// bounded and distrusted.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_secure_endpoint {

inline constexpr std::uint64_t kMaxPageBytes = 64ULL << 20;
inline constexpr std::uint64_t kMaxSmallAnswer = 4ULL << 20;  ///< Of all that is no page.
inline constexpr unsigned kMaxPage = 500;  ///< What more means is not documented.
inline constexpr std::size_t kMaxEventTypes = 2000;

// ---- requests ----

/// Answers 200 to a good key in the right cloud.
HttpRequest version_request(std::string_view api_url);
HttpRequest event_types_request(std::string_view api_url);
/// Needs a key with the scope "Read & Write" for nothing but changes: listing works with any.
HttpRequest event_streams_request(std::string_view api_url);

struct EventsQuery {
  TimePoint from{};          ///< Inclusive; cut to seconds, as the vendor does.
  std::uint64_t offset = 0;  ///< Of the first item, counted from the newest.
  unsigned limit = kMaxPage;
  std::string event_type = {};  ///< One type's id; empty: all.
};
HttpRequest events_request(std::string_view api_url, const EventsQuery& query);

struct AuditQuery {
  TimePoint from{};  ///< Both inclusive.
  TimePoint to{};
  std::uint64_t offset = 0;
  unsigned limit = kMaxPage;
};
HttpRequest audit_request(std::string_view api_url, const AuditQuery& query);

// ---- answers ----

/// What an answer says about its page.
struct PageFacts {
  std::uint64_t total = 0;          ///< All matches at the moment of the answer.
  std::optional<std::string> next;  ///< metadata.links.next, absent on the last page.
};

/// `metadata` as it stands in a valid answer.
PageFacts read_page_facts(std::string_view metadata);

/// A refusal in the vendor's own words, or what came instead of one.
struct ApiError {
  int status = 0;
  bool readable = false;    ///< In the vendor's form.
  std::string description;  ///< "Unauthorized"
  std::string details;      ///< "Unknown API key or Client ID"; several joined by "; ".
};
ApiError read_error(const HttpResponse& response);

/// The budget of the organisation, from either spelling of the headers (`X-Rate-Limit-` in older
/// documents and collectors, `X-RateLimit-` in newer ones).
struct RateFacts {
  std::optional<std::uint64_t> limit;
  std::optional<std::uint64_t> remaining;
  std::optional<Duration> reset;  ///< From now on: the header counts seconds, it is no epoch.
};
RateFacts read_rate(const HttpResponse& response);

/// Ids of event types, as text, in the vendor's order.
Result<std::vector<std::string>> read_event_types(const HttpResponse& response);

}  // namespace cistern::connectors::cisco_secure_endpoint
