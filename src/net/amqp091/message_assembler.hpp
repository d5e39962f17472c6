// Messages out of frames, with a bound on what one may take. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::net::amqp091 {

struct Delivery {
  std::uint64_t tag = 0;     ///< To acknowledge it, within its connection.
  bool redelivered = false;  ///< It was handed out before, to us or to another consumer.
  std::string body;
  std::uint64_t cut = 0;  ///< Bytes behind the bound that are not in `body`.
};

/// A message comes as a method, a header that tells its size, and bodies until that is reached. The
/// body grows with what really comes: a size that is only told takes no memory.
class MessageAssembler {
 public:
  explicit MessageAssembler(std::uint64_t most_body) : most_body_(most_body) {}

  /// False: this frame does not belong here, so the peer does not keep to the protocol.
  [[nodiscard]] bool deliver(std::uint64_t tag, bool redelivered);
  [[nodiscard]] bool header(std::uint64_t body_size);
  [[nodiscard]] bool body(std::string_view bytes);

  /// The message, once it is whole; then the next may begin.
  std::optional<Delivery> take();
  /// Between two messages.
  [[nodiscard]] bool idle() const { return stage_ == Stage::idle; }
  [[nodiscard]] std::uint64_t held() const { return message_.body.size(); }

 private:
  enum class Stage : std::uint8_t { idle, method, bodies, whole };
  std::uint64_t most_body_;
  Stage stage_ = Stage::idle;
  Delivery message_;
  std::uint64_t left_ = 0;  ///< Bytes of the body that are still to come.
};

}  // namespace cistern::net::amqp091
