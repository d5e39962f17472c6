#include "connectors/cisco_secure_endpoint/doctor_decisions.hpp"

#include "base/bytes.hpp"
#include "connectors/cisco_secure_endpoint/clouds.hpp"
#include "connectors/cisco_secure_endpoint/error_table.hpp"
#include "connectors/cisco_secure_endpoint/event_stream_wire.hpp"
#include "connectors/cisco_secure_endpoint/identity.hpp"
#include "connectors/cisco_secure_endpoint/messages.hpp"
#include "connectors/cisco_secure_endpoint/page_decoder.hpp"

#include <algorithm>

namespace cistern::connectors::cisco_secure_endpoint::doctor {

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
  if (const auto date = response.header("Date")) conclusion.vendor_time = excerpt(*date, 64);
  return conclusion;
}

void note(Examination& at, const HttpResponse& response) {
  const RateFacts rate = read_rate(response);
  if (rate.remaining) at.rate = rate;
  if (at.clock_ahead) return;
  const auto header = response.header("Date");
  const auto date = header ? parse_http_date(*header) : std::nullopt;
  if (date) at.clock_ahead = at.now - *date;
}

std::string cloud_words(const Examination& at) {
  const Cloud* const cloud = cloud_of_url(at.settings.machine.api_url);
  return cloud == nullptr ? "at " + at.settings.machine.api_url
                          : "in cloud " + std::string{cloud->name};
}

Failure budget_used_up(const HttpResponse& response, Failure failure) {
  const RateFacts rate = read_rate(response);
  if (!rate.reset) return failure;
  failure.next_step =
      "wait " + format_duration(*rate.reset) + ", then ask again; " + failure.next_step;
  return failure;
}

/// A refusal in words; the budget's says when it is over.
ProbeResult refused(const HttpResponse& response, std::string_view what) {
  const ApiError error = read_error(response);
  const ErrorRow& row = row_of(error.status);
  Failure failure = to_failure(row, error, what);
  if (row.fate == Fate::throttled) failure = budget_used_up(response, std::move(failure));
  return with_evidence(probe_failed(failure), response);
}

Failure not_the_vendor(const HttpResponse& response) {
  return {.verdict = Verdict::retry,
          .code = "cisco_secure_endpoint/unexpected-answer",
          .cause = "the API host answered " + std::to_string(response.status) + ": " +
                   excerpt(response.body, 200),
          .consequence = "something else may answer in the vendor's place",
          .next_step = "check `cloud`, api_url, `proxy`, and that no portal stands between"};
}

Failure read_only_key(const ApiError& error) {
  return {.verdict = Verdict::stop,
          .code = "cisco_secure_endpoint/read-only-key",
          .cause = "the API key may read, but may not make event streams (HTTP " +
                   std::to_string(error.status) +
                   (error.details.empty() ? ")" : "): " + error.details),
          .consequence = "no event stream is made; events are asked for each minute instead",
          .next_step =
              "make an API credential with the scope \"Read & Write\" in the console, "
              "Administration > API Credentials, and write it as client_id and api_key; "
              "or remove `event_stream`"};
}

Failure five_streams(std::size_t count) {
  return {.verdict = Verdict::retry,
          .code = "cisco_secure_endpoint/streams-used-up",
          .cause = "the organisation has " + std::to_string(count) +
                   " event streams, and the vendor allows five",
          .consequence = "unless one of them is this connector's own, none can be made",
          .next_step =
              "delete those that nobody reads: DELETE /v1/event_streams/<id>, or the tool "
              "that made them"};
}

/// How many records a small page holds, and how many there are.
ProbeResult page(Examination& at, const Answer& answer, std::string_view stream,
                 std::string_view what) {
  if (!answer) return probe_failed(answer.error());
  note(at, *answer);
  if (answer->status != 200) return refused(*answer, what);
  const auto batch =
      decode_page(answer->body, {stream, identity_host(at.settings.machine.api_url)});
  if (!batch) return with_evidence(probe_failed(messages::unreadable_page(what)), *answer);
  if (const auto& next = batch->facts.next) {
    if (const auto why = link_refused(at.settings.machine.api_url, *next)) {
      return with_evidence(probe_failed(messages::foreign_link(*next, *why)), *answer);
    }
  }
  const std::uint64_t total = std::max<std::uint64_t>(batch->facts.total, batch->records.size());
  return with_evidence(probe_passed("readable; " + std::to_string(total) + " of the last 24 hours"),
                       *answer);
}

}  // namespace

