#include "connectors/syslog/protocol.hpp"

#include "codec/relp.hpp"
#include "codec/syslog_framer.hpp"
#include "connectors/syslog/relp_server.hpp"

#include <map>
#include <utility>
#include <vector>

namespace cistern::connectors::syslog {
namespace {

using runtime::ListenBatch;
using runtime::ListenIncident;
using runtime::ListenPeer;

constexpr ListenIncident kIncomplete{
    .reason = "incomplete",
    .what = "connections ended inside a message whose length had been announced",
    .consequence = "these messages are not stored: the rest of them never came",
    .next_step = "look at the sender's end of the connection"};
constexpr ListenIncident kFraming{
    .reason = "framing",
    .what = "connections were closed because their bytes are no counted messages",
    .consequence = "the sender connects again, and loses what it had sent",
    .next_step = "set `framing` to what the sender speaks, or auto"};
constexpr ListenIncident kRelp{
    .reason = "relp",
    .what = "connections were closed because the sender does not keep to RELP",
    .consequence = "what was not acknowledged has to be sent again",
    .next_step = "check that the sender speaks RELP to this port, and whether over TLS"};

/// Senders of datagrams that are remembered; when there are more, all are met anew.
constexpr std::size_t kMostSources = 4096;

std::string with_cause(const net::Sender& sender, std::string_view why) {
  return sender.address.text() + ": " + std::string{why};
}

class StreamSession final : public runtime::ListenSession {
 public:
  StreamSession(std::shared_ptr<Intake> intake, ListenPeer peer)
      : intake_(std::move(intake)),
        peer_(std::move(peer)),
        source_(intake_->settings(), peer_.endpoint, peer_.sender, peer_.certificate),
        framer_(intake_->settings().framing, intake_->settings().max_message) {}

  std::size_t arrived(std::string_view bytes, ListenBatch& batch) override {
    frames_.clear();
    const std::size_t used = framer_.advance(bytes, frames_);
    take(batch);
    if (!framer_.out_of_step()) return used;
    intake_->counters().incident(kFraming, 1, peer_.sender.address.text());
    peer_.close();
    return bytes.size();
  }

  void ended(std::string_view rest, ListenBatch& batch) override {
    frames_.clear();
    framer_.finish(rest, frames_);
    take(batch);
    if (framer_.incomplete())
      intake_->counters().incident(kIncomplete, 1, peer_.sender.address.text());
  }

 private:
  void take(ListenBatch& batch) {
    if (frames_.empty()) return;
    intake_->begin();
    for (const auto& frame : frames_)
      intake_->take(source_, frame.bytes, frame.truncated, batch);
    intake_->end(peer_.sender.address.text());
  }

  std::shared_ptr<Intake> intake_;
  ListenPeer peer_;
  Source source_;
  codec::SyslogFramer framer_;
  std::vector<codec::SyslogFrame> frames_;
};

class RelpSession final : public runtime::ListenSession {
 public:
  RelpSession(std::shared_ptr<Intake> intake, ListenPeer peer)
      : intake_(std::move(intake)),
        peer_(std::move(peer)),
        source_(intake_->settings(), peer_.endpoint, peer_.sender, peer_.certificate),
        reader_(kMostRelpData) {}

  std::size_t arrived(std::string_view bytes, ListenBatch& batch) override {
    if (over_) return bytes.size();
    reader_.arrived(bytes);
    intake_->begin();
    std::string answers;
    bool farewell = false;
    while (!over_) {
      const auto frame = reader_.next();
      if (!frame) {
        broken(frame.error().cause, RelpServer::farewell());
        break;
      }
      if (!*frame) break;
      farewell = step(server_.take(**frame), answers, batch) || farewell;
    }
    intake_->end(peer_.sender.address.text());
    if (!answers.empty()) acknowledge(std::move(answers), farewell, batch);
    return bytes.size();
  }

  void ended(std::string_view /*rest*/, ListenBatch& /*batch*/) override { over_ = true; }
  [[nodiscard]] bool owes_answers() const override { return *owed_ > 0; }

