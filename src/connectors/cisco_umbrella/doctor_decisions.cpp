#include "connectors/cisco_umbrella/doctor_decisions.hpp"

#include "base/bytes.hpp"
#include "codec/aws/s3_listing.hpp"
#include "codec/aws/sqs.hpp"
#include "connectors/cisco_umbrella/messages.hpp"
#include "connectors/cisco_umbrella/object_key.hpp"

#include <algorithm>

namespace cistern::connectors::cisco_umbrella::doctor {

using codec::aws::Remedy;
using runtime::probe_failed;
using runtime::probe_left_aside;
using runtime::probe_passed;
using runtime::probe_warned;
using runtime::ProbeResult;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr Duration kClockGood = seconds{2};  ///< A Date header names whole seconds.
constexpr Duration kClockWarning = seconds{60};
constexpr Duration kClockRefused = minutes{15};
constexpr Duration kStale = minutes{45};

ProbeResult with_evidence(ProbeResult conclusion, const HttpResponse& response) {
  conclusion.correlation_id = codec::aws::read_error(response).request_id;
  if (const auto date = response.header("Date")) conclusion.vendor_time = excerpt(*date, 64);
  return conclusion;
}

const MachineOptions& machine_of(const Examination& at) {
  return at.settings->machine;
}

Failure not_s3(const HttpResponse& response) {
  return {.verdict = Verdict::retry,
          .code = "cisco_umbrella/unexpected-answer",
          .cause = "the bucket's host answers " + std::to_string(response.status) +
                   " without any mark of S3",
          .consequence = "something else may answer in its place",
          .next_step = "check `endpoint`, `proxy`, and that no portal stands between"};
}

Failure other_region(const Examination& at, const std::string& region) {
  Failure out = messages::other_region(machine_of(at).endpoint.region, region);
  out.code = "cisco_umbrella/wrong-region";
  out.consequence = "`cistern run` asks there by itself, with one more request at each start";
  return out;
}

Failure clock_refused(Duration ahead) {
  Failure out = messages::clock_skew(ahead);
  out.consequence =
      "`cistern run` signs with the vendor's time, so nothing is missed; `received` "
      "times in the store are as wrong as the clock";
  return out;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names)
    out.append(out.empty() ? "" : ", ").append(excerpt(name, 60));
  return excerpt(out, 400);
}

Failure key_refused_for_age(const Examination& at) {
  Failure out = *at.refusal;
  out.code = "cisco_umbrella/key-expired";
  out.cause = "the access key is older than 90 days, and is refused: " + out.cause;
  out.consequence = "nothing is collected until the key is rotated";
  out.next_step = messages::key_age(kKeyLife, at.now, true).next_step;
  return out;
}

bool past_its_life(const Examination& at) {
  const auto& created = machine_of(at).key_created;
  return machine_of(at).managed && created && at.now - *created >= kKeyLife;
}

}  // namespace

ProbeResult configuration(Examination& at) {
  const MachineOptions& machine = machine_of(at);
  return probe_passed(
      "bucket " + machine.endpoint.bucket + " in " + machine.endpoint.region +
      (machine.folder.empty() ? ", logs at its root" : ", folder " + excerpt(machine.folder, 100)) +
      (machine.managed ? ", managed by Cisco" : "") + (machine.queue ? ", with a queue" : ""));
}

/// Without a signature, so that whether it is reached is known before anything else is judged.
ProbeResult bucket_host(Examination& at, const Answer& answer) {
  if (!answer) return probe_failed(answer.error());
  const auto error = codec::aws::read_error(*answer);
  const auto date = answer->header("Date");
  const auto time = date ? parse_http_date(*date) : std::nullopt;
  if (time) at.clock_ahead = at.now - *time;
  at.told_region = error.region;
  if (answer->status == 404 && error.code == "NoSuchBucket") {
    Failure failure =
        codec::aws::to_failure(codec::aws::row_of(codec::aws::Operation::list, error), error);
    return with_evidence(probe_failed(messages::refusal(failure, error, machine_of(at).managed,
                                                        machine_of(at).source())),
                         *answer);
  }
  const bool served = answer->status == 200 || error.from_aws || !error.code.empty();
  if (!served || answer->status >= 500) {
    return with_evidence(probe_failed(not_s3(*answer)), *answer);
  }
  return with_evidence(
      probe_passed("reachable; without a signature it answers " + std::to_string(answer->status)),
      *answer);
}

