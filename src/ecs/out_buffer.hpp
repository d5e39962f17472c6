// Appending many short texts without a call for each.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <vector>

namespace cistern::ecs {

/// Gathers a document in memory that is kept from one to the next, so nothing is filled with zeros
/// before it is written.
class OutBuffer {
 public:
  void clear() { used_ = 0; }

  void put(char c) {
    if (bytes_.size() == used_) grow(1);
    bytes_[used_++] = c;
  }

  void put(std::string_view text) {
    if (bytes_.size() - used_ < text.size()) grow(text.size());
    copy(bytes_.data() + used_, text);
    used_ += text.size();
  }

  [[nodiscard]] char last() const { return bytes_[used_ - 1]; }
  [[nodiscard]] std::string_view text() const { return {bytes_.data(), used_}; }

 private:
  /// Two overlapping moves of a fixed size need no call, which short texts would be dominated by.
  static void copy(char* to, std::string_view text) {
    const std::size_t size = text.size();
    const char* const from = text.data();
    if (size > 64) {
      std::memcpy(to, from, size);
    } else if (size >= 32) {
      std::memcpy(to, from, 32);
      std::memcpy(to + size - 32, from + size - 32, 32);
    } else if (size >= 16) {
      std::memcpy(to, from, 16);
      std::memcpy(to + size - 16, from + size - 16, 16);
    } else if (size >= 8) {
      std::memcpy(to, from, 8);
      std::memcpy(to + size - 8, from + size - 8, 8);
    } else if (size >= 4) {
      std::memcpy(to, from, 4);
      std::memcpy(to + size - 4, from + size - 4, 4);
    } else {
      for (std::size_t i = 0; i < size; ++i)
        to[i] = from[i];
    }
  }

  void grow(std::size_t more) { bytes_.resize(std::max(used_ + more, bytes_.size() * 2 + 256)); }

  std::vector<char> bytes_;
  std::size_t used_ = 0;
};

}  // namespace cistern::ecs