ProbeResult configuration(const Examination& at) {
  const MachineOptions& machine = at.settings.machine;
  std::string what = machine.events && machine.audit ? "events and audit log"
                     : machine.events                ? "events"
                                                     : "audit log";
  if (!at.event_stream.empty()) what += ", event stream " + at.event_stream;
  return probe_passed(what + " at " + machine.api_url);
}

ProbeResult api_host(Examination& at, const Answer& answer) {
  if (!answer) return probe_failed(answer.error());
  note(at, *answer);
  const ApiError error = read_error(*answer);
  const bool of_the_api = error.readable || error.status == 200 || error.status == 401;
  if (of_the_api && error.status < 500) {
    return with_evidence(probe_passed("reachable; without a key it answers " +
                                      std::to_string(error.status) + ", as it should"),
                         *answer);
  }
  if (error.status == 407) return refused(*answer, "version");
  return with_evidence(probe_failed(not_the_vendor(*answer)), *answer);
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

ProbeResult key(Examination& at, const Answer& answer) {
  if (!answer) return probe_failed(answer.error());
  note(at, *answer);
  if (answer->status == 200) {
    return with_evidence(probe_passed("accepted " + cloud_words(at)), *answer);
  }
  at.key_refused = answer->status == 401;
  return refused(*answer, "client " + at.settings.machine.client_id + " " + cloud_words(at));
}

ProbeResult other_cloud(Examination& at, std::string_view cloud, const Answer* answer) {
  if (answer == nullptr) return probe_left_aside("the configured cloud did not refuse the key");
  const std::string name{cloud};
  if (!*answer) return probe_left_aside(name + " did not answer: " + answer->error().cause);
  if ((*answer)->status != 200) {
    return with_evidence(probe_passed("the key is not of this cloud either"), **answer);
  }
  return with_evidence(
      probe_failed({.verdict = Verdict::stop,
                    .code = "cisco_secure_endpoint/wrong-cloud",
                    .cause = "the key belongs to cloud " + name + ", the configuration names " +
                             at.settings.machine.api_url,
                    .consequence = "a key is good in its own cloud only: nothing can be collected",
                    .next_step = "set `cloud: " + name + "`"}),
      **answer);
}

ProbeResult events(Examination& at, const Answer& answer) {
  return page(at, answer, kEvents, "events");
}

ProbeResult audit(Examination& at, const Answer& answer) {
  return page(at, answer, kAudit, "the audit log");
}

ProbeResult scope(Examination& at, const Answer& answer) {
  if (!answer) return probe_failed(answer.error());
  note(at, *answer);
  const ApiError error = read_error(*answer);
  if (error.status == 401 || error.status == 403) {
    return with_evidence(probe_failed(read_only_key(error)), *answer);
  }
  if (error.status == 429 || error.status >= 500) return refused(*answer, "event streams");
  return with_evidence(probe_passed("the key may make and remove event streams"), *answer);
}

ProbeResult event_streams(Examination& at, const Answer& answer) {
  if (!answer) return probe_failed(answer.error());
  note(at, *answer);
  if (answer->status != 200) return refused(*answer, "event streams");
  const auto streams = read_streams(answer->body);
  if (!streams) return with_evidence(probe_failed(streams.error()), *answer);
  if (streams->size() >= kMostStreams) {
    return with_evidence(probe_warned(five_streams(streams->size())), *answer);
  }
  return with_evidence(probe_passed(std::to_string(streams->size()) + " of five are made"),
                       *answer);
}

ProbeResult budget(const Examination& at) {
  if (!at.rate.remaining) return probe_left_aside("the vendor's answers name no budget");
  const std::uint64_t limit = at.rate.limit.value_or(0);
  const std::uint64_t least = std::max<std::uint64_t>(10, limit / 100);
  if (*at.rate.remaining <= least) {
    Failure failure = messages::budget_low(*at.rate.remaining, limit);
    if (at.rate.reset) failure.cause += ", which ends in " + format_duration(*at.rate.reset);
    return probe_warned(failure);
  }
  return probe_passed(std::to_string(*at.rate.remaining) + " of " + std::to_string(limit) +
                      " requests of this hour are left");
}

}  // namespace cistern::connectors::cisco_secure_endpoint::doctor
