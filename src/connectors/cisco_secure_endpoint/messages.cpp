#include "connectors/cisco_secure_endpoint/messages.hpp"

#include "base/bytes.hpp"
#include "base/http.hpp"

namespace cistern::connectors::cisco_secure_endpoint::messages {
namespace {

constexpr std::string_view kAnew =
    "no position moved; what is stored already is recognised and not stored twice";

std::string text(std::string_view view) {
  return std::string{view};
}

}  // namespace

Failure unreadable_page(std::string_view what) {
  return {.verdict = Verdict::retry,
          .code = "cisco_secure_endpoint/unreadable-page",
          .cause = "the answer with " + text(what) + " is not what was asked for (status 200)",
          .consequence = "no position moved; the page is asked for again with growing delays",
          .next_step =
              "if it lasts, check api_url and whether a proxy or portal answers in the "
              "vendor's place"};
}

Failure foreign_link(std::string_view link, std::string_view why) {
  return {.verdict = Verdict::stop,
          .code = "cisco_secure_endpoint/foreign-link",
          .cause = "the answer's next page (" +
                   url_origin(link).value_or("something that is not a URL") +
                   ") is not at the host that was asked: " + text(why),
          .consequence =
              "the page was not stored and the link not followed; the API key was sent "
              "to nobody else",
          .next_step =
              "find out who answers in the vendor's place (a proxy, a wrong api_url); it "
              "is tried again every 15 minutes"};
}

Failure torn(std::string_view what) {
  return {.verdict = Verdict::retry,
          .code = "cisco_secure_endpoint/pages-torn",
          .cause = "two pages of " + text(what) +
                   " do not join: records vanished at the vendor, or its order changed",
          .consequence =
              "the walk begins anew, so that nothing between them is passed over; " + text(kAnew),
          .next_step = "nothing, if it passes"};
}

Failure loose(std::string_view what) {
  return {.verdict = Verdict::retry,
          .code = "cisco_secure_endpoint/pages-loose",
          .cause = "several walks through " + text(what) + " were torn one after the other",
          .consequence =
              "pages are taken as they come now; should a record be passed over, the "
              "next re-reading brings it",
          .next_step = "report this message to the project"};
}

Failure page_too_large(std::string_view what, unsigned limit) {
  return {.verdict = Verdict::retry,
          .code = "cisco_secure_endpoint/page-too-large",
          .cause = "a page of " + text(what) + " is larger than 64 MiB",
          .consequence = "it is asked for in parts, now of " + std::to_string(limit) + " records",
          .next_step = "nothing, it goes on by itself"};
}

Failure split(std::string_view what, std::uint64_t offset) {
  return {.verdict = Verdict::retry,
          .code = "cisco_secure_endpoint/pages-end",
          .cause = "the vendor refuses to page through " + text(what) + " beyond record " +
                   std::to_string(offset),
          .consequence = "what lies behind is asked for in parts, which takes more requests",
          .next_step = "nothing, it goes on by itself"};
}

Failure out_of_reach(std::string_view what, std::string_view event_type, TimePoint from,
                     TimePoint to) {
  std::string cause = "the vendor lets nobody page through " + text(what);
  if (!event_type.empty()) cause += " of type " + text(event_type);
  cause += " from " + format_time(from) + " to " + format_time(to);
  return {.verdict = Verdict::set_aside,
          .code = "cisco_secure_endpoint/out-of-reach",
          .cause = std::move(cause),
          .consequence = "they are not collected; newer ones are, and the ledger names the gap",
          .next_step = "export that time from the console, and keep interruptions shorter"};
}

Failure budget_low(std::uint64_t remaining, std::uint64_t limit) {
  return {.verdict = Verdict::retry,
          .code = "cisco_secure_endpoint/budget-low",
          .cause = "the organisation has " + std::to_string(remaining) + " of " +
                   std::to_string(limit) + " requests left in this hour",
          .consequence =
              "cistern waits for the next hour, so that other tools go on working; no "
              "position moved",
          .next_step =
              "nothing, if it passes; otherwise look for other programs with a key of the "
              "same organisation"};
}

Failure asked_again(std::string_view what, std::size_t holes) {
  return {.verdict = Verdict::retry,
          .code = "cisco_secure_endpoint/asked-again",
          .cause = "the store has lost events in " + std::to_string(holes) +
                   (holes == 1 ? " place" : " places"),
          .consequence = text(what) + ": everything that the vendor still keeps is read again",
          .next_step = "`cistern store verify` shows what is damaged"};
}

Failure other_cloud(std::string_view before, std::string_view now) {
  return {.verdict = Verdict::retry,
          .code = "cisco_secure_endpoint/other-cloud",
          .cause = "the position is one of " + excerpt(before, 80) + ", the configuration names " +
                   excerpt(now, 80),
          .consequence = "reading begins anew in that cloud, as `backfill` says",
          .next_step = "nothing, if the change was meant; otherwise correct `cloud`"};
}

Failure unreadable_position(std::string_view key) {
  return {.verdict = Verdict::stop,
          .code = "cisco_secure_endpoint/position",
          .cause = "the stored position " + excerpt(key, 160) + " cannot be read",
          .consequence = "this stream is not read, because what it has read is not known",
          .next_step =
              "start the version of cistern that wrote the store, or run `cistern store "
              "verify`; `cistern connector remove` begins anew on purpose"};
}

Failure clock_skew(Duration ahead) {
  if (ahead == Duration{0}) {
    return {.verdict = Verdict::retry,
            .code = "cisco_secure_endpoint/clock-right",
            .cause = "this machine's clock agrees with the vendor's again",
            .consequence = {},
            .next_step = {}};
  }
  const bool fast = ahead > Duration{0};
  return {.verdict = Verdict::retry,
          .code = "cisco_secure_endpoint/clock-skew",
          .cause = "this machine's clock is " + format_duration(fast ? ahead : -ahead) +
                   (fast ? " ahead of" : " behind") + " the vendor's",
          .consequence =
              "nothing is missed, as reading follows the vendor's clock; `received` "
              "times in the store are off by that much",
          .next_step = "set the clock right (`timedatectl`, chrony or systemd-timesyncd)"};
}

}  // namespace cistern::connectors::cisco_secure_endpoint::messages
