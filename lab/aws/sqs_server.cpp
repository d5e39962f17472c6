#include "lab/aws/sqs_server.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"

#include <array>
#include <memory>

#include <boost/json.hpp>
#include <openssl/evp.h>

namespace cistern::lab {

namespace json = boost::json;

namespace {

constexpr std::string_view kTarget = "AmazonSQS.";
constexpr std::string_view kType = "application/x-amz-json-1.0";
constexpr std::int64_t kMostVisibility = 43'200;

std::string md5(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_md5(), nullptr);
  return hex_encode({reinterpret_cast<const char*>(digest.data()), size});
}

Response good(std::string body) {
  return text_response(200, std::move(body), std::string(kType));
}

// A whole number of the request within bounds; `otherwise` when it is not there.
std::optional<std::int64_t> number_in(const json::object& body, std::string_view name,
                                      std::int64_t least, std::int64_t most,
                                      std::int64_t otherwise) {
  const auto* const value = body.if_contains(name);
  if (value == nullptr) return otherwise;
  if (!value->is_int64() || value->get_int64() < least || value->get_int64() > most)
    return std::nullopt;
  return value->get_int64();
}

std::string text_in(const json::object& body, std::string_view name) {
  const auto* const value = body.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string{};
}

std::string messages_json(const std::vector<SqsMessage>& messages) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object();
  if (!messages.empty()) writer.key("Messages").begin_array();
  for (const auto& message : messages) {
    const auto sent =
        std::chrono::duration_cast<std::chrono::milliseconds>(message.sent.time_since_epoch());
    writer.begin_object().key("MessageId").string(message.id);
    writer.key("ReceiptHandle").string(message.receipt).key("MD5OfBody").string(md5(message.body));
    writer.key("Body").string(message.body).key("Attributes").begin_object();
    writer.key("ApproximateReceiveCount").string(std::to_string(message.received));
    writer.key("SentTimestamp").string(std::to_string(sent.count()));
    writer.end_object().end_object();
  }
  if (!messages.empty()) writer.end_array();
  writer.end_object();
  return out;
}

Response invalid(std::string_view message) {
  return sqs_error(400, "InvalidParameterValue", message);
}

Response signature_error(const SignatureCheck& check) {
  switch (check.fault) {
    case SignatureFault::unknown_key:
      return sqs_error(403, "InvalidClientTokenId", "The security token in the request is invalid");
    case SignatureFault::wrong:
      return sqs_error(403, "SignatureDoesNotMatch",
                       "The request signature we calculated does not match the signature you "
                       "provided.");
    case SignatureFault::skewed:
      return sqs_error(403, "SignatureDoesNotMatch",
                       "Signature expired: " + check.time + " is too far from the current time");
    default:
      return sqs_error(403, "IncompleteSignature", "The request signature is not whole");
  }
}

struct Entry {
  std::string id;
  std::string receipt;
};

Response batch_answer(const std::vector<Entry>& entries,
                      const std::function<bool(const Entry&)>& done) {
  std::string good_ones;
  std::string bad_ones;
  codec::JsonWriter good_writer(good_ones);
  codec::JsonWriter bad_writer(bad_ones);
  good_writer.begin_array();
  bad_writer.begin_array();
  for (const auto& entry : entries) {
    if (done(entry)) {
      good_writer.begin_object().key("Id").string(entry.id).end_object();
    } else {
      bad_writer.begin_object().key("Id").string(entry.id).key("SenderFault").boolean(true);
      bad_writer.key("Code").string("ReceiptHandleIsInvalid").end_object();
    }
  }
  good_writer.end_array();
  bad_writer.end_array();
  return good(R"({"Successful":)" + good_ones + R"(,"Failed":)" + bad_ones + "}");
}

}  // namespace

Response sqs_error(int status, std::string_view type, std::string_view message) {
  std::string body;
  codec::JsonWriter(body)
      .begin_object()
      .key("__type")
      .string("com.amazonaws.sqs#" + std::string(type))
      .key("message")
      .string(message)
      .end_object();
  auto response = text_response(status, std::move(body), std::string(kType));
  const auto query = type == "QueueDoesNotExist"
                         ? std::string("AWS.SimpleQueueService.NonExistentQueue")
                         : std::string(type);
  response.headers.push_back(
      {"x-amzn-query-error", query + (status < 500 ? ";Sender" : ";Receiver")});
  return response;
}

