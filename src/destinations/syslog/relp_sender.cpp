// RELP: every message is answered, so delivered means that the receiver took it over.
#include "destinations/syslog/connect.hpp"
#include "destinations/syslog/relp_session.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace cistern::destinations::syslog {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMostWaiting = 256 * 1024;
constexpr Duration kFarewell = std::chrono::seconds{1};

/// What becomes of one batch in one session.
class Exchange {
 public:
  Exchange(const runtime::Batch& batch, RelpProgress& progress)
      : batch_(batch), progress_(progress), open_(batch.payloads.size()) {}

  /// Adds frames as far as the session has room.
  void fill(RelpSession& session, MessageWriter& writer) {
    while (at_ < batch_.payloads.size() && session.waiting_bytes() < kMostWaiting) {
      const auto& payload = batch_.payloads[at_];
      Event& event = open_[at_];
      if (!event.begun) begin(payload, event);
      std::string_view line;
      while (session.has_room() && take_line(rest_, line)) {
        session.add(writer.write(payload.facts, line), at_);
        ++event.unanswered;
      }
      if (!rest_.empty()) return;
      event.all_sent = true;
      settle_whole(at_);
      ++at_;
    }
  }

  void settled(const RelpWindow::Settled& one) {
    Event& event = open_[one.item];
    --event.unanswered;
    if (!one.accepted) {
      event.refused = true;
      refusal_ = one.refusal;
    }
    settle_whole(one.item);
  }

  [[nodiscard]] bool all_sent() const { return at_ == batch_.payloads.size(); }

  /// When all is sent and answered.
  Status verdict(const net::PeerAddress& peer) {
    bool hopeless = false;
    std::size_t refused = 0;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      if (!open_[i].refused) continue;
      ++refused;
      hopeless |= progress_.refuse(batch_.payloads[i].sequence, accepted_ > 0);
    }
    const bool given_up = hopeless && batch_.payloads.size() == 1;
    if (refused == 0 || given_up) progress_.forget(batch_);
    if (given_up) progress_.start_over();
    if (refused == 0) return {};
    return fail({.verdict = hopeless ? Verdict::set_aside : Verdict::retry,
                 .code = "relp/refused",
                 .cause = peer.text() + " refused " + std::to_string(refused) + " of " +
                          std::to_string(open_.size()) + " events: " + refusal_,
                 .consequence = hopeless ? "" : "they are sent again",
                 .next_step = "look into the receiver's log for why it takes them not"});
  }

 private:
  struct Event {
    bool begun = false;
    bool all_sent = false;
    bool refused = false;
    std::size_t unanswered = 0;
    bool counted = false;
  };

  void begin(const runtime::Payload& payload, Event& event) {
    event.begun = true;
    // Answered in a session before this one.
    rest_ = progress_.answered(payload.sequence) ? std::string_view{} : payload.bytes;
    event.counted = rest_.empty();
  }

  void settle_whole(std::size_t at) {
    Event& event = open_[at];
    if (!event.all_sent || event.unanswered > 0 || event.refused || event.counted) return;
    event.counted = true;
    ++accepted_;
    progress_.accept(batch_.payloads[at].sequence);
  }

  const runtime::Batch& batch_;
  RelpProgress& progress_;
  std::vector<Event> open_;
  std::size_t at_ = 0;     // The event whose lines are being sent.
  std::string_view rest_;  // Of its lines.
  std::size_t accepted_ = 0;
  std::string refusal_;
};

class RelpSender final : public Sender {
 public:
  RelpSender(std::unique_ptr<RelpSession> session, const SenderContext& context)
      : session_(std::move(session)), context_(context) {}

  Status send(const runtime::Batch& batch) override {
    usable_ = false;
    Exchange exchange{batch, context_.progress};
    // Bytes that come are no progress until they are an answer: a receiver that drips would hold
    // the connection for ever.
    bool progress = false;
    const auto settled = [&](const RelpWindow::Settled& one) {
      exchange.settled(one);
      progress = true;
    };
    auto since = SteadyClock::now();
    while (true) {
      exchange.fill(*session_, context_.writer);
      if (exchange.all_sent() && session_->all_answered()) break;
      if (session_->server_closes() && session_->all_answered()) return fail(going_away());
      const Duration left = since + patience() - SteadyClock::now();
      if (left <= Duration{0}) return fail(session_->server_closes() ? going_away() : silent());
      const std::size_t waiting = session_->waiting_bytes();
      const auto moved = session_->move(left, settled);
      if (!moved) return fail(moved.error());
      if (std::exchange(progress, false) || session_->waiting_bytes() < waiting) {
        since = SteadyClock::now();
      }
    }
    usable_ = true;
    return exchange.verdict(session_->peer());
  }

  Status alive() override {
    const auto nothing_open = [](const RelpWindow::Settled&) {};
    // Ends by itself: without anything to read it is one look.
    const auto moved = session_->move(Duration{0}, nothing_open);
    if (!moved) return fail(moved.error());
    if (session_->server_closes()) return fail(going_away());
    return {};
  }

  [[nodiscard]] bool usable() const override { return usable_ && !session_->server_closes(); }
  void close() override { session_->close(); }

 private:
  /// Who says farewell answers what is open at once, or not at all.
  [[nodiscard]] Duration patience() const {
    const Duration limit = context_.settings.times.progress;
    return session_->server_closes() ? std::min(limit, kFarewell) : limit;
  }

  [[nodiscard]] Failure silent() const {
    return net::timeout_failure(session_->peer(), "answering", patience(),
                                "look at the receiver's load and its queues");
  }

  [[nodiscard]] Failure going_away() const {
    return {.verdict = Verdict::retry,
            .code = "relp/server-closes",
            .cause = session_->peer().text() + " ends the RELP session",
            .consequence = "what is unanswered is sent again",
            .next_step = "if it goes on, look into the receiver's log"};
  }

  std::unique_ptr<RelpSession> session_;
  SenderContext context_;
  bool usable_ = true;
};

}  // namespace

Result<std::unique_ptr<Sender>> connect_relp(const Server& server, const SenderContext& context) {
  auto connection = connect_server(server, context);
  if (!connection) return fail(std::move(connection.error()));
  auto session = std::make_unique<RelpSession>(std::move(*connection), context.settings.window);
  if (auto opened = session->open(context.settings.times.connect); !opened)
    return fail(std::move(opened.error()));
  return std::unique_ptr<Sender>(std::make_unique<RelpSender>(std::move(session), context));
}

}  // namespace cistern::destinations::syslog
