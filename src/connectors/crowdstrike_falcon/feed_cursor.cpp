#include "connectors/crowdstrike_falcon/feed_cursor.hpp"

#include "base/bytes.hpp"

#include <charconv>

namespace cistern::connectors::crowdstrike_falcon {
namespace {

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string_view next_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), word.size() + 1));
  return word;
}

}  // namespace

std::string cursor_key(std::string_view customer, std::string_view feed) {
  return "cursor/" + lower_case(customer) + "/" + std::string{feed};
}

std::string cursor_value(const FeedCursor& cursor) {
  return (cursor.last ? std::to_string(*cursor.last) : "-") + " " + time_value(cursor.newest) +
         " " + std::to_string(cursor.epoch);
}

std::optional<FeedCursor> read_cursor(std::string_view customer, std::string_view value) {
  const std::string_view last = next_word(value);
  const auto newest = number_of<std::int64_t>(next_word(value));
  const auto epoch = number_of<std::uint64_t>(next_word(value));
  FeedCursor out;
  out.customer = customer;
  out.last = number_of<std::uint64_t>(last);
  if (!newest || !epoch || !value.empty() || (!out.last && last != "-")) return std::nullopt;
  out.newest = TimePoint{std::chrono::milliseconds{*newest}};
  out.epoch = *epoch;
  return out;
}

FeedCursor find_cursor(const Position& position, std::string_view customer, std::string_view feed) {
  const auto found = position.find(cursor_key(customer, feed));
  if (found == position.end()) return {};
  return read_cursor(customer, found->second).value_or(FeedCursor{});
}

std::optional<std::string> unreadable_cursor(const Position& position, std::string_view customer) {
  const std::string prefix = cursor_key(customer, "");
  for (auto at = position.lower_bound(prefix); at != position.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    if (!read_cursor(customer, at->second)) return at->first;
  }
  return std::nullopt;
}

std::string began_key(std::string_view feed) {
  return "began/" + std::string{feed};
}

std::string vanished_key(std::string_view feed) {
  return "vanished/" + std::string{feed};
}

std::string time_value(TimePoint time) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

TimePoint read_time(std::string_view value) {
  constexpr std::int64_t kMost = 9'000'000'000'000;
  const std::int64_t number = number_of<std::int64_t>(value).value_or(0);
  return number < 0 || number > kMost ? TimePoint{} : TimePoint{std::chrono::milliseconds{number}};
}

}  // namespace cistern::connectors::crowdstrike_falcon
