#include "runtime/stream/stream_buffer.hpp"

#include <utility>

namespace cistern::runtime {

StreamBuffer::StreamBuffer(std::unique_ptr<StreamFramer> framer, std::uint64_t group_bytes)
    : framer_(std::move(framer)), group_bytes_(group_bytes) {}

bool StreamBuffer::add(std::string_view arrived, Duration now) {
  while (!arrived.empty()) {
    const StreamFramer::Found found = framer_->advance(arrived);
    if (found.whole > arrived.size()) return false;
    if (found.severed && found.whole == 0 && tail() == 0) return false;
    if (found.whole > 0 || found.severed) {
      whole_ = open_.size() + found.whole;
      if (!since_) since_ = now;
    }
    const std::size_t shown = found.severed ? found.whole : arrived.size();
    open_.append(arrived.substr(0, shown));
    arrived.remove_prefix(shown);
    if (found.severed || whole_ >= group_bytes_) close(found.severed);
  }
  return true;
}

void StreamBuffer::close(bool severed) {
  std::string tail = open_.substr(whole_);
  open_.resize(whole_);
  StreamValues group;
  group.bytes = std::exchange(open_, std::move(tail));
  group.mid_line = mid_line_;
  group.continues = continues_;
  group.severed = severed;
  mid_line_ = group.bytes.back() != '\n';
  // The rest of a severed value ends with its line, so what follows it continues nothing.
  continues_ = severed;
  whole_ = 0;
  since_.reset();
  closed_bytes_ += group.bytes.size();
  closed_memory_ += group.bytes.capacity();
  closed_.push_back(std::move(group));
}

std::optional<StreamValues> StreamBuffer::take() {
  if (closed_.empty() && whole_ > 0) close(false);
  if (closed_.empty()) return std::nullopt;
  std::optional<StreamValues> group{std::move(closed_.front())};
  closed_.pop_front();
  closed_bytes_ -= group->bytes.size();
  closed_memory_ -= group->bytes.capacity();
  return group;
}

std::optional<Duration> hand_over_time(const StreamBuffer& buffer, std::size_t groups_under_way,
                                       std::size_t most_under_way, Duration gather) {
  if (groups_under_way >= most_under_way || buffer.whole() == 0) return std::nullopt;
  if (buffer.full() || groups_under_way == 0) return Duration::min();
  return *buffer.waiting_since() + gather;
}

bool too_much_held(const ReadingFacts& facts) {
  if (!facts.will_drain) return false;
  const std::uint64_t limit = facts.paused_for_store ? facts.most_held / 2 : facts.most_held;
  return facts.held >= limit;
}

}  // namespace cistern::runtime
