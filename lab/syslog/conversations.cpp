// UDP, and the choice among the transports.
#include "lab/syslog/stream_conversation.hpp"

#include <utility>

namespace cistern::lab {

namespace {

class DatagramConversation final : public Conversation {
 public:
  DatagramConversation(std::unique_ptr<DatagramSender> sender, SenderTruth& truth,
                       const Clock& clock)
      : sender_(std::move(sender)),
        truth_(truth),
        clock_(clock),
        connection_(truth.connected(Framing::octet, clock.now())) {}

  bool send(std::size_t messages) override {
    for (std::size_t at = 0; at < messages; ++at) {
      const auto sequence = truth_.begin(clock_.now());
      truth_.attempt(sequence, connection_);
      if (!sender_->send(truth_.text(sequence))) return false;
      truth_.taken(sequence);
      // The first one finds out whether it is worth while to go on.
      if (!std::exchange(heard_, true) && sender_->refused()) return false;
    }
    return true;
  }
  bool listen() override { return true; }
  // There is no connection to do wrong on.
  AfterFault commit(SenderFault) override { return AfterFault::go_on; }
  bool finish() override { return true; }

 private:
  std::unique_ptr<DatagramSender> sender_;
  SenderTruth& truth_;
  const Clock& clock_;
  const std::uint32_t connection_;
  bool heard_ = false;
};

// Devices frame by LF or by counting octets; a connection keeps to one of them. TLS demands
// counting, and many do not.
Framing framing_of(const FirewallOptions& options, const SenderTruth& truth) {
  Dice dice(key_of({options.seed, options.number, truth.counts().connections}));
  return dice.chance(options.transport == SyslogTransport::tls ? 0.75 : 0.5) ? Framing::octet
                                                                             : Framing::lf;
}

}  // namespace

Result<std::unique_ptr<Conversation>> open_conversation(const FirewallOptions& options,
                                                        SenderTruth& truth, const Clock& clock,
                                                        const std::atomic<bool>& hurry) {
  if (options.transport == SyslogTransport::udp) {
    auto sender = DatagramSender::open(options.target);
    if (!sender) return fail(sender.error());
    return std::make_unique<DatagramConversation>(std::move(*sender), truth, clock);
  }
  auto link = options.transport == SyslogTransport::tls
                  ? connect_tls(options.target, options.tls, hurry)
                  : connect_tcp(options.target, hurry);
  if (!link) return fail(link.error());
  if (options.transport == SyslogTransport::relp)
    return relp_conversation(std::move(*link), truth, clock, hurry);
  return stream_conversation(std::move(*link), framing_of(options, truth), truth, clock,
                             options.seed);
}

}  // namespace cistern::lab
