// SQS in its JSON protocol: requests as values without credentials, answers read. Pure.
//
// Source: Amazon SQS API Reference, AWS JSON protocol 1.0.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "codec/aws/endpoint.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::codec::aws {

inline constexpr unsigned kMaxMessages = 10;  ///< In one answer, and in one batch.
inline constexpr Duration kMaxVisibility = std::chrono::hours{12};
inline constexpr Duration kMaxWait = std::chrono::seconds{20};

struct ReceiveQuestion {
  unsigned most = kMaxMessages;
  Duration wait = kMaxWait;                        ///< The answer may take so long.
  Duration visibility = std::chrono::minutes{10};  ///< Nobody else sees a message for so long.
};

/// Values outside of SQS's limits are taken to the nearest limit. The request's time-out exceeds
/// the wait.
HttpRequest receive_messages(const QueueEndpoint& queue, const ReceiveQuestion& question);

struct ReceivedMessage {
  std::string id;
  std::string receipt;  ///< Of this receipt; deleting needs the latest one.
  std::string body;
  unsigned receive_count = 0;  ///< 0 if not told.
  TimePoint sent{};
};

struct ReceivedMessages {
  std::vector<ReceivedMessage> messages;
  /// Bodies that do not match their MD5, and messages without receipt or body: left in the queue,
  /// where they appear again.
  std::uint64_t damaged = 0;
};

/// Reads the answer; none waiting is no failure. "aws/queue-answer" (retry) for a body that is not
/// the JSON of SQS or holds more messages than were ever allowed.
Result<ReceivedMessages> read_messages(std::string_view body);

/// Deletes up to kMaxMessages; entry ids are the receipts' indexes. More is a bug of the caller.
HttpRequest delete_messages(const QueueEndpoint& queue, std::span<const std::string> receipts);

/// Gives up to kMaxMessages a new time of invisibility, from now on; 0 shows them at once.
HttpRequest change_visibility(const QueueEndpoint& queue, std::span<const std::string> receipts,
                              Duration visibility);

/// What became of one entry of a batch.
struct BatchFailure {
  std::size_t index = 0;
  std::string code{};
  std::string message{};
  bool ours = false;  ///< The request was wrong; otherwise the service failed, and it is repeated.
};

/// The entries that failed; an entry that is named neither successful nor failed has failed.
/// "aws/queue-answer" (retry) as for read_messages().
Result<std::vector<BatchFailure>> read_batch(std::string_view body, std::size_t entries);

/// Asks how many messages wait, what the queue's visibility is and where its dead letters go.
HttpRequest queue_attributes(const QueueEndpoint& queue);

struct QueueAttributes {
  std::optional<std::uint64_t> waiting;
  std::optional<std::uint64_t> in_flight;
  std::optional<Duration> retention;
  std::optional<Duration> visibility;
  std::optional<unsigned>
      max_receive_count;  ///< Of the redrive policy: dead letters after so many.
};
Result<QueueAttributes> read_attributes(std::string_view body);

}  // namespace cistern::codec::aws
