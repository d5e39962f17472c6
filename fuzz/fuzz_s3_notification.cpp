// Notifications of S3 from arbitrary bytes: what is named can be asked for, and comparing
// sequencers is an order.
#include "codec/aws/notification.hpp"
#include "codec/aws/uri.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

namespace aws = cistern::codec::aws;

void require(bool condition) {
  if (!condition) std::abort();
}

void compare(std::string_view a, std::string_view b) {
  const auto there = aws::compare_sequencers(a, b);
  const auto back = aws::compare_sequencers(b, a);
  require(there.has_value() == back.has_value());
  if (!there) return;
  require((*there < 0) == (*back > 0));
  require(aws::compare_sequencers(a, a) == std::strong_ordering::equal);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  compare(bytes.substr(0, size / 2), bytes.substr(size / 2));
  const auto notification = aws::read_notification(bytes);
  if (!notification) {
    require(notification.error().verdict == cistern::Verdict::set_aside);
    require(!notification.error().cause.empty() && !notification.error().next_step.empty());
    return 0;
  }
  require(notification->objects.size() <= aws::kMaxNotifiedObjects);
  require((notification->unreadable > 0) == !notification->problem.empty());
  for (const aws::CreatedObject& object : notification->objects) {
    require(!object.bucket.empty() && !object.key.empty());
    require(object.key.size() <= aws::kMaxKeyBytes);
    compare(object.sequencer, notification->objects.front().sequencer);
  }
  return 0;
}
