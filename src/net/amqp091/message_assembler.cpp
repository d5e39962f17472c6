#include "net/amqp091/message_assembler.hpp"

#include <algorithm>
#include <utility>

namespace cistern::net::amqp091 {
namespace {

/// Room that is made before the first byte has come.
constexpr std::uint64_t kMostReserved = 64ULL << 10;

}  // namespace

bool MessageAssembler::deliver(std::uint64_t tag, bool redelivered) {
  if (stage_ != Stage::idle) return false;
  message_ = {.tag = tag, .redelivered = redelivered, .body = {}, .cut = 0};
  stage_ = Stage::method;
  return true;
}

bool MessageAssembler::header(std::uint64_t body_size) {
  if (stage_ != Stage::method) return false;
  left_ = body_size;
  message_.body.reserve(static_cast<std::size_t>(std::min({body_size, most_body_, kMostReserved})));
  stage_ = body_size == 0 ? Stage::whole : Stage::bodies;
  return true;
}

bool MessageAssembler::body(std::string_view bytes) {
  if (stage_ != Stage::bodies || bytes.size() > left_) return false;
  const std::uint64_t room = most_body_ - message_.body.size();
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(room, bytes.size()));
  message_.body.append(bytes.substr(0, taken));
  message_.cut += bytes.size() - taken;
  left_ -= bytes.size();
  if (left_ == 0) stage_ = Stage::whole;
  return true;
}

std::optional<Delivery> MessageAssembler::take() {
  if (stage_ != Stage::whole) return std::nullopt;
  stage_ = Stage::idle;
  return std::exchange(message_, {});
}

}  // namespace cistern::net::amqp091
