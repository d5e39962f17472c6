// RELP: what was not answered with 200 is sent again on the next connection.
#include "lab/syslog/relp_session.hpp"
#include "lab/syslog/stream_conversation.hpp"

#include <utility>

namespace cistern::lab {

namespace {

constexpr std::size_t kWindow = 128;
constexpr Duration kAnswerTime = std::chrono::seconds{60};
constexpr Duration kSlice = std::chrono::milliseconds{50};

class RelpConversation final : public Conversation {
 public:
  RelpConversation(std::unique_ptr<Link> link, SenderTruth& truth, const Clock& clock,
                   const std::atomic<bool>& hurry)
      : link_(std::move(link)),
        truth_(truth),
        clock_(clock),
        hurry_(hurry),
        session_(kWindow),
        connection_(truth.connected(Framing::octet, clock.now())) {}

  // Opens the session and repeats what is still owed to the collector.
  bool begin() {
    if (!hand_over(session_.open())) return end(ConnectionEnd::peer);
    if (!listen_until([this] { return session_.is_open(); })) return end(ConnectionEnd::peer);
    for (const auto sequence : truth_.unaccepted()) {
      if (!say(sequence)) return end(ConnectionEnd::peer);
    }
    return true;
  }

  bool send(std::size_t messages) override {
    for (std::size_t at = 0; at < messages; ++at) {
      if (!say(truth_.begin(clock_.now()))) return end(ConnectionEnd::peer);
    }
    return true;
  }

  bool listen() override { return take(Duration{0}) || end(ConnectionEnd::peer); }

  AfterFault commit(SenderFault fault) override {
    switch (fault) {
      case SenderFault::end:
        finish();
        return AfterFault::ended;
      case SenderFault::cut_frame:
        cut_frame();
        return AfterFault::ended;
      case SenderFault::reset:
        link_->reset();
        end(ConnectionEnd::reset);
        return AfterFault::ended;
      case SenderFault::half_open:
        return AfterFault::leave_open;
      case SenderFault::dribble:
        return dribble() ? AfterFault::go_on : AfterFault::ended;
    }
    return AfterFault::go_on;
  }

  bool finish() override {
    if (link_ == nullptr) return true;
    if (!listen_until([this] { return session_.unanswered().empty(); }) ||
        !hand_over(session_.close()) || !listen_until([this] { return session_.is_closed(); }))
      return end(ConnectionEnd::peer);
    end(link_->finish(kAnswerTime) ? ConnectionEnd::both : ConnectionEnd::peer);
    return true;
  }

 private:
  bool hand_over(std::string_view bytes) { return link_->write(bytes) == bytes.size(); }

  bool say(std::uint64_t sequence) {
    if (!listen_until([this] { return session_.has_room(); })) return false;
    const auto frame = session_.message(sequence, truth_.text(sequence));
    truth_.attempt(sequence, connection_);
    if (!hand_over(frame)) return false;
    truth_.taken(sequence);
    return true;
  }

  bool take(Duration wait) {
    std::string bytes;
    const bool alive = link_->read(bytes, wait);
    const auto answers = session_.take(bytes);
    if (!answers) return false;
    for (const auto sequence : answers->accepted)
      truth_.accepted(sequence);
    return alive && !answers->server_closes;
  }

  template <class Done>
  bool listen_until(Done done) {
    const auto until = clock_.steady() + kAnswerTime;
    while (!done()) {
      if (hurry_ || clock_.steady() > until || !take(kSlice)) return false;
    }
    return true;
  }

  void cut_frame() {
    if (const auto frame = partial_frame();
        hand_over(std::string_view(frame).substr(0, frame.size() / 2)))
      link_->finish(kAnswerTime);
    end(ConnectionEnd::reset);
  }

  bool dribble() {
    const auto frame = partial_frame();
    for (const char byte : frame) {
      if (!hand_over({&byte, 1})) return end(ConnectionEnd::peer);
    }
    return true;
  }

  // A frame whose bytes are handed over by the caller.
  std::string partial_frame() {
    const auto sequence = truth_.begin(clock_.now());
    truth_.attempt(sequence, connection_);
    return session_.message(sequence, truth_.text(sequence));
  }

  bool end(ConnectionEnd how) {
    truth_.ended(connection_, how, clock_.now());
    link_.reset();
    return false;
  }

  std::unique_ptr<Link> link_;
  SenderTruth& truth_;
  const Clock& clock_;
  const std::atomic<bool>& hurry_;
  RelpSession session_;
  const std::uint32_t connection_;
};

}  // namespace

Result<std::unique_ptr<Conversation>> relp_conversation(std::unique_ptr<Link> link,
                                                        SenderTruth& truth, const Clock& clock,
                                                        const std::atomic<bool>& hurry) {
  auto talk = std::make_unique<RelpConversation>(std::move(link), truth, clock, hurry);
  if (!talk->begin()) {
    return fail_retry("lab/relp-refused", "the collector has not opened a RELP session",
                      "give the collector a RELP listener there; the sender goes on trying");
  }
  return talk;
}

}  // namespace cistern::lab
