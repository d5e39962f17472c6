#include "codec/aws/sqs.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "codec/json_paths.hpp"
#include "codec/json_scan.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <stdexcept>
#include <utility>

#include <openssl/evp.h>

namespace cistern::codec::aws {
namespace {

// Ten messages of 1 MiB, each byte escaped.
constexpr std::uint64_t kMostAnswer = 32ULL << 20;
constexpr std::uint64_t kMostSmallAnswer = 256ULL << 10;
/// Added to the time that the answer may take by itself.
constexpr Duration kMargin = std::chrono::seconds{20};

std::int64_t whole_seconds(Duration duration, Duration most) {
  const Duration bounded = std::clamp(duration, Duration{0}, most);
  return std::chrono::duration_cast<std::chrono::seconds>(bounded).count();
}

HttpRequest action(const QueueEndpoint& queue, std::string_view name, std::string body) {
  HttpRequest request;
  request.method = "POST";
  request.url = queue.origin + "/";
  request.headers = {{"Content-Type", "application/x-amz-json-1.0"},
                     {"X-Amz-Target", "AmazonSQS." + std::string{name}}};
  request.body = std::move(body);
  request.timeout = kMargin;
  request.max_body = kMostSmallAnswer;
  return request;
}

tl::unexpected<Failure> unreadable(std::string_view why) {
  return fail({.verdict = Verdict::retry,
               .code = "aws/queue-answer",
               .cause = "an answer of the queue cannot be read: " + std::string{why},
               .consequence = "its messages appear again after their time of invisibility",
               .next_step = "if it lasts, check what answers at the queue's address: it must speak "
                            "SQS's JSON protocol"});
}

/// Why it is not one JSON object, or nothing.
std::string why_no_object(std::string_view body) {
  JsonSplitter splitter;
  const std::string_view why = splitter.why_invalid(body);
  if (!why.empty()) return std::string{why};
  const char* const first = skip_json_space(body.data(), body.data() + body.size());
  return *first == '{' ? "" : "it is no JSON object";
}

/// The text of a JSON string, or a number as it stands: SQS writes numbers as strings.
std::string text_of(std::string_view raw) {
  std::string text;
  if (raw.empty() || raw.front() != '"') return std::string{raw};
  append_unescaped(text, raw.substr(1, raw.size() - 2));
  return text;
}

template <class Number>
std::optional<Number> number_of(std::string_view raw) {
  const std::string text = text_of(raw);
  Number number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size())
    return std::nullopt;
  return number;
}

std::optional<Duration> seconds_of(std::string_view raw) {
  const auto seconds = number_of<std::uint32_t>(raw);
  if (!seconds) return std::nullopt;
  return std::chrono::seconds{*seconds};
}

/// Empty where the library offers none (FIPS): the check is then left to TLS.
std::string md5_of(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  std::size_t size = 0;
  if (EVP_Q_digest(nullptr, "MD5", nullptr, bytes.data(), bytes.size(), digest, &size) != 1)
    return {};
  return hex_encode({reinterpret_cast<const char*>(digest), size});
}

bool is_whole(const ReceivedMessage& message, std::string_view md5) {
  if (message.receipt.empty() || message.body.empty()) return false;
  const std::string own = md5.empty() ? std::string{} : md5_of(message.body);
  return own.empty() || equal_ignoring_case(own, md5);
}

TimePoint sent_time(std::string_view raw) {
  const auto milliseconds = number_of<std::int64_t>(raw);
  // Up to the year 2200: beyond it nanoseconds overflow.
  if (!milliseconds || *milliseconds < 0 || *milliseconds > 7'258'118'400'000) return {};
  return TimePoint{std::chrono::milliseconds{*milliseconds}};
}

/// One walk over a message, whose body may be large.
class MessageReader {
 public:
  MessageReader()
      : id_(tree_.add("MessageId")),
        receipt_(tree_.add("ReceiptHandle")),
        md5_(tree_.add("MD5OfBody")),
        body_(tree_.add("Body")),
        count_(tree_.add("Attributes.ApproximateReceiveCount")),
        sent_(tree_.add("Attributes.SentTimestamp")) {}

  void read(std::string_view json, ReceivedMessages& out) {
    if (json.empty() || json.front() != '{') {
      ++out.damaged;
      return;
    }
    values_.read(tree_, json);
    ReceivedMessage message{.id = text_of(values_.at(id_)),
                            .receipt = text_of(values_.at(receipt_)),
                            .body = text_of(values_.at(body_)),
                            .receive_count = number_of<unsigned>(values_.at(count_)).value_or(0),
                            .sent = sent_time(values_.at(sent_))};
    if (is_whole(message, text_of(values_.at(md5_)))) {
      out.messages.push_back(std::move(message));
    } else {
      ++out.damaged;
    }
  }

 private:
  PathTree tree_;
  PathTree::Node id_, receipt_, md5_, body_, count_, sent_;
  PathValues values_;
};

void require_batch(std::span<const std::string> receipts) {
  if (receipts.empty() || receipts.size() > kMaxMessages)
    throw std::logic_error("a batch of SQS has 1 to 10 entries");
}

std::string batch_body(const QueueEndpoint& queue, std::span<const std::string> receipts,
                       std::optional<std::int64_t> visibility) {
  std::string body;
  JsonWriter json{body};
  json.begin_object().key("QueueUrl").string(queue.url).key("Entries").begin_array();
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    json.begin_object().key("Id").string(std::to_string(i));
    json.key("ReceiptHandle").string(receipts[i]);
    if (visibility) json.key("VisibilityTimeout").number(*visibility);
    json.end_object();
  }
  json.end_array().end_object();
  return body;
}

