#include "connectors/cisco_secure_endpoint/event_stream_decoder.hpp"

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/thread_memory.hpp"
#include "codec/json.hpp"
#include "connectors/cisco_secure_endpoint/identity.hpp"

#include <utility>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

using net::amqp091::Delivery;

constexpr std::string_view kNoObject = "the message is no JSON object";
constexpr std::string_view kCut = "the message has more than 16 MiB; only its beginning was kept";

/// The records of one commit; their bytes stand one behind the other.
class GroupBuilder {
 public:
  explicit GroupBuilder(const std::string& cloud) : cloud_(&cloud) {}

  [[nodiscard]] bool fits(const Delivery& message) const {
    return records_.empty() || bytes_ + message.body.size() <= kMaxCommitBytes;
  }
  [[nodiscard]] bool empty() const { return records_.empty(); }

  void reserve(std::size_t messages, std::size_t bytes) {
    records_.reserve(messages);
    storage_.reserve(bytes);
  }

  void add(const Delivery& message) {
    thread_local ThreadKept<codec::JsonSplitter> splitter;
    thread_local std::string scratch;
    tag_ = message.tag;
    std::string_view raw = message.body;
    std::string_view problem = message.cut > 0 ? kCut : splitter.get().why_invalid(raw);
    if (problem.empty()) {
      scratch.clear();
      raw = codec::compact_json(raw, scratch);
      if (raw.front() != '{') problem = kNoObject;
    }
    if (!problem.empty()) return add_unreadable(message, problem);
    const RecordKey key = event_key(*cloud_, raw);
    Record record;
    record.identity = key.identity;
    record.time = key.time;
    push(record, raw);
  }

  StreamGroup finish() {
    auto batch = std::make_shared<RecordBatch>();
    batch->storage = std::move(storage_);
    batch->records = std::move(records_);
    batch->bytes = bytes_;
    std::size_t at = 0;
    for (std::size_t i = 0; i < sizes_.size(); ++i) {
      batch->records[i].raw = std::string_view{batch->storage}.substr(at, sizes_[i]);
      at += sizes_[i];
    }
    return {.batch = std::move(batch), .tag = tag_};
  }

 private:
  void add_unreadable(const Delivery& message, std::string_view problem) {
    Digest digest;
    digest.add(kVendor);
    digest.add("\nmessage\n");
    digest.add(*cloud_);
    digest.add("\n");
    digest.add(message.body);
    Record record;
    record.identity = digest.sum();
    record.form = is_utf8(message.body) ? RawForm::text : RawForm::bytes;
    record.problem = problem;
    push(record, message.body);
  }

  void push(Record record, std::string_view raw) {
    record.stream = kEvents;
    storage_.append(raw);
    sizes_.push_back(raw.size());
    bytes_ += raw.size();
    records_.push_back(record);
  }

  const std::string* cloud_;
  std::string storage_;
  std::vector<Record> records_;
  std::vector<std::size_t> sizes_;
  std::uint64_t bytes_ = 0;
  std::uint64_t tag_ = 0;
};

std::size_t bytes_of(const std::vector<Delivery>& messages) {
  std::size_t bytes = 0;
  for (const Delivery& message : messages)
    bytes += message.body.size();
  return bytes;
}

}  // namespace

std::vector<StreamGroup> decode_messages(const std::string& cloud, std::vector<Delivery> messages) {
  std::vector<StreamGroup> groups;
  GroupBuilder builder{cloud};
  builder.reserve(messages.size(), bytes_of(messages));
  for (const Delivery& message : messages) {
    if (!builder.fits(message)) {
      groups.push_back(builder.finish());
      builder = GroupBuilder{cloud};
    }
    builder.add(message);
  }
  if (!builder.empty()) groups.push_back(builder.finish());
  return groups;
}

}  // namespace cistern::connectors::cisco_secure_endpoint
