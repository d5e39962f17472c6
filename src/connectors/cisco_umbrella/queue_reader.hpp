// The messages of a queue that says which objects were uploaded: what to take, to keep invisible,
// and to delete. A message only names work; what is done stands in the ledger, so a message that
// comes twice, or late, or in another order costs nothing.
#pragma once

#include "base/poll.hpp"
#include "base/random.hpp"
#include "codec/aws/notification.hpp"
#include "codec/aws/sqs.hpp"
#include "connectors/cisco_umbrella/object_key.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_umbrella {

/// What became of the objects that messages named; counted since the start.
struct QueueCounts {
  std::uint64_t messages = 0;
  std::uint64_t foreign = 0;   ///< Of other buckets or folders, or of no known form: left alone.
  std::uint64_t ignored = 0;   ///< Objects that are none of the export.
  std::uint64_t repeated = 0;  ///< Received more than five times.
  std::uint64_t damaged = 0;   ///< Failed their MD5.
};

class QueueReader {
 public:
  static constexpr Duration kVisibility = std::chrono::minutes{10};
  /// Messages that wait for their objects; no more are taken beyond it.
  static constexpr std::size_t kMost = 100;

  QueueReader(codec::aws::QueueEndpoint queue, std::string bucket, std::string prefix);

  enum class Ask : std::uint8_t { receive, remove, extend };
  struct Question {
    Ask ask;
    HttpRequest request;
  };
  /// The next request, if one is due. Each kind is under way at most once.
  std::optional<Question> next(TimePoint now, bool room);

  /// An object that a message names, to be offered to its log.
  struct Named {
    std::uint64_t message = 0;
    std::string key;
    ObjectKey name;
    std::string etag;
    std::optional<std::uint64_t> size;
    TimePoint time{};
  };
  /// The answer to a receive: the objects named. Failure "aws/queue-answer".
  Result<std::vector<Named>> received(const HttpResponse& response, TimePoint now);
  /// The message waits for that object.
  void wait_for(std::uint64_t message, const std::string& key);
  /// All objects of the message were offered. `keep`: not all of them could be taken, so it stays
  /// in the queue and comes again.
  void offered(std::uint64_t message, bool keep);
  /// An object is done with, durably.
  void object_done(const std::string& key);

  /// The answer to a remove or an extend: entries that failed are tried again, or come again.
  void answered(Ask ask, const HttpResponse& response);
  /// It was not answered, or refused: again after `wait`.
  void failed(Ask ask, TimePoint again);
  void again(Ask ask);

  [[nodiscard]] const QueueCounts& counts() const { return counts_; }
  [[nodiscard]] std::optional<TimePoint> next_time() const;
  [[nodiscard]] bool waiting() const { return !messages_.empty(); }

 private:
  struct Message {
    std::string receipt;
    TimePoint received{};
    TimePoint extend_at{};
    std::set<std::string> keys;  ///< Not done yet.
  };
  void take(const codec::aws::ReceivedMessage& message, TimePoint now, std::vector<Named>& out);

  codec::aws::QueueEndpoint queue_;
  std::string bucket_;
  std::string prefix_;
  std::map<std::uint64_t, Message> messages_;
  std::map<std::string, std::set<std::uint64_t>, std::less<>> by_key_;
  std::vector<std::string> removable_;  ///< Receipts.
  std::vector<std::string> asked_;      ///< Receipts of the remove that is under way.
  std::uint64_t next_message_ = 1;
  struct Line {
    bool in_flight = false;
    TimePoint not_before{};
  };
  std::map<Ask, Line> lines_;
  QueueCounts counts_;
};

}  // namespace cistern::connectors::cisco_umbrella
