#include "net/amqp091/broker_end.hpp"

#include "base/bytes.hpp"

#include <utility>

#include <amqp.h>

namespace cistern::net::amqp091 {
namespace {

constexpr std::size_t kMostText = 200;

// Reply codes of AMQP 0-9-1, as the broker gives them.
constexpr std::uint16_t kForced = 320;
constexpr std::uint16_t kRefused = 403;
constexpr std::uint16_t kNotFound = 404;
constexpr std::uint16_t kLocked = 405;
constexpr std::uint16_t kPrecondition = 406;

std::string at(const BrokerPlace& place) {
  return place.host + ":" + std::to_string(place.port);
}

std::string queue_at(const BrokerPlace& place) {
  return "the queue " + place.queue + " at " + at(place);
}

std::string said(std::uint16_t code, std::string_view text) {
  return std::to_string(code) + (text.empty() ? "" : " " + excerpt(text, kMostText));
}

std::string authorities(const BrokerPlace& place) {
  return place.ca_file.empty() ? "the system's authorities" : "the authorities in " + place.ca_file;
}

End make(EndKind kind, Verdict verdict, std::string code, std::string cause,
         std::string next_step) {
  return {.kind = kind,
          .failure = {.verdict = verdict,
                      .code = std::move(code),
                      .cause = std::move(cause),
                      .consequence = "messages wait in the queue, at most as long as the vendor "
                                     "keeps them",
                      .next_step = std::move(next_step)}};
}

End refused(std::string cause) {
  return make(EndKind::refused, Verdict::stop, "amqp/login-refused", std::move(cause),
              "nothing, when the stream was deleted at the vendor: that is looked at next");
}

End unreachable(const BrokerPlace& place, std::string_view why) {
  return make(EndKind::unreachable, Verdict::retry, "amqp/unreachable",
              "no connection to " + at(place) + ": " + std::string{why},
              "check that this machine may open TCP connections to " + at(place) +
                  " without a proxy: AMQP is not HTTP, and a proxy that looks into TLS breaks it");
}

End untrusted(const BrokerPlace& place, std::string code, const std::string& why) {
  return make(EndKind::untrusted, Verdict::retry, std::move(code),
              "the broker " + at(place) + " is not trusted: " + why,
              "if a proxy between looks into TLS, exempt " + at(place) +
                  " there; if it is to be trusted, name a file with its authority's "
                  "certificate");
}

End broken(const BrokerPlace& place, std::string_view why) {
  return make(EndKind::broken, Verdict::retry, "amqp/broken",
              "the connection to " + at(place) + " broke: " + std::string{why},
              "nothing: it is opened again");
}

}  // namespace

std::string_view to_string(EndKind kind) {
  switch (kind) {
    case EndKind::stopped:
      return "stopped";
    case EndKind::paused:
      return "paused";
    case EndKind::unreachable:
      return "unreachable";
    case EndKind::untrusted:
      return "untrusted";
    case EndKind::refused:
      return "refused";
    case EndKind::queue_gone:
      return "queue_gone";
    case EndKind::forbidden:
      return "forbidden";
    case EndKind::locked:
      return "locked";
    case EndKind::reset:
      return "reset";
    case EndKind::cancelled:
      return "cancelled";
    case EndKind::forced:
      return "forced";
    case EndKind::silent:
      return "silent";
    case EndKind::broken:
      return "broken";
  }
  return {};
}

End end_of_status(int status, Phase phase, const BrokerPlace& place) {
  const std::string words = amqp_error_string2(status);
  switch (status) {
    case AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED:
      return untrusted(place, "amqp/certificate-name",
                       "its certificate is for another name than " + place.host);
    case AMQP_STATUS_SSL_PEER_VERIFY_FAILED:
      return untrusted(place, "amqp/certificate",
                       "its certificate is expired, or signed by none of " + authorities(place));
    case AMQP_STATUS_HEARTBEAT_TIMEOUT:
      return make(EndKind::silent, Verdict::retry, "amqp/silent",
                  at(place) + " gave no sign of life for two heartbeats",
                  "nothing: the connection is opened again");
    default:
      break;
  }
  if (phase == Phase::connecting) {
    const bool tls = status == AMQP_STATUS_SSL_ERROR || status == AMQP_STATUS_SSL_CONNECTION_FAILED;
    // A broker that trusts nobody of our versions, or something that does not speak TLS at all.
    if (tls) return unreachable(place, "TLS could not be agreed (" + words + ")");
    return unreachable(place, words);
  }
  const bool closed = status == AMQP_STATUS_CONNECTION_CLOSED ||
                      status == AMQP_STATUS_SOCKET_ERROR || status == AMQP_STATUS_SOCKET_CLOSED;
  if (phase == Phase::login && closed) {
    return refused("the broker " + at(place) + " closed the connection at the login of user " +
                   place.user);
  }
  return broken(place, words);
}

End end_of_channel(std::uint16_t code, std::string_view text, const BrokerPlace& place) {
  switch (code) {
    case kNotFound:
      return make(EndKind::queue_gone, Verdict::retry, "amqp/queue-gone",
                  queue_at(place) + " does not exist (" + said(code, text) + ")",
                  "nothing: the vendor is asked whether the stream still exists");
    case kRefused:
      return make(EndKind::forbidden, Verdict::retry, "amqp/forbidden",
                  queue_at(place) + " may not be read by user " + place.user + " (" +
                      said(code, text) + ")",
                  "nothing: the vendor is asked whether the stream still exists");
    case kLocked:
      return make(EndKind::locked, Verdict::retry, "amqp/locked",
                  queue_at(place) + " is read by another consumer for itself alone (" +
                      said(code, text) + ")",
                  "end the other collector that reads this stream");
    case kPrecondition:
      return make(EndKind::reset, Verdict::retry, "amqp/channel-reset",
                  "the broker took messages of " + place.queue + " back (" + said(code, text) + ")",
                  "nothing: they come again, and what is stored already is dropped as repeated");
    default:
      return make(
          EndKind::reset, Verdict::retry, "amqp/channel-closed",
          "the broker closed the channel to " + queue_at(place) + " (" + said(code, text) + ")",
          "nothing: it is opened again");
  }
}

End end_of_connection(std::uint16_t code, std::string_view text, Phase phase,
                      const BrokerPlace& place) {
  if (code == kRefused && phase != Phase::consuming) {
    return refused("the broker " + at(place) + " refused user " + place.user + " (" +
                   said(code, text) + ")");
  }
  if (code == kForced) {
    return make(EndKind::forced, Verdict::retry, "amqp/forced",
                "the broker " + at(place) + " ends its connections (" + said(code, text) + ")",
                "nothing: it is tried again until the broker is back");
  }
  return broken(place, "the broker closed it (" + said(code, text) + ")");
}

End end_of_cancel(const BrokerPlace& place) {
  return make(EndKind::cancelled, Verdict::retry, "amqp/cancelled",
              "the broker " + at(place) + " ended the consuming of " + place.queue +
                  ": the queue was deleted, or moved to another node",
              "nothing: the vendor is asked whether the stream still exists");
}

End end_of_patience(std::int64_t seconds, const BrokerPlace& place) {
  return make(EndKind::paused, Verdict::retry, "amqp/paused",
              "the store took nothing for " + std::to_string(seconds) +
                  " s, so the connection to " + at(place) + " was given back",
              "see what the store waits for with `cistern status`");
}

End end_of_nonsense(std::string_view what, const BrokerPlace& place) {
  return broken(place, "it does not keep to AMQP 0-9-1: " + std::string{what});
}

}  // namespace cistern::net::amqp091
