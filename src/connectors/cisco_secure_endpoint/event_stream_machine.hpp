// The decisions about the event stream, without I/O: when it is made at the vendor, consumed,
// acknowledged, looked for, made again.
//
// The stream is an addition to the REST interface, which goes on whatever happens here: what stands
// here is told as a notice and never makes the connector fail.
#pragma once

#include "base/backoff.hpp"
#include "base/poll.hpp"
#include "base/random.hpp"
#include "base/sealed.hpp"
#include "connectors/cisco_secure_endpoint/error_table.hpp"
#include "connectors/cisco_secure_endpoint/event_stream_decoder.hpp"
#include "connectors/cisco_secure_endpoint/event_stream_place.hpp"
#include "connectors/cisco_secure_endpoint/event_stream_wire.hpp"
#include "connectors/cisco_secure_endpoint/machine.hpp"
#include "net/amqp091/broker_end.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cistern::connectors::cisco_secure_endpoint {

struct EventStreamMachineOptions {
  std::string api_url;
  std::string name;  ///< Of the stream; digits are added to it.
  std::vector<std::uint64_t> types;
  std::vector<std::string> groups;
  bool recreate = true;
  Secret keys;  ///< What a later removal takes (event_stream_release.hpp).
};

struct BrokerLogin {
  std::string host;
  std::uint16_t port = 0;
  std::string user;
  Secret password;
  std::string queue;
};

/// What the broker and the REST machine are to be told; done in this order.
struct BrokerOrders {
  bool close = false;
  std::optional<std::uint64_t> acknowledge;  ///< A tag of the session that is open.
  struct Opening {
    std::uint64_t session = 0;  ///< Never used again.
    BrokerLogin login;
  };
  std::optional<Opening> open;
  std::optional<StreamState> state;
};

/// All calls come from one thread. After each call take_orders() says what the broker is to do.
class EventStreamMachine final : public PollMachine {
 public:
  /// `random` and `sealer` outlive it.
  EventStreamMachine(EventStreamMachineOptions options, Random& random, const Sealer& sealer);

  Step start(const Position& position, TimePoint now) override;
  Step on_grant(const Grant& grant, TimePoint now) override;
  Step on_reply(PollReply reply, TimePoint now) override;
  Step on_committed(std::uint64_t id, const Result<CommitResult>& result, TimePoint now) override;
  Step on_wake(TimePoint now) override;

  // What the broker has to say; of sessions that are over it is ignored.
  Step on_opened(std::uint64_t session, TimePoint now);
  Step on_messages(std::uint64_t session, std::vector<StreamGroup> groups, TimePoint now);
  Step on_ended(std::uint64_t session, const net::amqp091::End& end, TimePoint now);

  BrokerOrders take_orders() { return std::exchange(orders_, {}); }
  /// No message is on its way into the store.
  [[nodiscard]] bool settled() const { return under_way_ == 0; }

 private:
  enum class Phase : std::uint8_t {
    intending,   ///< The name of the stream to be made becomes durable.
    listing,     ///< Is a stream of that name left over?
    removing,    ///< One is, or the old one gives way.
    creating,    ///< Asked for.
    keeping,     ///< Made; password and place become durable.
    connecting,  ///< The broker is asked, or waited for.
    consuming,
    checking,  ///< The queue is gone or closed to us: does the stream still exist?
    given_up,  ///< It is gone, and not to be made again.
  };
  enum class Purpose : std::uint8_t { intent, keep, forget, messages, seen };
  struct Handed {
    Purpose purpose = Purpose::messages;
    std::uint64_t session = 0;
    std::uint64_t tag = 0;
  };

  // Making a stream.
  void begin(TimePoint now);
  void intend(TimePoint now);
  void ask_list();
  void ask_removal(std::uint64_t id);
  void ask_creation();
  void ask_existence();
  void take_list(const HttpResponse& response, TimePoint now);
  void take_removal(const HttpResponse& response, TimePoint now);
  void take_creation(const HttpResponse& response, TimePoint now);
  void take_existence(const HttpResponse& response, TimePoint now);
  void keep(CreatedStream created, TimePoint now);
  [[nodiscard]] Duration pause_before_making(TimePoint now) const;
  void refused(const HttpResponse& response, std::string_view what, TimePoint now);

  // Consuming it.
  void open_broker(TimePoint now);
  void close_broker();
  void commit_failed(Purpose purpose, TimePoint now);
  [[nodiscard]] static StateChange seen_now(TimePoint now);

  // Steps.
  void act(TimePoint now);
  void wait(Duration delay, TimePoint now);
  void wait_longer(TimePoint now) { wait(backoff_.delay(attempt_++, random_), now); }
  void ask(HttpRequest request);
  void commit(Purpose purpose, StateDelta state);
  void tell_flowing();
  void tell_away();
  void notice(Failure failure);
  void notice_over();
  Step finish();

  [[nodiscard]] std::string wanted() const;

  const EventStreamMachineOptions options_;
  Random& random_;
  const Sealer& sealer_;
  const Backoff backoff_{.first = std::chrono::seconds{3}, .most = std::chrono::minutes{5}};

  Phase phase_ = Phase::intending;
  StreamPlace place_;
  std::uint64_t leftover_ = 0;  ///< The stream to be removed.
  std::optional<std::uint64_t> request_;
  std::uint64_t next_request_ = 1;
  unsigned attempt_ = 0;
  net::amqp091::EndKind last_end_ = net::amqp091::EndKind::broken;
  unsigned missing_ = 0;  ///< Times that the queue was gone although the stream exists.
  unsigned made_ = 0;     ///< Streams made since the start.
  TimePoint made_at_{};

  std::uint64_t session_ = 0;
  bool open_ = false;  ///< The broker has been asked for `session_`, and has not ended it.
  std::shared_ptr<CommitChain> chain_;
  std::uint64_t next_commit_ = 1;
  std::map<std::uint64_t, Handed> commits_;
  std::size_t under_way_ = 0;  ///< Commits with messages.

  std::optional<TimePoint> retry_at_;
  std::string told_;  ///< The notice that stands; empty: none.
  std::optional<StreamState> state_;
  Step step_;
  BrokerOrders orders_;
};

}  // namespace cistern::connectors::cisco_secure_endpoint
