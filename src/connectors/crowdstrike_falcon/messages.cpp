#include "connectors/crowdstrike_falcon/messages.hpp"

#include "base/bytes.hpp"
#include "base/http.hpp"

namespace cistern::connectors::crowdstrike_falcon::messages {
namespace {

constexpr std::string_view kKept =
    "nothing of it is collected meanwhile; the vendor keeps its backlog for days, and reading goes "
    "on behind the last stored event";

std::string text(std::string_view view) {
  return std::string{view};
}

}  // namespace

Failure no_streams(std::string_view app_id, unsigned tries, bool over) {
  Failure out{.verdict = Verdict::retry,
              .code = "crowdstrike_falcon/no-streams",
              .cause = "the vendor offers no stream for app_id " + excerpt(app_id, 64) +
                       " (asked " + std::to_string(tries) +
                       (tries == 1 ? " time" : " times in a row") + ")",
              .consequence = text(kKept),
              .next_step =
                  "wait: a connection that broke off a moment ago holds its app_id for "
                  "about a minute"};
  if (!over) return out;
  out.cause = "app_id " + excerpt(app_id, 64) +
              " is in use by another collector, or streaming is not enabled: the vendor offered no "
              "stream " +
              std::to_string(tries) + " times in a row";
  out.next_step =
      "stop the other collector that uses this app_id (the Falcon SIEM Connector, another "
      "cistern), or choose an app_id of its own (letters and digits, at most 32), or ask the "
      "vendor's support to enable the Streaming API; it is asked again every 5 minutes";
  return out;
}

Failure partition_missing(std::string_view name, unsigned tries) {
  return {.verdict = Verdict::retry,
          .code = "crowdstrike_falcon/partition-missing",
          .cause = "the vendor does not offer " + text(name) + " again yet (asked " +
                   std::to_string(tries) + (tries == 1 ? " time)" : " times)"),
          .consequence = text(kKept),
          .next_step = "wait: a connection that broke off a moment ago is held for about a minute"};
}

Failure partition_vanished(std::string_view name) {
  return {.verdict = Verdict::retry,
          .code = "crowdstrike_falcon/partition-vanished",
          .cause = "the vendor no longer offers " + text(name),
          .consequence =
              "its events end there; its place is kept should it come back, and "
              "\"complete through\" no longer waits for it",
          .next_step = "ask the vendor's support whether the number of partitions was changed"};
}

Failure same_feed_twice(std::string_view feed, std::string_view partition) {
  return {.verdict = Verdict::retry,
          .code = "crowdstrike_falcon/same-feed-twice",
          .cause = "the vendor offers feed " + text(feed) + " in more than one partition",
          .consequence = "partition " + text(partition) +
                         " is read with a place of its own; should both hold the same events, "
                         "they are stored twice",
          .next_step = "report this message to the project, and ask the vendor's support"};
}

Failure unreadable_offers(std::size_t count) {
  return {.verdict = Verdict::retry,
          .code = "crowdstrike_falcon/unreadable-offers",
          .cause = std::to_string(count) +
                   " of the offered streams have no usable address, partition or token",
          .consequence = "they are not collected; the others are",
          .next_step = "report this message to the project"};
}

Failure foreign_stream(std::string_view url, std::string_view why) {
  const std::string host = url_origin(url).value_or("something that is not a URL");
  return {.verdict = Verdict::stop,
          .code = "crowdstrike_falcon/foreign-stream",
          .cause = "the vendor's answer names " + excerpt(host, 120) +
                   " for a stream; the session token was not sent there: " + text(why),
          .consequence = text(kKept),
          .next_step =
              "if that host is right (a relay, a test server), name it in stream_hosts; "
              "otherwise find out who answers in the vendor's place"};
}

Failure using_fallback(std::string_view app_id, std::string_view fallback) {
  return {.verdict = Verdict::retry,
          .code = "crowdstrike_falcon/app-id-fallback",
          .cause = "app_id " + excerpt(app_id, 64) + " stays taken; trying app_id_fallback " +
                   excerpt(fallback, 64),
          .consequence = "none for the events: a place in the stream does not depend on the app_id",
          .next_step = "find the other collector that uses the app_id"};
}

Failure none_wanted(std::size_t offered) {
  return {.verdict = Verdict::stop,
          .code = "crowdstrike_falcon/no-such-partition",
          .cause = "the vendor offers " + std::to_string(offered) +
                   (offered == 1 ? " stream" : " streams") + ", none of them in `partitions`",
          .consequence = "nothing is collected",
          .next_step =
              "correct `partitions`, or leave it out to collect all; it is asked again "
              "every 5 minutes"};
}

Failure stream_ended(std::string_view partition, const Failure& why) {
  Failure out = why;
  out.verdict = Verdict::retry;
  out.cause = "the stream of partition " + text(partition) + " broke off: " + why.cause;
  out.consequence = "it is opened again behind the last stored event; nothing is lost";
  return out;
}

std::string gap_reason(const OffsetGap& gap) {
  return "offsets " + std::to_string(gap.from) + " to " + std::to_string(gap.to) +
         " were no longer kept by the vendor when reading went on";
}

Failure offsets_lost(std::string_view feed, const OffsetGap& gap) {
  Failure out = gap.failure;
  const std::string after = gap.after == TimePoint{} ? "the beginning" : format_time(gap.after);
  out.cause = gap_reason(gap) + " (feed " + text(feed) + ", created between " + after + " and " +
              format_time(gap.before) + "): " + out.cause;
  return out;
}

Failure renumbered(std::string_view feed) {
  return {.verdict = Verdict::retry,
          .code = "crowdstrike_falcon/renumbered",
          .cause = "feed " + text(feed) +
                   " counts its events anew: a newer event came with a smaller offset",
          .consequence =
              "the feed is read again from its oldest event, without what was created "
              "before the last stored event; some minutes around it may be stored twice",
          .next_step = "nothing; tell the vendor's support that the offsets began anew"};
}

Failure other_customer(std::string_view before, std::string_view now) {
  return {.verdict = Verdict::retry,
          .code = "crowdstrike_falcon/other-customer",
          .cause = "the API client belongs to customer " + excerpt(now, 64) +
                   ", the position to customer " + excerpt(before, 64),
          .consequence = "reading begins anew for this customer, as `start` says",
          .next_step = "nothing, if the change was meant; otherwise correct client_id"};
}

Failure unreadable_position(std::string_view key) {
  return {.verdict = Verdict::stop,
          .code = "crowdstrike_falcon/position",
          .cause = "the stored position " + excerpt(key, 160) + " cannot be read",
          .consequence = "nothing is read, because beginning again would store events twice",
          .next_step =
              "start the version of cistern that wrote the store, or run `cistern store "
              "verify`; `cistern connector remove` begins anew on purpose"};
}

Failure left_out(std::uint64_t events) {
  return {.verdict = Verdict::retry,
          .code = "crowdstrike_falcon/left-out",
          .cause = std::to_string(events) +
                   " events were left out by event_types or exclude_event_types since the start",
          .consequence = "they are counted in the ledger and not stored",
          .next_step = {}};
}

Failure clock_skew(Duration ahead) {
  const bool fast = ahead > Duration{0};
  return {.verdict = Verdict::retry,
          .code = "crowdstrike_falcon/clock-skew",
          .cause = "this machine's clock is " + format_duration(fast ? ahead : -ahead) +
                   (fast ? " ahead of" : " behind") + " the vendor's",
          .consequence = "nothing is missed; `received` times in the store are off by that much",
          .next_step = "set the clock right (`timedatectl`, chrony or systemd-timesyncd)"};
}

}  // namespace cistern::connectors::crowdstrike_falcon::messages
