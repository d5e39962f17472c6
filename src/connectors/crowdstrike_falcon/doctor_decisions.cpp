#include "connectors/crowdstrike_falcon/doctor_decisions.hpp"

#include "base/bytes.hpp"
#include "connectors/crowdstrike_falcon/clouds.hpp"
#include "connectors/crowdstrike_falcon/error_table.hpp"
#include "connectors/crowdstrike_falcon/messages.hpp"

#include <algorithm>

namespace cistern::connectors::crowdstrike_falcon::doctor {

using runtime::probe_failed;
using runtime::probe_left_aside;
using runtime::probe_passed;
using runtime::probe_warned;
using runtime::ProbeResult;
using std::chrono::seconds;

namespace {

constexpr Duration kClockGood = seconds{2};  ///< A Date header names whole seconds.
constexpr Duration kClockWarning = seconds{60};

ProbeResult with_evidence(ProbeResult conclusion, const HttpResponse& response) {
  conclusion.correlation_id = trace_id_of(response);
  if (const auto date = response.header("Date")) conclusion.vendor_time = excerpt(*date, 64);
  return conclusion;
}

void note_clock(Examination& at, const HttpResponse& response) {
  if (at.clock_ahead) return;
  const auto header = response.header("Date");
  const auto date = header ? parse_http_date(*header) : std::nullopt;
  if (date) at.clock_ahead = at.now - *date;
}

Failure odd_label(const std::string& label) {
  return {.verdict = Verdict::retry,
          .code = "crowdstrike_falcon/app-id-marks",
          .cause = "app_id " + excerpt(label, 80) +
                   (label.size() > kMaxAppId ? " is longer than 32 characters"
                                             : " holds marks other than letters and digits"),
          .consequence =
              "the vendor documents letters and digits, at most 32; such a label has "
              "worked for others, but may be refused",
          .next_step =
              "if the probe \"streams\" fails, choose a label of letters and digits; the "
              "place in the stream does not depend on it"};
}

bool plain_label(const std::string& label) {
  return label.size() <= kMaxAppId && std::all_of(label.begin(), label.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
         });
}

/// Taken by whom, nobody but the user can know: perhaps by this very connector as it runs.
Failure label_in_use(const std::string& label) {
  return {.verdict = Verdict::retry,
          .code = "crowdstrike_falcon/no-streams",
          .cause = "the vendor offers no stream for app_id " + excerpt(label, 64) +
                   ": it is connected already, or streaming is not enabled",
          .consequence =
              "if this connector is running just now, it holds the app_id itself and all "
              "is well; otherwise nothing can be collected with this app_id",
          .next_step =
              "look at `cistern status`: if it shows this connector flowing or quiet, do "
              "nothing; otherwise stop the other collector that uses the app_id (the "
              "Falcon SIEM Connector, another cistern), wait a minute, or choose another "
              "app_id; if it stays so, ask the vendor's support to enable the Streaming "
              "API"};
}

Failure not_the_vendor(std::string_view what, const HttpResponse& response) {
  return {.verdict = Verdict::retry,
          .code = "crowdstrike_falcon/unexpected-answer",
          .cause = std::string{what} + " answered: " + describe_answer(response),
          .consequence = "something else may answer in the vendor's place",
          .next_step = "check `cloud`, api_url, and that no proxy or portal stands between"};
}

}  // namespace

ProbeResult configuration(const Examination& at) {
  const MachineOptions& machine = at.settings.machine;
  for (const std::string& label : {machine.app_id, machine.app_id_fallback}) {
    if (!plain_label(label)) return probe_warned(odd_label(label));
  }
  return probe_passed(
      "API at " + machine.api_url +
      (at.settings.token.follow_region ? " (the login may name another cloud)" : "") + ", app_id " +
      machine.app_id);
}

ProbeResult api_host(Examination& at, const Answer& answer) {
  if (!answer) return probe_failed(answer.error());
  note_clock(at, *answer);
  const int status = answer->status;
  const auto error = find_error(*answer);
  const bool of_the_api = error && (error->readable || status == 401 || status == 403);
  if (of_the_api && status < 500) {
    return with_evidence(probe_passed("reachable; without a token it answers " +
                                      std::to_string(status) + ", as it should"),
                         *answer);
  }
  return with_evidence(probe_failed(not_the_vendor("the API host", *answer)), *answer);
}