ProbeResult clock(Examination& at) {
  if (!at.clock_ahead) return probe_left_aside("the answer carries no time");
  const Duration ahead = std::chrono::floor<seconds>(*at.clock_ahead);
  const Duration off = std::chrono::abs(ahead);
  if (off <= kClockGood) return probe_passed("this machine's clock agrees with the vendor's");
  if (off >= kClockRefused) return probe_failed(clock_refused(ahead));
  if (off > kClockWarning) return probe_warned(clock_refused(ahead));
  return probe_passed("this machine is " + format_duration(off) +
                      (ahead > Duration{0} ? " ahead of" : " behind") + " the vendor");
}

/// The answer to the first signed request; those behind decide from it as well.
ProbeResult region(Examination& at, const Answer& answer) {
  if (!answer) return probe_failed(answer.error());
  const MachineOptions& machine = machine_of(at);
  if (answer->status == 200) {
    const auto page = codec::aws::read_listing(answer->body);
    if (!page) return with_evidence(probe_failed(page.error()), *answer);
    for (std::string_view folder : page->prefixes) {
      folder.remove_prefix(std::min(machine.prefix().size(), folder.size()));
      if (folder.ends_with('/')) folder.remove_suffix(1);
      (looks_like_log(folder) ? at.logs : at.others).emplace_back(folder);
    }
    return with_evidence(probe_passed("the bucket is in " + machine.endpoint.region), *answer);
  }
  const auto error = codec::aws::read_error(*answer);
  const auto& row = codec::aws::row_of(codec::aws::Operation::list, error);
  at.error = error;
  at.remedy = row.remedy;
  at.refusal = messages::refusal(codec::aws::to_failure(row, error), error, machine.managed,
                                 machine.source());
  const std::string told = error.region.empty() ? at.told_region : error.region;
  if (row.remedy == Remedy::adopt_region) {
    return with_evidence(probe_failed(told.empty() ? *at.refusal : other_region(at, told)),
                         *answer);
  }
  if (row.remedy == Remedy::retry || row.remedy == Remedy::throttled) {
    return with_evidence(probe_failed(*at.refusal), *answer);
  }
  if (!told.empty() && told != machine.endpoint.region) {
    return with_evidence(probe_failed(other_region(at, told)), *answer);
  }
  return with_evidence(probe_passed("nothing speaks against " + machine.endpoint.region), *answer);
}

ProbeResult access_key(Examination& at) {
  if (!at.remedy) return probe_passed("the vendor knows the key, and the signature is right");
  if (at.remedy == Remedy::correct_clock) return probe_failed(*at.refusal);
  const bool of_place = at.error->code == "NoSuchBucket" || at.remedy == Remedy::denied;
  if (past_its_life(at)) return probe_failed(key_refused_for_age(at));
  if (of_place) return probe_passed("the vendor knows the key, and the signature is right");
  return probe_failed(*at.refusal);
}

ProbeResult data_path(Examination& at) {
  if (at.refusal) return probe_failed(*at.refusal);
  return probe_passed("the key may list " + excerpt(machine_of(at).source(), 200));
}

ProbeResult logs(Examination& at) {
  const MachineOptions& machine = machine_of(at);
  std::string missing;
  for (const std::string& log : machine.logs) {
    if (std::find(at.logs.begin(), at.logs.end(), log) == at.logs.end())
      missing.append(missing.empty() ? "" : ", ").append(log);
  }
  if (at.logs.empty()) {
    std::string organisations;
    for (const std::string& folder : at.others) {
      const bool number = !folder.empty() && std::all_of(folder.begin(), folder.end(), [](char c) {
        return c >= '0' && c <= '9';
      });
      if (number) organisations.append(organisations.empty() ? "" : ", ").append(folder);
    }
    return probe_failed(messages::no_logs(machine.source(), organisations));
  }
  if (!missing.empty()) {
    return probe_warned(
        {.verdict = Verdict::retry,
         .code = "cisco_umbrella/log-missing",
         .cause = "there is no folder " + excerpt(missing, 200) + " yet; found: " + joined(at.logs),
         .consequence = "it is collected as soon as it appears",
         .next_step = "nothing, if the log is new or rarely written (auditlogs "
                      "appear only when something was changed); otherwise compare "
                      "`logs` with what was found"});
  }
  return probe_passed("found: " + joined(at.logs));
}

