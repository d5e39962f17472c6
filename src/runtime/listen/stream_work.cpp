// Receives on connections: TCP and TLS.
#include "runtime/listen/listen_thread.hpp"
#include "runtime/listen/stream_connection.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace cistern::runtime {
namespace {

constexpr int kAcceptsOfTurn = 64;
constexpr int kLastReads = 64;  // Turns for what has arrived on a connection before the end.
constexpr Duration kSweepEvery = std::chrono::seconds{1};
constexpr Duration kFarewell = std::chrono::seconds{2};

constexpr ListenIncident kNotAllowed{
    .reason = "not_allowed",
    .what = "datagrams or connections came from addresses that `allow` does not name",
    .consequence = "they are thrown away",
    .next_step = "add the sender to `allow` if it is one of yours"};
constexpr ListenIncident kTooMany{
    .reason = "too_many_connections",
    .what = "connections were refused because `max_connections` are open",
    .consequence = "these senders cannot deliver",
    .next_step = "raise `max_connections`, or shorten `idle_timeout`"};
constexpr ListenIncident kTooManyOfSender{
    .reason = "too_many_connections_of_sender",
    .what = "connections were refused because their sender has `max_connections_per_sender` open",
    .consequence = "the sender cannot deliver over these",
    .next_step = "raise `max_connections_per_sender` if many devices share an address"};
constexpr ListenIncident kHandshake{
    .reason = "tls_handshake",
    .what = "TLS handshakes failed",
    .consequence = "nothing was received on these connections",
    .next_step =
        "check that the sender speaks TLS 1.2 or newer, trusts the certificate, and shows "
        "one of `client_ca` where that is set"};
constexpr ListenIncident kIdle{.reason = "idle",
                               .what = "connections were closed after `idle_timeout` of silence",
                               .consequence = {},
                               .next_step = "raise `idle_timeout` if senders are usually so quiet"};
constexpr ListenIncident kSlowReader{
    .reason = "slow_reader",
    .what = "connections were closed because the sender does not read its acknowledgements",
    .consequence = "it will send what was not acknowledged again",
    .next_step = "look at the sender"};
constexpr ListenIncident kAccept{.reason = "accept",
                                 .what = "connections could not be taken",
                                 .consequence = "senders wait",
                                 .next_step = "raise the limit of open files (`LimitNOFILE=`)"};

class StreamWork final : public ListenWork {
 public:
  StreamWork(const ListenShared& shared, std::vector<std::size_t> endpoints,
             std::unique_ptr<ListenProtocol> protocol, std::shared_ptr<net::ReadyLoop> loop)
      : shared_(shared),
        endpoints_(std::move(endpoints)),
        protocol_(std::move(protocol)),
        loop_(std::move(loop)),
        limits_(shared.options.bounds),
        commits_(std::make_shared<ListenCommits>(
            ListenCommitOptions{.connector = shared.options.connector,
                                .max_unstored = shared.options.max_unstored},
            shared.services, loop_)) {
    commits_->on_room([this] { resume(); });
  }

  void start() override {
    for (const std::size_t endpoint : endpoints_)
      open(endpoint);
    sweep();
  }

  void stop(std::function<void()> ended) override {
    stopping_ = true;
    for (const auto& listener : listeners_)
      loop_->forget(listener.get());
    listeners_.clear();
    for (auto& [number, connection] : connections_) {
      if (connection->is_open()) drain(*connection);
    }
    commits_->finish([this, ended = std::move(ended)]() mutable { farewell(std::move(ended)); });
  }

 private:
  using Connections = std::unordered_map<std::uint64_t, std::shared_ptr<StreamConnection>>;

  // ---- taking connections ----

  void open(std::size_t endpoint) {
    if (stopping_) return;
    auto listener = net::listen_stream(shared_.options.endpoints[endpoint].at);
    if (!listener) {
      shared_.report_failed(endpoint, listener.error());
      loop_->call_after(kOpenAgain, [this, endpoint] { open(endpoint); });
      return;
    }
    listeners_.push_back(std::move(*listener));
    const int descriptor = listeners_.back().get();
    const std::uint16_t port = net::bound_port(listeners_.back());
    loop_->watch(descriptor,
                 [this, endpoint, descriptor](bool, bool) { accept(endpoint, descriptor); });
    loop_->want(descriptor, true, false);
    shared_.report_open(endpoint);
    if (shared_.opened) shared_.opened(endpoint, port);
  }

  void accept(std::size_t endpoint, int descriptor) {
    const auto listener =
        std::find_if(listeners_.begin(), listeners_.end(),
                     [&](const net::Descriptor& known) { return known.get() == descriptor; });
    if (listener == listeners_.end()) return;
    for (int i = 0; i < kAcceptsOfTurn; ++i) {
      auto accepted = net::accept_stream(*listener);
      if (!accepted) {
        shared_.counters->incident(kAccept, 1, accepted.error().cause);
        // The system goes on reporting the connection that waits; a rest spares the processor.
        loop_->want(descriptor, false, false);
        loop_->call_after(kSweepEvery,
                          [this, descriptor] { loop_->want(descriptor, true, false); });
        return;
      }
      if (!*accepted) return;
      admit(endpoint, std::move(**accepted));
    }
  }

