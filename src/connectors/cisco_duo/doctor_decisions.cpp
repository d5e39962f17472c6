#include "connectors/cisco_duo/doctor_decisions.hpp"

#include "base/bytes.hpp"
#include "connectors/cisco_duo/error_table.hpp"
#include "connectors/cisco_duo/messages.hpp"
#include "connectors/cisco_duo/page_decoder.hpp"

#include <utility>

namespace cistern::connectors::cisco_duo::doctor {

using runtime::probe_failed;
using runtime::probe_left_aside;
using runtime::probe_passed;
using runtime::probe_warned;
using runtime::ProbeResult;
using std::chrono::seconds;

namespace {

ProbeResult with_evidence(ProbeResult conclusion, const HttpResponse& response) {
  if (const auto date = response.header("Date")) conclusion.vendor_time = excerpt(*date, 64);
  return conclusion;
}

void note_clock(Examination& at, const HttpResponse& response) {
  const auto header = response.header("Date");
  const auto date = header ? parse_http_date(*header) : std::nullopt;
  if (date && !at.clock_ahead) at.clock_ahead = at.now - *date;
}

Failure wrong_host(const HttpResponse& response) {
  return {.verdict = Verdict::stop,
          .code = "cisco_duo/wrong-host",
          .cause = "the host answers, but not as the Admin API does (HTTP " +
                   std::to_string(response.status) + ", " +
                   excerpt(response.header("Content-Type").value_or("no content type"), 80) + ")",
          .consequence = "nothing can be collected from this host",
          .next_step =
              "copy \"API hostname\" from the Admin API application's page in the Duo Admin Panel "
              "into `host` (api-XXXXXXXX.duosecurity.com, not admin-XXXXXXXX); check that no proxy "
              "or portal answers in its place"};
}

/// Whether the body is the vendor's own {"stat":"FAIL",...}.
bool speaks_duo(const Refusal& refusal) {
  return refusal.code >= 40'000 && refusal.code < 60'000;
}

/// What the table cannot know: which editions have the log.
Failure with_edition(Failure failure, const LogStream& stream, Fate fate) {
  const bool may_lack = stream.name == "trust_monitor" || stream.name == "activity";
  if (!may_lack || (fate != Fate::unavailable && fate != Fate::denied)) return failure;
  if (stream.name == "trust_monitor") {
    failure.next_step =
        "Trust Monitor is part of the editions Advantage and Premier only: if the account has "
        "another one, leave trust_monitor out of `streams`. Otherwise: " +
        failure.next_step;
  } else {
    failure.next_step =
        "not every account has the activity log: if this one does not, leave activity out of "
        "`streams`. Otherwise: " +
        failure.next_step;
  }
  return failure;
}

ProbeResult concluded(const ErrorRow& row, const Failure& failure) {
  switch (row.fate) {
    case Fate::throttled:
      // The signature was accepted; a running collector uses the same budget.
      return probe_warned(failure);
    case Fate::unavailable:
      return probe_warned(failure);
    case Fate::window:
    case Fate::token:
    case Fate::limit:
    case Fate::request:
    case Fate::clock:
    case Fate::signature:
    case Fate::refused:
    case Fate::denied:
    case Fate::retry:
      return probe_failed(failure);
  }
  return probe_failed(failure);
}

}  // namespace

ProbeResult keys(const Examination& at) {
  if (!at.settings) return probe_failed(at.settings.error());
  const Credential& credential = at.settings->credential;
  if (const auto trouble = key_trouble(credential.integration_key, credential.secret_key)) {
    return trouble->code == "cisco_duo/keys-swapped" ? probe_failed(*trouble)
                                                     : probe_warned(*trouble);
  }
  return probe_passed("integration key " + credential.integration_key +
                      " and a secret key of 40 characters, for " + credential.origin);
}

ProbeResult api_host(Examination& at, const Answer& answer) {
  if (!answer) {
    Failure failure = answer.error();
    if (failure.code == "net/dns") {
      failure.next_step =
          "compare `host` with \"API hostname\" on the application's page in the Duo Admin Panel: "
          "every account has a name of its own. Otherwise: " +
          failure.next_step;
    }
    return probe_failed(failure);
  }
  note_clock(at, *answer);
  const Refusal refusal = read_refusal(answer->status, answer->body);
  if (!speaks_duo(refusal)) return with_evidence(probe_failed(wrong_host(*answer)), *answer);
  return with_evidence(probe_passed("reachable; without a signature it answers " +
                                    std::to_string(refusal.code) + ", as it should"),
                       *answer);
}

ProbeResult clock(const Examination& at) {
  if (!at.clock_ahead) return probe_left_aside("the vendor's answers carry no time");
  const Duration ahead = std::chrono::floor<seconds>(*at.clock_ahead);
  const Duration off = std::chrono::abs(ahead);
  if (off <= VendorClock::kResolution) {
    return probe_passed("this machine's clock agrees with the vendor's");
  }
  if (off > VendorClock::kWorthTelling) return probe_warned(messages::clock_skew(ahead));
  return probe_passed("this machine is " + format_duration(off) +
                      (ahead > Duration{0} ? " ahead of" : " behind") + " the vendor");
}

ProbeResult log(Examination& at, const LogStream& stream, const Answer& answer) {
  if (!answer) return probe_failed(answer.error());
  note_clock(at, *answer);
  PageFacts facts;
  if (answer->status == 200) {
    (void)decode_page(answer->body, {.stream = &stream, .account = {}, .counted = {}}, facts);
    if (!facts.problem.empty()) {
      return with_evidence(probe_failed(messages::unreadable(stream.name, facts.problem)), *answer);
    }
    if (!facts.refusal) {
      return with_evidence(
          probe_passed("granted; " + std::string{facts.rows == 0 ? "no event" : "events"} +
                       " in the hour that was asked for"),
          *answer);
    }
  }
  const Refusal refusal =
      facts.refusal ? *facts.refusal : read_refusal(answer->status, answer->body);
  const ErrorRow& row = row_of(refusal, false);
  const Failure failure = with_edition(to_failure(row, refusal, stream.name), stream, row.fate);
  return with_evidence(concluded(row, failure), *answer);
}

}  // namespace cistern::connectors::cisco_duo::doctor