 private:
  /// True: the session ends when what came before is stored.
  bool step(RelpStep step, std::string& answers, ListenBatch& batch) {
    switch (step.kind) {
      case RelpStep::Kind::reply:
        peer_.write(step.reply);
        return false;
      case RelpStep::Kind::message:
        take(step.data, batch);
        answers += step.reply;
        return false;
      case RelpStep::Kind::close:
        answers += step.reply;
        over_ = true;
        return true;
      case RelpStep::Kind::broken:
        broken(step.why, step.reply);
        return false;
    }
    return false;
  }

  void take(std::string_view data, ListenBatch& batch) {
    const std::size_t most = intake_->settings().max_message;
    const std::string_view message = codec::datagram_message(data);
    if (message.empty()) return;
    intake_->take(source_, batch.keep(message.substr(0, most)), message.size() > most, batch);
  }

  /// A `200` says that the receiver is responsible now: it goes out when the store has it.
  void acknowledge(std::string answers, bool farewell, ListenBatch& batch) {
    ++*owed_;
    batch.when_durable(
        [peer = peer_, owed = owed_, answers = std::move(answers), farewell](bool stored) {
          --*owed;
          if (stored) peer.write(answers);
          if (!stored || farewell) peer.close();
        });
  }

  void broken(std::string_view why, std::string_view reply) {
    over_ = true;
    intake_->counters().incident(kRelp, 1, with_cause(peer_.sender, why));
    peer_.write(reply);
    peer_.close();
  }

  std::shared_ptr<Intake> intake_;
  ListenPeer peer_;
  Source source_;
  codec::RelpReader reader_;
  RelpServer server_;
  /// Acknowledgements that wait for their commit; their callbacks may outlive the session.
  std::shared_ptr<std::size_t> owed_ = std::make_shared<std::size_t>(0);
  bool over_ = false;
};

class Protocol final : public runtime::ListenProtocol {
 public:
  explicit Protocol(std::shared_ptr<Intake> intake) : intake_(std::move(intake)) {}

  std::unique_ptr<runtime::ListenSession> open(ListenPeer peer) override {
    const auto transport = intake_->settings().listeners[peer.endpoint].transport;
    const bool relp =
        transport == Listener::Transport::relp || transport == Listener::Transport::relps;
    if (relp) return std::make_unique<RelpSession>(intake_, std::move(peer));
    return std::make_unique<StreamSession>(intake_, std::move(peer));
  }

  void datagrams(std::size_t endpoint, std::span<const net::Datagram> arrived,
                 ListenBatch& batch) override {
    if (arrived.empty()) return;
    intake_->begin();
    for (const auto& datagram : arrived) {
      const std::string_view message = codec::datagram_message(datagram.bytes);
      if (message.empty()) continue;
      intake_->take(source_of(endpoint, datagram.peer), batch.keep(message), datagram.truncated,
                    batch);
    }
    intake_->end(arrived.front().peer.address.text());
  }

 private:
  Source& source_of(std::size_t endpoint, const net::Sender& sender) {
    const Key key{sender.address, sender.port};
    if (last_ != nullptr && key == last_key_) return *last_;
    auto found = sources_.find(key);
    if (found == sources_.end()) {
      if (sources_.size() >= kMostSources) sources_.clear();
      found = sources_
                  .emplace(key, std::make_unique<Source>(intake_->settings(), endpoint, sender,
                                                         std::string{}))
                  .first;
    }
    last_key_ = key;
    last_ = found->second.get();
    return *last_;
  }

  using Key = std::pair<net::IpAddress, std::uint16_t>;
  std::shared_ptr<Intake> intake_;
  std::map<Key, std::unique_ptr<Source>> sources_;  // One endpoint has its protocol to itself.
  Key last_key_{};
  Source* last_ = nullptr;
};

}  // namespace

std::unique_ptr<runtime::ListenProtocol> make_protocol(
    std::shared_ptr<const Settings> settings, const Clock& clock,
    std::shared_ptr<runtime::ListenCounters> counters) {
  return std::make_unique<Protocol>(
      std::make_shared<Intake>(std::move(settings), clock, std::move(counters)));
}

}  // namespace cistern::connectors::syslog
