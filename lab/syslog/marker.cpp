#include "lab/syslog/marker.hpp"

#include <charconv>

namespace cistern::lab {

namespace {

constexpr std::size_t kDigits = 14;
constexpr std::uint64_t kMostSenders = 100;
constexpr std::uint64_t kMostMessages = 1'000'000'000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<Marker> marker_from(std::string_view digits) {
  if (digits.size() != kDigits || digits.front() != '9') return std::nullopt;
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (number / 100 % 97 != number % 100) return std::nullopt;
  const auto body = number / 100;
  return Marker{static_cast<unsigned>(body / kMostMessages % kMostSenders), body % kMostMessages};
}

}  // namespace

std::string marker_text(const Marker& marker) {
  const auto body = (9 * kMostSenders + marker.sender % kMostSenders) * kMostMessages +
                    marker.sequence % kMostMessages;
  return std::to_string(body * 100 + body % 97);
}

std::optional<Marker> find_marker(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    if (!is_digit(bytes[at])) {
      ++at;
      continue;
    }
    auto end = at;
    while (end < bytes.size() && is_digit(bytes[end]))
      ++end;
    if (const auto marker = marker_from(bytes.substr(at, end - at))) return marker;
    at = end;
  }
  return std::nullopt;
}

}  // namespace cistern::lab
