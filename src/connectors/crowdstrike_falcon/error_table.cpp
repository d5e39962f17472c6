#include "connectors/crowdstrike_falcon/error_table.hpp"

#include "base/bytes.hpp"

#include <array>

namespace cistern::connectors::crowdstrike_falcon {
namespace {

constexpr std::string_view kKept =
    "nothing is collected meanwhile; the vendor keeps its backlog for days, and reading goes on "
    "behind the last stored event";
constexpr std::string_view kAgain = "no position moved; it is tried again with growing delays";
constexpr std::string_view kNothing = "nothing, it goes on by itself";

constexpr std::array kRows{
    ErrorRow{Operation::discovery, 400, Fate::refused, "crowdstrike_falcon/request-refused",
             "the vendor refuses the request for streams", kKept,
             "check app_id: at most 32 characters, letters and digits; it is tried again every "
             "5 minutes"},
    ErrorRow{Operation::discovery, 401, Fate::renew, "crowdstrike_falcon/token-refused",
             "the access token is not accepted", kKept,
             "run `cistern doctor`: the credentials may belong to another cloud, or the API client "
             "was revoked; it is tried again every 5 minutes"},
    ErrorRow{Operation::discovery, 403, Fate::denied, "crowdstrike_falcon/scope-missing",
             "the API client lacks the scope \"Event streams: Read\"", kKept,
             "in the Falcon console, Support and resources > API clients and keys > edit the "
             "client: tick Read for Event streams; in some tenants (always in GovCloud) the "
             "vendor's support must also switch the Streaming API on; it is checked again every "
             "5 minutes"},
    ErrorRow{Operation::discovery, 404, Fate::refused, "crowdstrike_falcon/not-found",
             "the address does not exist", kKept,
             "check `cloud` and api_url, and that no proxy answers 404; it is tried again every "
             "5 minutes"},
    ErrorRow{Operation::discovery, 429, Fate::throttled, "crowdstrike_falcon/throttled",
             "too many requests of this tenant", kAgain,
             "nothing, if it passes; otherwise look for other programs that use the same API "
             "client"},
    ErrorRow{Operation::discovery, 200, Fate::refused, "crowdstrike_falcon/discovery-refused",
             "the vendor offers no streams: the cloud is another one, or the scope is missing",
             kKept,
             "check `cloud`, and the scope \"Event streams: Read\" of the API client; it is tried "
             "again every 5 minutes"},
    ErrorRow{Operation::discovery, 308, Fate::refused, "crowdstrike_falcon/wrong-cloud",
             "the vendor points to another address, which is not followed because the request "
             "holds a token",
             kKept, "set `cloud` to the cloud that the console's address names"},
    ErrorRow{Operation::discovery, 0, Fate::retry, "crowdstrike_falcon/vendor-unavailable",
             "the service is not available just now", kAgain, kNothing},

    ErrorRow{Operation::stream, 400, Fate::retry, "crowdstrike_falcon/stream-refused",
             "the vendor refuses to open the stream", kAgain,
             "if it lasts, report this message to the project"},
    ErrorRow{Operation::stream, 401, Fate::gone, "crowdstrike_falcon/session-ended",
             "the session's token is no longer accepted", "the streams are discovered again",
             kNothing},
    ErrorRow{Operation::stream, 403, Fate::denied, "crowdstrike_falcon/stream-denied",
             "the vendor no longer allows this stream to be read", kKept,
             "check the scope \"Event streams: Read\" of the API client, and that it was not "
             "revoked; it is checked again every 5 minutes"},
    ErrorRow{Operation::stream, 404, Fate::gone, "crowdstrike_falcon/session-ended",
             "the stream or its session does not exist any more",
             "the streams are discovered again", kNothing},
    ErrorRow{Operation::stream, 410, Fate::retry, "crowdstrike_falcon/stream-refused",
             "the vendor refuses to open the stream", kAgain,
             "if it lasts, report this message to the project"},
    ErrorRow{Operation::stream, 429, Fate::throttled, "crowdstrike_falcon/throttled",
             "too many streams of this tenant are open", kAgain,
             "nothing, if it passes; otherwise look for other collectors of the same tenant"},
    ErrorRow{Operation::stream, 0, Fate::retry, "crowdstrike_falcon/vendor-unavailable",
             "the stream cannot be opened just now", kAgain, kNothing},

    ErrorRow{Operation::refresh, 401, Fate::renew, "crowdstrike_falcon/token-refused",
             "the access token is not accepted", kAgain,
             "if it lasts, check that the API client was not revoked"},
    ErrorRow{Operation::refresh, 404, Fate::gone, "crowdstrike_falcon/session-ended",
             "the session that was to be extended is no longer alive",
             "the stream is closed and discovered again", kNothing},
    ErrorRow{Operation::refresh, 429, Fate::throttled, "crowdstrike_falcon/throttled",
             "too many requests of this tenant", kAgain, kNothing},
    ErrorRow{Operation::refresh, 0, Fate::retry, "crowdstrike_falcon/refresh-failed",
             "a session could not be extended",
             "it is tried again while the session lives, then the streams are discovered again",
             kNothing},
};

constexpr ErrorRow kExpired{
    Operation::stream,
    410,
    Fate::expired,
    "crowdstrike_falcon/offset-expired",
    "the vendor no longer keeps the event that reading was to go on behind",
    "what it has forgotten is lost; reading goes on with the oldest event that it still keeps, and "
    "the ledger names what lies between",
    "look at the missing time in the Falcon console; keep interruptions shorter than the vendor's "
    "retention"};

Verdict verdict_of(Fate fate) {
  switch (fate) {
    case Fate::renew:
      return Verdict::renew_credentials;
    case Fate::denied:
    case Fate::refused:
      return Verdict::stop;
    case Fate::gone:
    case Fate::expired:
    case Fate::throttled:
    case Fate::retry:
      return Verdict::retry;
  }
  return Verdict::retry;
}

int status_class(int status) {
  return status / 100 == 3 ? 308 : status;
}

}  // namespace

const ErrorRow& row_of(Operation operation, const AnswerError& error, bool offset_asked) {
  int status = status_class(error.effective());
  if (offset_asked && operation == Operation::stream && (status == 400 || status == 410)) {
    return kExpired;
  }
  // A 200 with errors of no status that is known is a failure all the same.
  const bool odd_success = error.status / 100 == 2 && status / 100 != 5;
  const ErrorRow* fallback = &kRows.back();
  const ErrorRow* of_success = nullptr;
  for (const ErrorRow& row : kRows) {
    if (row.operation != operation) continue;
    if (row.status == status) return row;
    if (row.status == 200) of_success = &row;
    if (row.status == 0) fallback = &row;
  }
  return odd_success && of_success != nullptr ? *of_success : *fallback;
}

Failure to_failure(const ErrorRow& row, const AnswerError& error) {
  std::string cause = std::string{row.meaning} + " (HTTP " + std::to_string(error.status);
  if (error.code != 0 && error.code != error.status) {
    cause += ", error " + std::to_string(error.code);
  }
  cause += ")";
  if (!error.message.empty()) cause += ": " + error.message;
  if (!error.trace_id.empty()) cause += " [trace id " + error.trace_id + "]";
  if (!error.time.empty()) cause += " [" + error.time + "]";
  return {.verdict = verdict_of(row.fate),
          .code = std::string{row.code},
          .cause = std::move(cause),
          .consequence = std::string{row.consequence},
          .next_step = std::string{row.next_step}};
}

}  // namespace cistern::connectors::crowdstrike_falcon
