// What a bucket's events look like in a queue: straight from S3, through SNS, through EventBridge.
#pragma once

#include "lab/aws/s3_server.hpp"

#include <span>
#include <string>
#include <string_view>

namespace cistern::lab {

enum class NotificationWay : std::uint8_t { direct, sns, eventbridge };
std::optional<NotificationWay> notification_way_from(std::string_view name);

struct NotifiedObject {
  std::string key;
  std::uint64_t size = 0;
  std::string etag;
  TimePoint time{};
};

/// The body of a message about these objects; EventBridge tells of the first one only.
/// `event` is "ObjectCreated:Put" or "ObjectRemoved:Delete".
std::string notification_body(NotificationWay way, const S3BucketRules& bucket,
                              std::span<const NotifiedObject> objects, std::string_view event);

/// What S3 sends when notifications are switched on.
std::string test_event_body(NotificationWay way, const S3BucketRules& bucket, TimePoint now);

}  // namespace cistern::lab
