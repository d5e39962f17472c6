// A connection to a broker in the AMQP library's terms, for one thread; the library stays inside.
#pragma once

#include "net/amqp091/consumer.hpp"

#include <memory>
#include <optional>

namespace cistern::net::amqp091 {

class BrokerConnection {
 public:
  explicit BrokerConnection(const ConsumerSettings& settings);
  BrokerConnection(const BrokerConnection&) = delete;
  BrokerConnection& operator=(const BrokerConnection&) = delete;
  ~BrokerConnection();

  /// Connects, checks the certificate, logs in, finds the queue and begins to consume. Blocks, at
  /// most for about three times the connection's timeout. Nothing on success.
  std::optional<End> open(ConsumerOpened& opened);

  enum class Read : std::uint8_t {
    nothing,  ///< Nothing is there.
    part,     ///< Something that is of no interest yet.
    message,  ///< take_message() has it.
    depth,    ///< waiting() is new.
  };
  /// Takes the next frame, if one is there. Sends and checks heartbeats as well, so it is to be
  /// called at least twice in a heartbeat.
  tl::expected<Read, End> read();
  [[nodiscard]] Delivery take_message();
  [[nodiscard]] std::uint64_t waiting() const { return waiting_; }

  /// Of all messages up to the tag.
  std::optional<End> acknowledge(std::uint64_t tag);
  /// Asks how much waits; read() finds the answer.
  std::optional<End> ask_depth();
  /// Says that we live without reading, which the library by itself does not.
  std::optional<End> heartbeat();

  /// For poll(); -1 when not open.
  [[nodiscard]] int socket() const;
  /// As the broker agreed; 0: none.
  [[nodiscard]] Duration agreed_heartbeat() const;
  /// Takes leave, so that the broker has all acknowledgements.
  void leave();
  /// From any thread: ends whatever waits for the socket.
  void break_off();

 private:
  struct Library;
  std::optional<End> connect();
  std::optional<End> log_in();
  std::optional<End> open_channels(ConsumerOpened& opened);
  std::optional<End> reply_end(Phase phase);
  tl::expected<Read, End> take_method(std::uint32_t id, const void* decoded);

  const ConsumerSettings& settings_;
  const BrokerPlace place_;
  std::unique_ptr<Library> library_;
  MessageAssembler assembler_;
  std::optional<Delivery> message_;
  std::uint64_t waiting_ = 0;
  bool asked_depth_ = false;
};

}  // namespace cistern::net::amqp091
