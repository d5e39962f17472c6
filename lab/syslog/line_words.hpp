// What the lines of all formats are filled with: invented addresses, people and times.
#pragma once

#include "base/time.hpp"
#include "lab/harness/random.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

/// A line as a device writes it, without framing.
struct Line {
  std::string text;
  /// Values that a document of this line has to hold somewhere, each as a text or number of its
  /// own.
  std::vector<std::string> values;
};

/// What one line is made from.
struct LineSeed {
  TimePoint time{};  ///< In whole seconds.
  std::string marker;
  Dice& dice;
};

template <std::size_t N>
std::string pick(Dice& dice, const std::array<std::string_view, N>& words) {
  return std::string(words[dice.below(N)]);
}

inline std::string number_between(Dice& dice, std::uint64_t low, std::uint64_t high) {
  return std::to_string(low + dice.below(high - low + 1));
}

/// From the networks that are reserved for documentation.
inline std::string inner_address(Dice& dice) {
  return "198.51.100." + number_between(dice, 1, 254);
}
inline std::string outer_address(Dice& dice) {
  return "203.0.113." + number_between(dice, 1, 254);
}

inline std::string user_name(Dice& dice) {
  constexpr std::array<std::string_view, 8> kUsers = {"ana", "bob.li", "carol", "dan",
                                                      "eva", "farid",  "gil",   "hana"};
  return pick(dice, kUsers);
}

inline constexpr std::array<std::string_view, 12> kMonths = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Parts of a UTC time as texts of fixed width.
struct CalendarWords {
  std::string year, month, day, hour, minute, second;
  std::string month_name;
  std::string padded_day;  ///< With a blank before a single digit.
};
inline CalendarWords calendar_words(TimePoint time) {
  const auto text = format_time_seconds(time);
  CalendarWords words{text.substr(0, 4),
                      text.substr(5, 2),
                      text.substr(8, 2),
                      text.substr(11, 2),
                      text.substr(14, 2),
                      text.substr(17, 2),
                      {},
                      {}};
  words.month_name = kMonths[static_cast<std::size_t>(std::stoi(words.month)) - 1];
  words.padded_day = words.day[0] == '0' ? " " + words.day.substr(1) : words.day;
  return words;
}

}  // namespace cistern::lab
