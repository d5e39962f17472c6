// The broker's side of the event stream: performs the orders of the stream's machine, and brings
// its news from the consumers' threads to the loop.
#pragma once

#include "base/executor.hpp"
#include "connectors/cisco_secure_endpoint/event_stream_machine.hpp"
#include "net/amqp091/consumer.hpp"
#include "runtime/services.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace cistern::connectors::cisco_secure_endpoint {

/// What is told of a session, on the loop.
struct BrokerNews {
  std::function<void(std::uint64_t session)> opened;
  std::function<void(std::uint64_t session, std::vector<StreamGroup> groups)> messages;
  std::function<void(std::uint64_t session, const net::amqp091::End& end)> ended;
};

/// Lives on the loop. A session that was closed lives on until its thread has ended.
class EventStreamBroker final : public std::enable_shared_from_this<EventStreamBroker> {
 public:
  EventStreamBroker(std::string connector, std::string cloud, std::string ca_file,
                    const runtime::Services& services);
  EventStreamBroker(const EventStreamBroker&) = delete;
  EventStreamBroker& operator=(const EventStreamBroker&) = delete;

  void listen(BrokerNews news) { news_ = std::move(news); }
  void perform(BrokerOrders orders);
  /// Nothing more is taken; acknowledgements still go out.
  void take_no_more();
  /// Ends all sessions; calls `done` when their threads have.
  void stop(std::function<void()> done);
  /// Tells the status board what is open and read, and whether a thread hangs.
  void look();

 private:
  void open(BrokerOrders::Opening opening);
  [[nodiscard]] net::amqp091::ConsumerEvents events_of(std::uint64_t session);
  void on_loop(std::function<void(EventStreamBroker&)> task);
  void ended(std::uint64_t session, const net::amqp091::End& end);

  const std::string connector_;
  const std::string cloud_;
  const std::string ca_file_;
  const runtime::Services services_;
  BrokerNews news_;
  std::map<std::uint64_t, std::unique_ptr<net::amqp091::Consumer>> sessions_;
  std::uint64_t current_ = 0;  ///< The session that acknowledgements belong to; 0: none.
  runtime::StreamFacts facts_;
  bool opened_ = false;
  bool hangs_ = false;
  std::function<void()> stopped_;
};

}  // namespace cistern::connectors::cisco_secure_endpoint
