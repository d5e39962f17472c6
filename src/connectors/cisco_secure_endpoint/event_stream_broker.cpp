#include "connectors/cisco_secure_endpoint/event_stream_broker.hpp"

#include "runtime/memory_budget.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

using net::amqp091::ConsumerEvents;
using net::amqp091::Delivery;
using net::amqp091::End;

/// A thread comes round twice in a heartbeat; connecting may take some seconds more.
constexpr Duration kHangs = std::chrono::minutes{3};

/// A batch whose bytes count against the program's memory until it is durable.
struct Accounted {
  Accounted(std::shared_ptr<const RecordBatch> kept, runtime::MemoryBudget& budget)
      : batch(std::move(kept)), hold(budget) {
    hold.resize(batch->storage.capacity() + batch->records.capacity() * sizeof(Record));
  }
  std::shared_ptr<const RecordBatch> batch;
  runtime::MemoryHold hold;
};

void account(std::vector<StreamGroup>& groups, runtime::MemoryBudget& budget) {
  for (StreamGroup& group : groups) {
    auto kept = std::make_shared<Accounted>(std::move(group.batch), budget);
    const RecordBatch* batch = kept->batch.get();
    group.batch = {std::move(kept), batch};
  }
}

Failure hanging(const std::string& connector) {
  return {.verdict = Verdict::retry,
          .code = "amqp/hangs",
          .cause = "the thread that reads the event stream of " + connector +
                   " has made no turn for three minutes",
          .consequence = "events come by asking each minute meanwhile",
          .next_step = "restart cistern, and report it with the log before this line"};
}

}  // namespace

EventStreamBroker::EventStreamBroker(std::string connector, std::string cloud, std::string ca_file,
                                     const runtime::Services& services)
    : connector_(std::move(connector)),
      cloud_(std::move(cloud)),
      ca_file_(std::move(ca_file)),
      services_(services) {}

void EventStreamBroker::on_loop(std::function<void(EventStreamBroker&)> task) {
  services_.loop.post([weak = weak_from_this(), task = std::move(task)] {
    if (const auto self = weak.lock()) task(*self);
  });
}

void EventStreamBroker::perform(BrokerOrders orders) {
  const auto current = sessions_.find(current_);
  if (current != sessions_.end()) {
    if (orders.acknowledge) current->second->acknowledge(*orders.acknowledge);
    if (orders.close) current->second->stop();
  }
  if (orders.close) current_ = 0;
  if (orders.open) open(std::move(*orders.open));
}

void EventStreamBroker::open(BrokerOrders::Opening opening) {
  BrokerLogin& login = opening.login;
  net::amqp091::ConsumerSettings settings;
  settings.host = std::move(login.host);
  settings.port = login.port;
  settings.user = std::move(login.user);
  settings.password = std::move(login.password);
  settings.queue = std::move(login.queue);
  settings.ca_file = ca_file_;
  current_ = opening.session;
  sessions_.emplace(opening.session,
                    net::amqp091::start_consumer(std::move(settings), events_of(opening.session),
                                                 services_.clock));
}

/// On the consumer's thread, which decodes; only then the loop hears of it.
ConsumerEvents EventStreamBroker::events_of(std::uint64_t session) {
  auto post = [weak = weak_from_this(),
               &loop = services_.loop](std::function<void(EventStreamBroker&)> task) {
    loop.post([weak, task = std::move(task)] {
      if (const auto self = weak.lock()) task(*self);
    });
  };
  ConsumerEvents out;
  out.opened = [post, session](const net::amqp091::ConsumerOpened& opened) {
    post([session, waiting = opened.waiting](EventStreamBroker& self) {
      if (session != self.current_) return;
      self.opened_ = true;
      ++self.facts_.openings;
      self.facts_.waiting = waiting;
      self.look();
      self.news_.opened(session);
    });
  };
  out.delivered = [post, session, cloud = cloud_,
                   &memory = services_.memory](std::vector<Delivery> messages) {
    std::uint64_t bytes = 0;
    for (const Delivery& message : messages)
      bytes += message.body.size() + message.cut;
    auto groups =
        std::make_shared<std::vector<StreamGroup>>(decode_messages(cloud, std::move(messages)));
    account(*groups, memory);
    post([session, bytes, groups](EventStreamBroker& self) {
      self.facts_.bytes += bytes;
      self.news_.messages(session, std::move(*groups));
    });
  };
  out.depth = [post](std::uint64_t waiting) {
    post([waiting](EventStreamBroker& self) { self.facts_.waiting = waiting; });
  };
  out.paused = [post] { post([](EventStreamBroker& self) { ++self.facts_.pauses; }); };
  out.ended = [post, session](const End& end) {
    post([session, end](EventStreamBroker& self) { self.ended(session, end); });
  };
  return out;
}

void EventStreamBroker::ended(std::uint64_t session, const End& end) {
  sessions_.erase(session);
  if (session == current_) {
    current_ = 0;
    opened_ = false;
    facts_.waiting.reset();
    if (!end.failure.code.empty()) services_.status.request_failed(connector_, end.failure.code);
    look();
    news_.ended(session, end);
  }
  if (stopped_ && sessions_.empty()) std::exchange(stopped_, nullptr)();
}

void EventStreamBroker::take_no_more() {
  for (const auto& [session, consumer] : sessions_)
    consumer->take_no_more();
}

void EventStreamBroker::stop(std::function<void()> done) {
  if (sessions_.empty()) return done();
  stopped_ = std::move(done);
  for (const auto& [session, consumer] : sessions_)
    consumer->stop();
}

void EventStreamBroker::look() {
  facts_.open = opened_ && current_ != 0 ? 1 : 0;
  services_.status.reading(connector_, facts_);
  const Duration now = services_.clock.steady();
  const bool hangs = std::any_of(sessions_.begin(), sessions_.end(), [&](const auto& entry) {
    return now - entry.second->last_turn() > kHangs;
  });
  if (hangs == hangs_) return;
  hangs_ = hangs;
  if (hangs) return services_.status.stalled(connector_, hanging(connector_));
  services_.status.moving(connector_);
}

}  // namespace cistern::connectors::cisco_secure_endpoint
