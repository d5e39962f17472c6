#include "connectors/cisco_secure_endpoint/error_table.hpp"

#include <array>
#include <string>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

constexpr std::string_view kKept =
    "nothing of it is collected meanwhile; the vendor keeps events for about 30 days, and reading "
    "goes on behind what is stored";
constexpr std::string_view kAgain = "no position moved; it is tried again with growing delays";
constexpr std::string_view kNothing = "nothing, it goes on by itself";

constexpr std::array kRows{
    ErrorRow{400, Fate::refused, "cisco_secure_endpoint/request-refused",
             "the vendor refuses the request", kKept,
             "read the vendor's words: they name the parameter; if no option of yours explains it, "
             "report this message to the project. It is tried again every 15 minutes"},
    ErrorRow{401, Fate::login, "cisco_secure_endpoint/login-refused",
             "client ID or API key is not accepted in this cloud", kKept,
             "check `cloud` (each key works in one cloud only), client_id and api_key against the "
             "console, Administration > API Credentials; a lost key is replaced there by a new "
             "one. It is tried again every 15 minutes"},
    ErrorRow{403, Fate::denied, "cisco_secure_endpoint/denied", "the API key may not do this",
             kKept,
             "make an API credential with the scope \"Read-only\" (or \"Read & Write\" for event "
             "streams) in the console, Administration > API Credentials. It is tried again every "
             "15 minutes"},
    ErrorRow{404, Fate::refused, "cisco_secure_endpoint/not-found", "the address does not exist",
             kKept,
             "check `cloud` and api_url, and that no proxy answers 404; it is tried again every "
             "15 minutes"},
    ErrorRow{407, Fate::refused, "cisco_secure_endpoint/proxy",
             "the proxy asks for a user and a password", kKept,
             "set proxy_user and proxy_password; it is tried again every 15 minutes"},
    ErrorRow{429, Fate::throttled, "cisco_secure_endpoint/throttled",
             "the organisation's requests of this hour are used up",
             "the walk waits and goes on where it stands; no position moved",
             "nothing, if it passes; otherwise look for other programs with a key of the same "
             "organisation, or raise poll_interval"},
    ErrorRow{308, Fate::refused, "cisco_secure_endpoint/redirected",
             "the vendor points to another address, which is not followed because the request "
             "holds the API key",
             kKept, "set `cloud` to the cloud of your console, and check api_url"},
    ErrorRow{0, Fate::retry, "cisco_secure_endpoint/vendor-unavailable",
             "the service is not available just now", kAgain, kNothing},
};

Verdict verdict_of(Fate fate) {
  switch (fate) {
    case Fate::login:
    case Fate::denied:
    case Fate::refused:
      return Verdict::stop;
    case Fate::throttled:
    case Fate::retry:
      return Verdict::retry;
  }
  return Verdict::retry;
}

}  // namespace

const ErrorRow& row_of(int status) {
  const int wanted = status / 100 == 3 ? 308 : status;
  for (const ErrorRow& row : kRows) {
    if (row.status == wanted) return row;
  }
  return kRows.back();
}

Failure to_failure(const ErrorRow& row, const ApiError& error, std::string_view what) {
  std::string cause = std::string{row.meaning} + " (" + std::string{what} + ", HTTP " +
                      std::to_string(error.status) + ")";
  if (!error.description.empty()) cause += ": " + error.description;
  if (!error.details.empty()) cause += ": " + error.details;
  return {.verdict = verdict_of(row.fate),
          .code = std::string{row.code},
          .cause = std::move(cause),
          .consequence = std::string{row.consequence},
          .next_step = std::string{row.next_step}};
}

}  // namespace cistern::connectors::cisco_secure_endpoint
