#include "net/amqp091/broker_connection.hpp"

#include "base/bytes.hpp"

#include <mutex>
#include <utility>

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace cistern::net::amqp091 {
namespace {

constexpr amqp_channel_t kConsuming = 1;
constexpr amqp_channel_t kAsking = 2;
constexpr int kMostFrame = 128 * 1024;
constexpr std::size_t kMostServerName = 64;
/// For the farewell: nothing is lost without it.
constexpr timeval kFarewell{.tv_sec = 2, .tv_usec = 0};

timeval timeval_of(Duration duration) {
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  return {.tv_sec = whole / 1'000'000, .tv_usec = whole % 1'000'000};
}

std::string_view view_of(amqp_bytes_t bytes) {
  return {static_cast<const char*>(bytes.bytes), bytes.len};
}

amqp_bytes_t bytes_of(const std::string& text) {
  return amqp_cstring_bytes(text.c_str());
}

const amqp_field_value_t* find(const amqp_table_t* table, std::string_view name) {
  for (int i = 0; table != nullptr && i < table->num_entries; ++i) {
    if (view_of(table->entries[i].key) == name) return &table->entries[i].value;
  }
  return nullptr;
}

std::string text_in(const amqp_table_t* table, std::string_view name) {
  const auto* value = find(table, name);
  if (value == nullptr || value->kind != AMQP_FIELD_KIND_UTF8) return {};
  return excerpt(view_of(value->value.bytes), kMostServerName);
}

BrokerPlace place_of(const ConsumerSettings& settings) {
  return {.host = settings.host,
          .port = settings.port,
          .queue = settings.queue,
          .user = settings.user,
          .ca_file = settings.ca_file};
}

}  // namespace

struct BrokerConnection::Library {
  amqp_connection_state_t state = amqp_new_connection();
  mutable std::mutex mutex;  ///< For the socket's number, which another thread may break off.
  int socket = -1;

  void set_socket(int number) {
    const std::lock_guard lock(mutex);
    socket = number;
  }
};

BrokerConnection::BrokerConnection(const ConsumerSettings& settings)
    : settings_(settings),
      place_(place_of(settings)),
      library_(std::make_unique<Library>()),
      assembler_(settings.most_body) {}

BrokerConnection::~BrokerConnection() {
  library_->set_socket(-1);
  if (library_->state != nullptr) amqp_destroy_connection(library_->state);
}

int BrokerConnection::socket() const {
  return amqp_get_sockfd(library_->state);
}

Duration BrokerConnection::agreed_heartbeat() const {
  return std::chrono::seconds{amqp_get_heartbeat(library_->state)};
}

void BrokerConnection::break_off() {
  const std::lock_guard lock(library_->mutex);
  if (library_->socket >= 0) ::shutdown(library_->socket, SHUT_RDWR);
}

// ---- opening ----

std::optional<End> BrokerConnection::open(ConsumerOpened& opened) {
  if (library_->state == nullptr)
    return end_of_status(AMQP_STATUS_NO_MEMORY, Phase::connecting, place_);
  if (auto end = connect()) return end;
  if (auto end = log_in()) return end;
  return open_channels(opened);
}

std::optional<End> BrokerConnection::connect() {
  const auto failed = [this](int status) {
    return end_of_status(status, Phase::connecting, place_);
  };
  amqp_socket_t* const socket = amqp_ssl_socket_new(library_->state);
  if (socket == nullptr) return failed(AMQP_STATUS_NO_MEMORY);
  // The library loads no authorities by itself, and would then trust nobody.
  auto* const context = static_cast<SSL_CTX*>(amqp_ssl_socket_get_context(socket));
  if (settings_.ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1) return failed(AMQP_STATUS_SSL_ERROR);
  } else if (amqp_ssl_socket_set_cacert(socket, settings_.ca_file.c_str()) != AMQP_STATUS_OK) {
    End end = failed(AMQP_STATUS_SSL_PEER_VERIFY_FAILED);
    end.failure.code = "amqp/ca-file";
    end.failure.cause = settings_.ca_file + " holds no certificates that can be read";
    end.failure.next_step =
        "name a PEM file with the authority's certificate, and let the user "
        "that runs cistern read it";
    return end;
  }
  amqp_ssl_socket_set_verify_peer(socket, 1);
  amqp_ssl_socket_set_verify_hostname(socket, 1);
  // The library's own least version is 1.0.
  amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST);
  const timeval limit = timeval_of(settings_.connect_timeout);
  amqp_set_handshake_timeout(library_->state, &limit);
  amqp_set_rpc_timeout(library_->state, &limit);
  const int status =
      amqp_socket_open_noblock(socket, settings_.host.c_str(), settings_.port, &limit);
  if (status != AMQP_STATUS_OK) return failed(status);
  library_->set_socket(amqp_get_sockfd(library_->state));
  return std::nullopt;
}

