// Receives datagrams of one socket.
#include "runtime/listen/listen_thread.hpp"

#include <optional>
#include <string>
#include <utility>

namespace cistern::runtime {
namespace {

/// Calls of the system before timers and commits get their turn.
constexpr int kTurns = 16;
/// At the end what has arrived is taken, but a flood must not hold up the end.
constexpr int kLastTurns = 1024;
constexpr Duration kLookForDrops = std::chrono::seconds{1};

constexpr ListenIncident kDropped{
    .reason = "kernel_drop",
    .what = "datagrams were dropped by the system because its buffer was full",
    .consequence = "these messages are lost",
    .next_step =
        "raise `udp_buffer` and the system's limit (`sysctl -w net.core.rmem_max=33554432`), "
        "spread the senders with `udp_sockets`, or let them use TCP or RELP"};
constexpr ListenIncident kNotAllowed{
    .reason = "not_allowed",
    .what = "datagrams or connections came from addresses that `allow` does not name",
    .consequence = "they are thrown away",
    .next_step = "add the sender to `allow` if it is one of yours"};
constexpr ListenIncident kTooFast{
    .reason = "rate",
    .what = "datagrams exceeded `messages_per_second` of their sender",
    .consequence = "these messages are lost",
    .next_step = "raise `messages_per_second`, or find out why the sender says so much"};

class DatagramWork final : public ListenWork {
 public:
  DatagramWork(const ListenShared& shared, std::size_t endpoint,
               std::unique_ptr<ListenProtocol> protocol, std::shared_ptr<net::ReadyLoop> loop)
      : shared_(shared),
        endpoint_(endpoint),
        protocol_(std::move(protocol)),
        loop_(std::move(loop)),
        limits_(shared.options.bounds),
        commits_(std::make_shared<ListenCommits>(
            ListenCommitOptions{.connector = shared.options.connector,
                                .max_unstored = shared.options.max_unstored},
            shared.services, loop_)) {
    commits_->on_room([this] { resume(); });
  }

  void start() override { open(); }

  void stop(std::function<void()> ended) override {
    stopping_ = true;
    if (receiver_ != nullptr) {
      for (int turn = 0; turn < kLastTurns && take(); ++turn) {
      }
      look_for_drops();
      loop_->forget(receiver_->descriptor());
      receiver_.reset();
    }
    commits_->finish(std::move(ended));
  }

 private:
  void open() {
    if (stopping_) return;
    const ListenEndpoint& endpoint = shared_.options.endpoints[endpoint_];
    auto bound = net::bind_datagram(endpoint.at, endpoint.buffer, endpoint.sockets > 1);
    if (!bound) {
      shared_.report_failed(endpoint_, bound.error());
      loop_->call_after(kOpenAgain, [this] { open(); });
      return;
    }
    note_buffer(endpoint, bound->buffer);
    receiver_ = std::make_unique<net::DatagramReceiver>(std::move(bound->socket),
                                                        shared_.options.most_datagram);
    loop_->watch(receiver_->descriptor(), [this](bool readable, bool) {
      if (readable) receive();
    });
    loop_->want(receiver_->descriptor(), true, false);
    shared_.report_open(endpoint_);
    if (shared_.opened) shared_.opened(endpoint_, receiver_->port());
    watch_drops();
  }

  void note_buffer(const ListenEndpoint& endpoint, std::size_t granted) const {
    if (granted >= endpoint.buffer) return;
    Report report;
    report.kind = Report::Kind::notice;
    report.failure.code = "listen/small-buffer";
    report.failure.cause = endpoint.name + ": the system gives " + std::to_string(granted >> 10U) +
                           " KiB for arrived datagrams instead of " +
                           std::to_string(endpoint.buffer >> 10U) + " KiB";
    report.failure.consequence = "bursts are lost earlier";
    report.failure.next_step = "`sysctl -w net.core.rmem_max=" + std::to_string(endpoint.buffer) +
                               "`, and the same line in /etc/sysctl.d/ to keep it";
    shared_.services.status.report(shared_.options.connector, report);
  }

  void receive() {
    for (int turn = 0; turn < kTurns; ++turn) {
      if (commits_->full()) return pause();
      if (!take()) break;
    }
    commits_->added();
  }

  /// One call of the system; whether there may be more.
  bool take() {
    const auto& all = receiver_->receive();
    if (all.empty()) return false;
    const auto& wanted = admitted(all);
    protocol_->datagrams(endpoint_, wanted, commits_->batch());
    if (commits_->batch().bytes() >= kHandOver) commits_->added();
    return all.size() >= kFullCall;
  }

  /// Without what the allow-list and the limits keep out.
  const std::vector<net::Datagram>& admitted(const std::vector<net::Datagram>& all) {
    const auto& options = shared_.options;
    if (options.allow.empty() && options.bounds.messages_per_second_each == 0) return all;
    admitted_.clear();
    const Duration now = shared_.services.clock.steady();
    for (const auto& datagram : all) {
      if (!shared_.allowed(datagram.peer.address)) {
        shared_.counters->incident(kNotAllowed, 1, datagram.peer.address.text());
      } else if (limits_.charge(datagram.peer.address, 1, now) > Duration{0}) {
        shared_.counters->incident(kTooFast, 1, datagram.peer.address.text());
      } else {
        admitted_.push_back(datagram);
      }
    }
    return admitted_;
  }

  void pause() {
    if (paused_) return;
    paused_ = true;
    shared_.counters->paused();
    loop_->want(receiver_->descriptor(), false, false);
    commits_->await_room();
  }
  void resume() {
    if (!paused_ || receiver_ == nullptr) return;
    paused_ = false;
    loop_->want(receiver_->descriptor(), true, false);
  }

  void look_for_drops() {
    const std::uint64_t dropped = receiver_->dropped();
    shared_.counters->incident(kDropped, dropped - told_drops_,
                               shared_.options.endpoints[endpoint_].name);
    told_drops_ = dropped;
  }
  void watch_drops() {
    if (receiver_ == nullptr) return;
    look_for_drops();
    loop_->call_after(kLookForDrops, [this] { watch_drops(); });
  }

  static constexpr std::size_t kFullCall = 256;
  static constexpr std::uint64_t kHandOver = 1U << 20;

  const ListenShared& shared_;
  std::size_t endpoint_;
  std::unique_ptr<ListenProtocol> protocol_;
  std::shared_ptr<net::ReadyLoop> loop_;
  SenderLimits limits_;
  std::shared_ptr<ListenCommits> commits_;
  std::unique_ptr<net::DatagramReceiver> receiver_;
  std::vector<net::Datagram> admitted_;
  std::uint64_t told_drops_ = 0;
  bool paused_ = false;
  bool stopping_ = false;
};

}  // namespace

std::unique_ptr<ListenWork> make_datagram_work(const ListenShared& shared, std::size_t endpoint,
                                               std::unique_ptr<ListenProtocol> protocol,
                                               std::shared_ptr<net::ReadyLoop> loop) {
  return std::make_unique<DatagramWork>(shared, endpoint, std::move(protocol), std::move(loop));
}

}  // namespace cistern::runtime
