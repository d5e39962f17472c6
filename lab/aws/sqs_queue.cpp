#include "lab/aws/sqs_queue.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace cistern::lab {

namespace {

std::string message_id(std::uint64_t number) {
  const auto high = mix(number);
  char text[40];
  std::snprintf(text, sizeof text, "%08x-%04x-4%03x-8%03x-%012llx",
                static_cast<unsigned>(high >> 32), static_cast<unsigned>(high & 0xFFFF),
                static_cast<unsigned>((high >> 16) & 0xFFF), static_cast<unsigned>(number & 0xFFF),
                static_cast<unsigned long long>(number));
  return text;
}

}  // namespace

void SqsQueue::send(std::string body, TimePoint now) {
  const bool twice = dice_.chance(duplicates_);
  if (twice) messages_.emplace(next_++, Held{body, now, now, 0});
  messages_.emplace(next_++, Held{std::move(body), now, now, 0});
}

std::vector<SqsMessage> SqsQueue::receive(std::size_t most, Duration visibility, TimePoint now) {
  std::vector<std::uint64_t> visible;
  for (const auto& [number, held] : messages_) {
    if (held.visible_from <= now) visible.push_back(number);
    if (visible.size() >= 100) break;
  }
  // No order is promised, and fewer than asked for may come.
  std::vector<SqsMessage> out;
  const auto wanted = most == 0 ? 0 : 1 + dice_.below(most);
  while (out.size() < wanted && !visible.empty()) {
    const auto at = static_cast<std::size_t>(dice_.below(visible.size()));
    const auto number = visible[at];
    visible.erase(visible.begin() + static_cast<std::ptrdiff_t>(at));
    auto& held = messages_[number];
    held.visible_from = now + visibility;
    ++held.received;
    out.push_back({message_id(number),
                   base64_encode("lab-receipt/" + std::to_string(number) + "/" +
                                 std::to_string(held.received)),
                   held.body, held.sent, held.received});
  }
  return out;
}

std::optional<SqsQueue::Handle> SqsQueue::handle_of(std::string_view receipt) {
  const auto text = base64_decode(receipt);
  constexpr std::string_view head = "lab-receipt/";
  if (!text || !text->starts_with(head)) return std::nullopt;
  Handle handle;
  const auto* const end = text->data() + text->size();
  const auto first = std::from_chars(text->data() + head.size(), end, handle.number);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '/') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, handle.delivery);
  if (second.ec != std::errc{} || second.ptr != end) return std::nullopt;
  return handle;
}

bool SqsQueue::remove(std::string_view receipt) {
  const auto handle = handle_of(receipt);
  if (!handle) return false;
  const auto found = messages_.find(handle->number);
  if (found == messages_.end() || found->second.received != handle->delivery) return true;
  messages_.erase(found);
  ++deleted_;
  return true;
}

bool SqsQueue::change_visibility(std::string_view receipt, Duration visibility, TimePoint now) {
  const auto handle = handle_of(receipt);
  if (!handle) return false;
  const auto found = messages_.find(handle->number);
  if (found == messages_.end() || found->second.received != handle->delivery) return false;
  if (found->second.visible_from <= now) return false;
  found->second.visible_from = now + visibility;
  return true;
}

SqsQueue::Depth SqsQueue::depth(TimePoint now) const {
  Depth depth;
  for (const auto& [number, held] : messages_)
    ++(held.visible_from <= now ? depth.visible : depth.in_flight);
  return depth;
}

}  // namespace cistern::lab