/// Without consumer_cancel_notify the broker deletes a queue without a word to its consumers, and
/// they wait for ever. The library does not announce it by itself.
std::optional<End> BrokerConnection::log_in() {
  amqp_table_entry_t capability{};
  capability.key = amqp_cstring_bytes("consumer_cancel_notify");
  capability.value.kind = AMQP_FIELD_KIND_BOOLEAN;
  capability.value.value.boolean = 1;
  amqp_table_entry_t properties[2]{};
  properties[0].key = amqp_cstring_bytes("capabilities");
  properties[0].value.kind = AMQP_FIELD_KIND_TABLE;
  properties[0].value.value.table = {.num_entries = 1, .entries = &capability};
  properties[1].key = amqp_cstring_bytes("product");
  properties[1].value.kind = AMQP_FIELD_KIND_UTF8;
  properties[1].value.value.bytes = amqp_cstring_bytes("cistern");
  const amqp_table_t table{.num_entries = 2, .entries = properties};
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(settings_.heartbeat).count();
  const auto reply = settings_.password.use([&](std::string_view password) {
    return amqp_login_with_properties(library_->state, settings_.virtual_host.c_str(), 0,
                                      kMostFrame, static_cast<int>(seconds), &table,
                                      AMQP_SASL_METHOD_PLAIN, settings_.user.c_str(),
                                      // The text of a Secret is that of a std::string, which ends
                                      // with a null byte.
                                      password.data());
  });
  if (reply.reply_type == AMQP_RESPONSE_NORMAL) return std::nullopt;
  if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION)
    return end_of_status(reply.library_error, Phase::login, place_);
  if (reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
    const auto* close = static_cast<const amqp_connection_close_t*>(reply.reply.decoded);
    return end_of_connection(close->reply_code, view_of(close->reply_text), Phase::login, place_);
  }
  return end_of_nonsense("an unknown answer to the login", place_);
}

std::optional<End> BrokerConnection::reply_end(Phase phase) {
  const auto reply = amqp_get_rpc_reply(library_->state);
  if (reply.reply_type == AMQP_RESPONSE_NORMAL) return std::nullopt;
  if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION)
    return end_of_status(reply.library_error, phase, place_);
  if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
    const auto* close = static_cast<const amqp_channel_close_t*>(reply.reply.decoded);
    return end_of_channel(close->reply_code, view_of(close->reply_text), place_);
  }
  if (reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
    const auto* close = static_cast<const amqp_connection_close_t*>(reply.reply.decoded);
    return end_of_connection(close->reply_code, view_of(close->reply_text), phase, place_);
  }
  return end_of_nonsense("an unknown answer", place_);
}

std::optional<End> BrokerConnection::open_channels(ConsumerOpened& opened) {
  const auto state = library_->state;
  for (const auto channel : {kConsuming, kAsking}) {
    amqp_channel_open(state, channel);
    if (auto end = reply_end(Phase::opening)) return end;
  }
  // Passive: the queue is the vendor's, and only looked for.
  const auto* queue = amqp_queue_declare(state, kConsuming, bytes_of(settings_.queue), 1, 1, 0, 0,
                                         amqp_empty_table);
  if (auto end = reply_end(Phase::opening)) return end;
  if (queue == nullptr) return end_of_nonsense("no answer about the queue", place_);
  opened.waiting = queue->message_count;
  opened.consumers = queue->consumer_count;
  amqp_basic_qos(state, kConsuming, 0, settings_.prefetch, 0);
  if (auto end = reply_end(Phase::opening)) return end;
  amqp_basic_consume(state, kConsuming, bytes_of(settings_.queue), amqp_empty_bytes, 0, 0, 0,
                     amqp_empty_table);
  if (auto end = reply_end(Phase::opening)) return end;
  const auto* server = amqp_get_server_properties(state);
  opened.server = text_in(server, "product") + " " + text_in(server, "version");
  return std::nullopt;
}

// ---- consuming ----

