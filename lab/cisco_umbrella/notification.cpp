#include "lab/cisco_umbrella/notification.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "lab/entra/crypto.hpp"

namespace cistern::lab {

namespace {

// As in forms: a blank is a plus.
std::string form_encode(std::string_view key) {
  std::string out;
  for (const auto& letter : aws_encode(key, true))
    out += letter;
  for (auto at = out.find("%20"); at != std::string::npos; at = out.find("%20", at))
    out.replace(at, 3, "+");
  return out;
}

std::string sequencer_of(const NotifiedObject& object) {
  return hex_encode(sha256(object.key + object.etag)).substr(0, 18);
}

std::string s3_event(const S3BucketRules& bucket, std::span<const NotifiedObject> objects,
                     std::string_view event) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("Records").begin_array();
  for (const auto& object : objects) {
    writer.begin_object().key("eventVersion").string("2.1").key("eventSource").string("aws:s3");
    writer.key("awsRegion").string(bucket.region).key("eventTime").string(format_time(object.time));
    writer.key("eventName").string(event);
    writer.key("userIdentity").begin_object().key("principalId").string("AWS:LAB").end_object();
    writer.key("s3").begin_object().key("s3SchemaVersion").string("1.0");
    writer.key("configurationId").string("umbrella").key("bucket").begin_object();
    writer.key("name").string(bucket.name).key("arn").string("arn:aws:s3:::" + bucket.name);
    writer.end_object().key("object").begin_object().key("key").string(form_encode(object.key));
    writer.key("size").number(object.size).key("eTag").string(object.etag);
    writer.key("sequencer").string(sequencer_of(object)).end_object().end_object().end_object();
  }
  writer.end_array().end_object();
  return out;
}

std::string wrapped(std::string_view message, std::string_view time) {
  std::string out;
  codec::JsonWriter(out)
      .begin_object()
      .key("Type")
      .string("Notification")
      .key("MessageId")
      .string(hex_encode(sha256(message)).substr(0, 36))
      .key("TopicArn")
      .string("arn:aws:sns:eu-west-1:111122223333:umbrella")
      .key("Subject")
      .string("Amazon S3 Notification")
      .key("Message")
      .string(message)
      .key("Timestamp")
      .string(time)
      .key("SignatureVersion")
      .string("1")
      .end_object();
  return out;
}

std::string bridge_event(const S3BucketRules& bucket, const NotifiedObject& object,
                         std::string_view event) {
  const bool created = event.starts_with("ObjectCreated");
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("version").string("0").key("id").string(sequencer_of(object));
  writer.key("detail-type").string(created ? "Object Created" : "Object Deleted");
  writer.key("source").string("aws.s3").key("time").string(format_time_seconds(object.time) + "Z");
  writer.key("region").string(bucket.region).key("detail").begin_object();
  writer.key("version").string("0").key("bucket").begin_object().key("name").string(bucket.name);
  writer.end_object().key("object").begin_object().key("key").string(object.key);
  writer.key("size").number(object.size).key("etag").string(object.etag);
  writer.key("sequencer").string(sequencer_of(object)).end_object();
  writer.key("reason").string(created ? "PutObject" : "DeleteObject").end_object().end_object();
  return out;
}

}  // namespace

std::optional<NotificationWay> notification_way_from(std::string_view name) {
  if (name == "direct") return NotificationWay::direct;
  if (name == "sns") return NotificationWay::sns;
  if (name == "eventbridge") return NotificationWay::eventbridge;
  return std::nullopt;
}

std::string notification_body(NotificationWay way, const S3BucketRules& bucket,
                              std::span<const NotifiedObject> objects, std::string_view event) {
  if (way == NotificationWay::eventbridge) return bridge_event(bucket, objects.front(), event);
  const auto direct = s3_event(bucket, objects, event);
  return way == NotificationWay::direct ? direct
                                        : wrapped(direct, format_time(objects.front().time));
}

std::string test_event_body(NotificationWay way, const S3BucketRules& bucket, TimePoint now) {
  std::string out;
  codec::JsonWriter(out)
      .begin_object()
      .key("Service")
      .string("Amazon S3")
      .key("Event")
      .string("s3:TestEvent")
      .key("Time")
      .string(format_time(now))
      .key("Bucket")
      .string(bucket.name)
      .key("RequestId")
      .string("LAB")
      .key("HostId")
      .string("LAB")
      .end_object();
  return way == NotificationWay::sns ? wrapped(out, format_time(now)) : out;
}

}  // namespace cistern::lab
