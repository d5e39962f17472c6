// SQS's JSON protocol (AmazonSQS.<Action>, application/x-amz-json-1.0) over one queue.
#pragma once

#include "lab/aws/s3_server.hpp"
#include "lab/aws/sqs_queue.hpp"

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace cistern::lab {

struct SqsSettings {
  std::string region;
  std::string path;                    ///< Of the queue's URL: "/111122223333/umbrella-logs".
  bool queue_there = true;             ///< False: QueueDoesNotExist.
  std::optional<Duration> visibility;  ///< Instead of what a receiver asks for.
};

/// "receive", "delete", "delete_batch", "visibility", "attributes" or "queue_other"; empty when the
/// request is none to a queue.
std::string sqs_operation_of(const Request& request);

/// An error in SQS's words; `type` as "QueueDoesNotExist".
Response sqs_error(int status, std::string_view type, std::string_view message);

/// Safe to call from any thread.
class SqsServer {
 public:
  SqsServer(std::uint64_t seed, double duplicates) : queue_(seed, duplicates) {}

  /// `fill` puts what has become due into the queue; called with it locked. `now` is the vendor's
  /// clock, asked for again while a receiver waits.
  Response answer(const Request& request, const S3Credentials& credentials,
                  const SqsSettings& settings, std::function<TimePoint()> now,
                  std::function<void(SqsQueue&)> fill);

  /// Under the lock.
  template <class Use>
  auto with_queue(const Use& use) {
    const std::lock_guard lock(mutex_);
    return use(queue_);
  }

 private:
  std::mutex mutex_;
  SqsQueue queue_;
};

}  // namespace cistern::lab
