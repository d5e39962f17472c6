// The message that says that objects were created: from S3 itself, through SNS, or through
// EventBridge. Pure; the body is hostile.
//
// Source: Amazon S3 User Guide, "Event message structure" (versions 2.0 to 2.5); Amazon
// EventBridge, "Object Created".
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::codec::aws {

/// Largest body that is read: SQS allows 1 MiB to newer accounts.
inline constexpr std::size_t kMaxNotificationBytes = 1U << 20;
inline constexpr std::size_t kMaxNotifiedObjects = 10'000;

struct CreatedObject {
  std::string bucket{};
  std::string region{};  ///< As the message says; may be empty.
  std::string key{};     ///< Decoded; any bytes, 1 to kMaxKeyBytes.
  std::string etag{};    ///< Without quotes; may be empty.
  std::string sequencer{};
  std::optional<std::uint64_t> size{};
  TimePoint time{};  ///< Of the event; unknown if absent.
};

struct Notification {
  enum class Carrier : std::uint8_t { s3, sns, event_bridge };
  Carrier carrier = Carrier::s3;
  bool test = false;  ///< S3's test message: nothing happened, delete it.
  std::vector<CreatedObject> objects;
  std::uint64_t other_events = 0;  ///< Removals, restores and the like: no concern of ours.
  std::uint64_t unreadable = 0;    ///< Records without a usable bucket or key: keep the message.
  std::string problem;             ///< Of the first unreadable record.
};

/// Reads a message body. What S3 sends is understood in any 2.x version. Keys of S3's own form are
/// decoded (they are form-encoded); EventBridge's are taken as they are. SNS's wrapping is taken
/// off, also around EventBridge.
///
/// Failures, all set_aside (leave the message to the queue's redrive policy): "aws/notification"
/// (too large, not JSON, or none of the known forms), "aws/notification-version" (a version that is
/// not 2.x), "aws/notification-subscription" (SNS asks for a confirmation of its subscription).
Result<Notification> read_notification(std::string_view body);

/// Which of two events of the same key came first. Sequencers are hexadecimal of differing length,
/// compared as if the shorter had zeros behind it. Nothing if one of them is no such text.
std::optional<std::strong_ordering> compare_sequencers(std::string_view a, std::string_view b);

}  // namespace cistern::codec::aws