ProbeResult key_age(Examination& at) {
  const MachineOptions& machine = machine_of(at);
  if (!machine.managed && !machine.key_created) {
    return probe_left_aside("the bucket is your own, whose keys do not end by themselves");
  }
  if (!machine.key_created) {
    return probe_left_aside(
        "key_created is not set: `cistern run` counts the key's 90 days from its first use");
  }
  const Duration age = at.now - *machine.key_created;
  const Failure news = messages::key_age(age, *machine.key_created + kKeyLife, true);
  if (news.code.empty()) {
    return probe_passed("the key is " + std::to_string(age / hours{24}) + " days old");
  }
  return age >= kKeyAlarm ? probe_failed(news) : probe_warned(news);
}

std::optional<std::string> log_to_look_at(const Examination& at) {
  for (const std::string_view first : {"dnslogs", "proxylogs"}) {
    if (std::find(at.logs.begin(), at.logs.end(), first) != at.logs.end())
      return std::string{first};
  }
  if (at.logs.empty()) return std::nullopt;
  return at.logs.front();
}

ProbeResult newest_objects(Examination& at, const Answer* answer) {
  const auto log = log_to_look_at(at);
  if (answer == nullptr || !log) return probe_left_aside("there is no log to look at");
  if (!*answer) return probe_failed(answer->error());
  const HttpResponse& response = **answer;
  if (response.status != 200) {
    const auto error = codec::aws::read_error(response);
    return with_evidence(probe_failed(codec::aws::to_failure(
                             codec::aws::row_of(codec::aws::Operation::list, error), error)),
                         response);
  }
  const auto page = codec::aws::read_listing(response.body);
  if (!page) return with_evidence(probe_failed(page.error()), response);
  const std::string prefix = machine_of(at).prefix();
  std::optional<ObjectKey> newest;
  for (const auto& object : page->objects) {
    auto name = parse_object_key(prefix, object.key);
    if (!name) continue;
    at.newest = object.key;
    newest = std::move(name);
  }
  const Duration ahead = at.clock_ahead.value_or(Duration{0});
  const Duration age = newest ? at.now - ahead - newest->slot() : Duration{hours{3}};
  if (*log == "dnslogs" && age > kStale) {
    return with_evidence(probe_warned(messages::no_new_objects(*log, age)), response);
  }
  if (!newest) {
    return with_evidence(
        probe_passed("no object of " + *log + " in the last 3 hours, which may be as it should"),
        response);
  }
  return with_evidence(probe_passed("the newest object of " + *log + " is of " +
                                    format_time_seconds(newest->slot()) + "Z"),
                       response);
}

ProbeResult reading(Examination& at, const Answer* answer) {
  if (answer == nullptr) return probe_left_aside("there is no object to read yet");
  if (!*answer) return probe_failed(answer->error());
  const HttpResponse& response = **answer;
  if (response.status == 200 || response.status == 206 || response.status == 416) {
    return with_evidence(probe_passed("the first bytes of " + excerpt(at.newest, 160) + " came"),
                         response);
  }
  const auto error = codec::aws::read_error(response);
  const auto& row = codec::aws::row_of(codec::aws::Operation::get, error);
  const Failure failure = codec::aws::to_failure(row, error);
  if (row.remedy == Remedy::denied) {
    return with_evidence(probe_failed(messages::object_denied(at.newest, failure)), response);
  }
  return with_evidence(probe_failed(failure), response);
}

ProbeResult queue(Examination& at, const Answer* answer) {
  if (answer == nullptr) return probe_left_aside("no queue_url is set");
  if (!*answer) return probe_failed(answer->error());
  const HttpResponse& response = **answer;
  if (response.status != 200) {
    const auto error = codec::aws::read_error(response);
    Failure failure =
        codec::aws::to_failure(codec::aws::row_of(codec::aws::Operation::queue, error), error);
    return with_evidence(probe_failed(messages::refusal(failure, error, machine_of(at).managed,
                                                        machine_of(at).source())),
                         response);
  }
  const auto facts = codec::aws::read_attributes(response.body);
  if (!facts) return with_evidence(probe_failed(facts.error()), response);
  const std::string waiting = std::to_string(facts->waiting.value_or(0)) + " messages wait";
  if (!facts->max_receive_count) {
    return with_evidence(
        probe_warned({.verdict = Verdict::retry,
                      .code = "cisco_umbrella/no-dead-letters",
                      .cause = waiting + "; the queue has no redrive policy",
                      .consequence = "a message that nobody understands comes again until the "
                                     "queue's retention is over",
                      .next_step = "give the queue a dead-letter queue with at least 10 receives"}),
        response);
  }
  return with_evidence(probe_passed(waiting), response);
}

}  // namespace cistern::connectors::cisco_umbrella::doctor