tl::expected<BrokerConnection::Read, End> BrokerConnection::read() {
  amqp_maybe_release_buffers(library_->state);
  amqp_frame_t frame{};
  constexpr timeval kNow{.tv_sec = 0, .tv_usec = 0};
  const int status = amqp_simple_wait_frame_noblock(library_->state, &frame, &kNow);
  if (status == AMQP_STATUS_TIMEOUT) return Read::nothing;
  if (status != AMQP_STATUS_OK)
    return tl::unexpected(end_of_status(status, Phase::consuming, place_));
  const auto nonsense = [this](std::string_view what) {
    return tl::unexpected(end_of_nonsense(what, place_));
  };
  switch (frame.frame_type) {
    case AMQP_FRAME_HEARTBEAT:
      return Read::part;
    case AMQP_FRAME_METHOD:
      return take_method(frame.payload.method.id, frame.payload.method.decoded);
    case AMQP_FRAME_HEADER:
      if (!assembler_.header(frame.payload.properties.body_size))
        return nonsense("a header without its message");
      break;
    case AMQP_FRAME_BODY:
      if (!assembler_.body(view_of(frame.payload.body_fragment)))
        return nonsense("a body that belongs to no message, or is longer than it said");
      break;
    default:
      return nonsense("an unknown kind of frame");
  }
  message_ = assembler_.take();
  return message_ ? Read::message : Read::part;
}

tl::expected<BrokerConnection::Read, End> BrokerConnection::take_method(std::uint32_t id,
                                                                        const void* decoded) {
  switch (id) {
    case AMQP_BASIC_DELIVER_METHOD: {
      const auto* deliver = static_cast<const amqp_basic_deliver_t*>(decoded);
      if (!assembler_.deliver(deliver->delivery_tag, deliver->redelivered != 0))
        return tl::unexpected(end_of_nonsense("a message within another", place_));
      return Read::part;
    }
    case AMQP_QUEUE_DECLARE_OK_METHOD:
      waiting_ = static_cast<const amqp_queue_declare_ok_t*>(decoded)->message_count;
      asked_depth_ = false;
      return Read::depth;
    case AMQP_BASIC_CANCEL_METHOD:
      return tl::unexpected(end_of_cancel(place_));
    case AMQP_CHANNEL_CLOSE_METHOD: {
      const auto* close = static_cast<const amqp_channel_close_t*>(decoded);
      return tl::unexpected(end_of_channel(close->reply_code, view_of(close->reply_text), place_));
    }
    case AMQP_CONNECTION_CLOSE_METHOD: {
      const auto* close = static_cast<const amqp_connection_close_t*>(decoded);
      return tl::unexpected(end_of_connection(close->reply_code, view_of(close->reply_text),
                                              Phase::consuming, place_));
    }
    default:
      return Read::part;
  }
}

Delivery BrokerConnection::take_message() {
  return std::exchange(message_, std::nullopt).value_or(Delivery{});
}

std::optional<End> BrokerConnection::acknowledge(std::uint64_t tag) {
  const int status = amqp_basic_ack(library_->state, kConsuming, tag, 1);
  if (status == AMQP_STATUS_OK) return std::nullopt;
  return end_of_status(status, Phase::consuming, place_);
}

// Not as a call that waits: while it waited, the library would gather messages without bound.
std::optional<End> BrokerConnection::ask_depth() {
  if (std::exchange(asked_depth_, true)) return std::nullopt;
  amqp_queue_declare_t ask{};
  ask.queue = bytes_of(settings_.queue);
  ask.passive = 1;
  ask.durable = 1;
  const int status = amqp_send_method(library_->state, kAsking, AMQP_QUEUE_DECLARE_METHOD, &ask);
  if (status == AMQP_STATUS_OK) return std::nullopt;
  return end_of_status(status, Phase::consuming, place_);
}

std::optional<End> BrokerConnection::heartbeat() {
  amqp_frame_t frame{};
  frame.frame_type = AMQP_FRAME_HEARTBEAT;
  frame.channel = 0;
  const int status = amqp_send_frame(library_->state, &frame);
  if (status == AMQP_STATUS_OK) return std::nullopt;
  return end_of_status(status, Phase::consuming, place_);
}

void BrokerConnection::leave() {
  amqp_set_rpc_timeout(library_->state, &kFarewell);
  amqp_connection_close(library_->state, AMQP_REPLY_SUCCESS);
}

}  // namespace cistern::net::amqp091
