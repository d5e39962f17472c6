// Does with a real S3 and SQS server what the connector does, and prints what it got as JSON lines:
// lists every page, reads each object in pieces, receives, prolongs and deletes the queue's
// messages.
//
// Usage: aws_exchange ENDPOINT BUCKET REGION QUEUE_URL PREFIX [clock offset in seconds]
// The key pair comes from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "codec/aws/aws_error.hpp"
#include "codec/aws/error_table.hpp"
#include "codec/aws/notification.hpp"
#include "codec/aws/s3_listing.hpp"
#include "codec/aws/s3_request.hpp"
#include "codec/aws/sqs.hpp"
#include "codec/json.hpp"
#include "net/aws/aws_authorizer.hpp"
#include "net/http_client.hpp"
#include "net/io_loop.hpp"

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <future>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace cistern;
namespace aws = codec::aws;

constexpr std::uint64_t kPiece = 1000;
constexpr unsigned kPage = 3;

std::string from_environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// A refusal of the server, told with its remedy.
class Refused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Blocking calls of an authorizer and a client that live on a loop.
class Caller {
 public:
  explicit Caller(std::shared_ptr<const aws::SigningTerms> terms)
      : loop_(net::make_io_loop()), thread_([this] { loop_->run(); }) {
    on_loop([&] {
      http_ = net::make_http_client(*loop_, {});
      authorizer_ = net::make_aws_authorizer({{from_environment("AWS_ACCESS_KEY_ID"),
                                               Secret{from_environment("AWS_SECRET_ACCESS_KEY")},
                                               Secret{from_environment("AWS_SESSION_TOKEN")}},
                                              std::move(terms)},
                                             *loop_, clock_);
    });
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
  ~Caller() {
    on_loop([this] {
      authorizer_.reset();
      http_.reset();
    });
    loop_->stop();
    thread_.join();
  }

  HttpResponse call(aws::Operation operation, HttpRequest request) {
    std::promise<Result<HttpResponse>> promise;
    auto future = promise.get_future();
    on_loop([&] {
      authorizer_->authorize(std::move(request), [&](Result<HttpRequest> ready) {
        if (!ready) return promise.set_value(fail(std::move(ready).error()));
        http_->send(std::move(*ready),
                    [&](Result<HttpResponse> response) { promise.set_value(std::move(response)); });
      });
    });
    Result<HttpResponse> response = future.get();
    if (!response) throw Refused(response.error().sentence());
    if (response->status / 100 == 2) return std::move(*response);
    const aws::AwsError error = aws::read_error(*response);
    const aws::ErrorRow& row = aws::row_of(operation, error);
    throw Refused(std::string{to_string(row.remedy)} + " " +
                  aws::to_failure(row, error).sentence());
  }

 private:
  template <class F>
  void on_loop(F function) {
    std::promise<void> done;
    loop_->post([&] {
      function();
      done.set_value();
    });
    done.get_future().wait();
  }

  SystemClock clock_;
  std::unique_ptr<net::IoLoop> loop_;
  std::thread thread_;
  std::unique_ptr<net::HttpClient> http_;
  std::unique_ptr<net::Authorizer> authorizer_;
};

template <class T>
T must(Result<T> result) {
  if (!result) throw Refused(result.error().sentence());
  return std::move(*result);
}

void print(std::string_view kind, std::string_view name, std::string_view bytes) {
  std::string line;
  codec::JsonWriter json{line};
  json.begin_object().key("kind").string(kind).key("name_hex").string(hex_encode(name));
  json.key("hex").string(hex_encode(bytes)).end_object();
  std::cout << line << '\n';
}

std::string read_object(Caller& caller, const aws::BucketEndpoint& bucket,
                        const aws::ListedObject& object) {
  std::string whole;
  while (whole.size() < object.size) {
    const aws::ObjectQuestion question{.key = object.key,
                                       .range = {{whole.size(), whole.size() + kPiece - 1}},
                                       .if_match = object.etag};
    const HttpResponse response =
        caller.call(aws::Operation::get, aws::get_object(bucket, question));
    must(aws::read_piece(question, response, response.wire_bytes));
    whole += response.body;
  }
  return whole;
}

void read_bucket(Caller& caller, const aws::BucketEndpoint& bucket, const std::string& prefix) {
  aws::ListQuestion question{.prefix = prefix, .max_keys = kPage};
  do {
    const HttpResponse page =
        caller.call(aws::Operation::list, aws::list_objects(bucket, question));
    const aws::Listing listing = must(aws::read_listing(page.body));
    for (const aws::ListedObject& object : listing.objects)
      print("object", object.key, read_object(caller, bucket, object));
    question.continuation_token = listing.next_token;
  } while (!question.continuation_token.empty());
  const HttpResponse folders = caller.call(
      aws::Operation::list, aws::list_objects(bucket, {.prefix = prefix, .delimiter = "/"}));
  for (const std::string& folder : must(aws::read_listing(folders.body)).prefixes)
    print("folder", folder, "");
}

void read_queue(Caller& caller, const aws::QueueEndpoint& queue) {
  using aws::Operation;
  while (true) {
    const HttpResponse answer = caller.call(
        Operation::queue, aws::receive_messages(queue, {.wait = std::chrono::seconds{1}}));
    const aws::ReceivedMessages received = must(aws::read_messages(answer.body));
    if (received.damaged != 0) throw Refused("a message was damaged");
    if (received.messages.empty()) break;
    std::vector<std::string> receipts;
    for (const aws::ReceivedMessage& message : received.messages) {
      const aws::Notification notification = must(aws::read_notification(message.body));
      for (const aws::CreatedObject& object : notification.objects)
        print("created", object.key, object.bucket);
      if (notification.test) print("test", "", "");
      receipts.push_back(message.receipt);
    }
    const HttpResponse longer = caller.call(
        Operation::queue, aws::change_visibility(queue, receipts, std::chrono::minutes{5}));
    const HttpResponse gone = caller.call(Operation::queue, aws::delete_messages(queue, receipts));
    if (!must(aws::read_batch(longer.body, receipts.size())).empty() ||
        !must(aws::read_batch(gone.body, receipts.size())).empty())
      throw Refused("an entry of a batch failed");
  }
  const HttpResponse answer = caller.call(Operation::queue, aws::queue_attributes(queue));
  const aws::QueueAttributes attributes = must(aws::read_attributes(answer.body));
  print("waiting", std::to_string(attributes.waiting.value_or(99)), "");
}

int run(const std::vector<std::string>& words) {
  if (words.size() < 5) throw std::invalid_argument("five words are needed");
  const auto bucket = must(aws::compatible_bucket(words[1], words[0], words[2]));
  const auto queue = must(aws::queue_endpoint(words[3], words[2]));
  auto terms = std::make_shared<aws::SigningTerms>(std::vector<aws::SigningScope>{
      {bucket.origin, "s3", bucket.region}, {queue.origin, "sqs", queue.region}});
  if (words.size() > 5) terms->set_clock_offset(std::chrono::seconds{std::stol(words[5])});
  Caller caller{terms};
  read_bucket(caller, bucket, words[4]);
  read_queue(caller, queue);
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    return run({words + 1, words + count});
  } catch (const Refused& refused) {
    std::cout << std::flush;
    std::cerr << refused.what() << '\n';
    return 3;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
}