std::string sqs_operation_of(const Request& request) {
  const auto target = request.header("X-Amz-Target").value_or("");
  if (!target.starts_with(kTarget)) return {};
  const auto action = target.substr(kTarget.size());
  if (action == "ReceiveMessage") return "receive";
  if (action == "DeleteMessage") return "delete";
  if (action == "DeleteMessageBatch") return "delete_batch";
  if (action == "ChangeMessageVisibility") return "visibility";
  if (action == "ChangeMessageVisibilityBatch") return "visibility_batch";
  if (action == "GetQueueAttributes") return "attributes";
  return "queue_other";
}

namespace {

/// One request to the queue that has passed the checks.
class Call {
 public:
  Call(SqsServer& server, const json::object& body, const SqsSettings& settings,
       const std::function<TimePoint()>& now, const std::function<void(SqsQueue&)>& fill)
      : server_(server), body_(body), settings_(settings), now_(now), fill_(fill) {}

  Response answer(const std::string& operation) {
    if (operation == "receive") return receive();
    if (operation == "delete") return remove();
    if (operation == "visibility") return visibility();
    if (operation == "delete_batch" || operation == "visibility_batch") return batch(operation);
    if (operation == "attributes") return attributes();
    return sqs_error(400, "UnsupportedOperation", "The lab's queue does not know this action");
  }

 private:
  Response receive() {
    const auto most = number_in(body_, "MaxNumberOfMessages", 1, 10, 1);
    const auto wait = number_in(body_, "WaitTimeSeconds", 0, 20, 0);
    const auto asked = number_in(body_, "VisibilityTimeout", 0, kMostVisibility, 30);
    if (!most || !wait || !asked) return invalid("A parameter of ReceiveMessage is out of range");
    const auto visibility = settings_.visibility.value_or(std::chrono::seconds{*asked});
    const auto take = [most = static_cast<std::size_t>(*most), visibility, &server = server_,
                       now = now_, fill = fill_] {
      return server.with_queue([&](SqsQueue& queue) {
        fill(queue);
        return queue.receive(most, visibility, now());
      });
    };
    const auto messages = take();
    if (!messages.empty() || *wait == 0) return good(messages_json(messages));
    // Asked again until something is there or the time is over; no thread waits for it.
    Response response;
    response.later = [take, now = now_,
                      until = now_() + std::chrono::seconds{*wait}]() -> std::optional<Response> {
      const auto found = take();
      if (found.empty() && now() < until) return std::nullopt;
      return good(messages_json(found));
    };
    return response;
  }

  Response remove() {
    const auto receipt = text_in(body_, "ReceiptHandle");
    const bool known = server_.with_queue([&](SqsQueue& queue) { return queue.remove(receipt); });
    if (known) return good("{}");
    return sqs_error(400, "ReceiptHandleIsInvalid", "The input receipt handle is invalid.");
  }

  Response visibility() {
    const auto seconds = number_in(body_, "VisibilityTimeout", 0, kMostVisibility, -1);
    if (!seconds || *seconds < 0) return invalid("VisibilityTimeout is out of range");
    if (change(text_in(body_, "ReceiptHandle"), *seconds)) return good("{}");
    return sqs_error(400, "MessageNotInflight", "The message is not in flight.");
  }

  bool change(const std::string& receipt, std::int64_t seconds) {
    const auto time = settings_.visibility.value_or(std::chrono::seconds{seconds});
    return server_.with_queue([&](SqsQueue& queue) {
      return queue.change_visibility(receipt, seconds == 0 ? Duration{0} : time, now_());
    });
  }

