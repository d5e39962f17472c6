#include "connectors/cisco_secure_endpoint/event_stream_messages.hpp"

#include <utility>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

constexpr std::string_view kMeanwhile = "events come by asking each minute meanwhile";

Failure sentence(std::string cause, std::string consequence, std::string next_step) {
  return {.verdict = Verdict::retry,
          .code = std::string{kStreamNotice},
          .cause = std::move(cause),
          .consequence = std::move(consequence),
          .next_step = std::move(next_step)};
}

std::string named(const KnownStream& stream) {
  return "event stream " + std::to_string(stream.id) + " '" + stream.name + "'";
}

bool is_trust(std::string_view code) {
  return code == "amqp/certificate" || code == "amqp/certificate-name" || code == "amqp/ca-file";
}

}  // namespace

Failure stream_interrupted(const KnownStream& stream, const net::amqp091::End& end,
                           TimePoint seen) {
  const Failure& failure = end.failure;
  std::string consequence{kMeanwhile};
  if (seen != TimePoint{}) {
    consequence += "; messages that wait are kept until " +
                   format_time_seconds(seen + kQueueKeeps) + "Z at least";
  }
  std::string next_step = failure.next_step;
  if (is_trust(failure.code)) {
    next_step += " (option event_stream_ca_file)";
  }
  return sentence(named(stream) + " is interrupted: " + failure.cause + " [" + failure.code + "]",
                  std::move(consequence), std::move(next_step));
}

Failure stream_made_again(const KnownStream& stream) {
  return sentence(named(stream) + " does not exist at the vendor any more; it is made again",
                  "what came meanwhile is read by asking",
                  "nothing; if somebody deletes it on purpose, remove `event_stream` from the "
                  "configuration");
}

Failure stream_gone(const KnownStream& stream) {
  return sentence(named(stream) +
                      " does not exist at the vendor any more, and "
                      "`event_stream_recreate` is false",
                  std::string{kMeanwhile},
                  "set `event_stream_recreate: true` to have it made again, or remove "
                  "`event_stream`");
}

Failure stream_refused(const Failure& failure) {
  return sentence("the event stream cannot be made: " + failure.cause + " [" + failure.code + "]",
                  std::string{kMeanwhile}, failure.next_step);
}

Failure stream_left_behind(const KnownStream& stream) {
  return sentence(named(stream) + " at " + stream.api_url +
                      " is not read any more, because this connector reads another cloud now",
                  "it counts among the five of its organisation until it is removed",
                  "delete it there: DELETE " + stream.api_url + "/v1/event_streams/" +
                      std::to_string(stream.id));
}

Failure stream_password_lost(const KnownStream& stream, const Failure& failure) {
  return sentence("the password of " + named(stream) + " cannot be opened: " + failure.cause,
                  "the vendor tells it only once, so the stream is removed and made again; what "
                  "waited in it is read by asking",
                  "keep the sealing key with the store when you move it");
}

Failure stream_works() {
  return {.verdict = Verdict::retry,
          .code = std::string{kStreamNotice},
          .cause = "the event stream is read",
          .consequence = {},
          .next_step = {}};
}

}  // namespace cistern::connectors::cisco_secure_endpoint
