#include "codec/aws/notification.hpp"

#include "base/bytes.hpp"
#include "codec/aws/s3_request.hpp"
#include "codec/aws/uri.hpp"
#include "codec/json.hpp"
#include "codec/json_paths.hpp"
#include "codec/json_scan.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

namespace cistern::codec::aws {
namespace {

/// A message of SNS may hold one of S3 or of EventBridge, but not another of SNS.
constexpr int kMostWrappings = 1;

tl::unexpected<Failure> unknown_form(std::string_view why) {
  return fail({.verdict = Verdict::set_aside,
               .code = "aws/notification",
               .cause = "a message of the queue is no notification of S3: " + std::string{why},
               .consequence = "it is left in the queue, whose redrive policy moves it aside",
               .next_step = "look at who else sends to this queue; it should receive the bucket's "
                            "notifications alone"});
}

/// The text of a JSON string; empty for anything else.
std::string text_of(std::string_view raw) {
  std::string text;
  if (raw.size() >= 2 && raw.front() == '"') append_unescaped(text, raw.substr(1, raw.size() - 2));
  return text;
}

std::optional<std::uint64_t> number_of(std::string_view raw) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(raw.data(), raw.data() + raw.size(), number);
  if (raw.empty() || read.ec != std::errc{} || read.ptr != raw.data() + raw.size())
    return std::nullopt;
  return number;
}

TimePoint time_of(std::string_view raw) {
  return parse_time(text_of(raw)).value_or(TimePoint{});
}

/// Why the object cannot be asked for, or nothing.
std::string_view why_unusable(const CreatedObject& object) {
  if (object.bucket.empty()) return "a record names no bucket";
  if (object.key.empty()) return "a record names no key, or one whose encoding is broken";
  if (object.key.size() > kMaxKeyBytes) return "a record's key is longer than S3 allows";
  return {};
}

void add_object(Notification& notification, CreatedObject object) {
  const std::string_view why = why_unusable(object);
  if (why.empty()) {
    notification.objects.push_back(std::move(object));
    return;
  }
  ++notification.unreadable;
  if (notification.problem.empty()) notification.problem = why;
}

/// The records of S3's own form.
class RecordReader {
 public:
  RecordReader()
      : version_(tree_.add("eventVersion")),
        source_(tree_.add("eventSource")),
        name_(tree_.add("eventName")),
        time_(tree_.add("eventTime")),
        region_(tree_.add("awsRegion")),
        bucket_(tree_.add("s3.bucket.name")),
        key_(tree_.add("s3.object.key")),
        size_(tree_.add("s3.object.size")),
        etag_(tree_.add("s3.object.eTag")),
        sequencer_(tree_.add("s3.object.sequencer")) {}

  Status read(std::string_view record, Notification& notification) {
    if (record.empty() || record.front() != '{') return unknown_form("a record is no object");
    values_.read(tree_, record);
    const std::string source = text_of(values_.at(source_));
    // Servers that speak S3 put a name of their own before it.
    if (source != "aws:s3" && !source.ends_with(":s3"))
      return unknown_form("its records come from another service");
    if (const std::string version = text_of(values_.at(version_)); !version.starts_with("2."))
      return unknown_version(version);
    std::string name = text_of(values_.at(name_));
    if (name.starts_with("s3:")) name.erase(0, 3);
    if (!name.starts_with("ObjectCreated:")) {
      ++notification.other_events;
      return {};
    }
    add_object(notification, {.bucket = text_of(values_.at(bucket_)),
                              .region = text_of(values_.at(region_)),
                              .key = form_decode(text_of(values_.at(key_))).value_or(std::string{}),
                              .etag = plain_etag(text_of(values_.at(etag_))),
                              .sequencer = text_of(values_.at(sequencer_)),
                              .size = number_of(values_.at(size_)),
                              .time = time_of(values_.at(time_))});
    return {};
  }

 private:
  static tl::unexpected<Failure> unknown_version(std::string_view version) {
    return fail({.verdict = Verdict::set_aside,
                 .code = "aws/notification-version",
                 .cause = "a notification of S3 has version \"" + excerpt(version, 20) +
                          "\"; versions 2.x are known",
                 .consequence = "it is left in the queue; the listing finds the objects it names",
                 .next_step = "look for a newer version of this program"});
  }