  Response batch(const std::string& operation) {
    const auto* const list = body_.if_contains("Entries");
    if (list == nullptr || !list->is_array() || list->get_array().empty())
      return sqs_error(400, "EmptyBatchRequest", "There should be at least one entry");
    if (list->get_array().size() > 10)
      return sqs_error(400, "TooManyEntriesInBatchRequest", "Maximum number of entries is 10");
    std::vector<Entry> entries;
    std::vector<std::int64_t> seconds;
    for (const auto& one : list->get_array()) {
      if (!one.is_object()) return invalid("An entry is no object");
      const auto& object = one.get_object();
      entries.push_back({text_in(object, "Id"), text_in(object, "ReceiptHandle")});
      seconds.push_back(number_in(object, "VisibilityTimeout", 0, kMostVisibility, 0).value_or(0));
    }
    const bool is_delete = operation == "delete_batch";
    return batch_answer(entries, [&](const Entry& entry) {
      if (!is_delete) {
        const auto at = static_cast<std::size_t>(&entry - entries.data());
        return change(entry.receipt, seconds[at]);
      }
      return server_.with_queue([&](SqsQueue& queue) { return queue.remove(entry.receipt); });
    });
  }

  Response attributes() {
    const auto depth = server_.with_queue([&](SqsQueue& queue) {
      fill_(queue);
      return queue.depth(now_());
    });
    std::string out;
    codec::JsonWriter writer(out);
    writer.begin_object().key("Attributes").begin_object();
    writer.key("QueueArn")
        .string("arn:aws:sqs:" + settings_.region +
                ":111122223333:" + settings_.path.substr(settings_.path.rfind('/') + 1));
    writer.key("ApproximateNumberOfMessages").string(std::to_string(depth.visible));
    writer.key("ApproximateNumberOfMessagesNotVisible").string(std::to_string(depth.in_flight));
    writer.key("VisibilityTimeout").string("30").key("MessageRetentionPeriod").string("345600");
    writer.key("ReceiveMessageWaitTimeSeconds").string("0").end_object().end_object();
    return good(std::move(out));
  }

  SqsServer& server_;
  const json::object& body_;
  const SqsSettings& settings_;
  const std::function<TimePoint()>& now_;
  const std::function<void(SqsQueue&)>& fill_;
};

std::string path_of(std::string_view url) {
  const auto host = url.find("//");
  const auto path = host == std::string_view::npos ? url.find('/') : url.find('/', host + 2);
  return path == std::string_view::npos ? std::string{} : std::string(url.substr(path));
}

}  // namespace

Response SqsServer::answer(const Request& request, const S3Credentials& credentials,
                           const SqsSettings& settings, std::function<TimePoint()> now,
                           std::function<void(SqsQueue&)> fill) {
  const auto check = check_signature(
      request, {"sqs", false, now(), [&](std::string_view id) -> std::optional<std::string> {
                  if (id != credentials.key_id) return std::nullopt;
                  return credentials.secret;
                }});
  if (check.fault != SignatureFault::none) return signature_error(check);
  if (request.header("x-amz-security-token").value_or("") != credentials.session_token)
    return sqs_error(403, "InvalidClientTokenId", "The security token in the request is invalid");
  if (credentials.token_expired)
    return sqs_error(403, "ExpiredToken", "The security token in the request is expired");
  if (!credentials.refusal.empty())
    return sqs_error(403, "AccessDeniedException", "Access to the resource is denied.");
  if (check.claim.region != settings.region)
    return sqs_error(403, "SignatureDoesNotMatch",
                     "Credential should be scoped to a valid region.");
  if (!request.header("Content-Type").value_or("").starts_with(kType))
    return sqs_error(415, "UnsupportedMediaType", "The lab's queue speaks the JSON protocol only");
  json::error_code error;
  const auto body = json::parse(request.body, error);
  if (error || !body.is_object()) return sqs_error(400, "SerializationException", "no JSON object");
  const auto& object = body.get_object();
  if (!settings.queue_there || path_of(text_in(object, "QueueUrl")) != settings.path) {
    return sqs_error(400, "QueueDoesNotExist", "The specified queue does not exist.");
  }
  return Call(*this, object, settings, now, fill).answer(sqs_operation_of(request));
}

}  // namespace cistern::lab
