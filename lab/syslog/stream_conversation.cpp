// TCP and TLS: frames go out, nothing comes back but the end.
#include "lab/syslog/stream_conversation.hpp"

#include <utility>
#include <vector>

namespace cistern::lab {

namespace {

constexpr Duration kFinishTime = std::chrono::seconds{30};

class StreamConversation final : public Conversation {
 public:
  StreamConversation(std::unique_ptr<Link> link, Framing framing, SenderTruth& truth,
                     const Clock& clock, std::uint64_t seed)
      : link_(std::move(link)),
        truth_(truth),
        clock_(clock),
        batch_(framing),
        connection_(truth.connected(framing, clock.now())),
        dice_(key_of({seed, connection_})) {}

  bool send(std::size_t messages) override {
    fill(messages);
    return hand_over(batch_.bytes()) || end(ConnectionEnd::peer);
  }

  bool listen() override {
    std::string ignored;
    return link_->read(ignored, Duration{0}) || end(ConnectionEnd::peer);
  }

  AfterFault commit(SenderFault fault) override {
    switch (fault) {
      case SenderFault::end:
        finish_link();
        return AfterFault::ended;
      case SenderFault::cut_frame:
        cut_frame();
        return AfterFault::ended;
      case SenderFault::reset:
        link_->reset();
        end(ConnectionEnd::reset);
        return AfterFault::ended;
      case SenderFault::half_open:
        truth_.silent(connection_, clock_.now());
        return AfterFault::leave_open;
      case SenderFault::dribble:
        return dribble() ? AfterFault::go_on : AfterFault::ended;
    }
    return AfterFault::go_on;
  }

  bool finish() override {
    if (link_ != nullptr) finish_link();
    return true;
  }

 private:
  void fill(std::size_t messages) {
    batch_.clear();
    sequences_.clear();
    for (std::size_t at = 0; at < messages; ++at) {
      const auto sequence = truth_.begin(clock_.now());
      batch_.add(truth_.text(sequence));
      sequences_.push_back(sequence);
      truth_.attempt(sequence, connection_);
    }
  }

  // Whether the kernel took all bytes; which messages it took is kept in any case.
  bool hand_over(std::string_view bytes) {
    const auto took = link_->write(bytes);
    for (std::size_t at = 0; at < batch_.whole_within(took); ++at)
      truth_.taken(sequences_[at]);
    return took == bytes.size();
  }

  // Part of a frame, and an orderly end behind it: the messages before it are owed.
  void cut_frame() {
    fill(2);
    const auto half = batch_.bytes().size() / 2;
    if (hand_over(batch_.bytes().substr(0, half + dice_.below(half)))) {
      finish_link();
    } else {
      end(ConnectionEnd::peer);
    }
  }

  bool dribble() {
    fill(1);
    const auto bytes = batch_.bytes();
    for (std::size_t at = 0; at + 1 < bytes.size(); ++at) {
      if (link_->write(bytes.substr(at, 1)) != 1) return end(ConnectionEnd::peer);
    }
    if (link_->write(bytes.substr(bytes.size() - 1)) != 1) return end(ConnectionEnd::peer);
    truth_.taken(sequences_.front());
    return true;
  }

  void finish_link() {
    end(link_->finish(kFinishTime) ? ConnectionEnd::both : ConnectionEnd::peer);
  }

  bool end(ConnectionEnd how) {
    truth_.ended(connection_, how, clock_.now());
    link_.reset();
    return false;
  }

  std::unique_ptr<Link> link_;
  SenderTruth& truth_;
  const Clock& clock_;
  FrameBatch batch_;
  const std::uint32_t connection_;
  Dice dice_;
  std::vector<std::uint64_t> sequences_;
};

}  // namespace

std::unique_ptr<Conversation> stream_conversation(std::unique_ptr<Link> link, Framing framing,
                                                  SenderTruth& truth, const Clock& clock,
                                                  std::uint64_t seed) {
  return std::make_unique<StreamConversation>(std::move(link), framing, truth, clock, seed);
}

}  // namespace cistern::lab
