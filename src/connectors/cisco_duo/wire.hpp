// Requests to the Admin API and what its answers say; nothing is sent here.
//
// Source: "Duo Admin API", sections "Authentication", "Logs" and "Trust Monitor".
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "connectors/cisco_duo/log_stream.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cistern::connectors::cisco_duo {

/// Of an answer with a page of rows; a thousand rows have about 2 MiB.
inline constexpr std::uint64_t kMaxPage = 64ULL * 1024 * 1024;
inline constexpr std::size_t kMaxToken = 512;

/// The first moment that a request may name as its end: Duo shows events two minutes late, and a
/// window that ends nearer to its present lacks the youngest. Half a minute is for the way.
inline constexpr Duration kSettling = std::chrono::seconds{150};
/// The vendor keeps (and accepts windows of) at most 180 days.
inline constexpr Duration kRetention = std::chrono::hours{24 * 180};

/// Key and value, neither encoded yet.
using Parameters = std::vector<std::pair<std::string, std::string>>;

/// The parameters as they are signed: every byte but A-Z a-z 0-9 - _ . ~ as %XX in upper case,
/// sorted by encoded key, then by encoded value, joined by `=` and `&`. The same text is sent as
/// the query, so that what is signed and what is sent cannot differ.
std::string canonical_parameters(const Parameters& parameters);

/// Where the API is reached, and for whom.
struct Api {
  std::string origin;      ///< "https://api-1a2b3c4d.duosecurity.com"
  std::string account_id;  ///< Child account of a managed service provider; empty: none.
};

/// What one request asks for.
struct PageQuery {
  TimePoint from{};
  TimePoint to{};              ///< Not used by logs that know no end.
  std::string token;           ///< Of the page before; empty for the first page.
  bool without_limit = false;  ///< The vendor refused our `limit`: leave it out.
};

/// Bounds are inclusive and whole milliseconds (v1: whole seconds).
HttpRequest page_request(const Api& api, const LogStream& stream, const PageQuery& query);
/// The cheapest question that needs the permission which matters: one row of one hour.
HttpRequest probe_request(const Api& api, const LogStream& stream, TimePoint vendor_now);
/// A question of the API that is sent without a signature: its refusal proves the way to it, and
/// shows its clock.
HttpRequest unsigned_request(const Api& api);

/// {"stat":"FAIL",...}, or any other answer that is not what was asked for.
struct Refusal {
  int status = 0;
  int code = 0;         ///< 40103; 0: the answer holds none.
  std::string message;  ///< The vendor's words with their detail, bounded and printable.
  std::string detail;   ///< `message_detail` alone.
};

/// Understands the documented body; of HTML and empty bodies only the status is known.
Refusal read_refusal(int status, std::string_view body);

/// Milliseconds and seconds since 1970, rounded down.
std::int64_t unix_milliseconds(TimePoint time);
TimePoint floor_to(TimePoint time, Duration step);

/// Whose records these are, for identities: host, and the child account behind a bar.
std::string account_of(const Api& api);

/// "https://API-1A2B3C4D.duosecurity.com/" and the like become the origin
/// "https://api-1a2b3c4d.duosecurity.com"; plain http is left to loopback addresses. Failure
/// "cisco_duo/host" (stop) says what is wrong with it.
Result<std::string> normal_origin(std::string_view host);

}  // namespace cistern::connectors::cisco_duo
