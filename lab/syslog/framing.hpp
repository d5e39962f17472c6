// How messages stand in a stream, and which of them a peer may have got when the stream broke.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

enum class Framing : std::uint8_t { lf, octet };
std::string_view to_string(Framing framing);

/// Frames of several messages, one behind the other, to be handed over in one write.
class FrameBatch {
 public:
  explicit FrameBatch(Framing framing) : framing_(framing) {}
  void add(std::string_view message);
  void clear();
  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  [[nodiscard]] std::size_t count() const { return ends_.size(); }
  /// How many frames are whole within the first `bytes` bytes.
  [[nodiscard]] std::size_t whole_within(std::size_t bytes) const;
  /// Whether a further frame has begun within them.
  [[nodiscard]] bool begun_within(std::size_t bytes) const;

 private:
  Framing framing_;
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

}  // namespace cistern::lab