  void admit(std::size_t endpoint, net::Accepted accepted) {
    const net::IpAddress& from = accepted.peer.address;
    if (!shared_.allowed(from)) return shared_.counters->incident(kNotAllowed, 1, from.text());
    switch (limits_.connect(from)) {
      case SenderLimits::Verdict::too_many:
        return shared_.counters->incident(kTooMany, 1, from.text());
      case SenderLimits::Verdict::too_many_of_sender:
        return shared_.counters->incident(kTooManyOfSender, 1, from.text());
      case SenderLimits::Verdict::taken:
        break;
    }
    const auto& tls = shared_.options.endpoints[endpoint].tls;
    auto stream = tls != nullptr ? tls->serve(std::move(accepted.socket))
                                 : net::make_plain_stream(std::move(accepted.socket));
    const std::uint64_t number = ++last_;
    auto connection = std::make_shared<StreamConnection>(std::move(stream), endpoint, accepted.peer,
                                                         shared_.options.most_pending);
    connection->last_active = now();
    const int descriptor = connection->stream().descriptor();
    connections_.emplace(number, std::move(connection));
    shared_.counters->accepted();
    loop_->watch(descriptor, [this, number](bool readable, bool) { ready(number, readable); });
    ready(number, true);
  }

  // ---- a connection's turn ----

  void ready(std::uint64_t number, bool readable) {
    const auto found = connections_.find(number);
    if (found == connections_.end()) return;
    // Kept, because its end may come inside.
    const auto connection = found->second;
    if (!connection->is_open() && !shake_hands(number, *connection)) return;
    if (!flush(number, *connection)) return;
    if (readable && !paused_ && !connection->held_back) read(number, *connection);
    // It may have decided to end what it cannot follow.
    if (connections_.contains(number) && flush(number, *connection)) want(*connection);
  }

  bool shake_hands(std::uint64_t number, StreamConnection& connection) {
    const auto shaken = connection.shake_hands();
    if (!shaken) {
      shared_.counters->incident(kHandshake, 1,
                                 connection.sender().address.text() + ": " + shaken.error().cause);
      remove(number);
      return false;
    }
    if (!*shaken) {
      want(connection);
      return false;
    }
    const auto weak = std::weak_ptr{connections_.at(number)};
    ListenPeer peer{.endpoint = connection.endpoint(),
                    .sender = connection.sender(),
                    .certificate = connection.stream().certificate_name(),
                    .write =
                        [this, number, weak](std::string_view bytes) {
                          const auto to = weak.lock();
                          if (to == nullptr) return;
                          to->write(bytes);
                          written_.push_back(number);
                          flush_later();
                        },
                    .close =
                        [this, number, weak] {
                          const auto to = weak.lock();
                          if (to == nullptr) return;
                          to->close_after_writing();
                          written_.push_back(number);
                          flush_later();
                        }};
    connection.open(protocol_->open(std::move(peer)));
    connection.last_active = now();
    return true;
  }

  void read(std::uint64_t number, StreamConnection& connection) {
    ListenBatch& batch = commits_->batch();
    const std::size_t before = batch.records().size();
    const auto turn = connection.read(batch);
    const std::size_t records = batch.records().size() - before;
    connection.last_active = now();
    if (turn == StreamConnection::Turn::ended) {
      connection.end(batch);
      if (connection.owes_answers()) {
        hear_out(number, connection);
      } else {
        remove(number);
      }
    } else {
      charge(number, connection, records);
      // What TLS holds is not reported by the system.
      if (turn == StreamConnection::Turn::more && connection.stream().holds_bytes())
        loop_->post([this, number] { ready(number, true); });
    }
    commits_->added();
    if (commits_->full()) pause();
  }

  /// The peer says nothing more and waits for what it is owed.
  void hear_out(std::uint64_t number, StreamConnection& connection) {
    want(connection);
    commits_->batch().when_durable([this, number](bool) {
      const auto found = connections_.find(number);
      if (found == connections_.end()) return;
      const auto still = found->second;
      still->close_after_writing();
      if (flush(number, *still)) want(*still);
    });
  }

  void charge(std::uint64_t number, StreamConnection& connection, std::size_t records) {
    const Duration wait = limits_.charge(connection.sender().address, records, now());
    if (wait <= Duration{0}) return;
    connection.held_back = true;
    loop_->call_after(wait, [this, number] {
      const auto found = connections_.find(number);
      if (found == connections_.end()) return;
      found->second->held_back = false;
      ready(number, true);
    });
  }