  PathTree tree_;
  PathTree::Node version_, source_, name_, time_, region_;
  PathTree::Node bucket_, key_, size_, etag_, sequencer_;
  PathValues values_;
};

Result<Notification> read_records(std::string_view records) {
  Notification notification;
  if (records.front() != '[') return unknown_form("its Records are no list");
  RecordReader reader;
  JsonElements elements{records};
  for (std::size_t count = 1; elements.next(); ++count) {
    if (count > kMaxNotifiedObjects) return unknown_form("it holds too many records");
    if (Status read = reader.read(elements.value(), notification); !read)
      return fail(std::move(read).error());
  }
  return notification;
}

Result<Notification> read_event_bridge(std::string_view body) {
  if (text_of(find_json_path(body, "source")) != "aws.s3")
    return unknown_form("it is an event of another service");
  Notification notification;
  notification.carrier = Notification::Carrier::event_bridge;
  if (text_of(find_json_path(body, "detail-type")) != "Object Created") {
    ++notification.other_events;
    return notification;
  }
  const std::string_view detail = find_json_path(body, "detail");
  add_object(notification, {.bucket = text_of(find_json_path(detail, "bucket.name")),
                            .region = text_of(find_json_path(body, "region")),
                            .key = text_of(find_json_path(detail, "object.key")),
                            .etag = plain_etag(text_of(find_json_path(detail, "object.etag"))),
                            .sequencer = text_of(find_json_path(detail, "object.sequencer")),
                            .size = number_of(find_json_path(detail, "object.size")),
                            .time = time_of(find_json_path(body, "time"))});
  return notification;
}

tl::unexpected<Failure> unconfirmed(std::string_view topic) {
  return fail({.verdict = Verdict::set_aside,
               .code = "aws/notification-subscription",
               .cause = "the SNS topic " + excerpt(topic, 120) +
                        " asks whether its subscription of this queue is wanted",
               .consequence = "until it is confirmed the topic sends no notification",
               .next_step = "confirm the subscription in the SNS console (Subscriptions), or "
                            "subscribe the queue again from the account that owns it"});
}

Result<Notification> read_body(std::string_view body, int wrappings) {
  if (body.size() > kMaxNotificationBytes) return unknown_form("it is too large");
  JsonSplitter splitter;
  if (const std::string_view why = splitter.why_invalid(body); !why.empty())
    return unknown_form("it is not JSON: " + std::string{why});
  const char* const first = skip_json_space(body.data(), body.data() + body.size());
  if (*first != '{') return unknown_form("it is no JSON object");
  if (const std::string_view records = find_json_path(body, "Records"); !records.empty())
    return read_records(records);
  if (text_of(find_json_path(body, "Event")) == "s3:TestEvent") {
    Notification notification;
    notification.test = true;
    return notification;
  }
  if (!find_json_path(body, "detail-type").empty()) return read_event_bridge(body);
  const std::string type = text_of(find_json_path(body, "Type"));
  if (type == "SubscriptionConfirmation")
    return unconfirmed(text_of(find_json_path(body, "TopicArn")));
  if (type != "Notification" || wrappings == kMostWrappings)
    return unknown_form("it has none of the forms that S3 sends");
  Result<Notification> inner = read_body(text_of(find_json_path(body, "Message")), wrappings + 1);
  if (inner) inner->carrier = Notification::Carrier::sns;
  return inner;
}

bool is_hexadecimal(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isxdigit(static_cast<unsigned char>(c)) != 0;
  });
}

}  // namespace

Result<Notification> read_notification(std::string_view body) {
  return read_body(body, 0);
}

std::optional<std::strong_ordering> compare_sequencers(std::string_view a, std::string_view b) {
  if (!is_hexadecimal(a) || !is_hexadecimal(b)) return std::nullopt;
  std::string left = lower_case(a);
  std::string right = lower_case(b);
  const std::size_t width = std::max(left.size(), right.size());
  left.resize(width, '0');
  right.resize(width, '0');
  // In ASCII the digits stand before the letters, so the texts order as their numbers do.
  return left <=> right;
}

}  // namespace cistern::codec::aws
