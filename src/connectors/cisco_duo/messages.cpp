#include "connectors/cisco_duo/messages.hpp"

#include "base/bytes.hpp"

#include <utility>

namespace cistern::connectors::cisco_duo::messages {

namespace {

std::string interval(const Stretch& gap) {
  return format_time(gap.from) + " to " + format_time(gap.to);
}

}  // namespace

std::string gap_reason(Paging paging) {
  return paging == Paging::mintime
             ? "more than 1,000 rows in one second, of which the vendor shows the first 1,000"
             : "the vendor's pages repeat and do not lead past this interval";
}

Failure gap(std::string_view stream, const Stretch& gap, Paging paging) {
  return {.verdict = Verdict::set_aside,
          .code = "cisco_duo/page-gap",
          .cause = std::string{stream} + ", " + interval(gap) + ": " + gap_reason(paging),
          .consequence = "rows of this interval may be missing; the ledger names it",
          .next_step = "look at this interval in the Duo Admin Panel > Reports"};
}

std::string expired_reason() {
  return "not read within the 180 days that the vendor keeps events";
}

Failure expired(std::string_view stream, const Stretch& gap) {
  return {.verdict = Verdict::set_aside,
          .code = "cisco_duo/expired",
          .cause = std::string{stream} + ", " + interval(gap) + ": " + expired_reason(),
          .consequence = "these events cannot be had any more; the ledger names the interval",
          .next_step = "keep interruptions shorter than the vendor's retention"};
}

Failure unreadable(std::string_view stream, std::string_view problem) {
  return {
      .verdict = Verdict::retry,
      .code = "cisco_duo/unreadable-answer",
      .cause = std::string{stream} + ": " + excerpt(problem, 200),
      .consequence = "no position moved; it is asked again with growing delays",
      .next_step = "if it lasts, check `host` and whether a proxy answers in the vendor's place"};
}

Failure clock_skew(Duration ahead) {
  return {.verdict = Verdict::retry,
          .code = "cisco_duo/clock",
          .cause = "this machine's clock is " + format_duration(std::chrono::abs(ahead)) +
                   (ahead > Duration{0} ? " ahead of" : " behind") + " the vendor's",
          .consequence = "requests are dated and windows are ended by the vendor's clock meanwhile",
          .next_step = "set this machine's clock, for example with NTP"};
}

Failure clock_right() {
  return {.verdict = Verdict::retry,
          .code = "cisco_duo/clock",
          .cause = "this machine's clock agrees with the vendor's again",
          .consequence = {},
          .next_step = {}};
}

Failure other_account(std::string_view before, std::string_view now) {
  return {
      .verdict = Verdict::retry,
      .code = "cisco_duo/other-account",
      .cause = "the position belongs to " + excerpt(before, 120) + ", the configuration names " +
               excerpt(now, 120),
      .consequence = "reading begins anew, as far back as `lookback` says",
      .next_step =
          "nothing, if that is meant; otherwise correct `host` or account_id, or give the other "
          "account a connector of its own"};
}

Failure without_id(std::string_view stream, std::size_t rows) {
  return {.verdict = Verdict::retry,
          .code = "cisco_duo/rows-without-id",
          .cause = std::to_string(rows) + " rows of " + std::string{stream} +
                   " hold no id, which this log always has had",
          .consequence = "they are stored and told apart by their content",
          .next_step = "report this line to the project: the vendor's format may have changed"};
}

Failure backfill(std::string what) {
  return {.verdict = Verdict::retry,
          .code = "cisco_duo/backfill",
          .cause = "reading the past: " + std::move(what),
          .consequence = "Duo answers two requests a minute and log, so this takes its time",
          .next_step = "wait; what happens meanwhile is read when the past is done"};
}

Failure backfill_done() {
  return {.verdict = Verdict::retry,
          .code = "cisco_duo/backfill",
          .cause = "the past is read",
          .consequence = {},
          .next_step = {}};
}

Failure asked_again(std::string_view stream) {
  return {.verdict = Verdict::retry,
          .code = "cisco_duo/store-damage",
          .cause = "the store has lost events; " + std::string{stream} +
                   " is asked again for the last 7 days",
          .consequence = "what is still stored is dropped as repeated",
          .next_step = "see `cistern store verify` for what was lost"};
}

Failure all_asked_again() {
  return {.verdict = Verdict::retry,
          .code = "cisco_duo/store-damage",
          .cause = "what the store had lost was asked for again",
          .consequence = {},
          .next_step = {}};
}

}  // namespace cistern::connectors::cisco_duo::messages