  bool flush(std::uint64_t number, StreamConnection& connection) {
    if (connection.overdrawn()) {
      shared_.counters->incident(kSlowReader, 1, connection.sender().address.text());
    } else if (connection.flush()) {
      return true;
    }
    connection.end(commits_->batch());
    commits_->added();
    remove(number);
    return false;
  }

  /// Sessions write from inside calls that go on afterwards, so the sending waits for their end.
  void flush_later() {
    if (written_.size() > 1) return;
    loop_->post([this] {
      for (const std::uint64_t number : std::exchange(written_, {})) {
        const auto found = connections_.find(number);
        if (found == connections_.end()) continue;
        const auto connection = found->second;
        if (flush(number, *connection)) want(*connection);
      }
    });
  }

  void want(StreamConnection& connection) {
    const bool may_read = connection.wants_read() && !paused_ && !connection.held_back;
    loop_->want(connection.stream().descriptor(), may_read || !connection.is_open(),
                connection.wants_write());
  }

  void remove(std::uint64_t number) {
    const auto found = connections_.find(number);
    if (found == connections_.end()) return;
    const auto connection = found->second;
    loop_->forget(connection->stream().descriptor());
    connection->stream().close();
    limits_.disconnect(connection->sender().address);
    shared_.counters->closed();
    connections_.erase(found);
  }

  // ---- all of them ----

  void pause() {
    if (paused_) return;
    paused_ = true;
    shared_.counters->paused();
    for (auto& [number, connection] : connections_)
      want(*connection);
    commits_->await_room();
  }

  void resume() {
    if (!paused_ || stopping_) return;
    paused_ = false;
    std::vector<std::uint64_t> holding;
    for (auto& [number, connection] : connections_) {
      want(*connection);
      if (connection->is_open() && connection->stream().holds_bytes()) holding.push_back(number);
    }
    for (const std::uint64_t number : holding)
      ready(number, true);
  }

  /// Ends connections that were silent for too long. While nothing is read, silence is ours.
  void sweep() {
    if (stopping_) return;
    const Duration steady = now();
    std::vector<std::uint64_t> silent;
    for (auto& [number, connection] : connections_) {
      if (paused_ || connection->held_back) connection->last_active = steady;
      const Duration limit =
          connection->is_open() ? shared_.options.idle_limit : shared_.options.handshake_limit;
      if (limit > Duration{0} && steady - connection->last_active > limit) silent.push_back(number);
    }
    for (const std::uint64_t number : silent) {
      const auto connection = connections_.at(number);
      shared_.counters->incident(connection->is_open() ? kIdle : kHandshake, 1,
                                 connection->sender().address.text());
      connection->end(commits_->batch());
      remove(number);
    }
    commits_->added();
    loop_->call_after(kSweepEvery, [this] { sweep(); });
  }

  void drain(StreamConnection& connection) {
    for (int turn = 0; turn < kLastReads && !commits_->full(); ++turn) {
      const auto what = connection.read(commits_->batch());
      commits_->added();
      if (what != StreamConnection::Turn::more) break;
    }
    connection.end(commits_->batch());
    commits_->added();
  }

  /// Acknowledgements go out, as far as the peers take them at once or soon.
  void farewell(std::function<void()> ended) {
    std::vector<std::uint64_t> done;
    for (auto& [number, connection] : connections_) {
      if (!connection->flush() || !connection->wants_write()) done.push_back(number);
    }
    for (const std::uint64_t number : done)
      remove(number);
    if (connections_.empty() || farewells_++ * kFarewellStep >= kFarewell) {
      while (!connections_.empty())
        remove(connections_.begin()->first);
      ended();
      return;
    }
    loop_->call_after(kFarewellStep,
                      [this, ended = std::move(ended)]() mutable { farewell(std::move(ended)); });
  }

  [[nodiscard]] Duration now() const { return shared_.services.clock.steady(); }

  static constexpr Duration kFarewellStep = std::chrono::milliseconds{50};

  const ListenShared& shared_;
  std::vector<std::size_t> endpoints_;
  std::unique_ptr<ListenProtocol> protocol_;
  std::shared_ptr<net::ReadyLoop> loop_;
  SenderLimits limits_;
  std::shared_ptr<ListenCommits> commits_;
  std::vector<net::Descriptor> listeners_;
  Connections connections_;
  std::vector<std::uint64_t> written_;
  std::uint64_t last_ = 0;
  int farewells_ = 0;
  bool paused_ = false;
  bool stopping_ = false;
};

}  // namespace

std::unique_ptr<ListenWork> make_stream_work(const ListenShared& shared,
                                             std::vector<std::size_t> endpoints,
                                             std::unique_ptr<ListenProtocol> protocol,
                                             std::shared_ptr<net::ReadyLoop> loop) {
  return std::make_unique<StreamWork>(shared, std::move(endpoints), std::move(protocol),
                                      std::move(loop));
}

}  // namespace cistern::runtime