/// The entry that an answer speaks of, or nothing if there is no such.
std::optional<std::size_t> entry_of(std::string_view json, std::size_t entries) {
  const auto index = number_of<std::size_t>(find_json_path(json, "Id"));
  if (!index || *index >= entries) return std::nullopt;
  return index;
}

}  // namespace

HttpRequest receive_messages(const QueueEndpoint& queue, const ReceiveQuestion& question) {
  const std::int64_t wait = whole_seconds(question.wait, kMaxWait);
  std::string body;
  JsonWriter json{body};
  json.begin_object().key("QueueUrl").string(queue.url);
  const std::uint64_t most = std::clamp(question.most, 1U, kMaxMessages);
  json.key("MaxNumberOfMessages").number(most);
  json.key("WaitTimeSeconds").number(wait);
  json.key("VisibilityTimeout").number(whole_seconds(question.visibility, kMaxVisibility));
  // The older name of the same list is the only one that some servers know.
  for (const std::string_view name : {"AttributeNames", "MessageSystemAttributeNames"}) {
    json.key(name).begin_array();
    json.string("ApproximateReceiveCount").string("SentTimestamp").end_array();
  }
  json.end_object();
  HttpRequest request = action(queue, "ReceiveMessage", std::move(body));
  request.timeout = std::chrono::seconds{wait} + kMargin;
  request.max_body = kMostAnswer;
  return request;
}

Result<ReceivedMessages> read_messages(std::string_view body) {
  if (const std::string why = why_no_object(body); !why.empty()) return unreadable(why);
  ReceivedMessages out;
  const std::string_view list = find_json_path(body, "Messages");
  if (list.empty() || list == "null") return out;
  if (list.front() != '[') return unreadable("its messages are no list");
  MessageReader reader;
  JsonElements elements{list};
  for (unsigned count = 1; elements.next(); ++count) {
    if (count > kMaxMessages) return unreadable("it holds more messages than were asked for");
    reader.read(elements.value(), out);
  }
  return out;
}

HttpRequest delete_messages(const QueueEndpoint& queue, std::span<const std::string> receipts) {
  require_batch(receipts);
  return action(queue, "DeleteMessageBatch", batch_body(queue, receipts, std::nullopt));
}

HttpRequest change_visibility(const QueueEndpoint& queue, std::span<const std::string> receipts,
                              Duration visibility) {
  require_batch(receipts);
  return action(queue, "ChangeMessageVisibilityBatch",
                batch_body(queue, receipts, whole_seconds(visibility, kMaxVisibility)));
}

Result<std::vector<BatchFailure>> read_batch(std::string_view body, std::size_t entries) {
  if (const std::string why = why_no_object(body); !why.empty()) return unreadable(why);
  std::vector<bool> told(entries, false);
  std::vector<BatchFailure> failures;
  if (const auto list = find_json_path(body, "Failed"); list.starts_with('[')) {
    for (JsonElements elements{list}; elements.next();) {
      const std::string_view entry = elements.value();
      const auto index = entry_of(entry, entries);
      if (!index || told[*index]) continue;
      told[*index] = true;
      failures.push_back({.index = *index,
                          .code = excerpt(text_of(find_json_path(entry, "Code")), 80),
                          .message = excerpt(text_of(find_json_path(entry, "Message")), 400),
                          .ours = find_json_path(entry, "SenderFault") == "true"});
    }
  }
  if (const auto list = find_json_path(body, "Successful"); list.starts_with('[')) {
    for (JsonElements elements{list}; elements.next();)
      if (const auto index = entry_of(elements.value(), entries)) told[*index] = true;
  }
  for (std::size_t i = 0; i < entries; ++i)
    if (!told[i]) failures.push_back({.index = i, .code = {}, .message = "the answer is silent"});
  return failures;
}

HttpRequest queue_attributes(const QueueEndpoint& queue) {
  std::string body;
  JsonWriter json{body};
  json.begin_object().key("QueueUrl").string(queue.url).key("AttributeNames").begin_array();
  json.string("All").end_array().end_object();
  return action(queue, "GetQueueAttributes", std::move(body));
}

Result<QueueAttributes> read_attributes(std::string_view body) {
  if (const std::string why = why_no_object(body); !why.empty()) return unreadable(why);
  const std::string_view all = find_json_path(body, "Attributes");
  if (!all.starts_with('{')) return unreadable("it names no attributes");
  QueueAttributes out;
  out.waiting = number_of<std::uint64_t>(find_json_path(all, "ApproximateNumberOfMessages"));
  out.in_flight =
      number_of<std::uint64_t>(find_json_path(all, "ApproximateNumberOfMessagesNotVisible"));
  out.retention = seconds_of(find_json_path(all, "MessageRetentionPeriod"));
  out.visibility = seconds_of(find_json_path(all, "VisibilityTimeout"));
  // JSON inside of a string.
  const std::string redrive = text_of(find_json_path(all, "RedrivePolicy"));
  if (!redrive.empty() && why_no_object(redrive).empty())
    out.max_receive_count = number_of<unsigned>(find_json_path(redrive, "maxReceiveCount"));
  return out;
}

}  // namespace cistern::codec::aws
