#include "destinations/syslog/relp_session.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

namespace cistern::destinations::syslog {
namespace {

using SteadyClock = std::chrono::steady_clock;

// `open` has the first number; answers are short.
constexpr std::uint32_t kOpenTransaction = 1;
constexpr std::size_t kMostAnswer = 64 * 1024;
constexpr Duration kFarewell = std::chrono::milliseconds{500};

codec::RelpOffers our_offers() {
  return {.version = 0, .software = "cistern," CISTERN_VERSION, .commands = {"syslog"}};
}

Failure refused_session(const net::PeerAddress& peer, const std::string& why) {
  return {.verdict = Verdict::stop,
          .code = "relp/refused-session",
          .cause = peer.text() + " refuses the RELP session: " + why,
          .consequence = "nothing is sent, the events wait in the store",
          .next_step = "look into the receiver's log; it must take RELP with the command `syslog`"};
}

Failure closed(const net::PeerAddress& peer) {
  return {.verdict = Verdict::retry,
          .code = "net/closed",
          .cause = peer.text() + " closed the connection",
          .consequence = "what is unanswered is sent again",
          .next_step = "if it goes on, look into the receiver's log"};
}

}  // namespace

RelpSession::RelpSession(std::unique_ptr<net::Connection> connection, std::size_t window)
    : connection_(std::move(connection)),
      window_(window, codec::relp_transaction_after(kOpenTransaction)),
      reader_(kMostAnswer) {}

// ---- opening ----

Status RelpSession::open(Duration limit) {
  const auto until = SteadyClock::now() + limit;
  codec::append_relp_frame(outgoing_, kOpenTransaction, "open",
                           codec::write_relp_offers(our_offers()));
  return await_offers(until, limit);
}

Status RelpSession::await_offers(SteadyClock::time_point until, Duration limit) {
  std::array<char, 4096> into{};
  while (true) {
    if (auto handed = hand_over(); !handed) return fail(handed.error());
    const auto arrived = connection_->read_some(into);
    if (!arrived) return fail(arrived.error());
    reader_.arrived({into.data(), arrived->bytes});
    const auto frame = reader_.next();
    if (!frame) return fail(frame.error());
    if (*frame) return judge_offers(**frame);
    if (arrived->ended) return fail(closed(peer()));
    const Duration left = std::max<Duration>(until - SteadyClock::now(), Duration{0});
    const auto ready = connection_->wait(waiting_bytes() > 0, left);
    if (!ready) return fail(ready.error());
    if (*ready) continue;
    return fail({.verdict = Verdict::retry,
                 .code = "relp/no-answer",
                 .cause = peer().text() + " did not answer the opening of a RELP session within " +
                          format_duration(limit),
                 .consequence = {},
                 .next_step = "check that a RELP receiver listens on this port, and not one of "
                              "plain syslog or of RELP over TLS"});
  }
}

Status RelpSession::judge_offers(const codec::RelpFrame& frame) {
  const auto answer = codec::parse_relp_answer(frame.data);
  if (frame.transaction != kOpenTransaction || frame.command != "rsp" || !answer) {
    if (frame.command == "serverclose") return fail(closed(peer()));
    return fail(refused_session(peer(), "it answers with \"" + excerpt(frame.data, 100) + "\""));
  }
  if (!answer->accepted())
    return fail(
        refused_session(peer(), std::to_string(answer->code) + " " + excerpt(answer->text, 100)));
  const auto offers = codec::parse_relp_offers(answer->offers);
  if (!offers.version || *offers.version > 1)
    return fail(refused_session(peer(), "it offers no version that is known here"));
  const auto& commands = offers.commands;
  if (std::find(commands.begin(), commands.end(), "syslog") == commands.end())
    return fail(refused_session(peer(), "it does not take the command `syslog`"));
  return {};
}

// ---- sending and hearing ----

void RelpSession::add(std::string_view message, std::size_t item) {
  codec::append_relp_frame(outgoing_, window_.add(item), "syslog", message);
}

Result<bool> RelpSession::hand_over() {
  bool moved = false;
  while (waiting_bytes() > 0) {
    const auto written = connection_->write_some(std::string_view{outgoing_}.substr(sent_));
    if (!written) return fail(written.error());
    if (*written == 0) return moved;
    sent_ += *written;
    moved = true;
  }
  outgoing_.clear();
  sent_ = 0;
  return moved;
}

Result<bool> RelpSession::hear(const OnSettled& settled) {
  std::array<char, 16384> into{};
  const auto arrived = connection_->read_some(into);
  if (!arrived) return fail(arrived.error());
  reader_.arrived({into.data(), arrived->bytes});
  while (true) {
    const auto frame = reader_.next();
    if (!frame) return fail(frame.error());
    if (!*frame) break;
    if (auto handled = handle(**frame, settled); !handled) return fail(handled.error());
  }
  if (arrived->ended) return fail(closed(peer()));
  return arrived->bytes > 0;
}

Status RelpSession::handle(const codec::RelpFrame& frame, const OnSettled& settled) {
  if (frame.transaction == 0 && frame.command == "serverclose") {
    server_closes_ = true;
    return {};
  }
  // Hints are there to be passed over by those who do not know them.
  if (frame.transaction == 0) return {};
  if (frame.command != "rsp") {
    return fail({.verdict = Verdict::retry,
                 .code = "relp/grammar",
                 .cause = peer().text() + " sends the RELP command \"" +
                          std::string{frame.command} + "\", which is not an answer",
                 .consequence = "the connection is closed, and what is unanswered is sent again",
                 .next_step = "look into the receiver's log"});
  }
  const auto known = window_.settle(frame);
  if (!known) return fail(known.error());
  settled(*known);
  return {};
}

Result<bool> RelpSession::move(Duration limit, const OnSettled& settled) {
  const auto handed = hand_over();
  if (!handed) {
    // What the receiver answered before the end still counts.
    for (auto heard = hear(settled); heard && *heard;)
      heard = hear(settled);
    return handed;
  }
  const auto heard = hear(settled);
  if (!heard || *heard || *handed) return heard ? Result<bool>{true} : heard;
  return connection_->wait(waiting_bytes() > 0, limit);
}

// ---- the end ----

void RelpSession::close() {
  codec::append_relp_frame(outgoing_, window_.add(0), "close", {});
  const auto until = SteadyClock::now() + kFarewell;
  bool answered = false;
  // Whatever goes wrong now ends the connection all the same.
  while (!answered) {
    const Duration left = until - SteadyClock::now();
    if (left <= Duration{0}) break;
    const auto handed = hand_over();
    if (!handed) break;
    std::array<char, 4096> into{};
    const auto arrived = connection_->read_some(into);
    if (!arrived || arrived->ended) break;
    answered = arrived->bytes > 0;
    if (!answered && !connection_->wait(waiting_bytes() > 0, left)) break;
  }
  connection_->close();
}

}  // namespace cistern::destinations::syslog
