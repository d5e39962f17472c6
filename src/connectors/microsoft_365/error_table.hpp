// What the vendor's error answers mean, and what is to be done: a table, one row an error.
//
// Source: "Office 365 Management Activity API reference", section on errors, and answers seen by
// operators. The code in the body decides, not the HTTP status: throttling is AF429 under status
// 403.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "connectors/microsoft_365/answer_evidence.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cistern::connectors::microsoft_365 {

enum class Fate : std::uint8_t {
  success,       ///< AF20024: "already enabled" is what was wanted.
  renew,         ///< The token is not accepted: a new one, once; then as `refused`.
  refused,       ///< A permission is missing: a new token once, then a re-check now and then.
  stop_type,     ///< This content type cannot work until something changes.
  stop_tenant,   ///< Nothing of this tenant can work until something changes.
  start,         ///< No subscription: start it.
  webhook,       ///< The webhook is refused, and with it the start that was to register it.
  disabled,      ///< Subscription disabled: start it once, then say so.
  auditing_off,  ///< Unified auditing is off in the tenant.
  window,        ///< The window breaks a rule: measure the clock, clamp again, never move on.
  relist,        ///< The page chain is broken: list the slice again from its start.
  gone,          ///< The blob does not exist any more.
  expired,       ///< The blob was not fetched in time.
  throttled,
  retry,
};

struct ErrorRow {
  std::string_view vendor_code;  ///< "AF20022"; empty for rows chosen by status.
  Fate fate = Fate::retry;
  std::string_view code;  ///< Ours: "microsoft_365/...".
  std::string_view meaning;
  std::string_view consequence;
  std::string_view next_step;
  std::chrono::minutes recheck{0};  ///< For rows that stop something: until it is tried again.
};

/// Rows that are found by their AF code.
std::span<const ErrorRow> error_rows();
const ErrorRow* row_of_code(std::string_view vendor_code);  ///< Null when unknown.
/// For the answer whose code is a sentence.
const ErrorRow& auditing_off_row();
/// For answers without a code of the API.
const ErrorRow& row_of_status(int status);

/// An answer with an error, understood as far as possible.
struct ApiError {
  const ErrorRow* row = nullptr;  ///< Never null; points into the table.
  int status = 0;
  std::string vendor_code;  ///< As it stood in the answer; empty if there was none.
  std::string message;      ///< The vendor's words, bounded and printable.
  Evidence evidence;
};

/// Understands the documented body, ASP.NET's {"Message":...}, pseudo JSON in single quotes, HTML,
/// and nothing at all. Anything unknown is to be tried again: an unknown answer must never move a
/// position.
ApiError interpret_error(const HttpResponse& response);

/// The failure that a person reads: `what` names the call ("listing Audit.Exchange"). It begins
/// with the meaning, because the first words are all that a table shows.
Failure to_failure(const ApiError& error, std::string_view what);

/// What the row says, of something that was seen without asking for it.
Failure row_failure(std::string_view vendor_code, std::string cause);

/// The login service was asked which tenant a domain name belongs to, and does not know it; nothing
/// when the answer says something else.
std::optional<Failure> tenant_unknown(const HttpResponse& response, std::string_view tenant,
                                      std::string_view login_url);

}  // namespace cistern::connectors::microsoft_365
