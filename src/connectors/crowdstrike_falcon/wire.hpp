// The wire of the Event Streams API: requests built, answers parsed. No state.
//
// Sources: "Event Streams API" and "OAuth2-Based APIs" of the vendor's developer portal, and the
// vendor's public client libraries where the text is silent. Every answer is bounded and
// distrusted: URLs in it decide where a session token goes next.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::crowdstrike_falcon {

inline constexpr std::string_view kVendor = "crowdstrike_falcon";
inline constexpr std::string_view kStream = "events";

inline constexpr std::size_t kMaxAnswer = 60 * 1024;  ///< Of discovery and refresh.
inline constexpr std::size_t kMaxFeeds = 64;
inline constexpr std::size_t kMaxAppId = 32;

// ---- requests ----

HttpRequest discovery_request(std::string_view api_url, std::string_view app_id);

/// Extends a session. The service refuses it without a JSON content type although the body is
/// empty; action and label stand in the URL that discovery gave already.
HttpRequest refresh_request(std::string_view refresh_url);

/// Where a stream begins.
struct StreamStart {
  enum class Kind : std::uint8_t { oldest, newest, offset };
  Kind kind = Kind::oldest;
  std::uint64_t offset = 0;
  friend bool operator==(const StreamStart&, const StreamStart&) = default;
};

/// The stream's URL has a query string already; further parameters follow with `&`. "newest" is
/// `whence=2`, which excludes an offset.
HttpRequest stream_request(std::string_view data_feed_url, const Secret& session_token,
                           StreamStart start);

// ---- answers ----

/// One partition, as discovery names it.
struct FeedOffer {
  std::string feed;       ///< Path segment behind `datafeed/v1/`.
  std::string partition;  ///< Path segment behind `datafeed-actions/v1/`.
  std::string url;
  std::string refresh_url;
  Secret token;
  Duration refresh_interval = std::chrono::seconds{1800};
};

struct Discovery {
  std::vector<FeedOffer> feeds;  ///< In order of partition and feed.
  std::size_t unreadable = 0;    ///< Elements without usable URLs or token.
};

/// What an answer says of itself when it is not what was asked for.
struct AnswerError {
  int status = 0;         ///< Of HTTP.
  int code = 0;           ///< errors[0].code; 0 for none.
  std::string message;    ///< errors[0].message, bounded and printable.
  std::string trace_id;   ///< For the vendor's support; may be empty.
  std::string time;       ///< The Date header in the vendor's words.
  bool readable = false;  ///< The body was the vendor's envelope.
  /// errors[0].code where a 200 carries one, else the status.
  [[nodiscard]] int effective() const { return status / 100 == 2 && code != 0 ? code : status; }
};

/// The envelope's errors, also of a 200; nothing when the answer is a success without any.
std::optional<AnswerError> find_error(const HttpResponse& response);

/// Of a 200 without errors. An empty body is `crowdstrike_falcon/empty-answer`, anything else that
/// is not a discovery `crowdstrike_falcon/unreadable-answer`; both are to be repeated.
Result<Discovery> parse_discovery(const HttpResponse& response);

/// X-CS-TRACEID, or meta.trace_id; bounded and printable.
std::string trace_id_of(const HttpResponse& response);

/// How long a 429 asks to wait: X-RateLimit-RetryAfter is a moment in epoch seconds, Retry-After a
/// delay or a date. At least a second and at most a minute; a minute where neither stands.
Duration throttle_delay(const HttpResponse& response, TimePoint now);

/// What remains of the minute's quota calls for a pause before the next request: 200 ms at 10 or
/// less, 500 ms at 5 or less.
Duration quota_pause(const HttpResponse& response);

/// "status 502, text/html, 1234 bytes beginning ..." for answers nobody expected; of a success no
/// words are shown, because they may hold tokens.
std::string describe_answer(const HttpResponse& response);

/// The path segment that follows `marker` in the URL's path; empty when there is none, or when it
/// holds anything but letters and digits.
std::string segment_after(std::string_view url, std::string_view marker);

}  // namespace cistern::connectors::crowdstrike_falcon
