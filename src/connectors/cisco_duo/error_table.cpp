#include "connectors/cisco_duo/error_table.hpp"

#include "base/bytes.hpp"

#include <array>
#include <utility>

namespace cistern::connectors::cisco_duo {

namespace {

using std::chrono::minutes;

constexpr std::string_view kKept =
    "nothing is collected meanwhile; Duo keeps events for 180 days at most, and reading goes on "
    "where it stopped";
constexpr std::string_view kOthers =
    "this log is not collected meanwhile, the others are; Duo keeps events for 180 days at most";
constexpr std::string_view kAgain = "no position moved; it is tried again with growing delays";
constexpr std::string_view kNothing = "nothing, it goes on by itself";

constexpr ErrorRow kWindow{0,
                           400,
                           Fate::window,
                           "cisco_duo/window-refused",
                           "the vendor refuses the time window",
                           kAgain,
                           "check this machine's clock; cistern asks for another window by itself"};
constexpr ErrorRow kToken{
    0,
    400,
    Fate::token,
    "cisco_duo/page-refused",
    "the vendor does not accept the place of the next page any more",
    "the rest of the window is asked for by time; what comes again is dropped",
    kNothing};
constexpr ErrorRow kLimit{0,
                          400,
                          Fate::limit,
                          "cisco_duo/limit-refused",
                          "the vendor refuses the size of a page",
                          "pages of the vendor's own size are asked for",
                          kNothing};

/// The first row that fits counts.
constexpr std::array kRows{
    ErrorRow{0, 400, Fate::request, "cisco_duo/request-refused", "the vendor refuses the request",
             kOthers,
             "check account_id, if it is set; otherwise report this message to the project",
             minutes{30}},
    ErrorRow{
        40102, 401, Fate::refused, "cisco_duo/integration-unknown",
        "the integration key is not known at this host", kKept,
        "compare `host` and integration_key with the application's page in the Duo Admin Panel "
        "(Applications > your Admin API): both must come from the same page, and the "
        "application must not have been deleted",
        minutes{15}},
    ErrorRow{40103, 401, Fate::signature, "cisco_duo/signature-refused",
             "the signature is not accepted", kKept,
             "copy the secret key again from the application's page in the Duo Admin Panel; if it "
             "is right, try `signature: v2-sha512`",
             minutes{15}},
    ErrorRow{40105, 401, Fate::clock, "cisco_duo/clock-refused",
             "the vendor does not accept this machine's time", kKept,
             "set this machine's clock (for example with NTP): it may be off by 5 minutes at most",
             minutes{5}},
    ErrorRow{
        0, 401, Fate::refused, "cisco_duo/login-refused",
        "the vendor does not accept the credentials", kKept,
        "compare `host`, integration_key and secret_key with the application's page in the Duo "
        "Admin Panel; that no proxy removes the headers Date and Authorization",
        minutes{15}},
    ErrorRow{0, 403, Fate::denied, "cisco_duo/access-denied",
             "the application may not read this log", kOthers,
             "in the Duo Admin Panel, Applications > your Admin API: tick \"Grant read log\" and "
             "save; if the page limits \"Networks for API access\", add this machine's public "
             "address; make sure that the application is of the type Admin API. It is checked "
             "again every 30 minutes",
             minutes{30}},
    ErrorRow{0, 404, Fate::unavailable, "cisco_duo/log-not-available",
             "this account has no such log", "this log is left out, the others are collected",
             "leave it out of `streams`, or ask the vendor about the edition: Trust Monitor and "
             "the activity log are not part of every one. It is checked again every 6 hours",
             minutes{360}},
    ErrorRow{0, 405, Fate::request, "cisco_duo/request-refused", "the vendor refuses the request",
             kOthers, "report this message to the project", minutes{30}},
    ErrorRow{0, 429, Fate::throttled, "cisco_duo/throttled", "too many requests for this log",
             "no position moved; it is asked again after a pause",
             "nothing, if it passes; otherwise look for other programs that read the logs of this "
             "integration (each needs one of its own), or lower requests_per_minute"},
    ErrorRow{0, 0, Fate::retry, "cisco_duo/vendor-unavailable",
             "the service is not available just now", kAgain, kNothing},
};

bool mentions(const Refusal& refusal, std::string_view word) {
  return lower_case(refusal.detail.empty() ? refusal.message : refusal.detail).find(word) !=
         std::string::npos;
}

Verdict verdict_of(Fate fate) {
  switch (fate) {
    case Fate::request:
    case Fate::clock:
    case Fate::signature:
    case Fate::refused:
    case Fate::denied:
    case Fate::unavailable:
      return Verdict::stop;
    case Fate::window:
    case Fate::token:
    case Fate::limit:
    case Fate::throttled:
    case Fate::retry:
      return Verdict::retry;
  }
  return Verdict::retry;
}

}  // namespace

const ErrorRow& row_of(const Refusal& refusal, bool with_token) {
  // A 200 that says FAIL is judged by its code, whose first three digits are a status.
  const int status =
      refusal.status == 200 && refusal.code >= 40'000 ? refusal.code / 100 : refusal.status;
  if (status == 400) {
    if (mentions(refusal, "limit")) return kLimit;
    if (with_token) return kToken;
    if (mentions(refusal, "time") || mentions(refusal, "180")) return kWindow;
  }
  for (const ErrorRow& row : kRows) {
    if (row.code != 0 && row.code != refusal.code) continue;
    if (row.status == 0 || row.status == status) return row;
  }
  return kRows.back();
}

Failure to_failure(const ErrorRow& row, const Refusal& refusal, std::string_view what) {
  std::string cause{row.meaning};
  if (!what.empty()) cause += " (" + std::string{what} + ")";
  cause += ": HTTP " + std::to_string(refusal.status);
  if (refusal.code != 0) cause += ", error " + std::to_string(refusal.code);
  if (!refusal.message.empty()) cause += ", " + refusal.message;
  return {.verdict = verdict_of(row.fate),
          .code = std::string{row.name},
          .cause = std::move(cause),
          .consequence = std::string{row.consequence},
          .next_step = std::string{row.next_step}};
}

}  // namespace cistern::connectors::cisco_duo
