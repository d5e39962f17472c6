#include "connectors/syslog/doctor.hpp"

#include "base/bytes.hpp"
#include "net/listen/listen_socket.hpp"

#include <algorithm>
#include <utility>

#include <unistd.h>

namespace cistern::connectors::syslog {
namespace {

using runtime::ProbeResult;
using Outcome = ProbeResult::Outcome;

constexpr std::chrono::hours kSoon{24 * 30};

ProbeResult failed(std::string name, const Failure& failure) {
  return {
      .name = std::move(name),
      .outcome = Outcome::failed,
      .seen = failure.cause,
      .meaning = failure.consequence.empty() ? "messages are not received" : failure.consequence,
      .next_step = failure.next_step,
      .code = failure.code};
}

Status try_to_open(const Listener& listener) {
  if (listener.transport != Listener::Transport::udp) {
    const auto opened = net::listen_stream(listener.at);
    return opened ? Status{} : fail(opened.error());
  }
  const auto opened = net::bind_datagram(listener.at, 0, false);
  return opened ? Status{} : fail(opened.error());
}

Result<std::size_t> try_buffer(const Listener& listener, std::size_t wanted) {
  net::PeerAddress anywhere = listener.at;
  anywhere.port = 0;
  const auto opened = net::bind_datagram(anywhere, wanted, false);
  if (!opened) return fail(opened.error());
  return opened->buffer;
}

/// While cistern runs, its ports are taken by itself.
bool is_running(const std::string& store) {
  return !store.empty() && ::access((store + "/control.sock").c_str(), F_OK) == 0;
}

std::vector<ProbeResult> examine(const config::Values& values, const std::string& store,
                                 TimePoint now) {
  std::vector<ProbeResult> out;
  const auto settings = make_settings(values);
  if (!settings) return {failed("options", settings.error())};
  const bool running = is_running(store);
  bool tls = false;
  const Listener* udp = nullptr;
  for (const auto& listener : settings->listeners) {
    out.push_back(judge_port(listener, try_to_open(listener), running));
    tls = tls || listener.has_tls();
    if (listener.transport == Listener::Transport::udp) udp = &listener;
  }
  if (tls) out.push_back(judge_certificate(*settings, net::TlsServer::make(settings->tls), now));
  if (udp != nullptr)
    out.push_back(judge_buffer(settings->udp_buffer, try_buffer(*udp, settings->udp_buffer)));
  return out;
}

}  // namespace

ProbeResult judge_port(const Listener& listener, const Status& opened, bool running) {
  const std::string name = "port " + listener.text;
  const bool loopback = listener.at.host == "127.0.0.1" || listener.at.host == "::1";
  if (opened) {
    return {.name = name,
            .outcome = loopback ? Outcome::warning : Outcome::passed,
            .seen = "the port can be opened",
            .meaning = loopback ? "only this machine can send there" : "",
            .next_step = loopback ? "write 0.0.0.0 or [::] in `listen` to take messages of others, "
                                    "and name them in `allow`"
                                  : ""};
  }
  if (opened.error().code == "net/listen-port" && running) {
    return {.name = name,
            .seen =
                "the port is taken, as it is while cistern runs; `cistern status` says whether "
                "by it",
            .meaning = {},
            .next_step = {}};
  }
  return failed(name, opened.error());
}

ProbeResult judge_certificate(const Settings& settings,
                              const Result<std::unique_ptr<net::TlsServer>>& loaded,
                              TimePoint now) {
  if (!loaded) return failed("certificate", loaded.error());
  const TimePoint until = (*loaded)->valid_until();
  ProbeResult out{.name = "certificate",
                  .seen = excerpt((*loaded)->names(), 300) + ", valid until " +
                          format_time_seconds(until) + "Z",
                  .meaning = {},
                  .next_step = {}};
  if (until < now) {
    out.outcome = Outcome::failed;
    out.code = "syslog/certificate-expired";
    out.meaning = "senders that check it refuse to connect";
  } else if (until < now + kSoon) {
    out.outcome = Outcome::warning;
    out.meaning = "it expires in " + format_duration(until - now);
  } else {
    return out;
  }
  out.next_step = "have a new one made and put it into " + settings.tls.certificate_file +
                  "; it is read again by itself";
  return out;
}

ProbeResult judge_buffer(std::size_t wanted, const Result<std::size_t>& granted) {
  const std::string name = "udp buffer";
  if (!granted) return failed(name, granted.error());
  ProbeResult out{.name = name,
                  .seen = "the system gives " + std::to_string(*granted >> 10U) + " KiB of " +
                          std::to_string(wanted >> 10U) + " KiB",
                  .meaning = {},
                  .next_step = {}};
  if (*granted >= wanted) return out;
  out.outcome = Outcome::warning;
  out.meaning = "bursts over udp are lost earlier; what is lost is counted";
  out.next_step = "`sysctl -w net.core.rmem_max=" + std::to_string(wanted) +
                  "`, and the same line in /etc/sysctl.d/ to keep it";
  return out;
}

std::shared_ptr<void> start_doctor(const config::Values& values, runtime::DoctorContext context) {
  const auto alive = std::make_shared<bool>(true);
  context.loop.post([weak = std::weak_ptr{alive}, context,
                     results = examine(values, context.store, context.clock.now())] {
    for (const auto& result : results) {
      if (weak.lock() != nullptr) context.probed(result);
    }
    if (weak.lock() != nullptr) context.finished();
  });
  return alive;
}

}  // namespace cistern::connectors::syslog
