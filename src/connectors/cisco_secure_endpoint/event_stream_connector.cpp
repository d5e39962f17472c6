#include "connectors/cisco_secure_endpoint/event_stream_connector.hpp"

#include "connectors/cisco_secure_endpoint/event_stream_broker.hpp"

#include <optional>
#include <utility>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

constexpr Duration kLook = std::chrono::seconds{5};
/// At the end, for what is on its way into the store.
constexpr Duration kSettleLook = std::chrono::milliseconds{20};
constexpr Duration kSettleAtMost = std::chrono::seconds{3};

/// The stream's machine as its driver sees it: after each call the broker gets its orders.
class MachineWithBroker final : public PollMachine {
 public:
  using Perform = std::function<void(BrokerOrders)>;
  MachineWithBroker(EventStreamMachineOptions options, Random& random, const Sealer& sealer,
                    Perform perform)
      : machine_(std::move(options), random, sealer), perform_(std::move(perform)) {}

  Step start(const Position& position, TimePoint now) override {
    return done(machine_.start(position, now));
  }
  Step on_grant(const Grant& grant, TimePoint now) override {
    return done(machine_.on_grant(grant, now));
  }
  Step on_reply(PollReply reply, TimePoint now) override {
    return done(machine_.on_reply(std::move(reply), now));
  }
  Step on_committed(std::uint64_t id, const Result<CommitResult>& result, TimePoint now) override {
    return done(machine_.on_committed(id, result, now));
  }
  Step on_wake(TimePoint now) override { return done(machine_.on_wake(now)); }

  Step on_opened(std::uint64_t session, TimePoint now) {
    return done(machine_.on_opened(session, now));
  }
  Step on_messages(std::uint64_t session, std::vector<StreamGroup> groups, TimePoint now) {
    return done(machine_.on_messages(session, std::move(groups), now));
  }
  Step on_ended(std::uint64_t session, const net::amqp091::End& end, TimePoint now) {
    return done(machine_.on_ended(session, end, now));
  }
  [[nodiscard]] bool settled() const { return machine_.settled(); }

 private:
  Step done(Step step) {
    perform_(machine_.take_orders());
    return step;
  }

  EventStreamMachine machine_;
  Perform perform_;
};

class EventStreamConnector final : public runtime::Connector {
 public:
  EventStreamConnector(EventStreamParts parts, std::unique_ptr<runtime::PollConnector> polling,
                       RestMachine& rest, const runtime::Services& services)
      : services_(services),
        polling_(std::move(polling)),
        rest_(rest),
        broker_(std::make_shared<EventStreamBroker>(parts.connector, parts.identity_host,
                                                    parts.settings.ca_file, services)) {
    auto machine = std::make_unique<MachineWithBroker>(
        EventStreamMachineOptions{.api_url = parts.api_url,
                                  .name = parts.settings.name,
                                  .types = parts.settings.types,
                                  .groups = parts.settings.groups,
                                  .recreate = parts.settings.recreate,
                                  .keys = std::move(parts.keys)},
        services.random, *services.sealer,
        [this](BrokerOrders orders) { perform(std::move(orders)); });
    machine_ = machine.get();
    runtime::PollDriverOptions driver;
    driver.connector = parts.connector;
    driver.max_parallel = 1;
    driver.budget = parts.budget;
    driver.requests_per_minute = parts.requests_per_minute;
    streaming_ =
        runtime::make_poll_connector(std::move(driver), std::move(machine),
                                     std::move(parts.authorizer), std::move(parts.http), services);
    listen();
  }
  EventStreamConnector(const EventStreamConnector&) = delete;
  EventStreamConnector& operator=(const EventStreamConnector&) = delete;
  ~EventStreamConnector() override { forget_timer(); }

  void start() override {
    polling_->start();
    streaming_->start();
    look();
  }

  void stop(std::function<void()> stopped) override {
    stopped_.push_back(std::move(stopped));
    if (std::exchange(stopping_, true)) return;
    forget_timer();
    broker_->take_no_more();
    settle_until_ = services_.clock.steady() + kSettleAtMost;
    settle();
  }

 private:
  void listen() {
    BrokerNews news;
    news.opened = [this](std::uint64_t session) {
      streaming_->consult([this, session](PollMachine&, TimePoint now) {
        return machine_->on_opened(session, now);
      });
    };
    news.messages = [this](std::uint64_t session, std::vector<StreamGroup> groups) {
      streaming_->consult([this, session, &groups](PollMachine&, TimePoint now) {
        return machine_->on_messages(session, std::move(groups), now);
      });
    };
    news.ended = [this](std::uint64_t session, const net::amqp091::End& end) {
      streaming_->consult([this, session, &end](PollMachine&, TimePoint now) {
        return machine_->on_ended(session, end, now);
      });
    };
    broker_->listen(std::move(news));
  }

  void perform(BrokerOrders orders) {
    const auto state = orders.state;
    if (stopping_) orders.open.reset();
    broker_->perform(std::move(orders));
    if (!state || stopping_) return;
    polling_->consult(
        [this, &state](PollMachine&, TimePoint now) { return rest_.on_stream_state(*state, now); });
  }

  void look() {
    broker_->look();
    timer_ = services_.loop.call_after(kLook, [this] { look(); });
  }

  /// What the broker has handed out becomes durable and is acknowledged before we take leave.
  void settle() {
    if (!machine_->settled() && services_.clock.steady() < settle_until_) {
      timer_ = services_.loop.call_after(kSettleLook, [this] { settle(); });
      return;
    }
    timer_.reset();
    broker_->stop([this] { streaming_->stop([this] { polling_->stop([this] { ended(); }); }); });
  }

  void ended() {
    // The first callback may destroy this.
    const auto callbacks = std::exchange(stopped_, {});
    for (const auto& callback : callbacks)
      callback();
  }

  void forget_timer() {
    if (timer_) services_.loop.cancel(*std::exchange(timer_, std::nullopt));
  }

  const runtime::Services services_;
  std::unique_ptr<runtime::PollConnector> polling_;
  RestMachine& rest_;  // Of polling_.
  std::shared_ptr<EventStreamBroker> broker_;
  MachineWithBroker* machine_ = nullptr;  // Of streaming_.
  std::unique_ptr<runtime::PollConnector> streaming_;
  std::optional<Loop::TimerId> timer_;
  bool stopping_ = false;
  Duration settle_until_{0};
  std::vector<std::function<void()>> stopped_;
};

}  // namespace

std::unique_ptr<runtime::Connector> make_event_stream_connector(
    EventStreamParts parts, std::unique_ptr<runtime::PollConnector> polling, RestMachine& rest,
    const runtime::Services& services) {
  return std::make_unique<EventStreamConnector>(std::move(parts), std::move(polling), rest,
                                                services);
}

}  // namespace cistern::connectors::cisco_secure_endpoint