ProbeResult clock(const Examination& at) {
  if (!at.clock_ahead) return probe_left_aside("the vendor's answers carry no time");
  const Duration ahead = std::chrono::floor<seconds>(*at.clock_ahead);
  const Duration off = std::chrono::abs(ahead);
  if (off <= kClockGood) return probe_passed("this machine's clock agrees with the vendor's");
  if (off > kClockWarning) return probe_warned(messages::clock_skew(ahead));
  return probe_passed("this machine is " + format_duration(off) +
                      (ahead > Duration{0} ? " ahead of" : " behind") + " the vendor");
}

ProbeResult token(Examination& at, const Answer& answer) {
  if (!answer) return probe_failed(answer.error());
  note_clock(at, *answer);
  at.region = region_of(*answer);
  TokenOptions any_cloud = at.settings.token;
  any_cloud.cloud.clear();
  auto token = parse_token(*answer, any_cloud, at.now);
  if (!token) return with_evidence(probe_failed(token.error()), *answer);
  at.token = std::move(*token);
  at.settings.machine.api_url = at.token->grant.audience;
  return with_evidence(
      probe_passed("issued, valid until " + format_time_seconds(at.token->expires) + "Z"), *answer);
}

ProbeResult cloud(Examination& at) {
  if (at.region.empty()) return probe_left_aside("the login names no cloud");
  const std::string& wanted = at.settings.token.cloud;
  if (wanted.empty() || wanted == at.region) {
    return probe_passed("the credentials belong to " + at.region);
  }
  return probe_failed(
      {.verdict = Verdict::stop,
       .code = "crowdstrike_falcon/wrong-cloud",
       .cause =
           "the credentials belong to cloud " + at.region + ", the configuration names " + wanted,
       .consequence = "the token is good in its own cloud only: nothing can be collected",
       .next_step = "set `cloud: " + at.region + "`, or leave `cloud` out to have it found"});
}

ProbeResult scope(Examination& at, const Answer& answer) {
  if (!answer) return probe_failed(answer.error());
  if (const auto error = find_error(*answer)) {
    const ErrorRow& row = row_of(Operation::discovery, *error);
    return with_evidence(probe_failed(to_failure(row, *error)), *answer);
  }
  auto discovery = parse_discovery(*answer);
  if (!discovery) return with_evidence(probe_failed(discovery.error()), *answer);
  at.feeds = std::move(discovery->feeds);
  return with_evidence(probe_passed("granted"), *answer);
}

ProbeResult streams(const Examination& at) {
  const MachineOptions& machine = at.settings.machine;
  if (at.feeds.empty()) return probe_warned(label_in_use(machine.app_id));
  std::string names;
  std::size_t wanted = 0;
  for (const FeedOffer& feed : at.feeds) {
    const auto& list = machine.partitions;
    if (!list.empty() && std::find(list.begin(), list.end(), feed.partition) == list.end())
      continue;
    ++wanted;
    names += (names.empty() ? "" : ", ") + feed.partition;
    const StreamHosts hosts{machine.api_url, machine.stream_hosts};
    if (const auto why = stream_url_refused(hosts, feed.url)) {
      return probe_failed(messages::foreign_stream(feed.url, *why));
    }
  }
  if (wanted == 0) return probe_failed(messages::none_wanted(at.feeds.size()));
  return probe_passed("partition " + names);
}

const FeedOffer* reachable_feed(const Examination& at) {
  const StreamHosts hosts{at.settings.machine.api_url, at.settings.machine.stream_hosts};
  for (const FeedOffer& feed : at.feeds) {
    if (!stream_url_refused(hosts, feed.url)) return &feed;
  }
  return nullptr;
}

ProbeResult stream_host(const Examination& at, const Answer& answer) {
  if (!answer) return probe_failed(answer.error());
  const FeedOffer* const feed = reachable_feed(at);
  const std::string host = feed == nullptr ? std::string{} : host_of(feed->url);
  if (answer->status < 500) {
    return with_evidence(
        probe_passed(host + " is reachable (HTTP " + std::to_string(answer->status) + ")"),
        *answer);
  }
  return with_evidence(probe_failed(not_the_vendor("the stream host " + host, *answer)), *answer);
}

}  // namespace cistern::connectors::crowdstrike_falcon::doctor
