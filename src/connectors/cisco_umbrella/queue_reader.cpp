#include "connectors/cisco_umbrella/queue_reader.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_umbrella {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr unsigned kOften = 5;
/// A message may be kept invisible for twelve hours; beyond it comes again, which does no harm.
constexpr Duration kLongest = hours{11};
constexpr std::size_t kRemovable = 1000;

}  // namespace

QueueReader::QueueReader(codec::aws::QueueEndpoint queue, std::string bucket, std::string prefix)
    : queue_(std::move(queue)), bucket_(std::move(bucket)), prefix_(std::move(prefix)) {}

std::optional<QueueReader::Question> QueueReader::next(TimePoint now, bool room) {
  const auto free = [&](Ask ask) {
    const Line& line = lines_[ask];
    return !line.in_flight && now >= line.not_before;
  };
  if (!removable_.empty() && free(Ask::remove)) {
    lines_[Ask::remove].in_flight = true;
    const std::size_t count = std::min<std::size_t>(removable_.size(), codec::aws::kMaxMessages);
    asked_.assign(removable_.begin(), removable_.begin() + static_cast<std::ptrdiff_t>(count));
    removable_.erase(removable_.begin(), removable_.begin() + static_cast<std::ptrdiff_t>(count));
    return Question{Ask::remove, codec::aws::delete_messages(queue_, asked_)};
  }
  if (free(Ask::extend)) {
    std::vector<std::string> receipts;
    for (auto& [id, message] : messages_) {
      if (message.extend_at > now || receipts.size() >= codec::aws::kMaxMessages) continue;
      message.extend_at = now + kVisibility / 2;
      if (now - message.received < kLongest) receipts.push_back(message.receipt);
    }
    if (!receipts.empty()) {
      lines_[Ask::extend].in_flight = true;
      return Question{Ask::extend, codec::aws::change_visibility(queue_, receipts, kVisibility)};
    }
  }
  if (!room || messages_.size() >= kMost || removable_.size() >= kRemovable) return std::nullopt;
  if (!free(Ask::receive)) return std::nullopt;
  lines_[Ask::receive].in_flight = true;
  codec::aws::ReceiveQuestion question;
  question.visibility = kVisibility;
  return Question{Ask::receive, codec::aws::receive_messages(queue_, question)};
}

Result<std::vector<QueueReader::Named>> QueueReader::received(const HttpResponse& response,
                                                              TimePoint now) {
  lines_[Ask::receive] = {};
  auto answer = codec::aws::read_messages(response.body);
  if (!answer) return fail(std::move(answer.error()));
  counts_.damaged += answer->damaged;
  std::vector<Named> out;
  for (const auto& message : answer->messages)
    take(message, now, out);
  return out;
}

void QueueReader::take(const codec::aws::ReceivedMessage& message, TimePoint now,
                       std::vector<Named>& out) {
  ++counts_.messages;
  if (message.receive_count > kOften) ++counts_.repeated;
  const auto said = codec::aws::read_notification(message.body);
  // What nobody understands is left to the queue's own rules for such messages.
  if (!said || said->unreadable > 0) {
    ++counts_.foreign;
    return;
  }
  const std::uint64_t id = next_message_++;
  std::vector<Named> named;
  for (const codec::aws::CreatedObject& object : said->objects) {
    if (object.bucket != bucket_ || !object.key.starts_with(prefix_)) {
      ++counts_.foreign;
      return;
    }
    auto name = parse_object_key(prefix_, object.key);
    if (!name) {
      ++counts_.ignored;
      continue;
    }
    named.push_back({.message = id,
                     .key = object.key,
                     .name = std::move(*name),
                     .etag = object.etag,
                     .size = object.size,
                     .time = object.time});
  }
  messages_[id] = {
      .receipt = message.receipt, .received = now, .extend_at = now + kVisibility / 2, .keys = {}};
  if (named.empty()) return offered(id, false);
  std::move(named.begin(), named.end(), std::back_inserter(out));
}

void QueueReader::wait_for(std::uint64_t message, const std::string& key) {
  const auto found = messages_.find(message);
  if (found == messages_.end()) return;
  found->second.keys.insert(key);
  by_key_[key].insert(message);
}

void QueueReader::offered(std::uint64_t message, bool keep) {
  const auto found = messages_.find(message);
  if (found == messages_.end()) return;
  if (keep) {
    for (const std::string& key : found->second.keys)
      by_key_[key].erase(message);
    messages_.erase(found);
  } else if (found->second.keys.empty()) {
    removable_.push_back(std::move(found->second.receipt));
    messages_.erase(found);
  }
}

void QueueReader::object_done(const std::string& key) {
  const auto waiting = by_key_.find(key);
  if (waiting == by_key_.end()) return;
  const auto messages = std::move(waiting->second);
  by_key_.erase(waiting);
  for (const std::uint64_t id : messages) {
    const auto found = messages_.find(id);
    if (found == messages_.end()) continue;
    found->second.keys.erase(key);
    offered(id, false);
  }
}

void QueueReader::answered(Ask ask, const HttpResponse& response) {
  lines_[ask] = {};
  if (ask != Ask::remove) return;
  const auto failures = codec::aws::read_batch(response.body, asked_.size());
  if (failures) {
    // What is ours to blame, such as a receipt that is too old, comes again by itself.
    for (const auto& failure : *failures) {
      if (!failure.ours && failure.index < asked_.size())
        removable_.push_back(asked_[failure.index]);
    }
  }
  asked_.clear();
}

void QueueReader::failed(Ask ask, TimePoint again) {
  lines_[ask] = {.in_flight = false, .not_before = again};
  if (ask != Ask::remove) return;
  removable_.insert(removable_.end(), asked_.begin(), asked_.end());
  asked_.clear();
}

void QueueReader::again(Ask ask) {
  failed(ask, {});
}

std::optional<TimePoint> QueueReader::next_time() const {
  std::optional<TimePoint> out;
  const auto consider = [&](TimePoint time) { out = std::min(out.value_or(time), time); };
  for (const auto& [id, message] : messages_)
    consider(message.extend_at);
  for (const auto& [ask, line] : lines_) {
    if (!line.in_flight && line.not_before != TimePoint{}) consider(line.not_before);
  }
  return out;
}

}  // namespace cistern::connectors::cisco_umbrella
